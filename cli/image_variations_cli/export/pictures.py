"""The pictures of a row, small enough to stand in a page."""

import asyncio
import base64
import hashlib
from pathlib import Path

from attrs import frozen

from ..errors import ImageRefusedError
from ..fitting import draw_thumbnail
from ..storage import Storage, link_to, read_file

THUMBNAIL_SIDE = 256
"""Pixels: half of that on the page, so that fine screens show them sharp."""


@frozen
class Thumbnail:
    """A file, as a page shows it.

    Attributes:
        link: To the file, relative to the page; None if it is not there, or no browser opens it.
        data: A data URL of the small picture; None if there is none.
        note: What is to be said of the file, if anything.
    """

    link: str | None
    data: str | None
    note: str | None = None


async def draw_original(path: Path, folder: Path, digest: str = "") -> Thumbnail:
    """Make the thumbnail of a source. What is not there, or no image, has a note and no picture.

    Args:
        path: The file.
        folder: The folder of the page.
        digest: The SHA-256 that the content had, in hexadecimal; empty if that is not known.
    """
    try:
        content = await asyncio.to_thread(read_file, path)
    except (OSError, ValueError):
        return _GONE
    is_changed = bool(content and digest) and hashlib.sha256(content).hexdigest() != digest
    return await _draw(content, link_to(path, folder), "The file was changed since." if is_changed else None)


async def draw_variation(storage: Storage, name: str, folder: Path) -> Thumbnail:
    """Make the thumbnail of an image that was made. What is not there, or no image, has a note and no picture.

    Args:
        storage: Where it is.
        name: Its name there.
        folder: The folder of the page.
    """
    try:
        content = await storage.read(name)
    except (OSError, ValueError):
        return _GONE
    return await _draw(content, storage.link(name, folder), None)


_GONE = Thumbnail(None, None, "The file is no longer there.")


async def _draw(content: bytes, link: str | None, note: str | None) -> Thumbnail:
    try:
        drawn = await draw_thumbnail(content, THUMBNAIL_SIDE)
    except ImageRefusedError:
        return Thumbnail(link, None, note or "No picture can be shown of the file.")
    return Thumbnail(link, f"data:image/webp;base64,{base64.b64encode(drawn).decode('ascii')}", note)
