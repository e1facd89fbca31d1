"""onnxruntime predicts with a model of clenet, and prints a submission.

    clenet export runs/latest --out digits.onnx
    python3 onnxruntime_model.py digits.onnx test.csv >submission.csv
"""

import sys

import numpy
import onnxruntime

model, rows = sys.argv[1:]
session = onnxruntime.InferenceSession(model)
images = numpy.loadtxt(rows, delimiter=",", skiprows=1, dtype=numpy.uint8).reshape(-1, 28, 28, 1)
probabilities, = session.run(["probabilities"], {"images": images})
print("ImageId,Label")
for number, label in enumerate(probabilities.argmax(axis=1), 1):
    print(f"{number},{label}")
