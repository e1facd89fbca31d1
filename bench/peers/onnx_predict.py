#!/usr/bin/env python3
"""Time onnxruntime on clenet's other job, by turns (bench/turns.h): images from bytes to ten probabilities.

The model is clenet's, as an ONNX graph that takes bytes. A short probe finds the best of one and more sessions side by side
and of a few batch sizes; for one image, of one and more threads.
"""

import functools

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from digits import load_digits, load_weights
from predictions import options_of, predict_by_turns, side_by_side

OPSET, IR_VERSION = 17, 8


class Graph:
    """Nodes one behind the other; `at` names what the last one gives."""

    def __init__(self, weights):
        self.nodes, self.constants, self.at, self.weights = [], [], "images", weights

    def constant(self, name, values=None):
        self.constants.append(numpy_helper.from_array(self.weights[name] if values is None else values, name))
        return name

    def add(self, operator, *constants, **attributes):
        gives = f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, [self.at, *constants], [gives], **attributes))
        self.at = gives

    def convolution(self, layer, pad):
        constants = [self.constant(f"conv2d_{layer}.{part}") for part in ("kernel", "bias")]
        self.add("Conv", *constants, kernel_shape=[5, 5], pads=[pad] * 4)
        self.add("Relu")
        self.add("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
        norm = [self.constant(f"batchnorm_{layer}.{part}") for part in ("gamma", "beta", "moving_mean", "moving_variance")]
        self.add("BatchNormalization", *norm, epsilon=1e-3)

    def dense(self, layer):
        self.add("Gemm", *[self.constant(f"dense_{layer}.{part}") for part in ("kernel", "bias")], transB=1)


def lenet(path):
    """The bytes of an ONNX model with the weights of a model.safetensors: uint8 [n][1][28][28] to float [n][10]."""
    graph = Graph(load_weights(path))
    graph.add("Cast", to=TensorProto.FLOAT)
    graph.add("Mul", graph.constant("scale", np.float32(1 / 255)))
    graph.convolution(1, pad=2)
    graph.convolution(2, pad=0)
    graph.add("Flatten")
    for layer in (1, 2):
        graph.dense(layer)
        graph.add("Relu")
    graph.dense(3)
    graph.add("Softmax", axis=1)
    images = helper.make_tensor_value_info("images", TensorProto.UINT8, ["n", 1, 28, 28])
    probabilities = helper.make_tensor_value_info(graph.at, TensorProto.FLOAT, ["n", 10])
    model = helper.make_model(helper.make_graph(graph.nodes, "lenet", [images], [probabilities], graph.constants),
                              opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def main():
    options = options_of(__doc__)

    images, labels = load_digits(options.data, at_least=options.count)
    model = lenet(options.model)

    def session(threads):
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = threads
        settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        return onnxruntime.InferenceSession(model, settings, providers=["CPUExecutionProvider"])

    def answer(session, images):
        return session.run(None, {"images": images})[0]

    def one_by_one(threads):
        """Bound to memory that stays, and what run_with_iobinding() calls: least of Python (25.5 us instead of 29.5)."""
        made = session(threads)
        image, result = np.empty((1, 1, 28, 28), np.uint8), np.empty((1, 10), np.float32)
        binding = made.io_binding()
        binding.bind_input("images", "cpu", 0, np.uint8, image.shape, image.ctypes.data)
        binding.bind_output(made.get_outputs()[0].name, "cpu", 0, np.float32, result.shape, result.ctypes.data)
        run, bound = made._sess.run_with_iobinding, binding._iobinding

        def predict(images):
            image[...] = images
            run(bound, None)
            return result
        return predict

    def make(threads, batch):
        if options.count == 1:
            return one_by_one(threads)
        return side_by_side([functools.partial(answer, session(1)) for _ in range(threads)], batch)

    predict_by_turns("onnxruntime", onnxruntime.__version__, make, images, labels, options)


if __name__ == "__main__":
    main()
