"""What schemas say and types cannot: `false` for a schema, which no value keeps, and constants that are no scalars.

A member or a branch that is `false` never is, and goes. Elsewhere `false` becomes any value, and the server checks it.
"""

from typing import cast

from tools.openapi.document import Node, is_node
from tools.openapi.places import Place, describe_place
from tools.openapi.variants import UNIONS
from tools.openapi.walk import FIELDS, walk

_ANY: Node = {}
_KEPT = frozenset({"additionalProperties", "unevaluatedProperties", "unevaluatedItems", "not"})
"""Keywords that have a meaning of their own for `false`."""


def without_unchecked(document: Node, notes: list[str]) -> Node:
    """Return a document without what its schemas say and types cannot.

    Args:
        document: A document.
        notes: Gets a line for each thing that is left out.
    """

    def visit(kind: str, value: dict[str, object], place: Place) -> object:
        found: dict[str, object] = {}
        for name, part in value.items():
            kept = _without_false(name, part, FIELDS.get(kind, {}).get(name, ""))
            if kept != part:
                notes.append(f"{describe_place((*place, name))}: no value keeps the schema false; the server checks it")
            found[name] = kept
        if kind == "schema":
            for name in [name for name in ("const", "enum") if _holds_container(found.get(name))]:
                notes.append(f"{describe_place((*place, name))}: is not checked, because objects and arrays are in it")
                del found[name]
        return found

    return cast(Node, walk(document, "document", (), visit, {}))


def _without_false(name: str, part: object, kind: str) -> object:
    if kind == "schema" and part is False and name not in _KEPT:
        return _ANY
    if kind == "{schema}" and is_node(part):
        is_member = name in ("properties", "patternProperties")
        return {
            key: _ANY if inner is False else inner for key, inner in part.items() if not (is_member and inner is False)
        }
    if kind == "[schema]" and isinstance(part, list):
        items = cast("list[object]", part)
        others = [item for item in items if item is not False]
        if name in UNIONS and others:
            return others
        return [_ANY if item is False else item for item in items]
    return part


def _holds_container(value: object) -> bool:
    values = cast("list[object]", value) if isinstance(value, list) else [value]
    return any(isinstance(item, dict | list) for item in values)
