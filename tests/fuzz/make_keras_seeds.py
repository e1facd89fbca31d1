#!/usr/bin/env python3
"""Writes seeds/keras: small models in the three forms of Keras, and the records of the child process. Needs h5py and numpy."""
import io
import json
import struct
import zipfile
from pathlib import Path

import h5py
import numpy

folder = Path(__file__).parent / "seeds/keras"
folder.mkdir(parents=True, exist_ok=True)


def layer(kind, **config):
    return {"class_name": kind, "config": {"name": kind.lower(), **config}}


LAYERS = [
    layer("InputLayer", batch_shape=[None, 3, 3, 1]),
    layer("Rescaling", scale=1 / 255, offset=0.5),
    layer("DepthwiseConv2D", kernel_size=[2, 2], strides=[1, 1], padding="same", use_bias=False),
    layer("Flatten"),
    layer("Dense", units=2, activation="softmax"),
]
MODEL = {"class_name": "Sequential", "config": {"layers": LAYERS}}
ALL = {"class_name": "Functional", "config": {"layers": [
    layer("InputLayer", batch_shape=[None, 3, 3, 1]),
    {**layer("Normalization", mean=[1], variance=[2]),
     "inbound_nodes": [{"args": [{"class_name": "__keras_tensor__", "config": {"keras_history": ["inputlayer", 0, 0]}}]}]},
    {**layer("Conv2D", filters=2, kernel_size=[3, 3], groups=1, activation={"class_name": "relu", "config": "relu"}),
     "inbound_nodes": [[["normalization", 0, 0, {}]]]},
    {**layer("SeparableConv2D", filters=2, kernel_size=1), "inbound_nodes": [[["conv2d", 0, 0, {}]]]},
    layer("BatchNormalization", axis=[3]), layer("MaxPooling2D", pool_size=2, strides=None, padding="same"),
    layer("ZeroPadding2D", padding=[[1, 0], [0, 1]]), layer("LeakyReLU", alpha=0.1), layer("ReLU", max_value=6),
    layer("GlobalAveragePooling2D", data_format="channels_first"), layer("Reshape", target_shape=[3, 3, 1]),
    layer("Dropout", rate=0.5), layer("Activation", activation="tanh"), layer("Softmax", axis=-1), layer("RandomFlip"),
]}}
ARRAYS = {"depthwise_conv2d": [(2, 2, 1, 1)], "dense": [(9, 2), (2,)]}
WORDS = {"depthwise_conv2d": ["depthwise_kernel:0"], "dense": ["kernel:0", "bias:0"]}


def values(shape):
    return numpy.arange(numpy.prod(shape), dtype=numpy.float32).reshape(shape) / 8


def weights():
    bytes_ = io.BytesIO()
    with h5py.File(bytes_, "w") as file:
        for name, shapes in ARRAYS.items():
            for i, shape in enumerate(shapes):
                file[f"layers/{name}/vars/{i}"] = values(shape)
    return bytes_.getvalue()


def whole():
    bytes_ = io.BytesIO()
    with h5py.File(bytes_, "w", libver="latest") as file:
        file.attrs["model_config"] = json.dumps(MODEL)
        for name, shapes in ARRAYS.items():
            name_in_file = "depthwiseconv2d" if name != "dense" else name
            for word, shape in zip(WORDS[name], shapes):
                file[f"model_weights/{name_in_file}/{name_in_file}/{word}"] = values(shape)
        file["model_weights"].attrs["layer_names"] = [b"depthwiseconv2d", b"dense"]
    return bytes_.getvalue()


def archive():
    bytes_ = io.BytesIO()
    with zipfile.ZipFile(bytes_, "w") as file:
        for name, content in (("config.json", json.dumps(MODEL)), ("model.weights.h5", weights())):
            file.writestr(zipfile.ZipInfo(name), content)
    return bytes_.getvalue()


def records():
    out = b""
    for name, shapes in ARRAYS.items():
        for i, shape in enumerate(shapes):
            out += b"A" + f"layers/{name}/vars/{i}".encode() + b"\0" + struct.pack("=I", len(shape))
            out += b"".join(struct.pack("=Q", side) for side in shape) + values(shape).tobytes()
    return out + b"Tlayers/dense/vars\0name\0dense\0Z"


for name, content in (("weights", weights()), ("whole", whole()), ("archive", archive())):
    (folder / name).write_bytes(b"\0" + content)
for name, model in (("sequential", MODEL), ("all", ALL)):
    (folder / name).write_bytes(b"\1" + struct.pack("<H", len(records())) + records() + json.dumps(model).encode())
