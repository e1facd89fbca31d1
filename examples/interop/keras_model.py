"""Keras predicts with a model of clenet, and prints a submission; clenet can read what Keras saves.

    clenet export runs/latest --out digits.keras
    python3 keras_model.py digits.keras test.csv back.keras >submission.csv
    clenet import back.keras --out model.safetensors
"""

import sys

import keras
import numpy

model, rows, back = sys.argv[1:]
network = keras.saving.load_model(model)
images = numpy.loadtxt(rows, delimiter=",", skiprows=1, dtype=numpy.uint8).reshape(-1, 28, 28, 1)
probabilities = network.predict(images, verbose=0)
print("ImageId,Label")
for number, label in enumerate(probabilities.argmax(axis=1), 1):
    print(f"{number},{label}")
network.save(back)
