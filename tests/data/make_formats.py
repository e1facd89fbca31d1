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


def rows_of(picture, bits, pixel):
    """The rows of a BMP from the bottom up, each of bits and filled up to 4 bytes."""
    for y in reversed(range(picture.height)):
        row = "".join(format(pixel(x, y), f"0{bits}b") for x in range(picture.width))
        data = bytes(int(row[i : i + 8].ljust(8, "0"), 2) for i in range(0, len(row), 8))
        yield data + bytes(-len(data) % 4)


def bmp(picture, bits, pixel, palette=b"", masks=b"", core=False, top_down=False, gap=b"", compression=None):
    rows = list(rows_of(picture, bits, pixel))
    if top_down:
        rows.reverse()
    if core:
        header = struct.pack("<IHHHH", 12, picture.width, picture.height, 1, bits)
    else:
        compression = (3 if masks else 0) if compression is None else compression
        height = -picture.height if top_down else picture.height
        colours = len(palette) // 4 if bits <= 8 else 0
        header = struct.pack("<IiiHHIIiiII", 40, picture.width, height, 1, bits, compression, 0, 0, 0, colours, 0)
    start = 14 + len(header) + len(masks) + len(palette) + len(gap)
    body = header + masks + palette + gap + b"".join(rows)
    return b"BM" + struct.pack("<IHHI", 14 + len(body), 0, 0, start) + body


def swapped(value, count):
    """A number of count bytes, the lowest first, as one whose bits are written from the highest."""
    return int.from_bytes(value.to_bytes(count, "little"), "big")


def bitmaps(picture):
    def index(x, y):
        return x * 2 // picture.width + y * 2 // picture.height * 2

    def full(x, y):
        r, g, b = COLOURS[index(x, y)]
        return b << 16 | g << 8 | r  # the bytes blue, green, red

    def sixteen(red, green, blue):
        def pixel(x, y):
            value = 0
            for colour, (bits, shift) in zip(COLOURS[index(x, y)], (red, green, blue)):
                value |= round(colour * (2**bits - 1) / 255) << shift
            return swapped(value, 2)

        return pixel

    palette = b"".join(bytes(c[::-1]) + b"\0" for c in COLOURS)
    short = b"".join(bytes(c[::-1]) for c in COLOURS)
    masks = struct.pack("<III", 0x3FF00000, 0xFFC00, 0x3FF)  # ten bits each

    def ten(x, y):
        r, g, b = (round(c * 1023 / 255) for c in COLOURS[index(x, y)])
        return swapped(r << 20 | g << 10 | b, 4)

    return {
        "4bit.bmp": bmp(picture, 4, index, palette),
        "8bit.bmp": bmp(picture, 8, index, palette, gap=b"gap"),
        "8bit-core.bmp": bmp(picture, 8, index, short + bytes(3 * 252), core=True),
        "16bit.bmp": bmp(picture, 16, sixteen((5, 10), (5, 5), (5, 0))),
        "16bit-565.bmp": bmp(picture, 16, sixteen((5, 11), (6, 5), (5, 0)), masks=struct.pack("<III", 0xF800, 0x7E0, 0x1F)),
        "24bit.bmp": bmp(picture, 24, full),
        "24bit-top-down.bmp": bmp(picture, 24, full, top_down=True),
        "32bit.bmp": bmp(picture, 32, lambda x, y: full(x, y) << 8),
        "32bit-masks.bmp": bmp(picture, 32, ten, masks=masks),
        "1bit.bmp": bmp(picture, 1, lambda x, y: index(x, y) % 2, bytes([0, 0, 0, 0, 255, 255, 255, 0])),
        "packed.bmp": bmp(picture, 8, index, palette, compression=1),
    }


def netpbm(picture):
    grey = picture.convert("L").tobytes()
    half = "".join("10"[x * 2 // 64] for _ in range(32) for x in range(64))
    bits = bytes(int(half[i : i + 8], 2) for i in range(0, len(half), 8))
    values = " ".join(str(v) for v in picture.tobytes())
    return {
        "plain.ppm": f"P3 64 32\n# text\n255\n{values}\n".encode(),
        "raw.ppm": b"P6\n64 32\n255\n" + picture.tobytes(),
        "plain.pbm": f"P1 64 32\n{half}\n".encode(),
        "raw.pbm": b"P4 64 32\n" + bits,
        "raw.pgm": b"P5 64 32 255\n" + grey,
    }


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
    for name, data in bitmaps(picture).items():
        (OUT / name).write_bytes(data)
    for name, data in netpbm(picture).items():
        (OUT / name).write_bytes(data)
    picture.save("whole.png")
    for name, options in (("lossy.webp", ["-q", "90"]), ("lossless.webp", ["-lossless"])):
        subprocess.run(["cwebp", "-quiet", *options, "whole.png", "-o", OUT / name], check=True)
    stored(picture, 6).save(OUT / "turned-6.webp", lossless=True, exif=exif(6))
    picture.save(OUT / "animation.webp", save_all=True, append_images=[picture.rotate(180)])
    subprocess.run(["heif-enc", "-q", "90", "-p", "chroma=444", "whole.png", "-o", OUT / "plain.heic"], check=True)
    subprocess.run(["heif-enc", "-A", "-q", "90", "whole.png", "-o", OUT / "plain.avif"], check=True)
    pathlib.Path("whole.png").unlink()
    picture.save(OUT / "plain.gif")
    picture.save(OUT / "plain.tif", compression="tiff_lzw")


main()
