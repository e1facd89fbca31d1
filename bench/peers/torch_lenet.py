#!/usr/bin/env python3
"""Time PyTorch on clenet's job: epochs of the digit-recognizer LeNet.

The network, the loss, the optimizer and the batch are clenet's defaults (README of the project).
The digits are in memory before the clock starts; every epoch visits them in a new order.

    plain   the loop people write, short of a DataLoader (it would only add to the time): the
            running loss and accuracy are read with .item() in each step
    tuned   what a careful user gets without compiling: sums stay tensors until the epoch ends,
            the fused or foreach optimizer where the version has one, and of the two memory
            formats the one that the warm-up finds faster
    compiled  tuned, with loss and gradients compiled by torch.compile, which needs a C++ compiler
    graph   on a GPU: tuned, with the step captured once in a CUDA graph and replayed
    best    what the warm-up finds fastest: of plain, tuned and compiled, and of one and more
            threads if --threads does not say

Prints one JSON line; with --turns, an epoch for each line that comes (bench/turns.h). Compare only figures of
one machine, one run at a time.
"""

import argparse
import itertools
import json
import os
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional

from digits import load_digits
from lenet import LeNet
from turns import take_turns

PROBE_IMAGES = 6400  # of the steps that a probe warms up with and then times
FORMATS = (torch.contiguous_format, torch.channels_last)


def batches(x, y, size):
    """One epoch's batches in a new order; bytes in memory measured 1 to 4 % faster than floats."""
    for index in torch.randperm(len(x), device=x.device).split(size):
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


class Sums:
    """Loss and right answers, which stay on the device until they are read."""

    def __init__(self, net):
        device = net.dense_3.bias.device
        self.loss = torch.zeros((), device=device)
        self.correct = torch.zeros((), dtype=torch.int64, device=device)

    def step(self, net, optimizer, x, y):
        logits = net(x)
        loss = functional.cross_entropy(logits, y)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            self.loss.add_(loss, alpha=len(y))
            self.correct.add_((logits.argmax(1) == y).sum())

    def read(self, seen):
        return self.loss.item() / seen, self.correct.item() / seen


def train_tuned(net, optimizer, data):
    sums, seen = Sums(net), 0
    for x, y in data:
        sums.step(net, optimizer, x, y)
        seen += len(y)
    return sums.read(seen)


class CompiledTraining:
    """tuned, with loss and gradients by torch.compile. Compiling the optimizer's step too, or wrapping both in C++, was not
    faster. A short last batch is compiled too."""

    def __init__(self):
        self.loss_of = None

    def __call__(self, net, optimizer, data):
        def loss_of(x, y):
            logits = net(x)
            return functional.cross_entropy(logits, y), (logits.detach().argmax(1) == y).sum()

        self.loss_of = self.loss_of or torch.compile(loss_of, dynamic=False)
        sums, seen = Sums(net), 0
        for x, y in data:
            loss, correct = self.loss_of(x, y)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            sums.loss.add_(loss.detach(), alpha=len(y))
            sums.correct.add_(correct)
            seen += len(y)
        return sums.read(seen)


class GraphTraining:
    """A step captured in a CUDA graph for whole batches; a short last one goes step by step."""

    def __init__(self):
        self.graph = None

    def capture(self, net, optimizer, x, y):
        self.sums, self.x, self.y = Sums(net), x.clone(), y.clone()
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):  # the capture must find the optimizer's state and cuDNN's choices made
            for _ in range(3):
                self.sums.step(net, optimizer, self.x, self.y)
        torch.cuda.current_stream().wait_stream(side)
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self.sums.step(net, optimizer, self.x, self.y)

    def __call__(self, net, optimizer, data):
        seen = 0
        for x, y in data:
            if self.graph is None:
                self.capture(net, optimizer, x, y)
            if seen == 0:
                self.sums.loss.zero_()
                self.sums.correct.zero_()
            if x.shape == self.x.shape:
                self.x.copy_(x)
                self.y.copy_(y)
                self.graph.replay()
            else:
                self.sums.step(net, optimizer, x, y)
            seen += len(y)
        return self.sums.read(seen)


def make_optimizer(net, variant):
    """RMSprop with clenet's settings. PyTorch adds epsilon outside the root, Keras inside: the cost is the same."""
    settings = {"lr": 1e-3, "alpha": 0.9, "eps": 1e-7}
    if variant == "plain":
        return torch.optim.RMSprop(net.parameters(), **settings)
    if variant == "graph":
        return torch.optim.RMSprop(net.parameters(), **settings, foreach=True, capturable=True)
    for faster in ("fused", "foreach"):
        try:
            return torch.optim.RMSprop(net.parameters(), **settings, **{faster: True})
        except (TypeError, RuntimeError):
            continue  # this version does not offer it
    return torch.optim.RMSprop(net.parameters(), **settings)


class Run:
    """One network in one variant and memory format on some threads, with its optimizer and its data."""

    def __init__(self, x, y, batch, variant, memory_format, threads):
        self.x, self.y, self.batch = x.to(memory_format=memory_format), y, batch
        self.variant, self.memory_format, self.threads = variant, memory_format, threads
        self.train = (train_plain if variant == "plain" else train_tuned if variant == "tuned" else
                      CompiledTraining() if variant == "compiled" else GraphTraining())
        self.net = LeNet().train().to(device=x.device, memory_format=memory_format)
        self.optimizer = make_optimizer(self.net, variant)

    def epoch(self, steps=None):
        """The seconds of one epoch, or of its first `steps` steps, and what the loop returned."""
        torch.set_num_threads(self.threads)
        start = time.perf_counter()
        data = itertools.islice(batches(self.x, self.y, self.batch), steps)
        result = self.train(self.net, self.optimizer, data)  # its sums are read: the device has finished
        return time.perf_counter() - start, result


def fastest(runs, steps):
    """Each warms up for some steps and is timed for as many."""
    seconds = {}
    for run in runs:
        try:
            run.epoch(steps)
            seconds[run] = run.epoch(steps)[0]
        except RuntimeError as error:  # torch.compile finds no C++ compiler
            print(f"left out: {run.variant}: {error}", file=sys.stderr)
    return min(seconds, key=seconds.get)


def make_runs(x, y, options):
    variants = ("plain", "tuned", "compiled") if options.variant == "best" else (options.variant,)
    threads = (options.threads,) if options.threads else sorted({1, len(os.sched_getaffinity(0))})
    formats = {"plain": FORMATS[:1], "compiled": FORMATS[1:]}  # contiguous: torch.compile was a tenth slower
    return [Run(x, y, options.batch, variant, memory_format, number)
            for variant in variants
            for memory_format in formats.get(variant, FORMATS)
            for number in (threads[:1] if x.device.type != "cpu" else threads[-1:] if variant == "compiled" else threads)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=33600)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=0, help="default: the warm-up finds which is best")
    parser.add_argument("--variant", choices=("plain", "tuned", "compiled", "graph", "best"), default="best")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--turns", action="store_true")
    parser.add_argument("--data", help="train.csv of the digit-recognizer (default: random digits)")
    options = parser.parse_args()

    torch.manual_seed(1)
    if options.data:
        x, y = (torch.from_numpy(array) for array in load_digits(options.data, options.rows))
    else:
        x = torch.randint(256, (options.rows, 1, 28, 28), dtype=torch.uint8)
        y = torch.randint(10, (options.rows,))
    steps = max(1, min(PROBE_IMAGES, options.rows) // options.batch)
    run = fastest(make_runs(x.to(options.device), y.to(options.device), options), steps)

    about = {"peer": "PyTorch", "version": torch.__version__, "device": options.device, "variant": run.variant,
             "threads": run.threads, "batch": options.batch, "rows": options.rows,
             "memory_format": str(run.memory_format).removeprefix("torch.")}
    if options.turns:
        run.epoch()
        take_turns(about, lambda: run.epoch()[0])
        return
    epochs = [run.epoch() for _ in range(options.epochs)]
    seconds = [epoch[0] for epoch in epochs]
    loss, accuracy = epochs[-1][1]
    median = statistics.median(seconds)
    print(json.dumps({**about, "epoch_seconds": [round(s, 3) for s in seconds], "median_seconds": round(median, 3),
                      "images_per_second": round(options.rows / median), "loss": round(loss, 4),
                      "accuracy": round(accuracy, 4)}))


if __name__ == "__main__":
    main()
