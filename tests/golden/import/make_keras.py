"""Writes small models of Keras and their answers: keras_*.keras, keras_*.h5 and keras_*.csv.

    KERAS_BACKEND=torch python make_keras.py [FOLDER]

The images are made by a formula, which tests/import/test_keras.c has too. Made with Keras 3.15.1, PyTorch 2.15.0.
"""
import sys
from pathlib import Path

import keras
import numpy

L = keras.layers
folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent


def images(count, height, width, channels):
    """Bytes that differ from pixel to pixel."""
    n, y, x, c = numpy.indices((count, height, width, channels))
    return ((n * 37 + y * 23 + x * 11 + c * 5 + (n + 1) * x * y) % 256).astype(numpy.uint8)


def stir(model, random):
    """Weights of which none has its first value; variances stay above 0."""
    for weight in model.weights:
        value = random.normal(0, 0.4, weight.shape)
        if "variance" in weight.path:
            value = 0.5 + abs(value)
        weight.assign(value)


def lenet():
    return keras.Sequential([
        keras.Input((12, 12, 1)),
        L.Rescaling(1 / 255),
        L.Conv2D(4, 3, padding="same", activation="relu"),
        L.MaxPooling2D(2),
        L.BatchNormalization(),
        L.Dropout(0.1),
        L.Conv2D(5, 3, use_bias=False),
        L.LeakyReLU(0.1),
        L.Flatten(),
        L.Dense(8, activation="tanh"),
        L.Dense(10),
    ], name="lenet")


def mobile():
    """A Functional model: padding, strides and a depthwise convolution."""
    x = inputs = keras.Input((13, 11, 3))
    x = L.Rescaling(1 / 127.5, offset=-1)(x)
    x = L.ZeroPadding2D(((0, 1), (2, 1)))(x)
    x = L.Conv2D(6, 3, strides=2, name="stem")(x)
    x = L.BatchNormalization(center=False, epsilon=1e-5, momentum=0.9)(x)
    x = L.ReLU()(x)
    x = L.DepthwiseConv2D(3, padding="same", depth_multiplier=2)(x)
    x = L.GlobalAveragePooling2D()(x)
    x = L.Dense(4, activation="softmax", name="answer")(x)
    return keras.Model(inputs, x, name="mobile")


def groups():
    """Pixels up to 1; a separable and a grouped convolution."""
    return keras.Sequential([
        keras.Input((9, 8, 2)),
        L.SeparableConv2D(8, (3, 2), strides=2, padding="same", activation="sigmoid"),
        L.BatchNormalization(scale=False),
        L.Conv2D(8, 1, groups=4, activation="leaky_relu"),
        L.AveragePooling2D(3, strides=1, padding="same"),
        L.Activation("tanh"),
        L.Flatten(),
        L.Dense(4),
        L.Softmax(),
    ], name="groups")


for model, seed, endings in ((lenet(), 1, (".h5", ".weights.h5")), (mobile(), 2, (".keras",)), (groups(), 3, (".keras",))):
    random = numpy.random.default_rng(seed)
    stir(model, random)
    inputs = images(5, *model.input_shape[1:])
    if model.name == "groups":
        inputs = inputs / 255
    answers = model.predict(inputs, verbose=0)
    if model.name == "lenet":  # its last layer gives logits
        answers = numpy.exp(answers) / numpy.exp(answers).sum(axis=1, keepdims=True)
    numpy.savetxt(folder / f"keras_{model.name}.csv", answers, fmt="%.9g", delimiter=",")
    for ending in endings:
        path = folder / f"keras_{model.name}{ending}"
        model.save_weights(path) if ending == ".weights.h5" else model.save(path)

# What clenet has no layer for.
x = inputs = keras.Input((8, 8, 1), name="pixels")
x = L.Conv2D(2, 3, dilation_rate=2, name="wide")(x)
y = L.Conv2D(2, 3, padding="same", activation="swish", name="curved")(x)
x = L.Add(name="joined")([x, y])
x = L.Reshape((32, 1), name="line")(x)
x = L.LSTM(3, name="memory")(x)
x = L.Dense(2, name="answer")(x)
keras.Model(inputs, x).save(folder / "keras_foreign.keras")
