"""Members that have a type in the document, and none in the client."""

from collections.abc import Iterator

from openapi_python_client import Project
from openapi_python_client.parser.properties.any import AnyProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.parser.properties.union import UnionProperty

from tools.generate.models import Models
from tools.openapi.document import Node, nodes, resolve
from tools.openapi.schemas import VALUES

_TYPES = frozenset({"type", "enum", "const", "properties", VALUES})


def untyped_members(document: Node, project: Project) -> Iterator[str]:
    """Name the members of a generated project that the document types and the client reads as any value.

    Args:
        document: The view of the document that the project was generated from.
        project: The project.
    """
    models = Models(document, project.openapi, project.config)
    for model in project.openapi.models:
        schemas = models.schemas_of(model)
        for prop in models.properties(model):
            name = prop.name.get_untrusted_value()
            if _loses_type(document, prop, schemas[name]):
                yield f"{model.class_info.name}.{name}"


def _loses_type(document: Node, prop: PropertyProtocol, schema: object) -> bool:
    if isinstance(prop, ListProperty):
        return _loses_type(document, prop.inner_property, _items(document, schema))
    branches = prop.inner_properties if isinstance(prop, UnionProperty) else [prop]
    return any(isinstance(branch, AnyProperty) for branch in branches) and _is_typed(document, schema)


def _items(document: Node, schema: object) -> object:
    found = resolve(document, schema)
    parts = [found, *(resolve(document, part) for part in nodes(found.get("allOf")))]
    return next((part["items"] for part in parts if "items" in part), None)


def _is_typed(document: Node, schema: object, depth: int = 8) -> bool:
    found = resolve(document, schema)
    unions = [nodes(found.get(keyword)) for keyword in ("anyOf", "oneOf")]
    return depth > 0 and (
        not _TYPES.isdisjoint(found)
        or any(_is_typed(document, part, depth - 1) for part in nodes(found.get("allOf")))
        or any(branches and all(_is_typed(document, part, depth - 1) for part in branches) for branches in unions)
    )
