"""From what people call an output directory to the storage that it is."""

import os
from pathlib import Path

from ..errors import BatchError
from ..places import is_url
from .files import Directory
from .objects import open_objects
from .storage import Storage

_LOCAL = ("file://", "local://")


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
