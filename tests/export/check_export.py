#!/usr/bin/env python3
"""Compares an exported ONNX file with clenet's answers, by onnx.checker and onnxruntime.

check_export.py MODEL.onnx IMAGES.csv PROBABILITIES.csv HEIGHT WIDTH CHANNELS

IMAGES.csv has pixels only, below a line of names. PROBABILITIES.csv is of clenet predict --probabilities. Exit status 1 if a class
differs, or a probability by more than 1e-5.
"""
import csv
import json
import sys

import numpy
import onnx
import onnxruntime

onnxruntime.set_default_logger_severity(3)
path, images_path, wanted_path = sys.argv[1:4]
height, width, channels = map(int, sys.argv[4:7])

model = onnx.load(path)
onnx.checker.check_model(model, full_check=True)
assert [(o.domain, o.version) for o in model.opset_import] == [("", 17)], model.opset_import
notes = {note.key: note.value for note in model.metadata_props}

images = numpy.loadtxt(images_path, delimiter=",", skiprows=1, dtype=numpy.uint8, ndmin=2)
images = images.reshape(-1, height, width, channels)
session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
taken = session.get_inputs()[0]
assert taken.name == "images" and taken.shape[0] == "N", (taken.name, taken.shape)
if taken.type == "tensor(float)":
    images = images.transpose(0, 3, 1, 2).astype(numpy.float32) / numpy.float32(255)
outputs = [output.name for output in session.get_outputs()]
batches = [session.run(outputs, {"images": images[i : i + 1000]}) for i in range(0, len(images), 1000)]
got = dict(zip(outputs, (numpy.concatenate(parts) for parts in zip(*batches))))
if "logits" in got:
    power = numpy.exp(got["logits"] - got["logits"].max(axis=1, keepdims=True))
    assert abs(power / power.sum(axis=1, keepdims=True) - got["probabilities"]).max() < 1e-6

with open(wanted_path, newline="") as file:
    rows = list(csv.reader(file))
classes = json.loads(notes["classes"])
assert rows[0][-len(classes) :] == ["p" + name for name in classes], (rows[0], classes)
wanted = numpy.array([row[-len(classes) :] for row in rows[1:]], dtype=numpy.float64)
apart = abs(wanted - got["probabilities"])
others = int((wanted.argmax(axis=1) != got["probabilities"].argmax(axis=1)).sum())
print(f"{len(wanted)} images: {others} other classes, probabilities within {apart.max():.1e}")
sys.exit(wanted.shape != got["probabilities"].shape or others > 0 or not apart.max() <= 1e-5)
