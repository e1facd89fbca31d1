"""PyTorch predicts with a model of clenet, and prints a submission; clenet can read what PyTorch saves.

    clenet export runs/latest --out digits.safetensors >digits.py
    python3 pytorch_model.py digits.safetensors test.csv back.safetensors >submission.csv
    clenet import back.safetensors --arch examples/architectures/lenet.txt --out model.safetensors
"""

import sys

import numpy
import torch
from safetensors.torch import save_file

sys.path.insert(0, ".")
import digits  # the module that clenet printed

model, rows, back = sys.argv[1:]
network = digits.load(model)
images = numpy.loadtxt(rows, delimiter=",", skiprows=1, dtype=numpy.float32).reshape(-1, 1, 28, 28)
with torch.no_grad():
    probabilities = network(torch.from_numpy(images / 255))
print("ImageId,Label")
for number, label in enumerate(probabilities.argmax(dim=1).tolist(), 1):
    print(f"{number},{label}")
save_file(network.state_dict(), back)
