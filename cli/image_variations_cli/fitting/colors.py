"""Bring the colours of any image to sRGB with 8 bits, and its transparency with them."""

import io
from typing import Literal

from PIL import Image, ImageCms

_PLAIN = {"1": "L", "La": "LA", "RGBa": "RGBA", "RGBX": "RGB", "HSV": "RGB", "YCbCr": "RGB", "PA": "RGBA"}
"""Modes that Pillow can neither scale nor transform, and the nearest that it can."""


def make_profile(name: Literal["LAB", "sRGB"]) -> ImageCms.ImageCmsProfile:
    """Make a colour profile that is known by its name."""
    create = ImageCms.createProfile  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # C code
    return ImageCms.ImageCmsProfile(create(name))  # pyright: ignore[reportUnknownArgumentType]  # C code


def to_plain_mode(image: Image.Image) -> Image.Image:
    """Convert an image to 8 bits a channel in a mode that can be scaled: grey, RGB, CMYK or LAB, alpha as it is."""
    if image.mode.startswith(("I", "F")):
        return _reduce_depth(image)
    if image.mode == "P" or "transparency" in image.info:
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    mode = _PLAIN.get(image.mode, image.mode)
    return image if mode == image.mode else image.convert(mode)


def _reduce_depth(image: Image.Image) -> Image.Image:
    """Scale grey levels of 16 or 32 bits, or in floating point, to 8 bits."""
    wide = image.convert("F")
    low, high = wide.getextrema()
    if not isinstance(low, float) or not isinstance(high, float):
        return wide.convert("L")
    if image.mode.startswith("I") and low >= 0 and high <= 65535:
        low, high = 0.0, 65535.0
    elif low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    elif low >= 0 and high <= 255:
        low, high = 0.0, 255.0
    scale = 255 / (high - low) if high > low else 0.0
    offset = 0.5 - low * scale
    scaled = wide.point(lambda level: level * scale + offset)  # pyright: ignore[reportUnknownMemberType]  # NumPy's types
    return scaled.convert("L")


def to_srgb(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, str | None]:
    """Convert an image in a plain mode to RGB or RGBA.

    Returns:
        The image, and what was done to its colours if anybody would ask.
    """
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    colors = image.convert(image.mode[:-1]) if alpha else image
    converted, note = _convert(colors, profile)
    if alpha is not None and alpha.getextrema() != (255, 255):
        converted.putalpha(alpha)
    return converted, note


def _convert(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, str | None]:
    """Convert an image without alpha to RGB, by its colour profile if it has one that works."""
    if image.mode == "LAB":
        return _transform(image, make_profile("LAB")), "converted from LAB to sRGB"
    cmyk = "converted from CMYK to sRGB" if image.mode == "CMYK" else None
    if not profile:
        return image.convert("RGB"), cmyk
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        name = ImageCms.getProfileDescription(source).strip()
        if "sRGB" in name and image.mode == "RGB":
            return image.copy(), None
        return _transform(image, source), cmyk or "converted to sRGB"
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return image.convert("RGB"), cmyk or "its colour profile left out, which cannot be read"


def _transform(image: Image.Image, source: ImageCms.ImageCmsProfile) -> Image.Image:
    """Convert an image from a colour profile to sRGB."""
    converted = ImageCms.profileToProfile(image, source, make_profile("sRGB"), outputMode="RGB")
    if converted is None:  # it is, if the image is to be changed in place
        raise ValueError("no image came of it")
    return converted
