#!/usr/bin/env python3
"""Make tests/data/formats/: one small picture in many formats, and as cameras store it in each of EXIF's orientations.

    python3 make_formats.py        # Pillow 11; cwebp (Debian: webp) and heif-enc (Debian: libheif-examples)

The picture is 64 x 32: a red quarter, and right of it a green one; below them a blue and a light grey one.
"""

import pathlib
import struct
import subprocess

from PIL import Image, ImageOps

OUT = pathlib.Path(__file__).parent / "formats"
COLOURS = [(200, 30, 40), (40, 160, 60), (30, 50, 170), (240, 240, 240)]


def quarters(width=64, height=32):
    picture = Image.new("RGB", (width, height))
    for i, colour in enumerate(COLOURS):
        box = (i % 2 * width // 2, i // 2 * height // 2)
        picture.paste(colour, box + (box[0] + width // 2, box[1] + height // 2))
    return picture


def exif(orientation, order="<"):
    """EXIF data with another entry before the orientation, and one after it."""
    entries = [(0x0100, 3, 1, 64), (0x0112, 3, 1, orientation), (0x0213, 3, 1, 1)]
    data = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, len(entries))
    for tag, kind, count, value in entries:
        data += struct.pack(order + "HHIHH", tag, kind, count, value, 0)
    return data + struct.pack(order + "I", 0)


def stored(picture, orientation):
    """The picture as a camera stores it that was held so: turning it upright gives the picture."""
    for way in (None, *Image.Transpose):
        turned = picture if way is None else picture.transpose(way)
        turned.getexif()[0x0112] = orientation
        if ImageOps.exif_transpose(turned).tobytes() == picture.tobytes():
            return picture if way is None else picture.transpose(way)
    raise ValueError(orientation)


def main():
    OUT.mkdir(exist_ok=True)
    for old in OUT.iterdir():
        old.unlink()
    picture = quarters()
    for orientation in range(1, 9):
        camera = stored(picture, orientation)
        data = exif(orientation, "<>"[orientation % 2])
        camera.save(OUT / f"turned-{orientation}.jpg", quality=85, subsampling=0, exif=b"Exif\0\0" + data)
        camera.save(OUT / f"turned-{orientation}.png", exif=data)
    picture.save(OUT / "plain.jpg", quality=85)
    picture.save(OUT / "progressive.jpg", quality=85, progressive=True)
    picture.convert("CMYK").save(OUT / "cmyk.jpg", quality=90)
    picture.convert("L").save(OUT / "grey.jpg", quality=85)
    picture.save(OUT / "plain.gif")
    picture.save(OUT / "plain.tif", compression="tiff_lzw")


main()
