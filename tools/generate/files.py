"""Strings of binary content, which are files in a multipart body and strings everywhere else.

JSON has no bytes: there, `format: binary` says nothing of the value (OpenAPI 3.1, section 4.8.14.2), and 3.0 leaves it
open. A whole body of JSON that is binary is a download or an upload, and its bytes are passed on as they are.
"""

from collections.abc import Iterator
from itertools import count
from typing import cast

from attrs import frozen

from tools.openapi.document import Node, is_node, node, nodes, operations, resolve
from tools.openapi.events import is_events
from tools.openapi.media import Kind, kind_of
from tools.openapi.places import Place
from tools.openapi.schemas import is_file, pointer
from tools.openapi.variants import UNIONS, name_of
from tools.openapi.walk import walk

_CONTENT = frozenset({"format", "contentMediaType"})


def with_text_for_files(document: Node) -> Node:
    """Return a document in which only fields of multipart bodies, and bodies that are one file, are binary content."""
    forms = frozenset(_forms(document))
    document = _with_twins(document, forms)
    return cast(Node, walk(document, "document", (), _Contents(document, forms).visit, {}))


def _with_twins(document: Node, forms: frozenset[str]) -> Node:
    """Return a document in which a schema with files has a twin, if bodies of JSON refer to it as multipart ones do."""
    contents = _Contents(document, forms)
    components = node(document.get("components"))
    schemas = node(components.get("schemas"))
    twins: dict[str, object] = {}

    def visit(kind: str, value: dict[str, object], place: Place) -> object:
        reference = node(value.get("schema")).get("$ref")
        if kind != "media" or kind_of(place[-1]) is Kind.MULTIPART or not isinstance(reference, str):
            return value
        name = name_of(reference)
        members = node(node(schemas.get(name)).get("properties")).values()
        if name not in forms or not any(contents.holds_file(member) for member in members):
            return value
        twin = next(twin for number in count() if (twin := f"{name}Json{number or ''}") not in schemas)
        twins[twin] = schemas[name]
        return {**value, "schema": {"$ref": pointer("components", "schemas", twin)}}

    result = node(walk(document, "document", (), visit, {}))
    return {**result, "components": {**node(result.get("components")), "schemas": {**schemas, **twins}}}


@frozen
class _Contents:
    """The strings of a document.

    Attributes:
        forms: The names of the schemas of multipart bodies.
    """

    document: Node
    forms: frozenset[str]

    def visit(self, kind: str, value: dict[str, object], place: Place) -> object:
        """Return a schema without binary content, if it is within JSON."""
        if kind != "schema" or self._may_be_file(place):
            return value
        if "$ref" in value:
            # What a reference names is a file where a form refers to it.
            return self._text_of(value, 0) if self.holds_file(value, 0) else value
        return _text(value) if is_file(value) else value

    def _may_be_file(self, place: Place) -> bool:
        if place[:2] == ("components", "schemas"):
            if place[2] not in self.forms:  # a form may refer to it, if it is no object
                return self.holds_file({"$ref": pointer(*place[:3])}, 0)
            inner = place[3:]
        elif "content" in place:
            media_type, *steps = place[place.index("content") + 1 :]
            if len(steps) == 1 or kind_of(media_type) is not Kind.MULTIPART:
                return len(steps) == 1 and not is_events(media_type)
            inner = tuple(steps)
        else:
            return False
        return inner.count("properties") < 2

    def holds_file(self, schema: object, depth: int = 0) -> bool:
        """Return whether a schema is a file, a list of files, or a union with one."""
        found = resolve(self.document, schema)
        if depth > 8 or "properties" in found:
            return False
        parts = [part for keyword in (*UNIONS, "allOf") for part in nodes(found.get(keyword))]
        parts += [node(found["items"])] if is_node(found.get("items")) else []
        return is_file(found) or any(self.holds_file(part, depth + 1) for part in parts)

    def _text_of(self, schema: object, depth: int) -> Node:
        """Return a schema with strings for the files in it, and without references to files."""
        found = resolve(self.document, schema)
        if not self.holds_file(schema, depth):
            return node(schema)
        result = _text(found) if is_file(found) else dict(found)
        for keyword in (*UNIONS, "allOf"):
            if keyword in result:
                result[keyword] = [self._text_of(part, depth + 1) for part in nodes(result[keyword])]
        if "items" in result:
            result["items"] = self._text_of(result["items"], depth + 1)
        return result


def _text(schema: Node) -> dict[str, object]:
    return {name: part for name, part in schema.items() if name not in _CONTENT}


def _forms(document: Node) -> Iterator[str]:
    """Yield the names of the schemas of multipart bodies, and of those that they extend."""
    waiting: list[object] = []
    for _, _, operation in operations(document):
        content = node(resolve(document, operation.get("requestBody")).get("content"))
        waiting += [node(part).get("schema") for name, part in content.items() if kind_of(name) is Kind.MULTIPART]
    seen: set[str] = set()
    while waiting:
        schema = node(waiting.pop())
        if isinstance(reference := schema.get("$ref"), str):
            if (name := name_of(reference)) in seen:
                continue
            seen.add(name)
            yield name
            schema = node(node(node(document.get("components")).get("schemas")).get(name))
        waiting += [schema] if "$ref" in schema else []
        waiting += [part for keyword in (*UNIONS, "allOf") for part in nodes(schema.get(keyword))]
