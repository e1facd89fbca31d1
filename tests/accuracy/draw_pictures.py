#!/usr/bin/env python3
"""Draw digits as they are photographed: uneven light, rulings, boxes, frames, pencil, chalk. By hand; needs NumPy and Pillow.

    python3 draw_pictures.py DIGITS.csv OUT [--each 100] [--seed 1] [--side 600] [--only KIND,...]

DIGITS.csv has Kaggle's form, and rows that no network was trained on. Writes OUT/KIND/NUMBER-DIGIT.png.
Ink is 75 % darker than the paper if the kind does not say else. Place, size, thickness, angle and grain are random.
"""

import argparse
import gzip
import pathlib

import numpy as np
from PIL import Image, ImageDraw

SIDE = 28


def digits_of(path):
    text = (gzip.open(path, "rt") if str(path).endswith(".gz") else open(path)).read().split("\n")
    rows = [line for line in text if line and line[0].isdigit()]
    values = np.array([row.split(",") for row in rows], dtype=np.uint8)
    return values[:, 0], values[:, 1:].reshape(-1, SIDE, SIDE)


def ink_of(digit, side, rng):
    """[side][side] ink 0..1: the digit at a random size and place, with edges as sharp as a pen's."""
    ys, xs = np.nonzero(digit > 40)
    cut = digit[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    tall = 0.15 * 4.8 ** rng.random() * side
    scale = tall / max(cut.shape)
    size = (max(8, round(cut.shape[1] * scale)), max(8, round(cut.shape[0] * scale)))
    padded = np.pad(cut, 2)
    size = (round(size[0] * padded.shape[1] / cut.shape[1]), round(size[1] * padded.shape[0] / cut.shape[0]))
    large = np.asarray(Image.fromarray(padded).resize(size, Image.BICUBIC), dtype=np.float32) / 255
    sharp = np.clip((large - rng.uniform(0.4, 0.6)) * scale / 2 + 0.5, 0, 1)
    page = np.zeros((side, side), np.float32)
    room = side - sharp.shape[0] - 1, side - sharp.shape[1] - 1
    edge = 0.06 * side
    top = int(rng.uniform(min(edge, room[0] / 2), max(room[0] - edge, room[0] / 2)))
    left = int(rng.uniform(min(edge, room[1] / 2), max(room[1] - edge, room[1] / 2)))
    page[top : top + sharp.shape[0], left : left + sharp.shape[1]] = sharp
    return page


def along(side, angle):
    """[side][side]: 0 at one end of the page and 1 at the other, in the direction of the angle."""
    y, x = np.mgrid[0:side, 0:side] / (side - 1) - 0.5
    d = x * np.cos(angle) + y * np.sin(angle)
    return (d - d.min()) / (d.max() - d.min())


def falling(side, rng, to):
    return 1 - (1 - to) * along(side, rng.uniform(0, 2 * np.pi)) ** rng.uniform(0.8, 1.5)


def corners(side, rng, to):
    y, x = np.mgrid[0:side, 0:side] / (side - 1) - 0.5
    y, x = y - rng.uniform(-0.1, 0.1), x - rng.uniform(-0.1, 0.1)
    r = (x * x + y * y) / 0.5
    return 1 - (1 - to) * np.clip(r, 0, 1.2) ** rng.uniform(0.8, 1.4)


def shadow(side, rng):
    """Over about half of the page, with an edge that is sharp or has a penumbra."""
    d = along(side, rng.uniform(0, 2 * np.pi))
    width = rng.choice([0.002, 0.01, 0.04])
    share = np.clip((d - rng.uniform(0.35, 0.65)) / width + 0.5, 0, 1)
    return 1 - share * rng.uniform(0.35, 0.6)


def stroke(side, lines, width, angle):
    """Lines (x0, y0, x1, y1) in parts of the side, turned about the centre; 0..1."""
    big = Image.new("L", (side * 2, side * 2))
    draw = ImageDraw.Draw(big)
    for x0, y0, x1, y1 in lines:
        points = []
        for x, y in ((x0, y0), (x1, y1)):
            x, y = x - 0.5, y - 0.5
            points.append(((x * np.cos(angle) - y * np.sin(angle) + 0.5) * side * 2,
                           (x * np.sin(angle) + y * np.cos(angle) + 0.5) * side * 2))
        draw.line(points, fill=255, width=max(1, round(width * 2)))
    return np.asarray(big.resize((side, side), Image.BOX), dtype=np.float32) / 255


def rulings(side, rng, both):
    gap = rng.uniform(0.045, 0.12)
    first = rng.uniform(0, gap)
    lines = [(-0.3, y, 1.3, y) for y in np.arange(first - 5 * gap, 1.3, gap)]
    if both:
        lines += [(x, -0.3, x, 1.3) for x in np.arange(rng.uniform(0, gap) - 5 * gap, 1.3, gap)]
    angle = np.radians(rng.choice([0, 0, rng.uniform(-3, 3)]))
    return stroke(side, lines, rng.uniform(1.5, 4) * side / 600, angle), rng.uniform(0.2, 0.75)


def box_around(ink, rng):
    side = len(ink)
    ys, xs = np.nonzero(ink > 0.5)
    gap = rng.uniform(0.03, 0.12, 4) * side
    x0, x1 = max(3, xs.min() - gap[0]) / side, min(side - 4, xs.max() + gap[1]) / side
    y0, y1 = max(3, ys.min() - gap[2]) / side, min(side - 4, ys.max() + gap[3]) / side
    lines = [(x0, y0, x1, y0), (x1, y0, x1, y1), (x1, y1, x0, y1), (x0, y1, x0, y0)]
    return stroke(side, lines, rng.uniform(2, 9) * side / 600, np.radians(rng.choice([0, rng.uniform(-3, 3)])))


def frame(side, rng):
    """Dark along all sides, or the edge of a scan along some."""
    mask = np.zeros((side, side), np.float32)
    sides = rng.permutation(4)[: rng.choice([4, 4, 2, 1])]
    y, x = np.mgrid[0:side, 0:side] / side
    for s in sides:
        d = (y, 1 - y, x, 1 - x)[s] + rng.choice([0, rng.uniform(-0.02, 0.02)]) * ((x, x, y, y)[s] - 0.5)
        mask = np.maximum(mask, np.clip((rng.uniform(0.01, 0.05) - d) * side, 0, 1))
    return mask


def grain(page, rng, amount):
    noise = rng.normal(0, 1, page.shape)
    if rng.random() < 0.5:  # of fibres, some pixels large
        noise = sum(np.roll(noise, (y, x), (0, 1)) for y in (-1, 0, 1) for x in (-1, 0, 1)) / 3 * 0.7
    return page + noise * amount


def picture(kind, digit, side, rng):
    ink = ink_of(digit, side, rng)
    paper, darker, light, noise = rng.uniform(190, 240), 0.75, 1.0, rng.uniform(2, 9)
    reflects = 1 - darker * ink
    if kind == "to60":
        light = falling(side, rng, 0.6)
    elif kind == "to40":
        light = falling(side, rng, 0.4)
    elif kind == "corners":
        light = corners(side, rng, 0.6)
    elif kind == "shadow":
        light = shadow(side, rng)
    elif kind in ("ruled", "squared"):
        lines, dark = rulings(side, rng, kind == "squared")
        reflects = np.minimum(reflects, 1 - dark * lines)
    elif kind == "boxed":
        reflects = np.minimum(reflects, 1 - rng.uniform(0.5, 0.8) * box_around(ink, rng))
    elif kind == "framed":
        reflects = np.minimum(reflects, 1 - rng.uniform(0.6, 0.97) * frame(side, rng))
    elif kind == "pencil":
        reflects = 1 - 0.2 * ink
    elif kind == "board":
        paper, light = rng.uniform(40, 75), falling(side, rng, rng.uniform(0.4, 0.7))
        chalk = ink * np.clip(rng.normal(0.85, 0.15, ink.shape), 0.3, 1)
        reflects = 1 + (rng.uniform(190, 230) / paper - 1) * chalk
    page = grain(paper * reflects * light, rng, noise)
    if kind == "mixed":
        lines, dark = rulings(side, rng, rng.random() < 0.5)
        page = grain(paper * np.minimum(reflects, 1 - dark * lines) * falling(side, rng, 0.5) * shadow(side, rng), rng, noise)
    return Image.fromarray(np.clip(page + 0.5, 0, 255).astype(np.uint8))


KINDS = "even to60 to40 corners shadow ruled squared boxed framed pencil board mixed".split()


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("digits")
    options.add_argument("out", type=pathlib.Path)
    options.add_argument("--each", type=int, default=100)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--side", type=int, default=600)
    options.add_argument("--only", default=",".join(KINDS))
    o = options.parse_args()
    labels, digits = digits_of(o.digits)
    for kind in o.only.split(","):
        rng = np.random.default_rng([o.seed, KINDS.index(kind)])
        folder = o.out / kind
        folder.mkdir(parents=True, exist_ok=True)
        for number, row in enumerate(rng.permutation(len(labels))[: o.each]):
            picture(kind, digits[row], o.side, rng).save(folder / f"{number:03d}-{labels[row]}.png", compress_level=1)


main()
