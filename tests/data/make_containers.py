#!/usr/bin/env python3
"""Make containers/: the first digits of examples/digits as Kaggle's and Keras's downloads.

    python3 make_containers.py        # Python 3.8 or later, nothing else
"""

import csv
import gzip
import io
import pathlib
import struct
import zipfile

HERE = pathlib.Path(__file__).parent
DIGITS = HERE.parent.parent / "examples" / "digits"
OUT = HERE / "containers"
ROWS = 40


def head(name, rows):
    with gzip.open(DIGITS / name, "rt", newline="") as file:
        return [line for line, _ in zip(csv.reader(file), range(rows + 1))]


def text(table):
    return "".join(",".join(row) + "\n" for row in table).encode()


def npy(kind, shape, elements):
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(header)) + header.encode() + elements


def arrays(table, part):
    rows = table[1:]
    pixels = bytes(int(cell) for row in rows for cell in row[1:])
    labels = b"".join(struct.pack("<q", int(row[0])) for row in rows)
    return [(f"x_{part}.npy", npy("|u1", (len(rows), 28, 28), pixels)), (f"y_{part}.npy", npy("<i8", (len(rows),), labels))]


def write(name, members):
    with zipfile.ZipFile(OUT / name, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for member, data in members:
            archive.writestr(zipfile.ZipInfo(member, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)


def main():
    OUT.mkdir(exist_ok=True)
    train, test = head("train.csv.gz", 2 * ROWS), head("test.csv.gz", 10)
    submission = b"ImageId,Label\n" + b"".join(b"%d,0\n" % i for i in range(1, 11))
    write("digit-recognizer.zip", [("sample_submission.csv", submission), ("test.csv", text(test)), ("train.csv", text(train[:ROWS + 1]))])
    write("mnist.npz", arrays(train[:1] + train[ROWS + 1:], "test") + arrays(train[:ROWS + 1], "train"))


if __name__ == "__main__":
    main()
