"""From a path to a source."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from ..rows import FieldValue, Source
from ..text import show_text

IMAGE_EXTENSIONS = frozenset(
    (
        *(".apng", ".avif", ".avifs", ".bmp", ".cur", ".dds", ".dib", ".gif", ".heic", ".heics", ".heif", ".heifs"),
        *(".hif", ".icns", ".ico", ".j2c", ".j2k", ".jfif", ".jp2", ".jpc", ".jpe", ".jpeg", ".jpf", ".jpg", ".jpx"),
        *(".mpo", ".pbm", ".pcx", ".pgm", ".png", ".pnm", ".ppm", ".psd", ".qoi", ".sgi", ".tga", ".tif", ".tiff"),
        ".webp",
    )
)
"""What the names of images end with. A file that is named itself counts whatever its name."""

MAX_FILE_SIZE = 256 * 1024 * 1024
"""Bytes: what is larger is not read into memory."""


def is_image_name(name: str) -> bool:
    """Return whether a file's name ends as the names of images do."""
    return os.path.splitext(name)[1].lower() in IMAGE_EXTENSIONS


def make_source(path: Path, fields: Mapping[str, FieldValue] | None = None) -> Source:
    """Return the source that a file is, with its problem if it cannot be read. Nothing is opened."""
    return Source(show_text(str(path)), path.stem, path, fields=fields or {}, problem=_find_problem(path))


def make_problem(name: str, stem: str, problem: str) -> Source:
    """Return a source that is not there."""
    return Source(show_text(name), stem, problem=problem)


def describe_error(error: OSError | ValueError) -> str:
    """Return why a file or a folder cannot be read, in one line."""
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return f"it cannot be read: {reason}"


def _find_problem(path: Path) -> str | None:
    """Return why a file cannot be a source, or None."""
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        is_link = isinstance(error, FileNotFoundError) and path.is_symlink()
        return (
            f"it is a link to {show_text(os.readlink(path))}, which does not exist"
            if is_link
            else describe_error(error)
        )
    if stat.S_ISDIR(status.st_mode):
        return "it is a folder, and a list names files only"
    if not stat.S_ISREG(status.st_mode):
        return "it is no regular file"
    if status.st_size > MAX_FILE_SIZE:
        return f"it has {status.st_size:,} bytes, but may have at most {MAX_FILE_SIZE:,}"
    return None
