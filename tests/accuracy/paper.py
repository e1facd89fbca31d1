"""Paper with grain, and digits of a CSV drawn on it. Needs numpy and Pillow."""

import csv
import gzip

import numpy as np
from PIL import Image

SIDE = 28


def digits(path, rows=None):
    """(labels [n], images [n][28][28]) of a CSV with a label first; rows: their numbers from 0, or None for all."""
    with (gzip.open if str(path).endswith(".gz") else open)(path, "rt") as file:
        lines = csv.reader(file)
        next(lines)
        table = np.array([line for line in lines], dtype=np.uint8)
    if rows is not None:
        table = table[rows]
    return table[:, 0], table[:, 1:].reshape(-1, SIDE, SIDE)


def ink_of(image, scale):
    """The digit, cropped to its ink, `scale` times as large: 0 to 1."""
    height = max(1, round(SIDE * scale))
    large = Image.fromarray(image).resize((height, height), Image.BICUBIC)
    ink = np.asarray(large, dtype=np.float32) / 255
    rows, columns = np.where(ink.max(1) > 0.1)[0], np.where(ink.max(0) > 0.1)[0]
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def put(ink, digit, top, left):
    """Lays the digit's ink over the page's; what is outside of the page is lost."""
    height, width = digit.shape
    y, x = max(0, top), max(0, left)
    bottom, right = min(ink.shape[0], top + height), min(ink.shape[1], left + width)
    if bottom > y and right > x:
        part = digit[y - top : bottom - top, x - left : right - left]
        ink[y:bottom, x:right] = np.maximum(ink[y:bottom, x:right], part)


def page(ink, rng, light=1.0, contrast=0.75, grain=4.0, brightness=None):
    """Grey bytes of a page with this ink; light: the share of the light at each place."""
    paper = rng.uniform(200, 245) if brightness is None else brightness
    grey = paper * light * (1 - contrast * ink) + rng.normal(0, grain, ink.shape)
    return np.clip(np.rint(grey), 0, 255).astype(np.uint8)


def save(grey, path):
    Image.fromarray(grey).save(path)
