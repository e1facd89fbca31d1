#!/usr/bin/env python3
"""The digit-recognizer notebook that clenet replaces, in Keras: train.csv to submission.csv. Prints one JSON line.

The network, RMSprop, batch 32, at most 50 epochs, early stopping on training accuracy with patience 5, a fifth of the rows held
out: clenet's defaults, which are the notebook's. With --until the run also stops at the first epoch whose validation accuracy
is that; compare.py asks clenet for the same.
"""

import argparse
import json
import os
import time

began = time.perf_counter()
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import pandas as pd
from keras import layers


class Watch(keras.callbacks.Callback):
    """Notes each epoch's seconds; stops where validation is good enough."""

    def __init__(self, until):
        super().__init__()
        self.until, self.seconds = until, []

    def on_epoch_begin(self, epoch, logs=None):
        self.began = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(time.perf_counter() - self.began)
        if logs["val_accuracy"] >= self.until:
            self.model.stop_training = True


def lenet():
    return keras.Sequential([
        layers.Input((28, 28, 1)),
        layers.Conv2D(6, 5, padding="same", activation="relu"),
        layers.MaxPooling2D(2),
        layers.BatchNormalization(),
        layers.Dropout(0.1),
        layers.Conv2D(16, 5, activation="relu"),
        layers.MaxPooling2D(2),
        layers.BatchNormalization(),
        layers.Dropout(0.3),
        layers.Flatten(),
        layers.Dense(120, activation="relu"),
        layers.Dense(84, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("train")
    parser.add_argument("test")
    parser.add_argument("submission")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--until", type=float, default=2.0, help="validation accuracy (default: more than there can be)")
    options = parser.parse_args()
    keras.utils.set_random_seed(options.seed)

    train = pd.read_csv(options.train)
    test = pd.read_csv(options.test)
    x = train.drop(columns="label").to_numpy().reshape(-1, 28, 28, 1).astype("float32") / 255
    y = keras.utils.to_categorical(train["label"], 10)
    order = np.random.permutation(len(x))
    held_out = len(x) // 5
    validation, training = order[:held_out], order[held_out:]

    model = lenet()
    model.compile(optimizer=keras.optimizers.RMSprop(learning_rate=1e-3, rho=0.9, epsilon=1e-7),
                  loss="categorical_crossentropy", metrics=["accuracy"])
    watch = Watch(options.until)
    history = model.fit(x[training], y[training], batch_size=32, epochs=options.epochs, verbose=0,
                        validation_data=(x[validation], y[validation]),
                        callbacks=[keras.callbacks.EarlyStopping(monitor="accuracy", patience=5), watch])

    digits = model.predict(test.to_numpy().reshape(-1, 28, 28, 1).astype("float32") / 255, verbose=0).argmax(1)
    pd.DataFrame({"ImageId": np.arange(1, len(digits) + 1), "Label": digits}).to_csv(options.submission, index=False)
    print(json.dumps({"peer": "Keras", "version": keras.__version__, "seed": options.seed, "epochs": len(watch.seconds),
                      "val_accuracy": round(history.history["val_accuracy"][-1], 4),
                      "best_val_accuracy": round(max(history.history["val_accuracy"]), 4),
                      "epoch_seconds": [round(s, 3) for s in watch.seconds],
                      "seconds": round(time.perf_counter() - began, 3)}))


if __name__ == "__main__":
    main()
