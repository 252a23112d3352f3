"""Where images and ledgers can be: a path on this machine, or a URL."""

import os
import re

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.:-]+://")
"""One letter alone is a drive of Windows."""


def is_url(place: "str | os.PathLike[str]") -> bool:
    """Return whether a place is a URL, and not a path."""
    return _URL.match(os.fspath(place)) is not None
