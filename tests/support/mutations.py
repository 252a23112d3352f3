"""200 documents that are none: broken off, of wrong types, going round in circles, or referring to nothing."""

import json
from collections.abc import Iterator, Sequence
from typing import TypeAlias, cast

from tests.support.contracts import document
from tools.openapi.document import is_node, load, node

Place: TypeAlias = tuple[int | str, ...]

_CONTRACTS = ("header_parameters", "rate_limited", "closed_model", "null_branches")

_NOTHING: list[object] = []

_ANYTHING = frozenset({"info", "example", "examples", "default", "enum", "links", "scopes"})
"""Whose values may be of any kind, or are dropped."""


def mutated() -> list[tuple[str, str]]:
    """The documents, each with what is wrong with it."""
    kinds = (broken_off(), of_wrong_types(), in_circles(), with_lost_references())
    return [found for kind in kinds for found in _spread(list(kind), 50)]


def _spread(found: Sequence[tuple[str, str]], count: int) -> list[tuple[str, str]]:
    """Some of many, from the first to the last."""
    assert len(found) >= count
    return [found[index * len(found) // count] for index in range(count)]


def broken_off() -> Iterator[tuple[str, str]]:
    """Each line of a document may be the last, as long as what the answer refers to is not there yet."""
    for name in _CONTRACTS:
        lines = document(name).read_text().splitlines()
        needed = lines.index("    ImagesResponse:")
        for count in range(needed):
            yield f"{name} has its first {count} lines", "\n".join(lines[:count])
            yield f"{name} breaks off in line {count + 1}", "\n".join([*lines[:count], lines[count][: count % 9 + 1]])


def of_wrong_types() -> Iterator[tuple[str, str]]:
    """Each object and array of the contract becomes a value of another kind."""
    for name in _CONTRACTS:
        whole = load(document(name))
        for place, value in _places(whole):
            others: tuple[object, ...] = ("otter", 5, _NOTHING if is_node(value) else {})
            for other in others if place else ():
                yield f"{name}: {place} is {other!r}", json.dumps(_with(whole, place, other))


def in_circles() -> Iterator[tuple[str, str]]:
    """References and aliases that lead back to where they stand."""
    for name in _CONTRACTS:
        whole = load(document(name))
        for section, components in node(whole["components"]).items():
            for component in node(components):
                if _is_of_errors(("components", section, component)):
                    continue
                place: Place = ("components", section, component)
                pointer = f"#/components/{section}/{component}"
                yield f"{name}: {component} is itself", json.dumps(_with(whole, place, {"$ref": pointer}))
                around = _with(whole, place, {"$ref": f"#/components/{section}/Around"})
                around = _with(around, ("components", section, "Around"), {"$ref": pointer})
                yield f"{name}: {component} is what is itself", json.dumps(around)
        text = document(name).read_text()
        for old in ("schemas:", "paths:", "components:", "    CreateImageVariationRequest:"):
            yield f"{name}: {old} holds itself", text.replace(f"{old}\n", f"{old} &itself\n{' ' * 20}x: *itself\n", 1)


def with_lost_references() -> Iterator[tuple[str, str]]:
    """Each reference leads nowhere, elsewhere, or to something that is gone."""
    for name in _CONTRACTS:
        whole = load(document(name))
        for place, value in _places(whole):
            if is_node(value) and "$ref" in value:
                for lost in ("#/components/schemas/Lost", "#/components/schemas/", "other.yaml#/a", "#/info", "#lost"):
                    yield f"{name}: {place} refers to {lost}", json.dumps(_with(whole, place, {"$ref": lost}))


def _places(value: object, place: Place = ()) -> Iterator[tuple[Place, object]]:
    """The objects and arrays of a contract, each with where it stands."""
    parts = _parts(value)
    if is_node(value) or isinstance(value, list):
        yield place, cast(object, value)
    for name, part in parts:
        if name not in _ANYTHING and not _is_of_errors((*place, name)):
            yield from _places(part, (*place, name))


def _is_of_errors(place: Place) -> bool:
    """Whether only errors are described there, in these contracts: a fault there costs no more than that."""
    if place[:1] == ("components",):
        return place[1:2] in (("headers",), ("responses",)) or place[2:3] in (("Error",), ("ErrorResponse",))
    return place[-2:-1] == ("responses",) and str(place[-1]).startswith(("4", "5", "default"))


def _parts(value: object) -> list[tuple[int | str, object]]:
    if isinstance(value, list):
        return list(enumerate(cast("list[object]", value)))
    return list(node(value).items())


def _with(value: object, place: Place, other: object) -> object:
    """A document with another value at a place."""
    if not place:
        return other
    [step, *rest] = place
    if isinstance(step, str):
        return {**node(value), step: _with(node(value).get(step), tuple(rest), other)}
    items = list(cast("list[object]", value))
    items[step] = _with(items[step], tuple(rest), other)
    return items
