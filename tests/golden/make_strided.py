#!/usr/bin/env python3
"""Make the golden values of strides, padding and groups: Keras's own numbers, in float32.

The network has a strided and a depthwise convolution, pools whose windows overlap, and zero padding. README.md
beside this file says what the written files hold; `--check` makes everything again and compares it with the
committed files, and `--float64` says how far rounding alone carries these numbers.
"""

import argparse
import sys

import make_golden as golden  # sets TensorFlow's environment before anything else
import keras
import numpy as np
import safetensors.numpy
import tensorflow as tf

HERE = golden.HERE
COMMAND = "python3 tests/golden/make_strided.py"
SEED = 1
ROWS = 32

NETWORK = """\
input 28x28x1
conv2d 6 3x3 same stride=2 relu
batchnorm
conv2d 12 3x3 same groups=6 relu
maxpool2d 3x3 same stride=2
zeropad2d 1,0,0,1
conv2d 12 3x3 valid stride=2 groups=12
avgpool2d 2x2 same stride=1
conv2d 8 2x2 valid relu
maxpool2d 2x2 same stride=1
flatten
dense 10 softmax
"""


def make_network():
    """The network of NETWORK; its last layer gives logits, the loss adds the softmax."""
    layers = keras.layers
    seeds = iter(range(100 * SEED, 100 * SEED + 50))

    def start():
        """Biases other than 0, so that relu's input over blank paper is not at its kink."""
        return {
            "kernel": keras.initializers.GlorotUniform(seed=next(seeds)),
            "bias_initializer": keras.initializers.RandomUniform(0.02, 0.2, seed=next(seeds)),
        }

    def conv2d(filters, size, name, **options):
        s = start()
        return layers.Conv2D(filters, size, kernel_initializer=s.pop("kernel"), name=name, **s, **options)

    def depthwise(size, name, **options):
        s = start()
        return layers.DepthwiseConv2D(size, depthwise_initializer=s.pop("kernel"), name=name, **s, **options)

    return keras.Sequential([
        layers.Input((28, 28, 1)),
        conv2d(6, 3, "conv2d_1", strides=2, padding="same", activation="relu"),
        layers.BatchNormalization(momentum=0.99, epsilon=1e-3, name="batchnorm_1"),
        depthwise(3, "conv2d_2", depth_multiplier=2, padding="same", activation="relu"),
        layers.MaxPooling2D(3, strides=2, padding="same"),
        layers.ZeroPadding2D(((1, 0), (0, 1))),
        depthwise(3, "conv2d_3", strides=2, padding="valid"),
        layers.AveragePooling2D(2, strides=1, padding="same"),
        conv2d(8, 2, "conv2d_4", padding="valid", activation="relu"),
        layers.MaxPooling2D(2, strides=1, padding="same"),
        layers.Flatten(),
        layers.Dense(10, kernel_initializer=keras.initializers.GlorotUniform(seed=next(seeds)), name="dense_1"),
    ])


def as_clenet(tensors):
    """Depthwise kernels [h][w][channels][m] as kernels of a convolution with as many groups, [h][w][1][channels * m]."""
    depthwise = ("conv2d_2.kernel", "conv2d_3.kernel")
    return {
        name: value.reshape(*value.shape[:2], 1, -1) if name.endswith(depthwise) else value
        for name, value in tensors.items()
    }


def make_tensors(x, y, initial=None):
    net = make_network()
    if initial:
        for name, variable in golden.named(net.variables).items():
            variable.assign(initial[name].reshape(variable.shape))
    initial = golden.values(net.variables)
    made = {"logits": net(x, training=False).numpy()}
    found, loss = golden.gradients(net, x, y, "gradient.")
    made |= found | {"loss": np.array([loss])}
    return as_clenet(initial), {"strided." + name: value for name, value in as_clenet(made).items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; compare with the committed files")
    parser.add_argument("--float64", action="store_true", help="write nothing; compare the files with float64")
    options = parser.parse_args()

    tf.config.experimental.enable_op_determinism()
    kind = np.float64 if options.float64 else np.float32
    if options.float64:
        keras.config.set_floatx("float64")
        keras.config.set_dtype_policy("float64")
    x, y = golden.read_digits(golden.DATA, ROWS)
    again = options.check or options.float64
    kept = safetensors.numpy.load_file(HERE / "strided_initial.safetensors") if again else None
    initial, made = make_tensors(x.astype(kind), y.astype(kind), kept)
    if again:
        good = True
        for name, value in safetensors.numpy.load_file(HERE / "strided.safetensors").items():
            far = float(np.abs(value - made[name]).max() / np.abs(made[name]).max())
            print(f"{name:28} {far:8.1e} of its largest value")
            good = good and far < 1e-4
        return 0 if good else 1
    model = {"format": "clenet-model", "version": "1", "network": NETWORK}
    for name, tensors, metadata in (
        ("strided_initial", initial, model),
        ("strided", made, golden.versions() | {"command": COMMAND}),
    ):
        file = golden.in_one_order(safetensors.numpy.save(tensors, metadata=metadata))
        (HERE / f"{name}.safetensors").write_bytes(file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
