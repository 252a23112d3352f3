"""An `allOf` in its shortest form: the generator library sees no part that is within another one."""

from tools.openapi.document import Node, nodes

ANNOTATIONS = frozenset({"description", "title", "default", "deprecated", "readOnly", "writeOnly", "example"})
"""Keywords that say nothing of which values a schema takes."""


def shortened(schema: Node) -> Node:
    """Return a schema whose `allOf` has no `allOf` among its parts, or is a reference, if it is nothing more."""
    return _unwrapped(_flattened(schema))


def _flattened(schema: Node) -> Node:
    """Return an `allOf` with the parts of its parts in their place. The library drops what is within a part."""
    parts = nodes(schema.get("allOf"))
    if not any("allOf" in part for part in parts):
        return schema
    flat: list[Node] = []
    for part in parts:
        beside = {name: inner for name, inner in part.items() if name != "allOf"}
        flat += nodes(part.get("allOf"))
        flat += [beside] if beside.keys() - ANNOTATIONS else []
    return {**schema, "allOf": flat}


def _unwrapped(schema: Node) -> Node:
    """Return an `allOf` of one reference, with nothing beside it but the type of an object, as that reference."""
    parts = nodes(schema.get("allOf"))
    if len(parts) != 1 or "$ref" not in parts[0] or schema.get("type") != "object":
        return schema
    beside = {name: part for name, part in schema.items() if name not in ("allOf", "type")}
    return schema if beside.keys() - ANNOTATIONS else {**parts[0], **beside}
