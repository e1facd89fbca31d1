#!/usr/bin/env python3
"""Make the golden values of weight decay as L2: PyTorch's own numbers, in float32.

The network, its initial weights and the digits are make_golden.py's; the weights keep Keras's layouts. README.md
beside this file says what the written file holds; `--check` makes everything again and compares it with the
committed file, and `--float64` says how far rounding alone carries these numbers.
"""

import argparse
import gzip
import json
import pathlib
import sys

import numpy as np
import safetensors.numpy
import torch
from torch.nn import functional as F

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parents[1] / "examples" / "digits" / "train.csv.gz"
STEPS, BATCH, LOGIT_ROWS = 10, 32, 64
MOMENTUM, EPSILON = 0.99, 1e-3

# dense_1.kernel alone is three quarters of the network; the logits after the steps answer for it.
LEFT_OUT = "dense_1.kernel"


def optimizers():
    """By the name that the tensors begin with; with as much decay as shows in ten steps.

    PyTorch's epsilons stand elsewhere than Keras's, which are clenet's: RMSprop's outside of the root, Adam's behind the correction
    for means that began at zero. Ones so small count in neither.
    """
    return {
        "rmsprop_l2": lambda w: torch.optim.RMSprop(w, lr=1e-3, alpha=0.9, eps=1e-8, weight_decay=0.1),
        "sgd_l2": lambda w: torch.optim.SGD(w, lr=1e-3, momentum=0.9, weight_decay=1.0),
        "adam_l2": lambda w: torch.optim.Adam(w, lr=1e-3, betas=(0.9, 0.999), eps=1e-10, weight_decay=0.1),
    }


def read_digits(path, rows, kind):
    """The first `rows` rows: pixel / 255 [rows][1][28][28] of float32's values, labels [rows]."""
    with gzip.open(path, "rt") as text:
        table = np.loadtxt(text, delimiter=",", skiprows=1, max_rows=rows, dtype=np.int64)
    x = table[:, 1:].astype(np.float32) / np.float32(255)
    return torch.tensor(x.reshape(-1, 1, 28, 28)).to(kind), torch.tensor(table[:, 0])


def batchnorm(w, name, x, training):
    """Keras's: the moving variance is that of the images at hand; PyTorch's module has an estimate for others."""
    mean, variance = w[f"{name}.moving_mean"], w[f"{name}.moving_variance"]
    if training:
        now = x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=False)
        for moving, value in ((mean, now[0]), (variance, now[1])):
            moving.data = MOMENTUM * moving.data + (1 - MOMENTUM) * value.detach()
        mean, variance = now
    scale = w[f"{name}.gamma"] / torch.sqrt(variance + EPSILON)
    return (x - mean[:, None, None]) * scale[:, None, None] + w[f"{name}.beta"][:, None, None]


def forward(w, x, training):
    """The logits."""
    for i, padding in ((1, 2), (2, 0)):
        kernel = w[f"conv2d_{i}.kernel"].permute(3, 2, 0, 1)
        x = F.max_pool2d(F.relu(F.conv2d(x, kernel, w[f"conv2d_{i}.bias"], padding=padding)), 2)
        x = batchnorm(w, f"batchnorm_{i}", x, training)
    x = x.permute(0, 2, 3, 1).flatten(1)
    for i in (1, 2, 3):
        x = x @ w[f"dense_{i}.kernel"] + w[f"dense_{i}.bias"]
        x = F.relu(x) if i < 3 else x
    return x


def train(make, initial, x, y):
    """Ten steps in file order: the loss of each batch before its update, and the weights after all."""
    w = {name: torch.nn.Parameter(value.clone(), "moving" not in name) for name, value in initial.items()}
    optimizer = make([value for value in w.values() if value.requires_grad])
    losses = []
    for first in range(0, STEPS * BATCH, BATCH):
        optimizer.zero_grad()
        loss = F.cross_entropy(forward(w, x[first : first + BATCH], True), y[first : first + BATCH])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return np.array(losses), w


def make_tensors(x, y, initial):
    made = {}
    for name, make in optimizers().items():
        losses, w = train(make, initial, x, y)
        made[f"{name}.losses"] = losses.astype(np.float64 if x.dtype == torch.float64 else np.float32)
        made |= {f"{name}.step10.{weight}": value.detach().numpy() for weight, value in w.items()}
        made[f"{name}.step10.logits"] = forward(w, x[:LOGIT_ROWS], False).detach().numpy()
    return {name: value for name, value in made.items() if not name.endswith(LEFT_OUT)}


def in_one_order(file):
    """The same safetensors bytes with sorted metadata: the library writes it in an order of chance."""
    size = int.from_bytes(file[:8], "little")
    header = json.loads(file[8 : 8 + size])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":")).encode().ljust(size)
    return len(text).to_bytes(8, "little") + text + file[8 + size :]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, default=DATA, help="train.csv.gz (default: the sample)")
    parser.add_argument("--check", action="store_true", help="write nothing; compare with the committed file")
    parser.add_argument("--float64", action="store_true", help="write nothing; compare the file with float64")
    options = parser.parse_args()

    torch.set_num_threads(1)
    kind = torch.float64 if options.float64 else torch.float32
    x, y = read_digits(options.data, STEPS * BATCH, kind)
    initial = safetensors.numpy.load_file(HERE / "initial.safetensors")
    made = make_tensors(x, y, {name: torch.tensor(value).to(kind) for name, value in initial.items()})
    path = HERE / "decay.safetensors"
    if options.check or options.float64:
        kept = safetensors.numpy.load_file(path)
        found = {name: float(np.abs(value - made[name]).max()) for name, value in kept.items()}
        for name, far in found.items():
            print(f"{name:40} {far:8.1e}")
        return 0 if max(found.values()) < 1e-4 else 1
    written = {"torch": torch.__version__, "numpy": np.__version__, "command": "python3 tests/golden/make_decay.py"}
    path.write_bytes(in_one_order(safetensors.numpy.save(made, metadata=written)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
