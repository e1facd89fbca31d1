#!/usr/bin/env python3
"""Train the network of src/lib/data/likeness.h: digits against printed letters, blots, noise and blank pages.

    python3 train_likeness.py build/libclenet.so train.csv.gz --not-rows held-out.txt --out ../../src/lib/data/likeness_weights.c

held-out.txt has the rows, from 0, that are not trained on, one per line. --not-fonts NAME,NAME leaves fonts out, by the beginning of their
names, for a test on them. Needs numpy, Pillow, scikit-learn, and fonts as draw_no_digits.py does. It takes some minutes.
"""

import argparse
import ctypes

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from sklearn.neural_network import MLPClassifier

import draw_no_digits
import paper

SIDE, UNITS = 28, 64
LETTERS, JUNK, DRAWN, PLAIN = 14000, 6000, 24000, 12000


class Options(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("digits", ctypes.c_int)]


class Finder:
    """clenet_picture_digits_new of a library."""

    def __init__(self, path):
        self.library = ctypes.CDLL(path)
        for name, result in (("count", ctypes.c_size_t), ("images", ctypes.POINTER(ctypes.c_uint8)), ("free", None)):
            function = getattr(self.library, f"clenet_picture_digits_{name}")
            function.restype, function.argtypes = result, [ctypes.c_void_p]

    def images(self, grey, digits):
        """The images [n][28][28] on a page; none if no digit was found."""
        grey = np.ascontiguousarray(grey)
        options, handle = Options(ctypes.sizeof(Options), digits), ctypes.c_void_p()
        pixels = grey.ctypes.data_as(ctypes.c_void_p)
        if self.library.clenet_picture_digits_new(ctypes.byref(handle), pixels, *grey.shape, ctypes.byref(options), None):
            return []
        count = self.library.clenet_picture_digits_count(handle)
        images = np.ctypeslib.as_array(self.library.clenet_picture_digits_images(handle), (count, SIDE, SIDE)).copy()
        self.library.clenet_picture_digits_free(handle)
        return list(images)


def letter(rng, files, faces):
    side, font = int(rng.integers(80, 200)), files[rng.integers(0, len(files))]
    key = str(font), int(side * rng.uniform(0.3, 0.75))
    if key not in faces:
        faces[key] = ImageFont.truetype(*key)
    text = draw_no_digits.LETTERS[rng.integers(0, len(draw_no_digits.LETTERS))]
    page = Image.new("L", (side, side), 0)
    ImageDraw.Draw(page).text((side / 2, side / 2), text, 255, font=faces[key], anchor="mm")
    page = page.rotate(rng.normal(0, 5), Image.BICUBIC)
    if rng.random() < 0.3:
        page = page.filter(ImageFilter.GaussianBlur(side * rng.uniform(0.002, 0.012)))
    return paper.page(np.asarray(page, dtype=np.float32) / 255, rng, contrast=rng.uniform(0.4, 0.9))


def drawn_digit(rng, image):
    if rng.random() < 0.25:  # a coarse scan
        side = int(rng.integers(8, 15))
        way = Image.NEAREST if rng.random() < 0.4 else Image.BICUBIC
        image = np.asarray(Image.fromarray(image).resize((side, side), Image.BOX).resize((SIDE * 4, SIDE * 4), way).resize((SIDE, SIDE), Image.BOX))
    ink = paper.ink_of(image, rng.uniform(1.5, 6))
    if rng.random() < 0.4:  # another pen
        ink = np.clip((ink - rng.uniform(0.2, 0.6)) * rng.uniform(1, 3) + 0.5, 0, 1)
    ink = np.pad(ink, int(rng.integers(5, 40)))
    return paper.page(ink, rng, contrast=rng.uniform(0.2, 0.9), grain=rng.uniform(1, 6))


def inputs(images):
    """Means of 2 x 2 pixels, 0 to 1, as likeness.c has them."""
    images = np.asarray(images, dtype=np.float32).reshape(-1, SIDE // 2, 2, SIDE // 2, 2)
    return images.mean((2, 4)).reshape(len(images), -1) / 255


def source(network):
    """The C file: weights as bytes with one scale per unit."""
    weight, bias, output = network.coefs_[0].T, network.intercepts_[0], network.coefs_[1][:, 0]
    scale = np.abs(weight).max(1) / 127
    whole = np.rint(weight / scale[:, None]).astype(int)

    def floats(numbers):
        return ", ".join(f"{n:.6g}F" if "." in f"{n:.6g}" else f"{n:.6g}.0F" for n in numbers)

    rows = ",\n".join("{" + ", ".join(map(str, row)) + "}" for row in whole)
    return (
        "/* likeness_weights.c - the weights of the network of likeness.h, made by tests/accuracy/train_likeness.py. */\n"
        '#include "lib/data/likeness.h"\n\n'
        f"const likeness_network likeness_weights = {{.weight = {{{rows}}},\n.scale = {{{floats(scale)}}},\n"
        f".bias = {{{floats(bias)}}},\n.output = {{{floats(output)}}},\n.output_bias = {floats(network.intercepts_[1])}}};\n"
    )


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("library")
    options.add_argument("csv")
    options.add_argument("--not-rows")
    options.add_argument("--not-fonts", default="")
    options.add_argument("--fonts", default="/usr/share/fonts/truetype")
    options.add_argument("--out", default="likeness_weights.c")
    given = options.parse_args()
    rng = np.random.default_rng(11)
    finder = Finder(given.library)
    _, images = paper.digits(given.csv)
    if given.not_rows:
        images = np.delete(images, np.loadtxt(given.not_rows, dtype=int), axis=0)
    left_out = tuple(name for name in given.not_fonts.split(",") if name)
    files = [f for f in draw_no_digits.fonts(given.fonts) if not (left_out and f.name.startswith(left_out))]
    faces, others, digits = {}, [], []
    for _ in range(LETTERS):
        others += finder.images(letter(rng, files, faces), 1)
    for i in range(JUNK):
        draw = (draw_no_digits.noise, draw_no_digits.blank, draw_no_digits.blot, draw_no_digits.blot)[i % 4]
        others += 2 * finder.images(draw(rng, int(rng.integers(80, 260)))[1], 0)[:3]
    for i in rng.permutation(len(images))[:DRAWN]:
        digits += finder.images(drawn_digit(rng, images[i]), 1)
    digits += list(images[rng.permutation(len(images))[:PLAIN]])
    truth = np.repeat([0, 1], [len(others), len(digits)])
    network = MLPClassifier((UNITS,), alpha=2e-3, max_iter=14, batch_size=128, random_state=1)
    network.fit(np.concatenate([inputs(others), inputs(digits)]), truth)
    with open(given.out, "w") as file:
        file.write(source(network))
    print(f"{len(digits)} digits, {len(others)} others")


if __name__ == "__main__":
    main()
