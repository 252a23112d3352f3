"""Names of files that any disk takes."""

import re

_UNUSABLE = re.compile(r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|\ud800-\udfff\u2028\u2029]')
"""Control characters, those that some file systems refuse, and bytes that are not Unicode."""

_MAX_BYTES = 120
"""Of a stem in UTF-8: encrypted file systems take 143, and a number and an extension follow."""


def safe_stem(stem: str) -> str:
    """Return a stem that can begin a file's name on any disk, as near to a source's as possible."""
    cleaned = _UNUSABLE.sub("_", stem).strip(" ") or "image"
    if cleaned.startswith("."):  # it would be hidden
        cleaned = f"_{cleaned[1:]}"
    return cleaned.encode()[:_MAX_BYTES].decode(errors="ignore")
