#!/usr/bin/env python3
"""Make tests/data/pictures/: digits of examples/digits as if they were drawn on paper or a board and scanned.

    python3 make_pictures.py        # Python 3.8 or later, nothing else; the same bytes each time

A picture's name is NUMBER-DIGIT-WHAT.png: the digit is the one that it shows.
"""

import gzip
import pathlib
import random
import struct
import zlib

HERE = pathlib.Path(__file__).parent
OUT = HERE / "pictures"
DIGITS = HERE.parent.parent / "examples" / "digits" / "train.csv.gz"
SIDE = 28
# Adam7: first column, first row, and the steps of each pass.
PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6


def digits():
    """(label, 28 rows of 28) of the last rows, which the tests' short training leaves out."""
    lines = gzip.open(DIGITS, "rt").read().split("\n")[-402:-1]
    for line in lines:
        values = [int(v) for v in line.split(",")]
        yield values[0], [values[1 + SIDE * y : 1 + SIDE * (y + 1)] for y in range(SIDE)]


def ink_at(digit, y, x):
    """Between pixels by bilinear interpolation; none outside; 0 to 1."""
    top, left = int(y // 1), int(x // 1)
    fy, fx = y - top, x - left
    total = 0.0
    for v, wy in ((top, 1 - fy), (top + 1, fy)):
        for u, wx in ((left, 1 - fx), (left + 1, fx)):
            if 0 <= v < SIDE and 0 <= u < SIDE:
                total += wy * wx * digit[v][u]
    return total / 255


def draw(digit, height, width, top, left, scale, weight):
    """Rows of ink, 0 to 1: the digit scale times as large, at top and left; weight below 0.5 makes it bolder."""
    page = []
    for y in range(height):
        row = []
        for x in range(width):
            ink = ink_at(digit, (y - top + 0.5) / scale - 0.5, (x - left + 0.5) / scale - 0.5)
            row.append(min(1.0, max(0.0, (ink - weight) * scale + 0.5)) if scale > 1.5 else ink)
        page.append(row)
    return page


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(height, width, depth, kind, pixel, interlaced=False, extra=b""):
    """pixel(y, x) gives the channels' values."""
    def lines(first_x, first_y, step_x, step_y):
        data = b""
        for y in range(first_y, height, step_y):
            samples = [s for x in range(first_x, width, step_x) for s in pixel(y, x)]
            if not samples:
                continue
            if depth == 16:
                data += b"\0" + struct.pack(f">{len(samples)}H", *samples)
            elif depth == 8:
                data += b"\0" + bytes(samples)
            else:
                bits = "".join(format(s, f"0{depth}b") for s in samples)
                bits += "0" * (-len(bits) % 8)
                data += b"\0" + bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))
        return data

    raw = b"".join(lines(*p) for p in PASSES) if interlaced else lines(0, 0, 1, 1)
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, int(interlaced))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(raw, 9)) + chunk(b"IEND", b""))


def mix(paper, ink, share):
    return round(paper + (ink - paper) * share)


def as_png(page, look, rng):
    height, width = len(page), len(page[0])
    paper, ink = look["paper"], look["ink"]
    grain = look.get("grain", 0)

    def grey(y, x):
        value = mix(paper, ink, page[y][x]) + (rng.randint(-grain, grain) if grain else 0)
        return min(255, max(0, value))

    kind, depth = look["kind"], look.get("depth", 8)
    interlaced = look.get("interlaced", False)
    if kind == GREY and depth == 16:
        return png(height, width, 16, GREY, lambda y, x: [grey(y, x) * 257], interlaced)
    if kind == GREY and depth < 8:
        most = (1 << depth) - 1
        return png(height, width, depth, GREY, lambda y, x: [round(grey(y, x) * most / 255)], interlaced)
    if kind == GREY:
        return png(height, width, 8, GREY, lambda y, x: [grey(y, x)], interlaced)
    if kind == RGB:
        tones = look["tones"]  # the paper's and the ink's
        return png(height, width, 8, RGB, lambda y, x: [mix(p, i, page[y][x]) for p, i in zip(*tones)], interlaced)
    if kind == PALETTE:
        palette = b"".join(bytes(mix(p, i, n / 15) for p, i in zip(*look["tones"])) for n in range(16))
        return png(height, width, 4, PALETTE, lambda y, x: [round(page[y][x] * 15)], interlaced, chunk(b"PLTE", palette))
    if kind == GREY_ALPHA:
        return png(height, width, 8, GREY_ALPHA, lambda y, x: [ink, round(255 * page[y][x])], interlaced)
    return png(height, width, 8, RGBA, lambda y, x: list(look["tones"][1]) + [round(255 * page[y][x])], interlaced)


BLUE, RED, YELLOW = ((250, 248, 240), (20, 40, 160)), ((255, 255, 255), (200, 30, 30)), ((20, 60, 40), (240, 240, 150))
LOOKS = {
    "ink": dict(kind=GREY, paper=245, ink=25),
    "pencil": dict(kind=GREY, paper=210, ink=130, grain=6),
    "chalk": dict(kind=GREY, paper=35, ink=225, grain=8),
    "grey16": dict(kind=GREY, depth=16, paper=230, ink=60),
    "blackwhite": dict(kind=GREY, depth=1, paper=255, ink=0),
    "fourgreys": dict(kind=GREY, depth=2, paper=255, ink=0),
    "pen": dict(kind=RGB, tones=BLUE),
    "red": dict(kind=RGB, tones=RED),
    "board": dict(kind=RGB, tones=YELLOW),
    "palette": dict(kind=PALETTE, tones=BLUE),
    "clear": dict(kind=GREY_ALPHA, ink=0),
    "clearwhite": dict(kind=GREY_ALPHA, ink=255),
    "clearcolour": dict(kind=RGBA, tones=RED),
    "interlaced": dict(kind=GREY, paper=240, ink=20, interlaced=True),
    "interlacedcolour": dict(kind=RGB, tones=YELLOW, interlaced=True),
    "interlacedclear": dict(kind=RGBA, tones=BLUE, interlaced=True),
}


def for_looks(look):
    return {"paper": 0, "ink": 0, **look}


def main():
    rng = random.Random(1)
    OUT.mkdir(exist_ok=True)
    for old in OUT.glob("*.png"):
        old.unlink()
    chosen = digits()
    wanted = {d: 0 for d in range(10)}
    names = list(LOOKS)
    for number in range(40):
        while True:
            label, digit = next(chosen)
            if wanted[label] < 4:
                wanted[label] += 1
                break
        what = names[number % len(names)]
        scale = rng.choice([1.0, 2.5, 4.0, 6.0])
        side = round(SIDE * scale)
        height, width = side + rng.randint(2, 60), side + rng.randint(2, 60)
        top, left = rng.randint(0, height - side), rng.randint(0, width - side)
        weight = rng.choice([0.25, 0.4, 0.5, 0.65])
        page = draw(digit, height, width, top, left, scale, weight)
        (OUT / f"{number:02d}-{label}-{what}.png").write_bytes(as_png(page, for_looks(LOOKS[what]), rng))


if __name__ == "__main__":
    main()
