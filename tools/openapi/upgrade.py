"""Upgrade: schemas of OpenAPI 3.0, and those of 3.1 that still speak as 3.0 does, in the terms of OpenAPI 3.1.

Null is a branch of `anyOf`, wherever it was said: OpenAPI 3.1 has no `nullable`, and null
among the values of an enum or the types is what tools stumble over.
"""

from typing import cast

from tools.openapi.document import Node, is_node, node, texts
from tools.openapi.walk import EXTENSIONS

_NULL: Node = {"type": "null"}

NULLABLE_ALONE: Node = {"nullable": True}
"""A schema that says nothing but that null may be, which it means of what stands beside it in an `allOf`."""

_ANNOTATIONS = frozenset({"default", "deprecated", "readOnly", "writeOnly", "examples", "description", "title"})
"""Keywords that describe a value, null or not, and so stay outside of the branches."""

_UNIONS = ("anyOf", "oneOf")


def upgrade_schema(schema: Node, *, is_30: bool) -> Node:
    """Upgrade a schema to OpenAPI 3.1, after those within it.

    Args:
        schema: The schema.
        is_30: Whether the document is of OpenAPI 3.0, in which nothing counts beside a `$ref`.
    """
    if schema == NULLABLE_ALONE:  # within an allOf it says something of the others
        return schema
    result = dict(schema)
    takes_null = result.pop("nullable", False) is True
    if is_30 and "$ref" in result:
        # 3.0 has no way to say that a reference may be null; who writes `nullable` there means it.
        result = {"$ref": result["$ref"]}
    _raise_limits(result)
    _raise_contents(result)
    for keyword in _UNIONS:
        if isinstance(result.get(keyword), list):
            result[keyword] = _flat(keyword, cast("list[object]", result[keyword]))
    takes_null = _take_null(result) or takes_null
    parts = result.get("allOf")
    if isinstance(parts, list) and NULLABLE_ALONE in parts:
        result["allOf"] = [part for part in cast("list[object]", parts) if part != NULLABLE_ALONE]
        takes_null = True
    result = _unwrapped(result)
    return _with_null(result) if takes_null else result


def _raise_limits(schema: dict[str, object]) -> None:
    """Turn a boolean that makes the limit beside it exclusive (3.0) into a limit of its own."""
    for keyword, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(is_exclusive := schema.get(exclusive), bool):
            del schema[exclusive]
            if is_exclusive and keyword in schema:
                schema[exclusive] = schema.pop(keyword)


def _raise_contents(schema: dict[str, object]) -> None:
    """Describe bytes as content of a media type, or as encoded (OpenAPI 3.1, section 4.8.14.2)."""
    if schema.get("type") != "string":
        return
    if schema.get("format") == "byte":
        del schema["format"]
        schema.setdefault("contentEncoding", "base64")
    elif schema.get("format") == "binary":
        schema.setdefault("contentMediaType", "application/octet-stream")


def _flat(keyword: str, branches: list[object]) -> list[object]:
    """Return the branches, null once at most, and those of a branch that is a union alone in its place."""
    found: list[object] = []
    for branch in branches:
        inner = node(branch).get("anyOf") if keyword == "anyOf" and len(node(branch)) == 1 else None
        if isinstance(inner, list):
            found += cast("list[object]", inner)
        else:
            found.append(branch)
    nulls = [branch for branch in found if _is_null(branch)]
    others = [branch for branch in found if not _is_null(branch)]
    return [*map(_without_null, others), *nulls[:1]] if nulls else others


def _without_null(branch: object) -> object:
    """Return a branch beside null, which need not say null again: of `oneOf` only one branch may take it."""
    for keyword in _UNIONS:
        inner = node(branch).get(keyword)
        if is_node(branch) and isinstance(inner, list):
            others = [part for part in cast("list[object]", inner) if not _is_null(part)]
            if len(others) < len(cast("list[object]", inner)):
                return _unwrapped({**branch, keyword: others})
    return branch


def _is_null(branch: object) -> bool:
    return is_node(branch) and branch.get("type") == "null"


def _take_null(schema: dict[str, object]) -> bool:
    """Take null out of the types and values, and say whether it was one."""
    takes_null = False
    if isinstance(types := schema.get("type"), list):
        names = texts(cast(object, types))
        others = [name for name in names if name != "null"]
        takes_null = len(others) < len(names)
        schema["type"] = others[0] if len(others) == 1 else others if others else "null"
    if isinstance(values := schema.get("enum"), list):
        kept = [value for value in cast("list[object]", values) if value is not None]
        # Null among the values of what has a type without null is none.
        has_null = len(kept) < len(cast("list[object]", values))
        takes_null = takes_null or (has_null and "type" not in schema)
        if kept:
            schema["enum"] = kept
        elif has_null:
            del schema["enum"]
            schema["type"] = "null"
    if "const" in schema and schema["const"] is None:
        del schema["const"]
        schema["type"] = "null"
    return takes_null


def _unwrapped(schema: dict[str, object]) -> dict[str, object]:
    """Return the schema without a union or intersection of one."""
    for keyword in (*_UNIONS, "allOf"):
        branches = schema.get(keyword)
        if not isinstance(branches, list) or len(cast("list[object]", branches)) != 1:
            continue
        [branch] = cast("list[object]", branches)
        beside = {name: part for name, part in schema.items() if name != keyword}
        if is_node(branch) and _is_annotated(beside) and not branch.keys() & beside.keys():
            return {**branch, **beside}
    return schema


def _is_annotated(schema: Node) -> bool:
    return all(name in _ANNOTATIONS or name.startswith(EXTENSIONS) for name in schema)


def _with_null(schema: dict[str, object]) -> Node:
    """Return the schema with null as a further branch."""
    if _is_null(schema):
        return schema
    outside = {name: part for name, part in schema.items() if name in _ANNOTATIONS or name.startswith(EXTENSIONS)}
    inside = {name: part for name, part in schema.items() if name not in outside}
    if not inside:  # anything, and so null
        return schema
    for keyword in _UNIONS:
        if set(inside) == {keyword} and isinstance(branches := inside[keyword], list):
            return {keyword: _flat(keyword, [*cast("list[object]", branches), _NULL]), **outside}
    return {"anyOf": [inside, _NULL], **outside}
