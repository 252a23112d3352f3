"""Unions and lists that hold themselves: a type of Python has no name there that could stand for itself."""

from collections.abc import Mapping
from typing import cast

from attrs import field, frozen

from tools.openapi.document import is_node, node
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
