"""The size of the code: lines with a token that is neither a comment nor part of a docstring."""

import ast
import io
import re
import tokenize
from collections.abc import Iterable
from pathlib import Path

MAX_LINES = 350
"""The largest number of lines of a module, its comments and docstrings included."""

_NO_CODE = frozenset(
    (
        *(tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT),
        *(tokenize.ENCODING, tokenize.ENDMARKER),
    )
)
_TEMPLATE_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)


def long_modules(modules: Iterable[Path]) -> list[str]:
    """Return a complaint for each module that has too many lines."""
    counts = {path: path.read_text(encoding="utf-8").count("\n") for path in modules}
    return [
        f"{path}: has {count} lines, and a module may have {MAX_LINES}; split it"
        for path, count in counts.items()
        if count > MAX_LINES
    ]


def describe_size(root: Path) -> str:
    """Return how many lines of code a checkout has in the client's sources, and in the client of the pin."""
    package = root / "generated" / "image_variations"
    runtime, arrived, whole = map(lines_below, (root / "templates" / "_runtime", package / "_runtime", package))
    templates = sum(template_lines(path.read_text(encoding="utf-8")) for path in (root / "templates").glob("*.jinja"))
    return (
        f"code lines: {runtime:,} in templates/_runtime, {arrived:,} of them in the client; "
        f"{templates:,} in templates/*.jinja; {whole:,} in the client as a whole"
    )


def lines_below(folder: Path) -> int:
    """Return the number of lines of code of the modules below a folder."""
    return sum(code_lines(path.read_text(encoding="utf-8")) for path in folder.rglob("*.py"))


def code_lines(source: str) -> int:
    """Return the number of lines of code of a module."""
    found = {
        line
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type not in _NO_CODE
        for line in range(token.start[0], token.end[0] + 1)
    }
    return len(found - _docstring_lines(source))


def template_lines(source: str) -> int:
    """Return the number of lines of a template that are neither blank nor a comment."""
    return sum(1 for line in _TEMPLATE_COMMENT.sub("", source).splitlines() if line.strip())


def _docstring_lines(source: str) -> set[int]:
    """Return the lines of strings that stand by themselves: those of attributes too."""
    return {
        line
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
