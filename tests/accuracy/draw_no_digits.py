#!/usr/bin/env python3
"""Draw pictures without a digit: noise, blank pages with gradients, letters of fonts, blots.

    python3 draw_no_digits.py --count 50 --seed 1 --out no-digits --fonts /usr/share/fonts/truetype

The pictures of a kind are NUMBER-KIND-WHAT.png; of letters, WHAT is the letter's code and the font. Needs numpy and Pillow, and fonts:
Debian's fonts-dejavu, fonts-liberation and fonts-freefont-ttf.
"""

import argparse
import pathlib
import string

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

import paper

LETTERS = string.ascii_letters
SKIPPED = ("Symbol", "Dingbat", "MathTeX", "Oblique-Math")


def blurred(field, radius):
    """A field of floats, blurred, scaled to 0..1."""
    low, high = field.min(), field.max()
    grey = Image.fromarray(np.uint8((field - low) / (high - low) * 255)).filter(ImageFilter.GaussianBlur(radius))
    smooth = np.asarray(grey, dtype=np.float32)
    return (smooth - smooth.min()) / max(1.0, smooth.max() - smooth.min())


def noise(rng, side):
    kind = rng.integers(0, 6)
    if kind == 0:
        return "uniform", rng.integers(0, 256, (side, side)).astype(np.uint8)
    if kind == 1:
        return "normal", np.clip(rng.normal(128, rng.uniform(15, 70), (side, side)), 0, 255).astype(np.uint8)
    if kind == 2:
        speck = rng.random((side, side)) < rng.uniform(0.01, 0.3)
        return "pepper", np.where(speck, 20, 235).astype(np.uint8)
    if kind == 3:
        cell = int(rng.integers(3, 20))
        coarse = rng.integers(0, 256, (side // cell + 1, side // cell + 1)).astype(np.uint8)
        return "coarse", np.kron(coarse, np.ones((cell, cell), np.uint8))[:side, :side]
    smooth = blurred(rng.random((side, side)), rng.uniform(1, 12))
    if kind == 4:
        return "smooth", np.uint8(smooth * 255)
    return "cloud", np.uint8(150 + 80 * blurred(rng.random((side, side)), rng.uniform(15, 40)) + rng.uniform(0, 20))


def blank(rng, side):
    y, x = np.mgrid[0:side, 0:side] / side
    kind = rng.integers(0, 4)
    angle = rng.uniform(0, 2 * np.pi)
    along = np.cos(angle) * (x - 0.5) + np.sin(angle) * (y - 0.5)
    darker = rng.uniform(0.1, 0.6)
    if kind == 0:
        what, light = "linear", 1 - darker * (along + 0.7) / 1.4
    elif kind == 1:
        what, light = "corners", 1 - darker * ((x - 0.5) ** 2 + (y - 0.5) ** 2) * 2
    elif kind == 2:
        what, light = "shadow", 1 - darker / (1 + np.exp(-along * rng.uniform(10, 200)))
    else:
        what, light = "even", np.ones((side, side))
    return what, paper.page(np.zeros((side, side)), rng, light, grain=rng.uniform(0.5, 6))


def fonts(folder):
    found = [f for f in sorted(pathlib.Path(folder).rglob("*.ttf")) if not any(s in f.name for s in SKIPPED)]
    return found


def letter(rng, side, files):
    font, text = files[rng.integers(0, len(files))], LETTERS[rng.integers(0, len(LETTERS))]
    page = Image.new("L", (side, side), 0)
    face = ImageFont.truetype(str(font), int(side * rng.uniform(0.3, 0.75)))
    ImageDraw.Draw(page).text((side / 2, side / 2), text, 255, font=face, anchor="mm")
    page = page.rotate(rng.uniform(-8, 8), Image.BICUBIC)
    return f"{ord(text)}_{font.stem}", paper.page(np.asarray(page, dtype=np.float32) / 255, rng)


def blot(rng, side):
    y, x = np.mgrid[0:side, 0:side].astype(np.float32)
    ink = np.zeros((side, side), dtype=np.float32)
    kind = rng.integers(0, 4)
    middle = rng.uniform(0.3, 0.7, 2) * side
    radius = rng.uniform(0.05, 0.3) * side
    angle = np.arctan2(y - middle[0], x - middle[1])
    distance = np.hypot(y - middle[0], x - middle[1])
    if kind == 0:
        what, ink = "disc", (distance < radius).astype(np.float32)
    elif kind == 1:
        edge = sum(rng.normal(0, 0.25 / k) * np.cos(k * angle + rng.uniform(0, 6.3)) for k in range(2, 9))
        what, ink = "splash", (distance < radius * (1 + edge)).astype(np.float32)
    elif kind == 2:
        what = "drops"
        for _ in range(rng.integers(2, 9)):
            place = middle + rng.normal(0, 0.15 * side, 2)
            ink = np.maximum(ink, np.hypot(y - place[0], x - place[1]) < side * rng.uniform(0.01, 0.08))
    else:
        what, field = "stain", blurred(rng.random((side, side)), side / rng.uniform(8, 20))
        ink = np.clip((field * np.exp(-((distance / radius) ** 2)) - 0.25) * 8, 0, 1)
    soft = Image.fromarray(np.uint8(255 * ink)).filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 4)))
    return what, paper.page(np.asarray(soft, dtype=np.float32) / 255, rng, contrast=rng.uniform(0.4, 0.9))


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--count", type=int, default=50, help="pictures of each kind")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--out", default="no-digits")
    options.add_argument("--fonts", default="/usr/share/fonts/truetype")
    options.add_argument("--side", type=int, help="pixels (default: 200 to 600, at random)")
    given = options.parse_args()
    out = pathlib.Path(given.out)
    out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(given.seed)
    files = fonts(given.fonts)

    def side():
        return given.side or int(rng.integers(200, 601))

    for i in range(given.count):
        for kind, drawn in (("noise", noise), ("blank", blank), ("blot", blot)):
            what, grey = drawn(rng, side())
            paper.save(grey, out / f"{i:03d}-{kind}-{what}.png")
        what, grey = letter(rng, side(), files)
        paper.save(grey, out / f"{i:03d}-letter-{what}.png")


if __name__ == "__main__":
    main()
