"""What the peers share: the digits, and the weights of a model that clenet trained, in PyTorch's and ONNX's layouts."""

import json

import numpy as np
import pandas


def load_digits(path, rows=None, at_least=1):
    """Pixels [rows][1][28][28] as bytes and labels [rows] of train.csv or train.csv.gz: the first `rows`, or all. They repeat
    where the file is shorter than that, or than `at_least`."""
    table = pandas.read_csv(path, nrows=rows, dtype=np.uint8).to_numpy()
    table = table[np.arange(rows or max(len(table), at_least)) % len(table)]
    return np.ascontiguousarray(table[:, 1:]).reshape(-1, 1, 28, 28), table[:, 0].astype(np.int64)


def read_safetensors(path):
    """The tensors of float32 of a file by their names."""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = file.read()
    header.pop("__metadata__", None)
    return {name: np.frombuffer(data[slice(*entry["data_offsets"])], np.float32).reshape(entry["shape"])
            for name, entry in header.items() if entry["dtype"] == "F32"}


def load_weights(path):
    """A model.safetensors with its kernels as PyTorch and ONNX have them: [out][in][h][w], dense [out][in], and what is
    flattened in the order c, h, w instead of h, w, c."""
    weights = read_safetensors(path)
    for name in ("conv2d_1.kernel", "conv2d_2.kernel"):
        weights[name] = weights[name].transpose(3, 2, 0, 1)
    dense = weights["dense_1.kernel"].reshape(5, 5, 16, 120)
    weights["dense_1.kernel"] = dense.transpose(2, 0, 1, 3).reshape(400, 120)
    for name in ("dense_1.kernel", "dense_2.kernel", "dense_3.kernel"):
        weights[name] = weights[name].T
    return {name: np.ascontiguousarray(values) for name, values in weights.items()}
