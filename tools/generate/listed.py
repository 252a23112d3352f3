"""Schemas that list their values: by an enum, a constant, or a union of these."""

from typing import cast

from tools.openapi.document import Node, nodes, resolve
from tools.openapi.variants import UNIONS

_LISTS = frozenset({"enum", "const"})
_AROUND = frozenset({"$ref", "allOf", *UNIONS})
_MAX_DEPTH = 12
"""How deep schemas are followed: one that holds itself has no end."""


def with_own_list(document: Node, schema: Node) -> Node:
    """Return a schema that lists values beside a reference, `allOf` or a union, with either of the two.

    The library sees one of them. The list stays, with the values that the others take too; if they take no more than
    that, they stay.
    """
    around = schema.keys() & _AROUND
    own = _own_values(schema)
    if own is None or not around:
        return schema
    others = values_of(document, {name: schema[name] for name in around})
    rest = {name: part for name, part in schema.items() if name not in _LISTS}
    if others is not None and all(value in own for value in others):
        return rest
    kept = [value for value in own if others is None or value in others]
    return {name: part for name, part in rest.items() if name not in around} | {"enum": kept or own}


def with_lists(document: Node, first: Node, second: Node) -> tuple[Node, Node]:
    """Return two schemas, each with an enum in place of what lists its values, if both list them."""
    values = [values_of(document, schema) for schema in (first, second)]
    if None in values:
        return first, second
    rest = [{name: part for name, part in schema.items() if name not in _LISTS | _AROUND} for schema in (first, second)]
    return {**rest[0], "enum": values[0]}, {**rest[1], "enum": values[1]}


def values_of(document: Node, schema: object, depth: int = 0) -> list[object] | None:
    """Return the values that a schema takes, or None if they are not listed."""
    found = resolve(document, schema)
    if depth > _MAX_DEPTH:
        return None
    lists = [_own_values(found), *(values_of(document, part, depth + 1) for part in nodes(found.get("allOf")))]
    for keyword in UNIONS:
        branches = [values_of(document, branch, depth + 1) for branch in nodes(found.get(keyword))]
        if branches and None not in branches:
            lists.append([value for values in branches for value in values or ()])
    known = [values for values in lists if values is not None]
    return [value for value in known[0] if all(value in values for values in known)] if known else None


def _own_values(schema: Node) -> list[object] | None:
    if "const" in schema:
        return [schema["const"]]
    if schema.get("type") == "null":
        return [None]
    return cast("list[object]", schema["enum"]) if isinstance(schema.get("enum"), list) else None
