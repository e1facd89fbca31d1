#!/usr/bin/env python3
"""Time PyTorch on clenet's job: epochs of the digit-recognizer LeNet, on the CPU.

The network, the loss, the optimizer and the batch are clenet's defaults (README of the project).
The digits are in memory before the clock starts; every epoch visits them in a new order.

    plain   the loop people write, short of a DataLoader (it would only add to the time): the
            running loss and accuracy are read with .item() in each step
    tuned   what a careful user gets without compiling: sums stay tensors until the epoch ends,
            the fused or foreach optimizer where the version has one, and of the two memory
            formats the one that the warm-up finds faster

Prints one JSON line. Compare only figures of one machine, one run at a time.
"""

import argparse
import gzip
import itertools
import json
import statistics
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional

WARM_UP_STEPS = 200
FORMATS = (torch.contiguous_format, torch.channels_last)


class LeNet(nn.Module):
    """clenet's default network; Keras's momentum .99 is PyTorch's .01."""

    def __init__(self):
        super().__init__()
        self.conv2d_1 = nn.Conv2d(1, 6, 5, padding=2)
        self.batchnorm_1 = nn.BatchNorm2d(6, eps=1e-3, momentum=0.01)
        self.conv2d_2 = nn.Conv2d(6, 16, 5)
        self.batchnorm_2 = nn.BatchNorm2d(16, eps=1e-3, momentum=0.01)
        self.dense_1 = nn.Linear(400, 120)
        self.dense_2 = nn.Linear(120, 84)
        self.dense_3 = nn.Linear(84, 10)
        for layer in self.modules():
            if isinstance(layer, (nn.Conv2d, nn.Linear)):
                nn.init.xavier_uniform_(layer.weight)
                nn.init.zeros_(layer.bias)

    def forward(self, x):
        x = functional.max_pool2d(functional.relu(self.conv2d_1(x)), 2)
        x = functional.dropout(self.batchnorm_1(x), 0.1, self.training)
        x = functional.max_pool2d(functional.relu(self.conv2d_2(x)), 2)
        x = functional.dropout(self.batchnorm_2(x), 0.3, self.training)
        x = functional.relu(self.dense_1(x.flatten(1)))
        x = functional.relu(self.dense_2(x))
        return self.dense_3(x)


def load_digits(path, rows):
    """Pixels [rows][1][28][28] as bytes and labels [rows]; rows of the file repeat when it is shorter."""
    if path is None:
        return torch.randint(256, (rows, 1, 28, 28), dtype=torch.uint8), torch.randint(10, (rows,))
    with gzip.open(path, "rt") as text:
        table = torch.from_numpy(np.loadtxt(text, delimiter=",", skiprows=1, max_rows=rows, dtype=np.int64))
    table = table[torch.arange(rows) % len(table)]
    return table[:, 1:].to(torch.uint8).reshape(-1, 1, 28, 28), table[:, 0].contiguous()


def batches(x, y, size):
    """One epoch's batches in a new order; bytes in memory measured 1 to 4 % faster than floats."""
    for index in torch.randperm(len(x)).split(size):
        yield x.index_select(0, index).float().div_(255), y.index_select(0, index)


def train_plain(net, optimizer, data):
    loss_of = nn.CrossEntropyLoss()
    running_loss, correct, seen = 0.0, 0, 0
    for x, y in data:
        optimizer.zero_grad()
        logits = net(x)
        loss = loss_of(logits, y)
        loss.backward()
        optimizer.step()
        running_loss += loss.item() * len(y)
        correct += (logits.argmax(1) == y).sum().item()
        seen += len(y)
    return running_loss / seen, correct / seen


def train_tuned(net, optimizer, data):
    running_loss, correct, seen = torch.zeros(()), torch.zeros((), dtype=torch.int64), 0
    for x, y in data:
        logits = net(x)
        loss = functional.cross_entropy(logits, y)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            running_loss.add_(loss, alpha=len(y))
            correct.add_((logits.argmax(1) == y).sum())
        seen += len(y)
    return running_loss.item() / seen, correct.item() / seen


def make_optimizer(net, variant):
    """RMSprop with clenet's settings. PyTorch adds epsilon outside the root, Keras inside: the cost is the same."""
    settings = {"lr": 1e-3, "alpha": 0.9, "eps": 1e-7}
    if variant == "plain":
        return torch.optim.RMSprop(net.parameters(), **settings)
    for faster in ("fused", "foreach"):
        try:
            return torch.optim.RMSprop(net.parameters(), **settings, **{faster: True})
        except (TypeError, RuntimeError):
            continue  # this version does not offer it
    return torch.optim.RMSprop(net.parameters(), **settings)


class Run:
    """One network in one memory format, with its optimizer and its data."""

    def __init__(self, x, y, options, train, memory_format):
        self.x, self.y, self.size, self.train = x.to(memory_format=memory_format), y, options.batch, train
        self.net = LeNet().train().to(memory_format=memory_format)
        self.optimizer = make_optimizer(self.net, options.variant)
        self.memory_format = memory_format

    def epoch(self, steps=None):
        """The seconds of one epoch, or of its first `steps` steps, and what the loop returned."""
        start = time.perf_counter()
        result = self.train(self.net, self.optimizer, itertools.islice(batches(self.x, self.y, self.size), steps))
        return time.perf_counter() - start, result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=33600)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--variant", choices=("plain", "tuned"), default="plain")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--data", help="train.csv.gz of the digit-recognizer (default: random digits)")
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    x, y = load_digits(options.data, options.rows)
    train = train_plain if options.variant == "plain" else train_tuned
    formats = FORMATS if options.variant == "tuned" else FORMATS[:1]
    runs = [Run(x, y, options, train, memory_format) for memory_format in formats]
    for run in runs:
        run.epoch(WARM_UP_STEPS)
    if len(runs) > 1:
        runs.sort(key=lambda run: run.epoch(WARM_UP_STEPS)[0])

    epochs = [runs[0].epoch() for _ in range(options.epochs)]
    seconds = [epoch[0] for epoch in epochs]
    loss, accuracy = epochs[-1][1]

    median = statistics.median(seconds)
    print(json.dumps({
        "peer": "pytorch",
        "version": torch.__version__,
        "variant": options.variant,
        "threads": options.threads,
        "batch": options.batch,
        "rows": options.rows,
        "memory_format": str(runs[0].memory_format).removeprefix("torch."),
        "epoch_seconds": [round(s, 3) for s in seconds],
        "median_seconds": round(median, 3),
        "images_per_second": round(options.rows / median),
        "loss": round(loss, 4),
        "accuracy": round(accuracy, 4),
    }))


if __name__ == "__main__":
    main()
