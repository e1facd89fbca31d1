#!/usr/bin/env python3
"""Make the golden values of the optimizers beside RMSprop, and of label smoothing: Keras's own numbers, in float32.

Everything but the optimizer and the loss is make_golden.py's, from the same initial weights. README.md
beside this file says what the written file holds; `--check` makes everything again and compares it with
the committed file, and `--float64` says how far rounding alone carries these numbers.
"""

import argparse
import pathlib
import sys

import make_golden as golden  # sets TensorFlow's environment before anything else
import keras
import numpy as np
import safetensors.numpy
import tensorflow as tf

HERE = golden.HERE
COMMAND = "python3 tests/golden/make_optimizers.py"
SMOOTHING = 0.1

# dense_1.kernel alone is three quarters of the network; the logits after the steps answer for it.
LEFT_OUT = "dense_1.kernel"


def optimizers():
    """By the name that the tensors begin with."""
    return {
        "sgd": keras.optimizers.SGD(learning_rate=1e-3, momentum=0.9),
        "adam": keras.optimizers.Adam(learning_rate=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-7),
        "adamw": keras.optimizers.AdamW(learning_rate=1e-3, weight_decay=0.1, beta_1=0.9, beta_2=0.999, epsilon=1e-7),
    }


def train(net, optimizer, x, y):
    """Ten steps in file order: the loss of each batch before its update."""
    losses = []
    optimizer.build(net.trainable_variables)
    for first in range(0, golden.STEPS * golden.BATCH, golden.BATCH):
        rows = slice(first, first + golden.BATCH)
        loss, _, found = golden.forward_backward(net, x[rows], y[rows])
        optimizer.apply(found, net.trainable_variables)
        losses.append(loss)
    return np.array(losses)


def smoothed(net, x, y):
    """The smoothed loss of the batch, and its gradients, in training mode."""
    loss_of = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=SMOOTHING)
    before = net.get_weights()
    with tf.GradientTape() as tape:
        loss = loss_of(y, net(x, training=True))
    found = tape.gradient(loss, [v.value for v in net.trainable_variables])
    net.set_weights(before)
    names = golden.named(net.trainable_variables)
    return {"smoothed.loss": np.array([loss.numpy()])} | {
        f"smoothed.gradient.{name}": g.numpy() for name, g in zip(names, found)
    }


def make_tensors(x, y, initial):
    made = {}
    net = golden.make_lenet()
    for name, optimizer in optimizers().items():
        for weight, variable in golden.named(net.variables).items():
            variable.assign(initial[weight])
        made[f"{name}.losses"] = train(net, optimizer, x, y)
        made |= golden.values(net.variables, f"{name}.step10.")
        made[f"{name}.step10.logits"] = net(x[golden.LOGIT_ROWS], training=False).numpy()
    for weight, variable in golden.named(net.variables).items():
        variable.assign(initial[weight])
    made |= smoothed(net, x[golden.GRADIENT_ROWS], y[golden.GRADIENT_ROWS])
    return {name: value for name, value in made.items() if not name.endswith(LEFT_OUT)}


def largest_differences(a, b):
    """The largest difference of each kind of tensor: its name without layer and parameter."""
    kinds = {}
    for name, value in a.items():
        kind = name.rsplit(".", 2)[0] if name.count(".") > 2 else name
        kinds[kind] = max(kinds.get(kind, 0.0), float(np.abs(value - b[name]).max()))
    return kinds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, default=golden.DATA, help="train.csv.gz (default: the sample)")
    parser.add_argument("--check", action="store_true", help="write nothing; compare with the committed file")
    parser.add_argument("--float64", action="store_true", help="write nothing; compare the file with float64")
    options = parser.parse_args()

    tf.config.experimental.enable_op_determinism()
    kind = np.float64 if options.float64 else np.float32
    if options.float64:
        keras.config.set_floatx("float64")
        keras.config.set_dtype_policy("float64")
    x, y = golden.read_digits(options.data, golden.STEPS * golden.BATCH)
    initial = safetensors.numpy.load_file(HERE / "initial.safetensors")
    made = make_tensors(x.astype(kind), y.astype(kind), {name: w.astype(kind) for name, w in initial.items()})
    path = HERE / "optimizers.safetensors"
    if options.check or options.float64:
        found = largest_differences(safetensors.numpy.load_file(path), made)
        for name, far in found.items():
            print(f"{name:32} {far:8.1e}")
        return 0 if max(found.values()) < 1e-4 else 1
    file = safetensors.numpy.save(made, metadata=golden.versions() | {"command": COMMAND})
    path.write_bytes(golden.in_one_order(file))
    return 0


if __name__ == "__main__":
    sys.exit(main())
