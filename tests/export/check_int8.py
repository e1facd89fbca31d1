"""Computes what exported C code with 8-bit integers answers, from the file's constants, with numpy, and compares.

check_int8.py DIGITS.c IMAGES.csv ANSWERS.csv

IMAGES: pixels, a row per image, without labels. ANSWERS: the class and the probabilities (or logits) that the compiled code gave, a
row per image. The layers and shapes come from the comment above each function, the arithmetic from TensorFlow Lite's specification:
nothing is copied from the C code but its constants. Prints the first difference and ends with 1, or "N answers are the same".
"""
import re
import sys

import numpy as np


def doubling_high_mul(a, b):
    """gemmlowp's SaturatingRoundingDoublingHighMul: the high 32 bits of 2ab, rounded to the nearest."""
    product = a.astype(object) * b  # Python's integers: nothing overflows
    result = [(int(p) + (1 << 30 if p >= 0 else 1 - (1 << 30))) for p in product.ravel()]
    result = [r // (1 << 31) if r >= 0 else -((-r) // (1 << 31)) for r in result]  # C's division goes to 0
    return np.array(result, dtype=np.int64).reshape(a.shape)


def divide_by_power(x, exponent):
    """gemmlowp's RoundingDivideByPOT: x / 2^exponent, rounded to the nearest, and away from 0 in the middle."""
    half = 2.0 ** exponent / 2
    magnitude = np.floor((np.abs(x) + half) / 2.0 ** exponent)
    return (np.sign(x) * magnitude).astype(np.int64)


class Source:
    def __init__(self, text):
        self.text = text
        self.arrays = {}
        for name, sides, body in re.findall(r"static const u?int\d+_t (\w+)((?:\[\d+\])+) = \{(.*?)\};", text, re.S):
            shape = [int(s) for s in re.findall(r"\d+", sides)]
            self.arrays[name] = np.array([int(n) for n in re.findall(r"-?\d+", body)], dtype=np.int64).reshape(shape)

    def body(self, name):
        match = re.search(r"static \w+ %s\(.*?\n\}\n" % name, self.text, re.S)
        return match.group(0) if match else ""

    def requantize(self, x, name, body):
        """Sums [..., channels] become bytes, by the multipliers and the limits of the call of quantize()."""
        zero, least = map(int, re.search(r"quantize\([^;]*%s_shift\[\w+\], (-?\d+), (-?\d+)\)" % name, body).groups())
        multiplier, shift = self.arrays[name + "_multiplier"], self.arrays[name + "_shift"]
        out = np.empty_like(x)
        for c in range(x.shape[-1]):
            out[..., c] = divide_by_power(doubling_high_mul(x[..., c], int(multiplier[c])), int(shift[c]))
        return np.clip(out + zero, least, 127)


def sides(words, shape, window, stride):
    """The padding of a window before and after rows and columns."""
    for word in words:
        if word == "same":
            pads = []
            for size, w in zip(shape, window):
                total = max((-(-size // stride) - 1) * stride + w - size, 0)
                pads += [total // 2, total - total // 2]
            return pads
        if word.startswith("padding=") or re.fullmatch(r"\d+(,\d+)*", word):
            numbers = [int(n) for n in word.split("=")[-1].split(",")]
            return numbers * 4 if len(numbers) == 1 else numbers
    return [0, 0, 0, 0]


def option(words, name, default):
    return next((int(w.split("=")[1]) for w in words if w.startswith(name + "=")), default)


def windows(x, window, stride, pads, value):
    """[out rows][out columns][window rows][window columns][channels]"""
    top, bottom, left, right = pads
    x = np.pad(x, ((top, bottom), (left, right), (0, 0)), constant_values=value)
    rows = (x.shape[0] - window[0]) // stride + 1
    columns = (x.shape[1] - window[1]) // stride + 1
    return np.array([[x[r * stride:r * stride + window[0], c * stride:c * stride + window[1]]
                      for c in range(columns)] for r in range(rows)])


def conv2d(source, x, name, words, extra):
    kernel, bias = source.arrays[name + "_kernel"], source.arrays[name + "_bias"]
    window = [int(n) for n in words[2].split("x")]
    stride, groups = option(words, "stride", 1), option(words, "groups", 1)
    pads = [a + b for a, b in zip(sides(words[3:], [x.shape[0] + extra[0] + extra[1], x.shape[1] + extra[2] + extra[3]],
                                        window, stride), extra)]
    zero = re.search(r"\(x\[.*?\] ([+-]) (\d+)\)", source.body(name + "_at"))
    zero = 0 if zero is None else int(zero.group(2)) * (-1 if zero.group(1) == "+" else 1)
    patches = windows(x - zero, window, stride, pads, 0)
    filters, channels = len(bias), x.shape[2] // groups
    out = np.empty(patches.shape[:2] + (filters,), dtype=np.int64)
    for f in range(filters):
        group = f // (filters // groups)
        part = patches[..., group * channels:(group + 1) * channels]
        out[..., f] = (part * kernel[f].reshape(window + [channels])).sum(axis=(2, 3, 4)) + bias[f]
    return out


def pool2d(x, mean, window, stride, pads):
    patches = windows(x, window, stride, pads, -(2 ** 40))
    inside = patches > -(2 ** 39)
    if not mean:
        return patches.max(axis=(2, 3))
    total, count = np.where(inside, patches, 0).sum(axis=(2, 3)), inside.sum(axis=(2, 3))
    return np.sign(total) * ((np.abs(total) + count // 2) // count)


def run_stage(source, x, headline, function, first):
    """The layers of one function, in order: "conv2d_1 6 5x5 same relu, maxpool2d_1 2x2"."""
    layers = [l.split() for l in re.split(r", (?=[a-z]\w*)", headline)]
    body, extra, sums = source.body(function), [0, 0, 0, 0], None
    layers = [l for l in layers if l[0] not in ("pixel", "/") and not l[0].startswith(("dropout", "flatten"))]
    if first and not any(l[0].startswith(("conv2d", "dense")) for l in layers):
        x = x - 128
    for words in layers:
        name, kind = words[0], words[0].rsplit("_", 1)[0]
        if kind == "zeropad2d" and any(l[0].startswith("conv2d") for l in layers):
            extra = sides(words[1:], None, None, None)
        elif kind == "zeropad2d":
            top, bottom, left, right = sides(words[1:], None, None, None)
            zero = re.search(r"return (-?\d+);", source.body(name + "_at"))
            value = int(zero.group(1)) - (128 if first else 0)
            x = np.pad(x, ((top, bottom), (left, right), (0, 0)), constant_values=value)
        elif kind in ("conv2d", "dense"):
            if kind == "conv2d":
                sums = conv2d(source, x, name, words, extra)
            else:
                kernel = source.arrays[name + "_kernel"]
                sums = (kernel.reshape(len(source.arrays[name + "_bias"]), -1) @ x.ravel() + source.arrays[name + "_bias"])
                sums = sums.reshape(1, 1, -1)
            x = source.requantize(sums, name, body)
        elif kind in ("maxpool2d", "avgpool2d"):
            window = [int(n) for n in words[1].split("x")]
            stride = option(words, "stride", window[0])
            x = pool2d(x, kind == "avgpool2d", window, stride, sides(words[2:], x.shape, window, stride))
        elif kind == "globalavgpool2d":
            x = pool2d(x, True, list(x.shape[:2]), 1, [0, 0, 0, 0])
        elif name + "_kernel" in source.arrays:  # a batch norm that is not in weights
            shape = x.shape
            x = x.reshape(1, 1, -1) if len(source.arrays[name + "_bias"]) != shape[2] else x
            x = source.requantize(x * source.arrays[name + "_kernel"] + source.arrays[name + "_bias"], name, body)
        elif kind == "relu":
            for zero in re.findall(r"if \(value < (-?\d+)\) value = \1;", body):
                x = np.maximum(x, int(zero))
        if name + "_table" in source.arrays:
            x = source.arrays[name + "_table"][x + 128]
    return x


def answer(source, image, stages):
    x = image
    for i, (headline, shape, function) in enumerate(stages):
        sides_in = [int(n) for n in shape.split("x")]
        x = run_stage(source, x.reshape(sides_in if len(sides_in) == 3 else [1, 1] + sides_in), headline, function, i == 0)
    logits = x.ravel()
    best = int(logits.argmax())
    if "exponentials" not in source.arrays:
        return [best] + logits.tolist()
    table = source.arrays["exponentials"]
    parts = [int(table[d]) if d < len(table) else 0 for d in logits.max() - logits]
    return [best] + [min((p * 256 + sum(parts) // 2) // sum(parts), 255) for p in parts]


def main():
    source = Source(open(sys.argv[1], encoding="utf-8").read())
    stages = re.findall(r"/\* ([^\n]*?): (\d+(?:x\d+)*) to \d+(?:x\d+)*[^\n]*\*/\nstatic void (\w+)\(", source.text)
    images = [[int(n) for n in line.split(",")] for line in open(sys.argv[2]) if line.strip()]
    answers = [[int(n) for n in line.split(",")] for line in open(sys.argv[3]) if line.strip()]
    if len(images) != len(answers):
        sys.exit("%d images, but %d answers" % (len(images), len(answers)))
    for i, (image, given) in enumerate(zip(images, answers)):
        wanted = answer(source, np.array(image, dtype=np.int64), stages)
        if wanted != given:
            sys.exit("image %d: the code gives %s, TensorFlow Lite's arithmetic %s" % (i + 1, given, wanted))
    print("%d answers are the same" % len(answers))


main()
