#!/usr/bin/env python3
"""Make the first inputs of the fuzzers, seeds/<name>/: small files that are right, from which wrong ones are a few changes away.

    python3 make_seeds.py        # Python 3.8 or later, nothing else
"""

import bz2
import gzip
import io
import json
import lzma
import pathlib
import struct
import zipfile
import zlib

SEEDS = pathlib.Path(__file__).parent / "seeds"
CSV = b"label,pixel0,pixel1,pixel2,pixel3\n3,0,255,7,0\n9,1,2,3,4\n"
RUN = (b'{"schema_version": 1, "clenet": "0.1.0", "started": "2026-11-30T02:15:00Z", "command": "clenet train train.csv", '
       b'"data": {"path": "/train.csv", "rows": 400, "crc32_images": "418e0a48"}, "settings": {"recipe": "notebook", "arch": %s, '
       b'"dropout": [0.1, 0.3], "batch": 32, "learning-rate": 0.001}, "seed": 1, "device": "cpu, 2 threads", "result": %s}')


def put(name, seed, data):
    (SEEDS / name).mkdir(parents=True, exist_ok=True)
    (SEEDS / name / seed).write_bytes(data)


def packed(data):
    return gzip.compress(data, mtime=0)


def idx(*sizes):
    """IDX of unsigned bytes that count up."""
    count = 1
    for size in sizes:
        count *= size
    return b"\0\0\x08" + bytes([len(sizes)]) + struct.pack(f">{len(sizes)}I", *sizes) + bytes(i % 10 for i in range(count))


def pair(images, labels):
    return struct.pack(">H", len(images)) + images + labels


def triple(images, labels, scale):
    return struct.pack(">HB", len(images), scale) + images + labels


def npy(kind, shape, elements, fortran=False, version=1):
    """A file of numpy.save()."""
    text = f"{{'descr': '{kind}', 'fortran_order': {fortran}, 'shape': {shape}, }}".encode() + b"\n"
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", len(text)) + text + elements


def zipped(*members):
    """A zip archive of (name, bytes); the first one is stored, the others are deflated."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for i, (name, data) in enumerate(members):
            kind = zipfile.ZIP_STORED if i == 0 else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, kind)
    return file.getvalue()


def zstd(data):
    """A zstd frame of one block that is stored, without a checksum."""
    return b"\x28\xb5\x2f\xfd\x20" + bytes([len(data)]) + struct.pack("<I", len(data) << 3 | 1)[:3] + data


def tensors_file(metadata, tensors, rows=b""):
    """A safetensors file; tensors are (name, shape) in order; rows: the bytes of trained_rows, if there are some."""
    header, at = {"__metadata__": metadata}, 0
    for name, shape in tensors:
        count = 1
        for size in shape:
            count *= size
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [at, at + 4 * count]}
        at += 4 * count
    if rows:
        header["trained_rows"] = {"dtype": "U8", "shape": [len(rows)], "data_offsets": [at, at + len(rows)]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + struct.pack(f"<{at // 4}f", *[i / 8 for i in range(at // 4)]) + rows


def rows_set(*hashes):
    """A set of rows (src/lib/data/row_set.h) of ascending hashes of 36 bits."""
    rest, bits, after = 36 - len(hashes).bit_length(), "", 0
    for value in hashes:
        bits += "1" * (value - after >> rest) + "0" + f"{value - after & (1 << rest) - 1:0{rest}b}"
        after = value + 1
    bits += "0" * (-len(bits) % 8)
    return struct.pack("<I", len(hashes)) + bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))


def model(network, tensors, rows=b""):
    return tensors_file({"format": "clenet-model", "version": "1", "network": network}, tensors, rows)


def members_model(network, members, tensors):
    """A model of several networks."""
    return tensors_file({"format": "clenet-model", "version": "2", "network": network, "members": str(members)},
                        [(f"member_{member}.{name}", shape) for member in range(1, members + 1) for name, shape in tensors])


def png(depth, kind, interlaced, lines, extra=b""):
    """A PNG of 5 x 4 pixels; lines are its rows, or those of its passes, each behind its filter."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 5, 4, depth, kind, 0, 0, interlaced)) + extra +
            chunk(b"IDAT", zlib.compress(lines, 9)) + chunk(b"IEND", b""))


def checkpoint(network, tensors, rows=b""):
    run = {"backend": "cpu 16", "loss": 1.5, "correct": 1, "images": 2, "scores": [1.5, 1, 2],
           "data": {"rows": 4, "height": 2, "width": 2, "channels": 1, "classes": 2, "images": 1, "labels": 2},
           "settings": {"epochs": 5, "batch": 2, "learning_rate": 0.001, "rho": 0.9, "epsilon": 1e-07, "validation": 0.2,
                        "monitor": "accuracy", "patience": 5, "keep": "best", "seed": "1",
                        "optimizer": "adamw", "momentum": 0.9, "beta_1": 0.9, "beta_2": 0.999, "weight_decay": 0.01, "schedule": "cosine",
                        "warmup": 0.5, "label_smoothing": 0.1, "weight_average": 0.9,
                        "fold": 1, "own_split_seed": True, "split_seed": "7",
                        "augment": "elastic", "augment_strength": 1.5},
           "position": {"epoch": 2, "images": 2, "step": 3, "begun": True, "best": 0.5, "waited": 0},
           "result": {"epochs": 1, "kept": 1, "seconds": 0.1},
           "history": [{"accuracy": 0.5, "loss": 0.7, "val_accuracy": None, "val_loss": None, "seconds": 0.1, "learning_rate": 0.001, "kept": True}]}
    metadata = {"format": "clenet-checkpoint", "version": "4", "network": network, "note": "", "run": json.dumps(run)}
    return tensors_file(metadata, [(f"{kind}.{name}", shape) for kind in ("kept", "now", "squares", "moments", "averages") for name, shape in tensors], rows)


def main():
    put("csv", "digits", b"\x1f\x80" + CSV)
    put("csv", "unlabelled", b"\x02\x00pixel0\r\n0\r\n255\r\n")
    put("csv", "quoted", b'\x0b\x00"label","pixel0"\n"1","0"\n')
    put("csv", "packed", b"\x40\x00" + packed(CSV))
    put("csv", "floats", b"\x08\x00" + b"label,1x1,1x2,2x1,2x2,\n3,0,.5,1.0,2e-1,\n7,0,0,1,0,\n2,12.5,1,255,0,\n")
    put("csv", "scaled", b"\x08\x20" + b"class,pixel1,pixel0,pixel3,pixel2\ncat,0,.5,1.0,2e-1\ndog,0,1,1,0\n")
    put("csv", "headerless", b"\x30\x00" + b"7;0;1;2;255\n3;4;5;6;7\n1;0,5;0;0;0\n")
    put("csv", "one_hot", b"\x20\x00" + b"sep=,\nc0,c1,p0,p1,p2,p3\n0,1,4,5,6,7\n1,0,4,5,6,7\nTrue,False,4,5,6,7\n")
    put("csv", "channels", b"\x10\x01" + b"r0,r1,r2,r3,g0,g1,g2,g3,b0,b1,b2,b3,class\n1,4,7,10,2,5,8,11,3,6,9,12,0\n")
    put("csv", "skipped", b"\x10\x48" + b"id,x,pixel0,class\n1,a,7,0\n2,b,9,1\n")
    put("csv", "utf16le", b"\x10\x00\xff\xfe" + CSV.decode().encode("utf-16-le"))
    put("csv", "utf16be", b"\x10\x00\xfe\xff" + "class\tpixel0\r\n\U0001f600\t3\r\n".encode("utf-16-be"))
    put("csv", "mangled", b"\x40\x00" + b"5,0,0.1,0.2,0.3,7,9,8,0.4,0.5,0.6,0.7,0.8,0.9,0.10,0.11,0.12\n" + b"3,0,0,0,0,7,9,8,4,5,6,7,8,9,0,1,0\n" * 2)
    put("gzip", "one.gz", packed(CSV))
    put("gzip", "two.gz", packed(CSV) + packed(b"more"))
    put("gzip", "stored.gz", gzip.compress(bytes(range(256)), 0, mtime=0))
    put("gzip", "plain", CSV)
    put("idx", "labelled", pair(idx(2, 3, 3), idx(2)))
    put("idx", "images", pair(idx(1, 2, 2), b""))
    put("idx", "packed", pair(packed(idx(1, 2, 2)), packed(idx(1))))
    put("archive", "csv.bz2", b"\0" + bz2.compress(CSV))
    put("archive", "csv.xz", b"\0" + lzma.compress(CSV, preset=0))
    put("archive", "csv.zst", b"\0" + zstd(CSV))
    put("archive", "csv.gz.gz", b"\0" + packed(packed(CSV)))
    put("archive", "kaggle.zip", b"\1" + zipped(("sample_submission.csv", b"ImageId,Label\n1,0\n"), ("test.csv", CSV), ("train.csv", CSV)))
    put("archive", "arrays.npz", b"\0" + zipped(("x_train.npy", npy("|u1", (2, 2, 2), bytes(8))), ("y_train.npy", npy("<i8", (2,), bytes(16)))))
    put("archive", "mnist.zip", b"\0" + zipped(("train-images-idx3-ubyte.gz", packed(idx(2, 3, 3))), ("train-labels-idx1-ubyte.gz", packed(idx(2)))))
    put("archive", "tar", b"\0" + b"data_batch_1.bin".ljust(257, b"\0") + b"ustar\0")
    put("npy", "bytes", triple(npy("|u1", (2, 2, 2), bytes(range(8))), npy("<i8", (2,), struct.pack("<2q", 1, 0)), 0))
    put("npy", "floats", triple(npy("<f4", (2, 4), struct.pack("<8f", *[i / 8 for i in range(8)]), version=2), b"", 0))
    put("npy", "fortran", triple(npy(">i2", (2, 4), struct.pack(">8h", *range(8)), fortran=True), b"", 1))
    put("npy", "channels", triple(npy("<f2", (1, 3, 1, 5), bytes(30), version=3), npy("|b1", (1, 2), b"\0\1"), 2))
    put("cifar", "ten", bytes([0, 128]) + bytes(range(8)))
    put("cifar", "hundred", bytes([1, 255]) + bytes(range(10, 20)))
    put("model", "dense", model("input 2x2x1\nflatten\ndense 2 softmax\n", [("dense_1.kernel", [4, 2]), ("dense_1.bias", [2])]))
    put("model", "batchnorm", model("input 2x1x1\nbatchnorm\nflatten\ndense 2 softmax\n",
                                    [("batchnorm_1.gamma", [1]), ("batchnorm_1.beta", [1]), ("batchnorm_1.moving_mean", [1]),
                                     ("batchnorm_1.moving_variance", [1]), ("dense_1.kernel", [2, 2]), ("dense_1.bias", [2])]))
    put("model", "members", members_model("input 2x2x1\nflatten\ndense 2 softmax\n", 2, [("dense_1.kernel", [4, 2]), ("dense_1.bias", [2])]))
    put("model", "rows", model("input 2x2x1\nflatten\ndense 2 softmax\n", [("dense_1.kernel", [4, 2]), ("dense_1.bias", [2])],
                               rows_set(3, 1 << 30, 1 << 34, (1 << 35) + 7, (1 << 36) - 1)))
    put("checkpoint", "rows", checkpoint("input 2x2x1\nflatten\ndense 2 softmax\n", [("dense_1.kernel", [4, 2]), ("dense_1.bias", [2])],
                                         rows_set(0, 1, 1 << 35)))
    put("checkpoint", "dense", checkpoint("input 2x2x1\nflatten\ndense 2 softmax\n",
                                          [("dense_1.kernel", [4, 2]), ("dense_1.bias", [2])]))
    for spec in ("cpu", "auto", "opencl", "gpu", "0.0", "12.345", "pocl", "nvidia rtx"):
        put("device", "".join(c if c.isalnum() else "_" for c in spec), spec.encode())
    put("network", "lenet", b"input 28x28x1\nconv2d 6 5x5 same relu\nmaxpool2d 2x2\nbatchnorm\ndropout 0.1\n"
                            b"conv2d 16 5x5 valid relu\nmaxpool2d 2x2\nbatchnorm\ndropout 0.3\nflatten\n"
                            b"dense 120 relu\ndense 84 relu\ndense 10 softmax\n")
    put("network", "lenet5", b"input 28x28x1\nconv2d 6 5x5 same tanh\navgpool2d 2x2\nconv2d 16 5x5 valid tanh\n"
                             b"avgpool2d 2x2\ntanh\nflatten\ndense 120 tanh\ndense 10 softmax\n")
    put("network", "strided", b"input 28x28x4\nconv2d 8 3x3 same stride=2 groups=4 relu\nmaxpool2d 3x3 same stride=2\n"
                              b"zeropad2d 0,1,0,1\nconv2d 8 3x3 padding=1,0,2,1\navgpool2d 2x2 padding=1\nzeropad2d 2\n"
                              b"flatten\ndense 10 softmax\n")
    put("network", "comment", b"# a network\ninput 4x4x1\n\nconv2d 2 3x3  # no activation\nrelu\nflatten\ndense 3\nsoftmax\n")
    state = [("0.bias", (2,)), ("0.weight", (2, 1, 3, 3)), ("1.bias", (2,)), ("1.running_mean", (2,)), ("1.running_var", (2,)),
             ("1.weight", (2,)), ("4.bias", (2,)), ("4.weight", (2, 8))]
    put("import", "torch", tensors_file({"format": "pt"}, state))
    put("import", "pickle", b"\x80\x02}q\x00.")
    put("picture", "grey.png", png(8, 0, 0, b"\0\xff\xff\xff\xff\xff\0\xff\0\0\xff\xff\1\xff\0\0\0\xff\2\0\0\0\0\0"))
    put("picture", "rgba16.png", png(16, 6, 0, b"".join(bytes([y]) + bytes(range(40)) for y in range(4))))
    put("picture", "interlaced.png", png(8, 4, 1, b"\0ab\0cd\0ef" + b"\0abcdef" + b"\0abcd" * 2 + b"\0" + bytes(range(10)) + b"\0" + bytes(10)))
    put("picture", "raw.pgm", b"P5\n5 4\n255\n" + bytes(range(0, 240, 12)))
    put("picture", "wide.pgm", b"P5 2 2 65535\n" + bytes(range(8)))
    formats = SEEDS.parent.parent / "data" / "formats"
    for name in ("plain.jpg", "progressive.jpg", "cmyk.jpg", "turned-6.jpg", "turned-7.png", "lossy.webp", "lossless.webp", "turned-6.webp",
                 "plain.heic", "8bit.bmp", "16bit-565.bmp", "8bit-core.bmp", "raw.ppm", "raw.pbm"):
        put("picture", name, (formats / name).read_bytes())
    put("picture", "plain.pgm", b"P2 # text\n3 2\n5\n0 1 2\n3 4 5\n")
    key, binary = b"the key\n", b"a program"
    put("cache", "program", b"\0clenet-cl 1\n" + struct.pack("<IQQ", zlib.crc32(key + binary), len(key), len(binary)) + key + binary)
    put("cache", "passed", b'\x01"jobs": [{"job": "job", "passed": true, "images_per_second": 123.5, "plain": "conv2d,dense", '
        b'"failure": ""}]}')
    put("cache", "failed", b'\x01"jobs": [{"job": "job", "passed": false, "failure": "relu differs"}]}')
    put("cache", "tuned", b'\x02"complete": true, "chosen": "vector,filters=8", "images_per_second": 12.5, '
                          b'"default_images_per_second": 11.0, "trials": [["vector", 11.0], ["vector,filters=8", 12.5]]}')
    golden = SEEDS.parent.parent / "golden"
    for path in sorted([*golden.glob("export/*.onnx"), *golden.glob("import/*.onnx")]):
        put("onnx", path.stem, path.read_bytes())
    header = b"epoch,accuracy,loss,val_accuracy,val_loss,seconds\n"
    put("runs", "finished", RUN % (b'null', b'{"stopped": "epochs", "epochs": 2, "kept": 2, "val_accuracy": 0.5, "seconds": 0.07, "files": []}'))
    put("runs", "unfinished", RUN % (b'"wide.txt"', b"null"))
    put("history", "held_out", header + b"1,0.85,0.459,0.69,0.88,0.21\n2,0.94,0.18,0.9465,0.18,0.22\n")
    put("history", "learning_rate", header.replace(b"seconds", b"seconds,learning_rate") + b"1,0.85,0.459,nan,inf,0.21,0.001\n")
    put("history", "none_held_out", header.replace(b"\n", b"\r\n") + b'1,0.85,"0.459",,,0.21\r\n')


if __name__ == "__main__":
    main()
