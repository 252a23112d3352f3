"""Schemas that hold themselves: a type of Python has no name in a union or list that could stand for itself."""

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import cast

from attrs import field, frozen

from tools.openapi.document import Node, is_node, node, nodes
from tools.openapi.places import Place, describe_place
from tools.openapi.schemas import POINTER
from tools.openapi.variants import UNIONS, name_of


def without_circles(schemas: Mapping[str, object], notes: list[str]) -> dict[str, object]:
    """Return named schemas whose unions and lists end: within itself, one is read as any value.

    A model that refers to itself has a name, and stays.

    Args:
        schemas: The schemas by their names.
        notes: Gets a line for each place that is read as any value.
    """
    opening = _Opening(dict(schemas), notes)
    for name in schemas:
        opening.open(name, ())
    return opening.found


def allof_circle(document: Node) -> tuple[str, ...]:
    """Return the names of schemas each of which has the next in its `allOf`, and the last the first; () if none has."""
    schemas = node(node(document.get("components")).get("schemas"))
    try:
        TopologicalSorter({name: _parts_of(node(schema)) for name, schema in schemas.items()}).prepare()
    except CycleError as circle:
        names = cast("list[str]", circle.args[1])[:0:-1]  # it begins and ends with one, and each is part of the next
        first = names.index(min(names))
        return (*names[first:], *names[:first])
    return ()


def describe_circle(names: Sequence[str]) -> str:
    """Say what is wrong with an `allOf` that holds itself, and what to do."""
    way = ", ".join((*names, names[0]))
    return f"an allOf holds itself ({way}), so that no value can be of it; an overlay can break the circle"


def _parts_of(schema: Node) -> list[str]:
    """Return the names of the schemas that all values of a schema are of, too."""
    own = [name_of(schema["$ref"])] if "$ref" in schema else []
    return [*own, *(name for part in nodes(schema.get("allOf")) for name in _parts_of(part))]


@frozen
class _Opening:
    found: dict[str, object]
    notes: list[str]
    done: set[str] = field(factory=set[str])

    def open(self, name: str, path: Place) -> None:
        if name not in self.done and name in self.found:
            self.done.add(name)
            self.found[name] = self._opened(self.found[name], ("components", "schemas", name), (*path, name))

    def _opened(self, value: object, place: Place, path: Place) -> object:
        if isinstance(value, list):
            items = enumerate(cast("list[object]", value))
            return [self._opened(item, (*place, str(index)), path) for index, item in items]
        schema = node(value)
        if isinstance(reference := schema.get("$ref"), str):
            if (name := name_of(reference)) in path:
                self.notes.append(f"{describe_place(place)}: {name} holds itself; it is read as any value here")
                return {POINTER: schema[POINTER]}
            self.open(name, path)
            return schema
        if not is_node(value) or "properties" in schema or is_node(schema.get("additionalProperties")):
            return value
        parts = {name: schema[name] for name in ("items", *UNIONS) if name in schema}
        return {**schema, **{name: self._opened(part, (*place, name), path) for name, part in parts.items()}}
