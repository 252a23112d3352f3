"""An album as people have it: files of many kinds, some of them no images, drawn from a number alone."""

import io
import os
import struct
import zlib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from attrs import frozen
from PIL import Image as Picture
from PIL import ImageDraw

ORIENTATION = 0x0112
"""The tag of Exif that says how the camera was held."""

DAMAGED_EXIF = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\xff\xff\xff\xff"
"""Exif that ends within its first entry."""


def draw_photo(number: int, width: int = 96, height: int = 72) -> Picture.Image:
    """Draw a picture whose four quarters differ, and which no other number has."""
    image = Picture.new("RGB", (width, height), (number * 37 % 256, number * 91 % 256, number * 53 % 256))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width // 2 - 1, height // 2 - 1), "red")
    draw.rectangle((width // 2, 0, width, height // 2 - 1), "lime")
    draw.rectangle((0, height // 2, width // 2 - 1, height), "blue")
    return image


def save(image: Picture.Image, kind: str, **options: object) -> bytes:
    """Return an image as a file of some format."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def make_phone_photo(number: int, orientation: int = 6) -> bytes:
    """Make a JPEG as phones do: the sensor's pixels, and in Exif how it was held."""
    exif = Picture.Exif()
    exif[ORIENTATION] = orientation
    return save(draw_photo(number), "JPEG", exif=exif, quality=95)


def make_animation(number: int) -> bytes:
    """Make a GIF of three frames."""
    frames = [draw_photo(number + step * 7) for step in range(3)]
    return save(frames[0], "GIF", save_all=True, append_images=frames[1:])


def make_deep_grey(number: int, width: int = 64, height: int = 48) -> bytes:
    """Make a PNG with 16 bits a pixel: a ramp from black to white."""
    levels = [(x * 65535 // (width - 1) + number) % 65536 for x in range(width)] * height
    return save(Picture.frombytes("I;16", (width, height), struct.pack(f"<{width * height}H", *levels)), "PNG")


@cache
def make_bomb(side: int = 30_000) -> bytes:
    """Make a PNG that is small as a file, square, right by its checksums, and huge when decoded."""
    pressed = zlib.compressobj(9)
    line = bytes(1 + (side + 7) // 8)
    pixels = b"".join(pressed.compress(line) for _ in range(side)) + pressed.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


@frozen
class Kind:
    """A kind of file.

    Attributes:
        extension: Of its name.
        make: Makes the content of the file of a number.
        usable: Whether an image can be made of it.
    """

    extension: str
    make: Callable[[int], bytes]
    usable: bool = True


KINDS: Mapping[str, Kind] = {
    "square PNG": Kind("png", lambda number: save(draw_photo(number, 64, 64), "PNG")),
    "wide PNG": Kind("PNG", lambda number: save(draw_photo(number), "PNG")),
    "phone photo": Kind("jpg", make_phone_photo),
    "upright photo": Kind("JPEG", lambda number: make_phone_photo(number, 1)),
    "progressive JPEG": Kind("jpeg", lambda number: save(draw_photo(number), "JPEG", progressive=True)),
    "CMYK JPEG": Kind("jpe", lambda number: save(draw_photo(number).convert("CMYK"), "JPEG")),
    "WebP": Kind("webp", lambda number: save(draw_photo(number), "WEBP")),
    "transparent WebP": Kind("webp", lambda number: save(Picture.new("RGBA", (80, 40), (number, 9, 9, 99)), "WEBP")),
    "animated GIF": Kind("gif", make_animation),
    "palette PNG": Kind("png", lambda number: save(draw_photo(number).quantize(16), "PNG")),
    "16 bit PNG": Kind("png", make_deep_grey),
    "black and white TIFF": Kind("tif", lambda number: save(draw_photo(number).convert("1"), "TIFF")),
    "BMP": Kind("bmp", lambda number: save(draw_photo(number), "BMP")),
    "AVIF": Kind("avif", lambda number: save(draw_photo(number), "AVIF")),
    "grey with alpha": Kind("png", lambda number: save(Picture.new("LA", (50, 30), (number, 128)), "PNG")),
    "truncated JPEG": Kind("jpg", lambda number: make_phone_photo(number)[:-700], usable=False),
    "truncated PNG": Kind("png", lambda number: save(draw_photo(number, 64, 64), "PNG")[:-40], usable=False),
    "text named PNG": Kind("png", lambda number: f"notes, page {number}\n".encode(), usable=False),
    "empty file": Kind("jpg", lambda _: b"", usable=False),
    "bomb": Kind("png", lambda number: make_bomb() + str(number).encode(), usable=False),
}
"""Twenty kinds of files with an image's extension."""

_NAMES = (
    "IMG_{:04}",
    "two\nlines {:04}",
    'it\'s "quoted" {:04}',
    "-rf {:04}",
    "Отпуск {:04}",
    "猫 👩‍👩‍👧 {:04}",
    " a  b#?%20 {:04}",
    "twin",
    "copy {:04}",
    os.fsdecode(b"bytes \xff {:04}"),
)
"""Names of files as people, cameras and old disks have them: ten for each kind."""


def make_album(folder: Path) -> dict[str, Kind]:
    """Make a folder of 200 files of 20 kinds. Return the kind of each by its name.

    Twins share their stems and differ in their extensions, or lie in another folder. Two copies have the same content.
    """
    album: dict[str, Kind] = {}
    for at, kind in enumerate(KINDS.values()):
        for style, pattern in enumerate(_NAMES):
            number = len(_NAMES) * at + style
            place = f"{at:02}/" if style % 2 else ""
            name = f"{place}{pattern.format(number)}.{kind.extension}"
            album[name] = kind
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(kind.make(at if style in (7, 8) else number))
    return album
