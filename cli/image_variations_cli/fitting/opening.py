"""Open images by their header alone, and refuse what must not be decoded."""

import io
import struct
from collections.abc import Generator
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module

from PIL import Image
from PIL.ImageFile import ImageFile

from ..errors import ImageRefusedError
from .threads import MAX_PIXELS

MAX_JPEG_PIXELS = 4 * MAX_PIXELS
"""A baseline JPEG is decoded at a half, a quarter or an eighth of its size, and never held whole."""

_EXECUTED = {"EPS", "WMF"}
"""Formats that Pillow has another program, or the system, draw: nothing that a stranger's file may ask for."""

_UNREADABLE = (ArithmeticError, EOFError, LookupError, OSError, SyntaxError, TypeError, ValueError, struct.error)
"""What plugins raise for content that is not of their format, or damaged."""

_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
"""What an HEIC file says of itself in its first box (ISO/IEC 23008-12, annex B)."""


@contextmanager
def refuse_damage() -> Generator[None]:
    """Raise `ImageRefusedError` in place of whatever Pillow and its plugins raise in a `with` block.

    They raise nearly everything for files that are damaged: SyntaxError, struct.error, EOFError, KeyError and others.
    """
    try:
        yield
    except ImageRefusedError:
        raise
    except MemoryError as error:
        raise ImageRefusedError("image needs more memory than there is; scale it down") from error
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ImageRefusedError(f"image is damaged: {reason}") from error


def open_image(content: bytes) -> ImageFile:
    """Read an image's header. Its pixels are decoded when they are asked for.

    Raises:
        ImageRefusedError: It is no image, its header is damaged, or it has too many pixels.
    """
    if not content:
        raise ImageRefusedError("image is empty: it has 0 bytes")
    image = _identify(content)
    limit = MAX_JPEG_PIXELS if _decodes_smaller(image) else MAX_PIXELS
    if image.width * image.height > limit:
        raise ImageRefusedError(
            f"image has {image.width} x {image.height} pixels, but must have at most {limit:,}; scale it down first"
        )
    return image


def shrink_while_decoding(image: ImageFile, size: tuple[int, int]) -> int:
    """Have a JPEG decoded at a part of its size, but not below some width and height.

    Returns:
        How many pixels are held while it is decoded.

    Raises:
        ImageRefusedError: They are too many.
    """
    whole = image.width * image.height
    smaller = _decodes_smaller(image)
    image.draft(None, size)
    pixels = image.width * image.height if smaller else whole
    if pixels > MAX_PIXELS:
        raise ImageRefusedError(f"image has to be decoded to {pixels:,} pixels, which is more than {MAX_PIXELS:,}")
    return pixels


def _decodes_smaller(image: ImageFile) -> bool:
    """Return whether less is held of an image that is decoded at a part of its size: not of a progressive JPEG."""
    return image.format in ("JPEG", "MPO") and "progressive" not in image.info


def _identify(content: bytes) -> ImageFile:
    """Return the image that a plugin of Pillow's makes of some content.

    `Image.open` would do the same, but warns of large images before anybody can tell whether they are decoded whole,
    and what Python does with a warning is not for a thread to decide.

    Raises:
        ImageRefusedError: None of them does.
    """
    damaged = None
    for name in _load_formats():
        factory, accept = Image.OPEN[name]
        accepted = accept is None or accept(content[:16])
        if accepted and not isinstance(accepted, str):  # a string says which plugin would read it
            try:
                return factory(io.BytesIO(content), "")
            except _UNREADABLE:
                damaged = damaged or (name if accept else None)
    if damaged is not None:
        raise ImageRefusedError(f"image is damaged: it begins as {damaged} does, but its header cannot be read")
    raise ImageRefusedError(_describe_unknown(content))


@cache
def _load_formats() -> tuple[str, ...]:
    """Return the formats that Pillow and its plugin for HEIC open, if that is installed; the likely ones first."""
    with suppress(ImportError):
        import_module("pillow_heif").register_heif_opener()
    Image.preinit()
    first = list(Image.ID)
    Image.init()
    return tuple(name for name in dict.fromkeys([*first, *Image.ID]) if name not in _EXECUTED)


def _describe_unknown(content: bytes) -> str:
    """Return why some content is not read, in a line."""
    if content[4:8] == b"ftyp" and content[8:12] in _HEIF_BRANDS and "HEIF" not in Image.OPEN:
        return "image is an HEIC file, which Pillow reads with a plugin alone; run: pip install pillow-heif"
    start = content[:16]
    shown = repr(start.decode("ascii")) if start.isascii() else repr(start)
    return f"image is no image that Pillow reads: its content begins with {shown}"
