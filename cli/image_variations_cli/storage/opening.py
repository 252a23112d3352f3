"""From what people call an output directory to the storage that it is."""

import os
import re
from pathlib import Path

from ..errors import BatchError
from .files import Directory
from .objects import open_objects
from .storage import Storage

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.:-]+://")
"""One letter alone is a drive of Windows."""

_LOCAL = ("file://", "local://")


def is_url(place: "str | os.PathLike[str]") -> bool:
    """Return whether an output directory is a URL, and not a path."""
    return _URL.match(os.fspath(place)) is not None


def open_storage(place: "str | os.PathLike[str]") -> Storage:
    """Open an output directory: a path, or a URL that fsspec knows. Nothing is looked at there yet.

    Raises:
        BatchError: The URL cannot be opened, or a package is missing.
    """
    if not is_url(place):
        return Directory(Path(place))
    url = os.fspath(place)
    if url.startswith(_LOCAL):  # as a path it is synced
        raise BatchError(f"{url}: write a directory of this machine as a path: {url.partition('://')[2]}")
    return open_objects(url)
