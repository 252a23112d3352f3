"""A document as a plain tree: what JSON can say, without YAML's shared parts, and of bounded size.

YAML allows an alias within what it names, and a few lines that stand for billions. A tree
has neither, so that whatever walks it comes to an end.
"""

import math
from datetime import date
from typing import cast

from tools.openapi.document import DocumentError, is_node

MAX_PARTS = 300_000
"""Of a document that is reduced to a few operations; the pin has some 300."""

MAX_LEVELS = 100
"""How deep its parts may be nested."""

_MAX_BITS = 1024


def tree_of(value: object) -> object:
    """Copy a document.

    Names become text (YAML reads the status 200 as a number), dates too, and numbers that are none.

    Raises:
        DocumentError: It is too large, nested too deep, or holds what JSON cannot say.
    """
    return _Copy().of(value, 0)


class _Copy:
    def __init__(self) -> None:
        self._parts = 0

    def of(self, value: object, level: int) -> object:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise DocumentError(f"it has more than {MAX_PARTS:,} parts, those behind YAML aliases included")
        if level > MAX_LEVELS:
            raise DocumentError(f"it is nested more than {MAX_LEVELS} levels deep")
        if is_node(value):
            return {_name(name): self.of(part, level + 1) for name, part in value.items()}
        if isinstance(value, list | tuple):
            return [self.of(part, level + 1) for part in cast("list[object]", value)]
        return _scalar(value)


def _name(name: object) -> str:
    return name if isinstance(name, str) else str(_scalar(name))


def _scalar(value: object) -> object:
    if isinstance(value, date):  # or a datetime, which is one
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and value.bit_length() > _MAX_BITS:
        raise DocumentError(f"a number of it has more than {_MAX_BITS} bits")
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise DocumentError(f"a value of it is a {type(value).__name__}, which JSON cannot say")
