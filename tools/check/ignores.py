"""Comments that silence a checker and give no reason."""

import re
from pathlib import Path
from tokenize import COMMENT, tokenize

from tools.check.files import committed_files

_SILENCER = re.compile(
    r"#\s*(?:"
    r"type:\s*ignore(?:\[[^\]]*\])?|(?:(?:ruff|flake8):\s*)?noqa(?::\s*[A-Z]+\d+(?:[,\s]+[A-Z]+\d+)*)?|"
    r"pyright:\s*ignore(?:\[[^\]]*\])?|(?:pyright|mypy|ruff|isort):[^#]*|pragma:\s*no\s+\w+|nosec\b"
    r")",
    re.IGNORECASE,
)
"""A comment that tells a checker, in a line or a file, to look away."""


def bare_ignores(root: Path) -> list[str]:
    """Return a complaint for each comment that silences a checker and has no reason beside it."""
    return [
        f"{path}:{number}: an ignore needs a reason: `# noqa: S101  # the reason`"
        for path in committed_files(root, "*.py", "*.pyi")
        for number, comment in _comments(path)
        if _SILENCER.search(comment) and not re.search(r"[^\W\d_]{2}", _SILENCER.sub("", comment))
    ]


def _comments(path: Path) -> list[tuple[int, str]]:
    with path.open("rb") as stream:
        return [(token.start[0], token.string) for token in tokenize(stream.readline) if token.type == COMMENT]
