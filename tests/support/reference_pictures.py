"""The reference server's pictures: stand-ins that are drawn with Pillow.

No model draws here. Each variation is the picture that was sent, seen through one of ten fixed recipes: mirrored,
turned, cropped, bent, coloured differently. That is enough for a client: the pictures are real PNG files of the size
that was asked for, visibly different from one another, plainly made from the original, and the same on every run.
"""

from __future__ import annotations

import io
import itertools
import math
from collections.abc import Callable
from itertools import cycle, islice

from attrs import frozen
from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageOps

Point = tuple[float, float]
Colour = tuple[int, int, int]

Warp = Callable[[float, float], Point]
"""Where a place of the result is taken from; both run from -1 (left, top) to 1 (right, bottom)."""

Finish = Callable[[Image.Image], Image.Image]
"""A last treatment of an RGB picture that keeps its size."""

# A warp is drawn as a net of this many quadrilaterals a side: at 1024 pixels their straight edges cannot be seen.
_NET = 24


def _swirl(u: float, v: float) -> Point:
    """Turn the middle of the picture, and less of it the further out."""
    angle = 1.5 * max(0.0, 1 - math.hypot(u, v)) ** 1.5
    return u * math.cos(angle) - v * math.sin(angle), u * math.sin(angle) + v * math.cos(angle)


def _wave(u: float, v: float) -> Point:
    """Let the picture ripple; the borders keep still, so that nothing has to be invented beyond them."""
    height = 0.09 * (1 - u * u) * (1 - v * v)
    return u + height * math.sin(3 * math.pi * v), v + height * math.sin(3 * math.pi * u)


def _bulge(u: float, v: float) -> Point:
    """Look at the middle through a magnifying glass."""
    scale = min(1.0, math.hypot(u, v)) ** 0.6
    return u * scale, v * scale


def _keystone(u: float, v: float) -> Point:
    """Lean the picture back: its top comes closer, its bottom stays."""
    return u * (0.8 + 0.2 * v), v


def _poster(image: Image.Image) -> Image.Image:
    """Print with four shades of each colour."""
    return ImageOps.posterize(image, 2)


def _duotone(image: Image.Image) -> Image.Image:
    """Print with ink of one colour on paper of another."""
    return ImageOps.colorize(image.convert("L"), black="#1b1464", mid="#d9477b", white="#ffe8a3")


def _ink(image: Image.Image) -> Image.Image:
    """Draw the outlines in dark ink over washed colour."""
    edges = ImageOps.invert(ImageOps.autocontrast(image.convert("L").filter(ImageFilter.FIND_EDGES), cutoff=1))
    return ImageChops.multiply(ImageEnhance.Color(image).enhance(0.6), edges.convert("RGB"))


def _mosaic(image: Image.Image) -> Image.Image:
    """Lay the picture in square tiles, forty a side."""
    tiles = ImageOps.fit(image, (40, 40), Image.Resampling.BOX)
    return ImageOps.fit(tiles, image.size, Image.Resampling.NEAREST)


def _solarise(image: Image.Image) -> Image.Image:
    """Turn the bright parts into their negative, as an over-exposed plate does."""
    return ImageOps.solarize(image, 150)


def _soften(image: Image.Image) -> Image.Image:
    """Let the light parts glow."""
    return ImageChops.screen(image, image.filter(ImageFilter.GaussianBlur(image.width / 40)))


@frozen
class Recipe:
    """One way to vary a picture.

    Attributes:
        tint: A colour laid over the picture. Each recipe has its own, so that even a picture of one plain colour,
            on which geometry shows nothing, gives ten different results.
        cover: How much of the tint covers the picture, from 0 to 1.
        mirror: Whether left and right are exchanged.
        hue: Degrees by which colours are turned round the colour circle.
        turn: Degrees by which the picture is turned clockwise.
        view: Side of the part that is shown, as a share of the whole picture's.
        centre: Middle of that part, from (0, 0), left and top, to (1, 1).
        warp: How that part is bent.
        finish: What is done to the result before it is tinted.
    """

    tint: Colour
    cover: float = 0.12
    mirror: bool = False
    hue: int = 0
    turn: float = 0
    view: float = 1.0
    centre: Point = (0.5, 0.5)
    warp: Warp | None = None
    finish: Finish | None = None


RECIPES: tuple[Recipe, ...] = (
    Recipe(tint=(255, 140, 40), cover=0.22, mirror=True, hue=-25),
    Recipe(tint=(0, 120, 140), hue=150, warp=_swirl),
    Recipe(tint=(250, 220, 170), turn=14, view=0.72, centre=(0.47, 0.5), finish=_poster),
    Recipe(tint=(90, 20, 120), mirror=True, warp=_wave, finish=_duotone),
    Recipe(tint=(200, 60, 90), hue=-90, warp=_bulge, finish=_soften),
    Recipe(tint=(70, 160, 60), cover=0.15, hue=60, turn=90),
    Recipe(tint=(240, 240, 220), cover=0.18, mirror=True, view=0.8, centre=(0.45, 0.45), warp=_keystone, finish=_ink),
    Recipe(tint=(20, 30, 110), cover=0.4, turn=-9, view=0.8),
    Recipe(tint=(120, 90, 30), hue=25, finish=_mosaic),
    Recipe(tint=(10, 90, 60), turn=180, warp=_wave, finish=_solarise),
)


def draw_variations(picture: bytes, count: int, size: tuple[int, int], *, first: int = 0) -> list[bytes]:
    """Draw variations of a picture.

    Args:
        picture: The original, a file of any format that Pillow reads.
        count: How many to draw, from 1 to 10. Number k is the same whatever the count.
        size: Width and height of each, in pixels.
        first: The recipe to begin with; after the last comes the first again.

    Returns:
        PNG files, all different.

    Raises:
        ValueError: There are fewer recipes than `count`.
        PIL.UnidentifiedImageError, OSError: `picture` is not a picture, or is cut short.
    """
    if count > len(RECIPES):
        raise ValueError(f"there are recipes for {len(RECIPES)} variations, not for {count}")
    # Recipes turn what they are given, so they work on a square, of which a size that is not square shows the middle.
    square = (max(size), max(size))
    with Image.open(io.BytesIO(picture)) as opened:
        original = ImageOps.fit(_flatten(opened), square, Image.Resampling.LANCZOS)
    start = first % len(RECIPES)
    recipes = islice(cycle(RECIPES), start, start + count)
    return [_png(ImageOps.fit(_apply(recipe, original), size)) for recipe in recipes]


def draw_partial(picture: bytes, number: int) -> bytes:
    """Draw what a model has of a picture while it still works on it: coarse at first, and finer with each number."""
    with Image.open(io.BytesIO(picture)) as opened:
        side = max(1, opened.width >> max(1, 5 - 2 * number))
        coarse = ImageOps.fit(opened, (side, side), Image.Resampling.BOX)
        return _png(ImageOps.fit(coarse, opened.size, Image.Resampling.BICUBIC))


def _flatten(image: Image.Image) -> Image.Image:
    """The picture in plain RGB, on white where it is transparent."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    rgba = image.convert("RGBA")
    paper = Image.new("RGBA", rgba.size, "white")
    return Image.alpha_composite(paper, rgba).convert("RGB")


def _apply(recipe: Recipe, original: Image.Image) -> Image.Image:
    """The original after one recipe, at the same size."""
    image = ImageOps.mirror(original) if recipe.mirror else original
    image = _frame(image, recipe)
    image = _bend(image, recipe.warp) if recipe.warp else image
    image = _turn_hue(image, recipe.hue)
    image = recipe.finish(image) if recipe.finish else image
    return Image.blend(image, Image.new("RGB", image.size, recipe.tint), recipe.cover)


def _frame(image: Image.Image, recipe: Recipe) -> Image.Image:
    """The recipe's part of a square picture, turned, at the picture's own size."""
    if recipe.turn == 0 and recipe.view == 1.0:
        return image
    side = image.width
    angle = math.radians(recipe.turn)
    cos, sin = math.cos(angle) * recipe.view, math.sin(angle) * recipe.view
    x, y = recipe.centre[0] * side, recipe.centre[1] * side
    # Pillow asks where each place of the result comes from: (a x + b y + c, d x + e y + f).
    across = (cos, sin, x - (cos + sin) * side / 2)
    down = (-sin, cos, y - (cos - sin) * side / 2)
    return image.transform(image.size, Image.Transform.AFFINE, (*across, *down), Image.Resampling.BICUBIC)


def _bend(image: Image.Image, warp: Warp) -> Image.Image:
    """A square picture drawn through a net whose knots the warp has moved."""
    side = image.width
    lines = [step * side // _NET for step in range(_NET + 1)]

    def knot(x: int, y: int) -> Point:
        u, v = warp(2 * x / side - 1, 2 * y / side - 1)
        return (u + 1) / 2 * side, (v + 1) / 2 * side

    net: list[tuple[tuple[int, int, int, int], tuple[float, ...]]] = []
    for top, bottom in itertools.pairwise(lines):
        for left, right in itertools.pairwise(lines):
            # Pillow wants the corners of a source quadrilateral from the upper left one counter-clockwise.
            corners = knot(left, top), knot(left, bottom), knot(right, bottom), knot(right, top)
            net.append(((left, top, right, bottom), tuple(itertools.chain(*corners))))
    return image.transform(image.size, Image.Transform.MESH, net, Image.Resampling.BILINEAR)


def _turn_hue(image: Image.Image, degrees: int) -> Image.Image:
    """The picture with every colour moved round the colour circle; greys stay grey."""
    if not degrees:
        return image
    hue, saturation, value = image.convert("HSV").split()
    step = Image.new("L", image.size, round(degrees * 256 / 360) % 256)
    return Image.merge("HSV", (ImageChops.add_modulo(hue, step), saturation, value)).convert("RGB")


def _png(image: Image.Image) -> bytes:
    """The picture as a PNG file."""
    file = io.BytesIO()
    # A light compression: the server's own time counts for more than bytes on a loopback connection.
    image.save(file, "PNG", compress_level=3)
    return file.getvalue()
