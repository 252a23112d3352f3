"""Edits of documents by JSON pointer, for tests that compare a document with itself, but for something."""

import copy
from collections.abc import Mapping
from typing import Final, TypeAlias, cast

from tools.openapi.document import Node


class Gone:
    """What takes a part out."""


GONE: Final = Gone()

Edit: TypeAlias = tuple[str, object]
"""Where, and what is there then: a part, `GONE`, or for a pointer that ends with `/-` one more item."""


def edited(document: Node, *edits: Edit) -> dict[str, object]:
    """A copy of a document with some of its parts replaced."""
    changed = copy.deepcopy(dict(document))
    for place, value in edits:
        steps = [step.replace("~1", "/").replace("~0", "~") for step in place.split("/")]
        parent: object = changed
        for step in steps[:-1]:
            parent = cast("list[object]", parent)[int(step)] if isinstance(parent, list) else part_of(parent, step)
        _set(parent, steps[-1], value)
    return changed


def part_of(value: object, name: str) -> object:
    """A member of an object."""
    return cast("Mapping[str, object]", value)[name]


def _set(parent: object, step: str, value: object) -> None:
    if isinstance(parent, list):
        items = cast("list[object]", parent)
        if step == "-":
            items.append(value)
        elif isinstance(value, Gone):
            del items[int(step)]
        else:
            items[int(step)] = value
        return
    members = cast("dict[str, object]", parent)
    if isinstance(value, Gone):
        del members[step]
    else:
        members[step] = value
