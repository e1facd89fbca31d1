#!/usr/bin/env python3
"""Time JAX on clenet's job: epochs of the digit-recognizer LeNet, as torch_lenet.py does with PyTorch.

An epoch is one call of a compiled function: a scan (lax.scan) over the batches, in a new order. Pooling is a reshape and a
maximum, which XLA compiles for the CPU better than its reduce_window and that one's gradient. Convolution:

    im2col  a matrix product of the patches, which are slices of the image side by side
    lax     lax.conv_general_dilated
    best    what the warm-up finds fastest: of these two, and of one and more threads if --threads does not say

Prints one JSON line; with --turns, an epoch for each line of standard input (bench/turns.h).
"""

import argparse
import functools
import json
import os
import statistics
import subprocess
import sys
import time

PROBE_IMAGES = 6400  # of the steps that a probe warms up with and then times
CONVOLUTIONS = ("im2col", "lax")
RATE, RHO, EPSILON, MOMENTUM, BN_EPSILON = 1e-3, 0.9, 1e-7, 0.99, 1e-3  # clenet's defaults, which are Keras's


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=33600)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=0, help="default: the warm-up finds which is best")
    parser.add_argument("--variant", choices=(*CONVOLUTIONS, "best"), default="best")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--turns", action="store_true")
    parser.add_argument("--probe", action="store_true", help="only the seconds of some steps")
    parser.add_argument("--data", required=True, help="train.csv of the digit-recognizer")
    return parser.parse_args()


def best_setting(options):
    """Threads and convolution that take the least time. XLA makes its threads once in a process: each probe is one."""
    def probe(setting):
        threads, variant = map(str, setting)
        return float(subprocess.run([sys.executable, __file__, "--probe", "--rows", str(options.rows), "--batch",
                                     str(options.batch), "--data", options.data, "--threads", threads, "--variant", variant],
                                    check=True, capture_output=True, text=True).stdout)

    def fastest(settings):
        return settings[0] if len(settings) == 1 else min(settings, key=probe)

    threads = [options.threads] if options.threads else sorted({1, len(os.sched_getaffinity(0))})
    variants = CONVOLUTIONS if options.variant == "best" else [options.variant]
    variant = fastest([(threads[-1], variant) for variant in variants])[1]
    return fastest([(number, variant) for number in threads])


def use_threads(count):
    """Before JAX is imported: XLA has a thread for each core that the process may use."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:count])
    os.environ["JAX_PLATFORMS"] = "cpu"


def network(variant):
    """The functions that make the parameters and compute an epoch, for one kind of convolution."""
    import jax
    import jax.numpy as jnp
    from jax import lax

    def convolve(x, kernel, bias):
        if variant == "lax":
            return lax.conv_general_dilated(x, kernel, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")) + bias
        h, w = x.shape[1] - 4, x.shape[2] - 4
        patches = jnp.concatenate([x[:, i:i + h, j:j + w] for i in range(5) for j in range(5)], axis=3)
        return patches @ kernel.reshape(-1, kernel.shape[3]) + bias

    def pool(x):
        n, h, w, c = x.shape
        return x.reshape(n, h // 2, 2, w // 2, 2, c).max(axis=(2, 4))

    def normalize(x, p, moving):
        mean, variance = x.mean(axis=(0, 1, 2)), x.var(axis=(0, 1, 2))
        moving = tuple(MOMENTUM * old + (1 - MOMENTUM) * new for old, new in zip(moving, (mean, variance)))
        return (x - mean) * lax.rsqrt(variance + BN_EPSILON) * p[0] + p[1], moving

    def dropout(x, rate, key):
        return jnp.where(jax.random.bernoulli(key, 1 - rate, x.shape), x / (1 - rate), 0)

    def loss_of(p, moving, x, y, key):
        key_1, key_2 = jax.random.split(key)
        x = jnp.pad(x, ((0, 0), (2, 2), (2, 2), (0, 0)))
        x, moving_1 = normalize(pool(jax.nn.relu(convolve(x, *p["conv2d_1"]))), p["batchnorm_1"], moving[0])
        x = dropout(x, 0.1, key_1)
        x, moving_2 = normalize(pool(jax.nn.relu(convolve(x, *p["conv2d_2"]))), p["batchnorm_2"], moving[1])
        x = dropout(x, 0.3, key_2).reshape(len(x), -1)
        for name in ("dense_1", "dense_2"):
            x = jax.nn.relu(x @ p[name][0] + p[name][1])
        logits = x @ p["dense_3"][0] + p["dense_3"][1]
        losses = jax.nn.logsumexp(logits, axis=1) - jnp.take_along_axis(logits, y[:, None], axis=1)[:, 0]
        return losses.mean(), ((moving_1, moving_2), losses.sum(), (logits.argmax(1) == y).sum())

    def step(state, index, images, labels):
        p, squares, moving, key, loss, correct = state
        key, used = jax.random.split(key)
        x = images[index].astype(jnp.float32)[..., None] / 255
        gradients, (moving, more, right) = jax.grad(loss_of, has_aux=True)(p, moving, x, labels[index], used)
        squares = jax.tree.map(lambda s, g: RHO * s + (1 - RHO) * g * g, squares, gradients)
        p = jax.tree.map(lambda v, g, s: v - RATE * g * lax.rsqrt(s + EPSILON), p, gradients, squares)
        return p, squares, moving, key, loss + more, correct + right

    @functools.partial(jax.jit, static_argnames=("batch", "rows"), donate_argnums=0)
    def epoch(state, images, labels, batch, rows):
        """`rows` of the images in a new order; the last batch may be short."""
        p, squares, moving, key = state
        key, used = jax.random.split(key)
        order = jax.random.permutation(used, len(images))[:rows]
        whole = rows // batch * batch
        state, _ = lax.scan(lambda s, index: (step(s, index, images, labels), None), (p, squares, moving, key, 0.0, 0),
                            order[:whole].reshape(-1, batch))
        if whole < rows:
            state = step(state, order[whole:], images, labels)
        return state[:4], (state[4] / rows, state[5] / rows)

    def start(seed):
        """Parameters (Glorot's uniform, zeros), their moving squares, batch norm's moving figures, a key."""
        key = jax.random.key(seed, impl="unsafe_rbg")  # measured faster than the default, threefry

        def weights(key, *shape):
            field = shape[0] * shape[1] if len(shape) == 4 else 1
            limit = (6 / (field * (shape[-2] + shape[-1]))) ** 0.5
            return jax.random.uniform(key, shape, minval=-limit, maxval=limit), jnp.zeros(shape[-1])
        shapes = {"conv2d_1": (5, 5, 1, 6), "conv2d_2": (5, 5, 6, 16), "dense_1": (400, 120), "dense_2": (120, 84),
                  "dense_3": (84, 10)}
        p = {name: weights(part, *shape) for part, (name, shape) in zip(jax.random.split(key, 5), shapes.items())}
        moving = []
        for i, channels in enumerate((6, 16)):
            p[f"batchnorm_{i + 1}"] = jnp.ones(channels), jnp.zeros(channels)
            moving.append((jnp.zeros(channels), jnp.ones(channels)))
        return p, jax.tree.map(jnp.zeros_like, p), tuple(moving), key
    return start, epoch


class Run:
    """One network with its data; epoch() goes on with its training."""

    def __init__(self, options, threads, variant):
        use_threads(threads)
        import jax
        from digits import load_digits
        images, labels = load_digits(options.data, options.rows)
        self.images, self.labels = jax.numpy.asarray(images[:, 0]), jax.numpy.asarray(labels.astype("int32"))
        start, self.compiled = network(variant)
        self.version, self.batch, self.state = jax.__version__, options.batch, start(1)

    def epoch(self, rows=None):
        """Seconds, loss and accuracy of an epoch, or of its first rows."""
        began = time.perf_counter()
        self.state, figures = self.compiled(self.state, self.images, self.labels, self.batch, rows or len(self.labels))
        loss, accuracy = map(float, figures)  # waits for them
        return time.perf_counter() - began, loss, accuracy


def main():
    options = parse()
    threads, variant = best_setting(options)
    run = Run(options, threads, variant)
    if options.probe:
        rows = max(1, min(PROBE_IMAGES, options.rows) // options.batch) * options.batch
        run.epoch(rows)
        print(run.epoch(rows)[0])
        return
    about = {"peer": "JAX", "version": run.version, "variant": variant, "threads": threads, "batch": options.batch,
             "rows": options.rows}
    run.epoch()
    if options.turns:
        from turns import take_turns
        take_turns(about, lambda: run.epoch()[0])
        return
    epochs = [run.epoch() for _ in range(options.epochs)]
    seconds = [epoch[0] for epoch in epochs]
    print(json.dumps({**about, "epoch_seconds": [round(s, 3) for s in seconds],
                      "median_seconds": round(statistics.median(seconds), 3), "loss": round(epochs[-1][1], 4),
                      "accuracy": round(epochs[-1][2], 4)}))


if __name__ == "__main__":
    main()
