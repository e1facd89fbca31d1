#!/usr/bin/env python3
"""Make the ONNX models of this folder, and what onnxruntime answers with them: NAME.onnx and NAME.json.

    python3 make_onnx.py        # made with PyTorch 2.15.0, onnx 1.23.2, onnxscript 0.7.2 and onnxruntime 1.32.0

NAME.json has the images, bytes [images][height][width][channels], and probabilities [images][classes]. The torch-*.onnx were written by
PyTorch's two exporters (torch-old-* by the one from before 2.5), the others node by node, for what PyTorch does not write.
"""
import json
import pathlib
import warnings

import numpy
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

FOLDER = pathlib.Path(__file__).parent
IMAGES = 4
warnings.filterwarnings("ignore")
onnxruntime.set_default_logger_severity(3)
random = numpy.random.default_rng(1)


def softmax(x):
    power = numpy.exp(x - x.max(axis=1, keepdims=True))
    return power / power.sum(axis=1, keepdims=True)


def write(name, height, width, channels, feed, answer=softmax):
    """Ask onnxruntime about random images; feed turns bytes into the network's input, answer its output into probabilities."""
    images = random.integers(0, 256, (IMAGES, height, width, channels), dtype=numpy.uint8)
    session = onnxruntime.InferenceSession(str(FOLDER / f"{name}.onnx"), providers=["CPUExecutionProvider"])
    output = session.run(None, {session.get_inputs()[0].name: feed(images)})[0]
    probabilities = answer(output.astype(numpy.float64))
    text = json.dumps({"images": images.reshape(IMAGES, -1).tolist(), "probabilities": probabilities.round(8).tolist()})
    (FOLDER / f"{name}.json").write_text(text + "\n")


def unit(images):
    """PyTorch's ToTensor."""
    return numpy.ascontiguousarray(images.transpose(0, 3, 1, 2).astype(numpy.float32) / numpy.float32(255))


# ---- PyTorch ----------------------------------------------------------------------------------------------


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 3, 5, padding=2)
        self.conv2 = nn.Conv2d(3, 4, 3)
        self.fc1 = nn.Linear(4 * 2 * 2, 8)
        self.fc2 = nn.Linear(8, 5)

    def forward(self, x):
        x = nn.functional.max_pool2d(torch.relu(self.conv1(x)), 2)
        x = nn.functional.max_pool2d(torch.relu(self.conv2(x)), 2)
        x = x.view(x.size(0), -1)
        return self.fc2(torch.tanh(self.fc1(x)))


class Depthwise(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.depthwise = nn.Conv2d(4, 8, 3, padding=1, groups=4, bias=False)
        self.pool = nn.MaxPool2d(3, stride=2, padding=1, ceil_mode=True)
        self.average = nn.AvgPool2d(2, stride=1, padding=1)
        self.fc = nn.Linear(8, 4)

    def forward(self, x):
        x = nn.functional.leaky_relu(self.norm(self.conv(x)), 0.1)
        x = self.average(self.pool(torch.sigmoid(self.depthwise(x))))
        x = nn.functional.adaptive_avg_pool2d(x, 1)
        return torch.log_softmax(self.fc(torch.flatten(x, 1)), 1)


def torch_models():
    torch.manual_seed(1)
    lenet, depthwise = LeNet(), Depthwise()
    with torch.no_grad():
        depthwise.norm.running_mean.uniform_(-1, 1)
        depthwise.norm.running_var.uniform_(1, 2)
        depthwise.norm.weight.uniform_(-1, 1)
    for kind, model, side, channels in (("lenet", lenet, 12, 1), ("depthwise", depthwise, 10, 3)):
        model.eval()
        x = torch.rand(2, channels, side, side)
        answer = numpy.exp if kind == "depthwise" else softmax
        path = str(FOLDER / f"torch-old-{kind}.onnx")
        axes = {"images": {0: "n"}, "answers": {0: "n"}}
        torch.onnx.export(model, (x,), path, dynamo=False, dynamic_axes=axes, input_names=["images"], output_names=["answers"])
        write(f"torch-old-{kind}", side, side, channels, unit, answer)
        path = str(FOLDER / f"torch-{kind}.onnx")
        batch = ({0: torch.export.Dim("n")},)
        torch.onnx.export(model, (x,), path, dynamo=True, dynamic_shapes=batch, external_data=kind == "lenet", verbose=False)
        plain = onnx.load(path, load_external_data=False)  # without PyTorch's notes on where each node comes from
        for node in plain.graph.node:
            del node.metadata_props[:]
        del plain.graph.value_info[:]
        onnx.save(plain, path)
        write(f"torch-{kind}", side, side, channels, unit, answer)


# ---- node by node -----------------------------------------------------------------------------------------


class Graph:
    def __init__(self, kind, shape, classes, opset=17):
        self.nodes, self.constants, self.value, self.opset = [], [], "x", opset
        self.input = helper.make_tensor_value_info("x", kind, shape)
        self.output = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", classes])

    def constant(self, values, kind=numpy.float32):
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(numpy.asarray(values, dtype=kind), name))
        return name

    def weights(self, *shape):
        return self.constant(random.uniform(-1, 1, shape) / numpy.sqrt(numpy.prod(shape[1:])))

    def add(self, operator, *inputs, **attributes):
        """A node that reads the last value, and after it the inputs."""
        output = f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, [self.value, *inputs], [output], name=f"node_{len(self.nodes)}", **attributes))
        self.value = output

    def save(self, name, check=True):
        self.nodes[-1].output[0] = "y"
        graph = helper.make_graph(self.nodes, name, [self.input], [self.output], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=8)
        if check:
            onnx.checker.check_model(model, full_check=True)
        onnx.save(model, FOLDER / f"{name}.onnx")


def floats(images):
    return images.astype(numpy.float32)


def same(x):
    return x


def keras_like():
    """As tf2onnx writes Keras's networks: [N, H, W, C] in, transposes, MatMul and Add, SAME_UPPER."""
    g = Graph(TensorProto.FLOAT, ["n", 8, 8, 2], 3, 15)
    g.add("Div", g.constant(255))
    g.add("Sub", g.constant([0.25, 0.5]))
    g.add("Transpose", perm=[0, 3, 1, 2])
    g.add("Conv", g.weights(4, 2, 3, 3), auto_pad="SAME_UPPER", strides=[2, 2])
    g.add("Add", g.weights(1, 4, 1, 1))
    g.add("Relu")
    g.add("Mul", g.weights(1, 4, 1, 1))
    g.add("Add", g.weights(1, 4, 1, 1))
    g.add("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    g.add("Transpose", perm=[0, 2, 3, 1])
    g.add("Reshape", g.constant([-1, 16], numpy.int64))
    g.add("MatMul", g.weights(16, 5))
    g.add("Add", g.weights(5))
    g.add("Tanh")
    g.add("MatMul", g.weights(5, 3))
    g.add("Add", g.weights(3))
    g.add("Softmax")
    g.save("keras-like")
    write("keras-like", 8, 8, 2, floats, same)


def bytes_in():
    """Bytes [N, H, W], an axis added, normalised; zeros as a node; a mean over axes; half and double floats."""
    g = Graph(TensorProto.UINT8, ["n", 7, 6], 3)
    g.add("Cast", to=TensorProto.FLOAT)
    g.add("Unsqueeze", g.constant([1], numpy.int64))
    g.add("Mul", g.constant(1 / 255))
    g.add("Sub", g.constant([[[[0.1307]]]]))
    g.add("Div", g.constant(0.3081))
    g.add("Pad", g.constant([0, 0, 1, 0, 0, 0, 0, 2], numpy.int64))
    g.add("Conv", g.weights(4, 1, 3, 2))
    g.add("AveragePool", kernel_shape=[2, 2], strides=[1, 1], pads=[0, 1, 1, 0])
    g.add("LeakyRelu", alpha=0.2)
    g.add("ReduceMean", axes=[2, 3], keepdims=0)
    g.add("Gemm", g.weights(3, 4), g.weights(1, 3), alpha=0.5, beta=2.0, transB=1)
    g.save("bytes")
    write("bytes", 7, 6, 1, lambda images: images[..., 0])


def types():
    """Weights of 16 and 64 bits, cast; a matrix transposed; squeezed axes; dropout; the last layer without a softmax."""
    g = Graph(TensorProto.FLOAT, ["n", 1, 4, 4], 3)
    half, wide = g.constant(random.uniform(-1, 1, (4, 1, 4, 4)), numpy.float16), g.constant(random.uniform(-1, 1, (3, 4)), numpy.float64)
    for kind, name in (("half", half), ("wide", wide)):
        g.nodes.append(helper.make_node("Cast", [name], [kind], to=TensorProto.FLOAT))
    g.nodes.append(helper.make_node("Transpose", ["wide"], ["turned"], perm=[1, 0]))
    g.add("Conv", "half")
    g.add("Squeeze", g.constant([2, 3], numpy.int64))
    g.add("Sigmoid")
    g.add("Dropout")
    g.add("MatMul", "turned")
    g.add("Identity")
    g.save("types")
    write("types", 4, 4, 1, unit)


def refused():
    """What clenet does not have, named all at once."""
    g = Graph(TensorProto.FLOAT, ["n", 1, 8, 8], 2)
    g.add("Conv", g.weights(2, 1, 3, 3), dilations=[2, 2], pads=[2, 2, 2, 2])
    g.add("PRelu", g.weights(2, 1, 1))
    first = g.value
    g.add("Conv", g.weights(2, 2, 3, 3), pads=[1, 1, 1, 1])
    g.add("Add", first)
    g.add("LRN", size=3)
    g.add("GlobalMaxPool")
    g.add("Flatten")
    g.save("refused")


def loop():
    """A node that reads a value of a later node."""
    g = Graph(TensorProto.FLOAT, ["n", 1, 4, 4], 2)
    g.nodes.append(helper.make_node("Add", ["x", "relu_1"], ["sum"], name="first"))
    g.value = "sum"
    g.add("Relu")
    g.add("Flatten")
    g.save("loop", check=False)


def lie():
    """A kernel whose shape has more numbers than the file."""
    g = Graph(TensorProto.FLOAT, ["n", 1, 4, 4], 2)
    g.add("Conv", g.constant(numpy.zeros((2, 1, 2, 2))))
    g.add("Flatten")
    g.constants[0].dims[0] = 1 << 26
    g.save("lie", check=False)


torch_models()
keras_like()
bytes_in()
types()
refused()
loop()
lie()
