#!/usr/bin/env python3
"""Draw rows of 2 to 5 digits on paper, from rows of a CSV that the model was not trained on.

    python3 draw_rows.py train.csv.gz --rows held-out.txt --count 200 --seed 1 --out rows

held-out.txt has a row's number, from 0, per line; without it, all rows are drawn from. A file's name is NUMBER-DIGITS-KIND.png;
of two lines, the digits have a + between them. Needs numpy and Pillow.

The kinds: `pitch` digits in cells of one width, as in a form; `gap` with a gap between their ink, from touching to wide; `touch`
with ink that touches or crosses a little; `slope` along a rising or falling line; `lines` two or three lines.
"""

import argparse
import pathlib

import numpy as np

import paper

KINDS = ["pitch", "gap", "touch", "slope", "lines"]


def row_of(inks, rng, kind, size):
    """Ink of a row: digits from left to right. size: the height of MNIST's box of 20, pixels."""
    parts, x, slope = [], 0, rng.uniform(-0.18, 0.18) if kind == "slope" else 0.0
    pitch = size * rng.uniform(1.15, 1.9)
    for i, ink in enumerate(inks):
        height, width = ink.shape
        left = x
        if kind == "pitch":
            left = round(i * pitch + (pitch - width) / 2)
        top = round(size * rng.uniform(-0.08, 0.08) + (size - height) / 2 + slope * left)
        parts.append((top, left))
        if kind == "touch":
            x = left + width - round(size * rng.uniform(0.0, 0.06))
        else:
            x = left + width + round(size * rng.uniform(0.06, 0.6))
    high = max(top + ink.shape[0] for (top, _), ink in zip(parts, inks))
    low, start = min(top for top, _ in parts), min(left for _, left in parts)
    wide = max(left + ink.shape[1] for (_, left), ink in zip(parts, inks))
    row = np.zeros((high - low, wide - start), dtype=np.float32)
    for (top, left), ink in zip(parts, inks):
        paper.put(row, ink, top - low, left - start)
    return row


def draw(labels, images, rng, kind):
    """(the text, grey bytes)."""
    scale = rng.uniform(3, 7)
    size = 20 * scale
    rows, texts = [], []
    for _ in range(int(rng.integers(2, 4)) if kind == "lines" else 1):
        chosen = rng.integers(0, len(labels), rng.integers(2, 6))
        inks = [paper.ink_of(images[c], scale * rng.uniform(0.9, 1.1)) for c in chosen]
        rows.append(row_of(inks, rng, kind, size))
        texts.append("".join(str(labels[c]) for c in chosen))
    between = [round(size * rng.uniform(0.35, 0.9)) for _ in rows]
    margin = [round(size * rng.uniform(0.3, 1.5)) for _ in range(4)]
    height = max(600 if rng.random() < 0.5 else 0, margin[0] + margin[1] + sum(r.shape[0] for r in rows) + sum(between[1:]))
    width = max(600 if rng.random() < 0.5 else 0, margin[2] + margin[3] + max(r.shape[1] for r in rows))
    ink, y = np.zeros((height, width), dtype=np.float32), margin[0]
    for row, gap in zip(rows, between):
        paper.put(ink, row, y, margin[2] + round(size * rng.uniform(0, 0.2)))
        y += row.shape[0] + gap
    return "+".join(texts), paper.page(ink, rng)


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("csv")
    options.add_argument("--rows")
    options.add_argument("--count", type=int, default=100, help="pictures of each kind")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--out", default="rows")
    given = options.parse_args()
    rows = np.loadtxt(given.rows, dtype=int) if given.rows else None
    labels, images = paper.digits(given.csv, rows)
    out = pathlib.Path(given.out)
    out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(given.seed)
    for kind in KINDS:
        for i in range(given.count):
            text, grey = draw(labels, images, rng, kind)
            paper.save(grey, out / f"{i:03d}-{text}-{kind}.png")


if __name__ == "__main__":
    main()
