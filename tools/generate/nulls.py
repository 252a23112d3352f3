"""Null among the items of a list and the values of a map, where it has a place of its own and so a type.

Elsewhere null means "not given" (see `tools/openapi/schemas.py`), and the generator hears nothing of it.
"""

from collections.abc import Mapping
from typing import cast

from tools.generate.rules import is_nullable
from tools.openapi.document import Node, is_node, nodes
from tools.openapi.schemas import POINTER
from tools.openapi.variants import UNIONS

_NULL: Node = {"type": "null"}


def with_null_parts(document: Node, value: object) -> object:
    """Return a part of the generator's view with null as a branch of each item and value that may be null.

    Args:
        document: The view of the document.
        value: A part of it.
    """
    if isinstance(value, list):
        return [with_null_parts(document, part) for part in cast("list[object]", value)]
    if not is_node(value):
        return value
    found = {name: with_null_parts(document, part) for name, part in value.items()}
    for keyword in ("items", "additionalProperties") if POINTER in value else ():
        part = found.get(keyword)
        if is_node(part) and is_nullable(document, part):
            found[keyword] = _with_null(part)
    return found


def _with_null(schema: Node) -> Node:
    for keyword in UNIONS:
        if branches := nodes(schema.get(keyword)):
            return {**schema, keyword: [*branches, _NULL]}
    # The title stands in place of the branch's number, so that a class within it keeps its name.
    branch: Mapping[str, object] = schema if "$ref" in schema else {**schema, "title": ""}
    return {"anyOf": [branch, _NULL], POINTER: f"{schema[POINTER]}/null"}
