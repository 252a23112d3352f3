"""What the header of a document says of where the document was read from.

The header is the comment lines that a document begins with. These are read, where they are there:

    # Read from   the upstream document
    # Commit      its commit, 40 hexadecimal digits
    # Version     its info.version
    # SHA-256     of its bytes
    # Overlay     SHA-256 of the content of the overlay that was laid over it
"""

import re
from itertools import takewhile

_FIELD = re.compile(r"#\s*(Read from|Commit|Version|SHA-256|Overlay)\s+(\S.*?)\s*")
_COMMIT = re.compile(r"([0-9a-f]{40})\b.*")


def is_field(line: str) -> bool:
    """Whether a line of a header is one of those."""
    return _FIELD.fullmatch(line) is not None


def fields(text: str) -> list[tuple[str, str]]:
    """Names and values, in their order."""
    lines = [line.strip() for line in text.removeprefix("\ufeff").splitlines()]
    header = takewhile(lambda line: not line or line.startswith("#"), lines)
    return [(match[1], match[2]) for line in header if (match := _FIELD.fullmatch(line))]


def commit_of(text: str) -> str | None:
    """Upstream's commit, if the header names one."""
    matches = (_COMMIT.fullmatch(value) for name, value in fields(text) if name == "Commit")
    return next((match[1] for match in matches if match), None)
