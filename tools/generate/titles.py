"""Titles for the schemas whose classes would have one name in openapi-python-client.

The library derives the name of an inline schema's class from where it stands, and refuses a document in which that name
is taken. Here the same names are derived, and the later schema gets a title with a number, which the library takes.
"""

from collections.abc import Mapping
from itertools import chain, count
from typing import cast

from attrs import Factory, define
from openapi_python_client.config import Config
from openapi_python_client.parser.properties.schemas import Class
from openapi_python_client.strings import PythonIdentifier, pascal_case

from tools.openapi.document import Node, is_node, node, nodes, operations
from tools.openapi.media import Kind, kind_of
from tools.openapi.schemas import POINTER

_BODIES = {
    Kind.JSON: "json",
    Kind.FORM: "data",
    Kind.MULTIPART: "files",
    **dict.fromkeys((Kind.BINARY, Kind.TEXT), "content"),
}
"""How the library calls the kinds of body of one operation."""


def with_distinct_classes(document: Node, config: Config) -> Node:
    """Return a document in which no two schemas make classes of one name, or of one module."""
    classes = _Classes(config)
    schemas = node(node(document.get("components")).get("schemas"))
    for name, schema in schemas.items():
        if _makes_class(schema):
            classes.claim(node(schema), name, "")
    for name, schema in schemas.items():
        classes.visit(schema, name, "")
    for _, _, operation in operations(document):
        classes.visit_operation(operation)
    return cast(Node, _with_titles(document, classes.titles))


@define
class _Classes:
    """The classes of a document.

    Attributes:
        titles: The new titles, by the places of the schemas.
    """

    _config: Config
    titles: dict[object, str] = Factory(dict[object, str])
    _claimed: dict[str, object] = Factory(dict[str, object])

    def visit_operation(self, operation: Node) -> None:
        """Claim the classes of the inline schemas of an operation."""
        owner = str(PythonIdentifier(str(operation.get("operationId")), self._config.field_prefix))
        for parameter in nodes(operation.get("parameters")):
            self.visit(parameter.get("schema"), str(parameter.get("name")), owner)
        for status, response in node(operation.get("responses")).items():
            for media in node(node(response).get("content")).values():
                self.visit(node(media).get("schema"), f"response_{status}", owner)
        content = node(node(operation.get("requestBody")).get("content"))
        for media_type, media in content.items():
            suffix = f"_{_BODIES.get(kind_of(media_type))}" if len(content) > 1 else ""
            self.visit(node(media).get("schema"), "body", f"{owner}{suffix}")

    def visit(self, schema: object, name: str, parent: str) -> None:
        """Claim the classes of a schema and of those within it, which has a name in what is called `parent`."""
        if not is_node(schema):
            return
        if _makes_class(schema):
            owner = self.claim(schema, name, parent)
            for part in (schema, *nodes(schema.get("allOf"))):
                for member, inner in node(part.get("properties")).items():
                    self.visit(inner, member, owner)
            self.visit(schema.get("additionalProperties"), "AdditionalProperty", owner)
        elif branches := _branches(schema):
            for index, branch in enumerate(branches):
                self.visit(branch, f"{name}_{_subscript(schema, branch, index)}", parent)
        elif items := [*nodes(schema.get("prefixItems")), *nodes([schema.get("items")])]:
            several = items[0] if len(items) == 1 else {"anyOf": items}
            self.visit(several, f"{name}_item", parent)

    def claim(self, schema: Node, name: str, parent: str) -> str:
        """Return the name of the class of a schema, with a number if another schema has that name."""
        place = schema.get(POINTER)
        own = self.titles.get(place) or str(schema.get("title") or name)
        numbered = (f"{name}_{number}" for number in count(2))
        title, found = next(
            (title, found)
            for title in chain([own], numbered)
            if self._take(found := self._class_of(title, parent), schema)
        )
        if title != own:
            self.titles[place] = title
        return str(found.name)

    def _class_of(self, title: str, parent: str) -> Class:
        string = f"{pascal_case(parent)}{pascal_case(title)}" if parent else title
        return Class.from_string(string=string, config=self._config)

    def _take(self, found: Class, schema: Node) -> bool:
        """Return whether a schema has a class for itself. To the library enums of the same values are one."""
        values = frozenset(map(repr, cast("list[object]", schema.get("enum", []))))
        owner = (str(found.name), values or schema.get(POINTER))
        return self._claimed.setdefault(str(found.module_name), owner) == owner


def _makes_class(schema: object) -> bool:
    """Return whether the library makes a class or an alias of a schema."""
    if not is_node(schema) or "$ref" in schema or schema.get("type") == "boolean":
        return False
    if schema.get("enum"):
        return True
    parts = [*nodes(schema.get("allOf")), *_branches(schema)]
    if _branches(schema) or "const" in schema or (len(parts) == 1 and "$ref" in parts[0]):
        return False
    kind = schema.get("type")
    return kind == "object" or (kind is None and bool(schema.get("allOf") or schema.get("properties")))


def _branches(schema: Node) -> list[Node]:
    return [*nodes(schema.get("anyOf")), *nodes(schema.get("oneOf"))]


def _subscript(schema: Node, branch: Node, index: int) -> str:
    title = branch.get("title")
    return title if isinstance(title, str) and title != schema.get("title") else f"type_{index}"


def _with_titles(value: object, titles: Mapping[object, str]) -> object:
    if isinstance(value, list):
        return [_with_titles(item, titles) for item in cast("list[object]", value)]
    if not is_node(value):
        return value
    title = titles.get(value.get(POINTER)) if isinstance(value.get(POINTER), str) else None
    return {name: _with_titles(part, titles) for name, part in value.items()} | ({"title": title} if title else {})
