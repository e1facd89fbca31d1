#!/usr/bin/env python3
"""make_tables.py - writes tests/data/tables/*.csv.gz: the same twelve digits in the forms in which digits are published.

Run by hand if a form is added; the files are committed. ok.csv.gz is Kaggle's form, and the others are compared with it.
"""
import gzip
import pathlib

here = pathlib.Path(__file__).parent
out = here / "tables"
ROWS = 12
PIXELS = 784


def write(name, text, encoding="utf-8"):
    with open(out / (name + ".csv.gz"), "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(text if isinstance(text, bytes) else text.encode(encoding))


def table(names, rows, between=",", end="\n"):
    lines = ([] if names is None else [names]) + rows
    return "".join(between.join(str(cell) for cell in line) + end for line in lines)


with gzip.open(here.parent.parent / "examples/digits/train.csv.gz", "rt") as file:
    file.readline()
    digits = [[int(cell) for cell in line.split(",")] for line in list(file)[:400]]
# One of each class, and a second 3 and 4.
digits = [next(d for d in digits if d[0] == i % 10) if i < 10 else [d for d in digits if d[0] == i - 7][-1] for i in range(ROWS)]
labels = [d[0] for d in digits]
pixels = [d[1:] for d in digits]
numbered = [f"pixel{i}" for i in range(PIXELS)]
by_text = sorted(range(PIXELS), key=lambda i: f"pixel{i}")
out.mkdir(exist_ok=True)

write("ok", table(["label", *numbered], digits))
write("redmon_noheader", table(None, digits))
write("fashion_pixel1", table(["label"] + [f"pixel{i + 1}" for i in range(PIXELS)], digits))
write("oddrationale_1x1", table(["label"] + [f"{y}x{x}" for y in range(1, 29) for x in range(1, 29)], digits))
write("openml_class_last", table([f"pixel{i + 1}" for i in range(PIXELS)] + ["class"], [d[1:] + d[:1] for d in digits]))
write("kannada_test_id", table(["id", *numbered], [[i] + p for i, p in enumerate(pixels)]))
write("keras_unnamed_index", table(["", "label", *numbered], [[i] + d for i, d in enumerate(digits)]))
write("pandas_numbers", table(["", *range(PIXELS + 1)], [[i] + d for i, d in enumerate(digits)]))
write("label_caps", table(["Label", *numbered], digits))
write("semicolon", table(["label", *numbered], digits, ";"))
write("tab", table(["label", *numbered], digits, "\t", "\r\n"))
write("excel_sep", "sep=;\r\n" + table(["label", *numbered], digits, ";", "\r\n"))
write("old_mac", table(["label", *numbered], digits, ",", "\r"))
write("trailing_comma", table(["label", *numbered, ""], [d + [""] for d in digits]))
write("floats_dot0", table(["label", *numbered], [[f"{cell:.1f}" for cell in d] for d in digits]))
write("floats_exponent", table(["label", *numbered], [[f"{cell:.18e}" for cell in d] for d in digits]))
write("floats_01", table(["label", *numbered], [d[:1] + [f"{cell / 255:.8g}" for cell in d[1:]] for d in digits]))
write("floats_01_noheader", table(None, [d[:1] + [repr(cell / 255) for cell in d[1:]] for d in digits]))
write("decimal_comma", table(["label", *numbered], [d[:1] + [f"{cell / 255:.6f}".replace(".", ",") for cell in d[1:]] for d in digits], ";"))
write("one_hot", table([f"c{i}" for i in range(10)] + numbered, [[int(d[0] == i) for i in range(10)] + d[1:] for d in digits]))
write("one_hot_noheader", table(None, [[int(d[0] == i) for i in range(10)] + d[1:] for d in digits]))
write("dummies_last", table(numbered + [f"label_{i}" for i in range(10)], [d[1:] + [d[0] == i for i in range(10)] for d in digits]))
write("labels_1_to_10", table(["label", *numbered], [[d[0] + 1] + d[1:] for d in digits]))
write("emnist_noheader_labels46", table(None, [[4 * d[0] + 10] + d[1:] for d in digits]))
write("letters", table(["letter", *numbered], [["ABCDEFGHIJ"[d[0]]] + d[1:] for d in digits]))
write("pixels_reordered", table(["label"] + [f"pixel{i}" for i in by_text], [d[:1] + [d[1 + i] for i in by_text] for d in digits]))
write("utf16le", b"\xff\xfe" + table(["label", *numbered], digits, "\t", "\r\n").encode("utf-16-le"))
write("utf16be", b"\xfe\xff" + table(["label", *numbered], digits).encode("utf-16-be"))
