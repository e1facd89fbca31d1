#!/usr/bin/env python3
"""Make tests/data/rows/: digits of examples/digits in rows and lines on one page.

    python3 make_rows.py        # Python 3.8 or later, nothing else; the same bytes each time

A picture's name is DIGITS-WHAT.png; a + is between two lines.
"""

import pathlib
import random

from make_pictures import GREY, SIDE, digits, draw, png

OUT = pathlib.Path(__file__).parent / "rows"
# name: the digits, the space between two digits in pixels (below 0: touching), how far each next one is lower, the paper and the ink
ROWS = {
    "17-row": ("17", 12, 0, 240, 40),
    "90210-row": ("90210", 5, 0, 230, 60),
    "365-slope": ("365", 8, 7, 235, 50),
    "2748-chalk": ("2748", 6, 0, 40, 220),
    "56-touch": ("56", -2, 0, 240, 40),
    "12+908+34-lines": ("12+908+34", 7, 1, 240, 30),
}
SCALE = 2.0


def ink_box(digit):
    """The digit large, cropped to its ink."""
    side = round(SIDE * SCALE)
    page = draw(digit, side, side, 0, 0, SCALE, 0.4)
    rows = [y for y in range(side) if max(page[y]) > 0.2]
    columns = [x for x in range(side) if max(row[x] for row in page) > 0.2]
    return [row[columns[0] : columns[-1] + 1] for row in page[rows[0] : rows[-1] + 1]]


def main():
    OUT.mkdir(exist_ok=True)
    rng = random.Random(5)
    chosen = list(digits())
    for name, (text, gap, lower, paper, ink) in ROWS.items():
        parts, y, width = [], 15, 0
        for line in text.split("+"):
            x = 18
            for i, figure in enumerate(line):
                part = ink_box(rng.choice([d for label, d in chosen if label == int(figure)]))
                parts.append((y + i * lower, x, part))
                x += len(part[0]) + gap
            width = max(width, x + 18 - gap)
            y += round(20 * SCALE) + len(line) * lower + 16
        height = y + 4
        page = [[0.0] * width for _ in range(height)]
        for top, left, part in parts:
            for v, row in enumerate(part):
                for u, value in enumerate(row):
                    page[top + v][left + u] = max(page[top + v][left + u], value)
        grey = [[min(255, max(0, round(paper + (ink - paper) * v) + rng.randint(-4, 4))) for v in row] for row in page]
        (OUT / f"{name}.png").write_bytes(png(height, width, 8, GREY, lambda y, x: [grey[y][x]]))


if __name__ == "__main__":
    main()
