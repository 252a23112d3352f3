"""The header of a document, which names the origin of the document.

The header is the comment lines that a document begins with. These are read:

    # Read from   the upstream document
    # Follows     the address of its newest version
    # Commit      its commit, 40 hexadecimal digits
    # Version     its info.version
    # SHA-256     of its bytes
    # Overlay     SHA-256 of the content of the overlay that was applied to it
"""

import re
from itertools import takewhile

_FIELD = re.compile(r"#\s*(Read from|Follows|Commit|Version|SHA-256|Overlay)\s+(\S.*?)\s*")
_COMMIT = re.compile(r"([0-9a-f]{40})\b.*")


def fields(text: str) -> list[tuple[str, str]]:
    """Return the names and values of the header, in their order."""
    return [(match[1], match[2]) for line in _header(text) if (match := _FIELD.fullmatch(line))]


def lines_without_fields(text: str) -> list[str]:
    """Return the lines of a document without the fields of its header; below it a comment is not a field."""
    header = _header(text)
    rest = text.splitlines()[len(header) :]
    return [line for line in header if not _FIELD.fullmatch(line)] + rest


def _header(text: str) -> list[str]:
    lines = [line.strip() for line in text.removeprefix("\ufeff").splitlines()]
    return list(takewhile(lambda line: not line or line.startswith("#"), lines))


def commit_of(text: str) -> str | None:
    """Return upstream's commit, if the header names one."""
    matches = (_COMMIT.fullmatch(value) for name, value in fields(text) if name == "Commit")
    return next((match[1] for match in matches if match), None)
