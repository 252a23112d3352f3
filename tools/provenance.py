"""Where a document was read from, by its own header.

The header is the comment lines that a document begins with. Two of them are read, if they are there:

    # Read from   openai/openai-openapi, openapi.yaml
    # Commit      f85dbe223d40e1a31cba812ab2d755c7e98a92a3
"""

import re
from itertools import takewhile

from attrs import frozen

_SOURCE = re.compile(r"#\s*Read from\s+(\S.*?)\s*")
_COMMIT = re.compile(r"#\s*Commit\s+([0-9a-f]{40})\b.*")


@frozen
class Provenance:
    """Where a document was read from; `None` for what its header does not say.

    Attributes:
        source: The upstream document, in the header's words.
        commit: Upstream's commit, 40 hexadecimal digits.
    """

    source: str | None
    commit: str | None


def provenance(text: str) -> Provenance:
    """Read the header of a document."""
    lines = [line.strip() for line in text.removeprefix("\ufeff").splitlines()]
    header = list(takewhile(lambda line: not line or line.startswith("#"), lines))
    return Provenance(source=_first(_SOURCE, header), commit=_first(_COMMIT, header))


def _first(pattern: re.Pattern[str], lines: list[str]) -> str | None:
    return next((str(match[1]) for line in lines if (match := pattern.fullmatch(line))), None)
