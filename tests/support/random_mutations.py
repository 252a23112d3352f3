"""Documents with something changed at random, from a seed: most are none any more, and some still are."""

import copy
from collections.abc import Iterator
from random import Random
from typing import TypeAlias, cast

from tools.openapi.document import Node, is_node

_Container: TypeAlias = "dict[str, object] | list[object]"

_NOTHING: list[object] = []
_OBJECT: dict[str, object] = {}
_VALUES: tuple[object, ...] = (
    *(None, True, False, 0, -1, 10**30, -1e308, 1e-300, "", " ", "\x00", "\u202e", "a" * 3000, "\U0001f9a6", "é/~"),
    *("#", "#/", "#/paths", "#/components/schemas/Thing", "other.yaml", "{{ 7 * 7 }}", '"""\n', "../..", "(a+)+$", "["),
    *("object", "array", "string", "integer", "null", "binary", "path", "query", "header", "application/json"),
    *(
        _NOTHING,
        _OBJECT,
        [_NOTHING],
        [None],
        {"$ref": "#"},
        {"": None},
        {"type": "object"},
        {"allOf": [_OBJECT]},
        {"anyOf": _NOTHING},
    ),
)
_KEYS = (
    "",
    "$ref",
    "a b",
    "é",
    "class",
    "__init__",
    "x-a",
    "type",
    "\n",
    "200",
    "allOf",
    "items",
    "properties",
    "nullable",
)


def randomly_mutated(document: Node, count: int, seed: int) -> Iterator[tuple[str, Node]]:
    """Yield documents with one to three changes, each with its changes in words."""
    random = Random(seed)  # noqa: S311 - documents are no secrets
    for number in range(count):
        mutated = copy.deepcopy(document)
        changes = [_change(mutated, random) for _ in range(random.choice((1, 1, 2, 3)))]
        yield f"{seed}/{number}: {'; '.join(changes)}", mutated


def _change(document: object, random: Random) -> str:
    container, key, place = random.choice(list(_entries(document)))
    at = cast("dict[object, object]", container)
    kind = random.choice(("replace", "replace", "delete", "copy", "rename", "loop", "swap"))
    others = list(_entries(document))
    if kind == "replace":
        at[key] = copy.deepcopy(random.choice(_VALUES))
    elif kind == "delete":
        del at[key]
    elif kind == "loop":
        at[key] = {"$ref": "#/" + "/".join(place[: random.randint(0, len(place))])}
    elif kind == "rename" and isinstance(container, dict):
        at[random.choice(_KEYS)] = at.pop(key)
    else:  # a value of another place, or the same one twice
        other, other_key, _ = random.choice(others)
        at[key] = copy.deepcopy(cast("dict[object, object]", other)[other_key])
    return f"{kind} {'/'.join(place)}"


def _entries(value: object, place: tuple[str, ...] = ()) -> Iterator[tuple[_Container, object, tuple[str, ...]]]:
    """Yield each container with a key in it, and the place of that."""
    if is_node(value):
        parts: list[tuple[object, object]] = [*value.items()]
    elif isinstance(value, list):
        parts = [*enumerate(cast("list[object]", value))]
    else:
        return
    for key, part in parts:
        yield cast(_Container, value), key, (*place, str(key))
        yield from _entries(part, (*place, str(key)))
