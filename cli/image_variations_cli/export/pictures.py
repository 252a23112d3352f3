"""The pictures of a row, small enough to stand in a page."""

import asyncio
import base64
import hashlib
import os
import stat
from pathlib import Path
from urllib.parse import quote

from attrs import frozen

from ..errors import ImageRefusedError
from ..fitting import draw_thumbnail

THUMBNAIL_SIDE = 256
"""Pixels: half of that on the page, so that fine screens show them sharp."""

MAX_FILE_SIZE = 256 * 1024 * 1024
"""Bytes: what is larger is not read."""


@frozen
class Thumbnail:
    """A file on the disk, as a page shows it.

    Attributes:
        link: To the file, relative to the page; None if it is not there.
        data: A data URL of the small picture; None if there is none.
        note: What is to be said of the file, if anything.
    """

    link: str | None
    data: str | None
    note: str | None = None


async def make_thumbnail(path: Path, folder: Path, digest: str | None = None) -> Thumbnail:
    """Make the thumbnail of a file. What is not there, or no image, has a note and no picture.

    Args:
        path: The file.
        folder: The folder of the page.
        digest: The SHA-256 that the content had, in hexadecimal, if that is known.
    """
    try:
        content, is_changed = await asyncio.to_thread(_read, path, digest)
    except (OSError, ValueError):
        return Thumbnail(None, None, "The file is no longer there.")
    link = _link(path, folder)
    note = "The file was changed since." if is_changed else None
    try:
        drawn = await draw_thumbnail(content, THUMBNAIL_SIDE)
    except ImageRefusedError:
        return Thumbnail(link, None, note or "No picture can be shown of the file.")
    return Thumbnail(link, f"data:image/webp;base64,{base64.b64encode(drawn).decode('ascii')}", note)


def _read(path: Path, digest: str | None) -> tuple[bytes, bool]:
    """Return a file's content, and whether it has another digest. What is no file, or too large, has no content."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_FILE_SIZE:
        return b"", False
    content = path.read_bytes()
    return content, bool(digest) and hashlib.sha256(content).hexdigest() != digest


def _link(path: Path, folder: Path) -> str:
    """Return a relative URL. Bytes that are no UTF-8 are quoted as they are."""
    relative = os.path.relpath(os.path.abspath(path), os.path.abspath(folder))
    return quote(os.fsencode(relative.replace(os.sep, "/")))
