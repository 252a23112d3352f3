"""Make an image square, and write it as a PNG that is small enough."""

import io
import math
from typing import Literal

from attrs import frozen
from PIL import Image

from .colors import to_plain_mode, to_srgb

MAX_SIDE = 2048
"""Pixels: twice the largest variation that can be asked for. More would be looked at by nobody."""

Shape = Literal["pad", "crop", "stretch"]

_DONE = {"pad": "padded to a square", "crop": "cropped to its middle", "stretch": "stretched to a square"}


@frozen
class Square:
    """Where the pixels of an image go in a square.

    Attributes:
        side: Of the square.
        inner: Width and height that the image has in it.
        box: The part of the original that is used: left, upper, right, lower.
    """

    side: int
    inner: tuple[int, int]
    box: tuple[float, float, float, float]

    @classmethod
    def plan(cls, size: tuple[int, int], shape: Shape, max_side: int) -> "Square":
        """Return the largest square of some shape for an image, up to a side that it must not exceed."""
        width, height = size
        if shape == "crop":
            side, edge = min(width, height, max_side), min(width, height)
            left, top = (width - edge) / 2, (height - edge) / 2
            return cls(side, (side, side), (left, top, left + edge, top + edge))
        side = min(max(width, height), max_side)
        factor = side / max(width, height)
        inner = (side, side) if shape == "stretch" else (_scale(width, factor), _scale(height, factor))
        return cls(side, inner, (0, 0, width, height))

    def decoding_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """Return the width and height that an image must not fall short of to fill this square."""
        left, top, right, bottom = self.box
        factor_x, factor_y = self.inner[0] / (right - left), self.inner[1] / (bottom - top)
        return math.ceil(size[0] * factor_x), math.ceil(size[1] * factor_y)


def make_square(image: Image.Image, shape: Shape, side: int) -> tuple[Image.Image, list[str]]:
    """Return an image as a square in sRGB that stands upright, and what was done to it."""
    drawn, notes = draw(image, shape, side)
    if image.width != image.height:
        notes.append(_DONE[shape] + (_describe_padding(drawn) if shape == "pad" else ""))
    return _place(drawn, Square.plan(image.size, shape, side).side), notes


def draw(image: Image.Image, shape: Shape, side: int) -> tuple[Image.Image, list[str]]:
    """Return the pixels that an image has in a square, upright and in sRGB, and what was done to them.

    They are scaled before anything else that costs memory.
    """
    profile, turn = image.info.get("icc_profile"), _TURNS.get(_read_orientation(image))
    plain = to_plain_mode(image)
    # Planned for the size that was decoded: the plugin for TIFF turns images itself, and a JPEG may be smaller by now.
    square = Square.plan(plain.size, shape, side)
    if plain.size != square.inner or square.box != (0, 0, *plain.size):
        plain = _resize(plain, square.inner, square.box)
    drawn, color_note = to_srgb(plain, profile if isinstance(profile, bytes) else None)
    notes = ["turned upright"] if turn is not None else []
    notes += ["reduced to 8 bits"] if image.mode.startswith(("I", "F")) else []
    notes += [color_note] if color_note else []
    return drawn if turn is None else drawn.transpose(turn), notes


_ORIENTATION = 0x0112
"""The tag of Exif that says how the camera was held."""

_TURNS: dict[object, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _resize(
    image: Image.Image, size: tuple[int, int], box: tuple[float, float, float, float] | None = None
) -> Image.Image:
    """Scale a part of an image. A large one is reduced by whole numbers first, to three times the size."""
    lanczos = Image.Resampling.LANCZOS
    return image.resize(size, lanczos, box, reducing_gap=3.0)  # pyright: ignore[reportUnknownMemberType]  # NumPy's types


def _read_orientation(image: Image.Image) -> object:
    """Return what Exif says of how the camera was held. What cannot be read says nothing."""
    try:
        return image.getexif().get(_ORIENTATION)
    except Exception:  # as many kinds as there are ways to damage it
        return None


def _describe_padding(image: Image.Image) -> str:
    return " with transparency" if image.mode == "RGBA" else " with white"


def _place(image: Image.Image, side: int) -> Image.Image:
    """Put an image into the middle of a square. What it leaves free is transparent if the image is, otherwise white."""
    if image.size == (side, side):
        return image
    paper = Image.new(image.mode, (side, side), (255, 255, 255, 0) if image.mode == "RGBA" else (255, 255, 255))
    paper.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return paper


def write_png(image: Image.Image, max_octets: int) -> tuple[bytes, int]:
    """Write a square as PNG, scaled down until it is small enough. Return the content and its side in pixels."""
    current = image
    while True:
        buffer = io.BytesIO()
        current.save(buffer, "PNG")
        content = buffer.getvalue()
        if len(content) <= max_octets:
            return content, current.width
        side = math.floor(current.width * math.sqrt(max_octets / len(content)) * 0.97)
        current = _resize(image, (side, side))


def _scale(length: int, factor: float) -> int:
    """Return a length after scaling, at least one pixel."""
    return max(1, round(length * factor))
