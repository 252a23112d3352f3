r"""Regular expressions of ECMA-262, which `pattern` holds (JSON Schema 2020-12, section 6.4), as those of Python.

To ECMA-262 `$` is the end alone, `.` no end of a line, `\d` one of ten digits, `\s` any white space of Unicode. What
Python cannot say is not checked: a value that the document allows must not be refused.
"""

import re
import warnings
from collections.abc import Iterator
from typing import cast

from tools.generate.backtracking import TooLongError, max_length
from tools.openapi.document import Node
from tools.openapi.places import Place, describe_place
from tools.openapi.walk import walk

EXPRESSION = "x-expression"
"""The expression of Python for a `pattern`, which goes wherever that goes."""

_SPACE = r"\t-\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_SIMPLE = {
    "$": r"\Z",
    ".": r"[^\n\r\u2028\u2029]",
    r"\s": f"[{_SPACE}]",
    r"\S": f"[^{_SPACE}]",
    r"\0": r"\x00",
    r"\/": "/",
    "[^]": r"[\s\S]",
    "[]": "(?!)",
}
_SAME = frozenset("bBdDwWtnrfvxu")
"""Letters that mean the same after a backslash, since `\\d`, `\\w` and `\\b` are restricted to ASCII."""

_SETS = frozenset(rf"\{letter}" for letter in "dDsSwW")

_OF_ASCII = re.compile(r"\\[bBdDwW]")

_LITERAL = re.compile(r"/\^.*\$/[a-z]*", re.DOTALL)
"""What a literal of JavaScript looks like: its slashes are not part of the pattern."""

_PIECE = re.compile(
    r"""\\u\{[0-9A-Fa-f]+\}   # a character by its number
      | \\u[dD][89a-fA-F]..    # half of a character
      | \\k<[^>\]]*>          # what a group has matched
      | \\[pP]\{[^}]*\}       # a property of Unicode
      | \\c[A-Za-z]           # a control character
      | \\(?s:.)              # any other escape
      | \(\?<(?![=!])[^>\]]*> # the beginning of a group with a name
      | \[\^?\]               # any character, or none
      | (?s:.)""",
    re.VERBOSE,
)


class UntranslatableError(Exception):
    """Python's regular expressions cannot say it; the message says why."""


def with_expressions(document: Node, notes: list[str]) -> Node:
    """Return a document in which each pattern has its expression of Python, without those that have none.

    Args:
        document: The document.
        notes: A line for each pattern that is left out is added to them.
    """

    def visit(kind: str, value: dict[str, object], place: Place) -> object:
        pattern = value.get("pattern")
        if kind != "schema" or not isinstance(pattern, str):
            return value
        try:
            expression, longest = bounded(python_expression(pattern))
        except UntranslatableError as reason:
            notes.append(f"{describe_place(place)}/pattern: {pattern} is not checked: {reason}")
            return {name: part for name, part in value.items() if name != "pattern"}
        if longest is not None:
            where = f"{describe_place(place)}/pattern"
            notes.append(
                f"{where}: {pattern} is checked in values of up to {longest} characters, so that it ends in time"
            )
        return {**value, EXPRESSION: expression}

    return cast(Node, walk(document, "document", (), visit, {}))


def with_python_patterns(document: Node) -> Node:
    """Return a document in which each pattern is an expression of Python, without those that Python cannot say."""

    def visit(kind: str, value: dict[str, object], _: Place) -> object:
        pattern = value.get("pattern")
        if kind != "schema" or not isinstance(pattern, str):
            return value
        try:
            return value | {"pattern": python_expression(pattern)}
        except UntranslatableError:
            return {name: part for name, part in value.items() if name != "pattern"}

    return cast(Node, walk(document, "document", (), visit, {}))


def bounded(expression: str) -> tuple[str, int | None]:
    """Return an expression that ends in time, and the length of the values that it searches, if that is bounded.

    A longer value passes: the server checks it.

    Raises:
        UntranslatableError: It has no bound that would help.
    """
    try:
        longest = max_length(expression)
    except TooLongError as error:
        raise UntranslatableError("it is too long to say how much time it takes") from error
    if longest is None:
        return expression, None
    if longest == 0:
        raise UntranslatableError("some values would take it exponential time")
    return rf"\A(?=[\s\S]{{{longest + 1}}})|(?:{expression})", longest


def python_expression(pattern: str) -> str:
    """Return the expression of Python that matches what a pattern of ECMA-262 does.

    Raises:
        UntranslatableError: There is none.
    """
    if _LITERAL.fullmatch(pattern):
        raise UntranslatableError("it is a literal of JavaScript, so that it would match nothing with its slashes")
    translated = "".join(_translated(pattern))
    expression = f"(?a:{translated})" if _OF_ASCII.search(translated) else translated
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(expression)
    except (re.error, Warning, OverflowError, RecursionError) as error:
        raise UntranslatableError(str(error)) from error
    return expression


def _translated(pattern: str) -> Iterator[str]:
    in_class = False
    previous = ""
    for match in _PIECE.finditer(pattern):
        piece = match[0]
        if in_class:
            in_class = not piece.endswith("]") or piece[0] == "\\"
            # A hyphen beside a set of characters is one of them.
            is_alone = piece == "-" and bool({previous, pattern[match.end() :][:2]} & _SETS)
            yield r"\-" if is_alone else _in_class(piece)
        else:
            in_class = piece == "["
            # To Python a missing lower bound is none.
            is_literal = piece == "{" and pattern.startswith("{,", match.start())
            yield r"\{" if is_literal else _outside(piece)
        previous = piece


def _outside(piece: str) -> str:
    if piece in _SIMPLE:
        return _SIMPLE[piece]
    if piece.startswith("(?<"):
        return f"(?P<{_group(piece[3:-1])}>"
    if piece.startswith(r"\k<"):
        return f"(?P={_group(piece[3:-1])})"
    return _escaped(piece)


def _in_class(piece: str) -> str:
    if piece[0] in "[&~|":  # of which Python warns: they may become operators
        return f"\\{piece}"
    if piece == r"\s":
        return _SPACE
    if piece in (r"\0", r"\/"):
        return _SIMPLE[piece]
    return _escaped(piece)


def _escaped(piece: str) -> str:
    if len(piece) < 2 or piece[0] != "\\":
        return piece
    if piece.startswith(r"\u{"):
        return _character(int(piece[3:-1], 16))
    if piece[1] == "u" and len(piece) > 2:
        raise UntranslatableError(f"{piece} is half of a character, which Python has whole")
    if piece[1] in "pP" and len(piece) > 2:
        raise UntranslatableError(f"Python knows no {piece}")
    if piece[1] == "c" and len(piece) > 2:
        return _character(ord(piece[2]) % 32)
    if piece[1] in "AGQEzZ":
        raise UntranslatableError(f"{piece} is an anchor elsewhere, and none in ECMA-262")
    if piece[1].isalpha() and piece[1] not in _SAME | {"S"}:
        return re.escape(piece[1])
    return piece


def _character(number: int) -> str:
    if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
        raise UntranslatableError(f"there is no character {number:X}")
    return f"\\U{number:08x}"


def _group(name: str) -> str:
    if not name.isidentifier():
        raise UntranslatableError(f"Python has no group named {name}")
    return name
