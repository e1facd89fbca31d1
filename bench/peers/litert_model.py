#!/usr/bin/env python3
"""Writes clenet's model as a LiteRT model: float32 pixels [n][28][28][1] of 0 to 255 to probabilities [n][10].

litert_model.py MODEL.safetensors MODEL.tflite

A program by itself, because TensorFlow's converter leaves threads behind.
"""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import tensorflow
from keras import layers

from digits import read_safetensors


def lenet(weights):
    """The exporter's network, with the division by 255 in front; dropout does nothing here."""
    model = keras.Sequential([
        layers.Input((28, 28, 1)),
        layers.Rescaling(1 / 255),
        layers.Conv2D(6, 5, padding="same", activation="relu", name="conv2d_1"),
        layers.MaxPooling2D(2),
        layers.BatchNormalization(name="batchnorm_1"),
        layers.Conv2D(16, 5, activation="relu", name="conv2d_2"),
        layers.MaxPooling2D(2),
        layers.BatchNormalization(name="batchnorm_2"),
        layers.Flatten(),
        layers.Dense(120, activation="relu", name="dense_1"),
        layers.Dense(84, activation="relu", name="dense_2"),
        layers.Dense(10, activation="softmax", name="dense_3"),
    ])
    for layer in model.layers:
        if layer.weights:
            layer.set_weights([weights[f"{layer.name}.{weight.name}"] for weight in layer.weights])
    return model


def main():
    source, target = sys.argv[1:]
    converter = tensorflow.lite.TFLiteConverter.from_keras_model(lenet(read_safetensors(source)))
    with open(target, "wb") as file:
        file.write(converter.convert())


if __name__ == "__main__":
    main()
