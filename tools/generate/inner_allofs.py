"""Names for an `allOf` that stands within a schema and has that very schema among its parts.

The library makes the class of an inner schema while it makes that of the schema around it, and the class of an `allOf`
once those of its parts are made: here neither can be first. Merged, such an `allOf` would have no end. With a name of
its own the inner schema waits for the one around it, which holds no more than a reference to it.
"""

from collections.abc import Iterator, Mapping
from itertools import chain, count
from typing import cast

from attrs import Factory, frozen
from openapi_python_client.strings import pascal_case

from tools.openapi.document import Node, is_node, node, nodes
from tools.openapi.schemas import pointer
from tools.openapi.variants import UNIONS, name_of

_JOINED = frozenset({"properties", "additionalProperties", "required", *UNIONS})
"""Keywords that make something else of an `allOf` of one part."""


def with_named_circles(document: Node) -> Node:
    """Return a document in which each inner `allOf` that extends the schema around it is a named schema.

    It may extend it directly, or through other schemas. The name is the one that the generator would derive. A document
    without such an `allOf` is returned as it is.
    """
    components = node(document.get("components"))
    schemas = node(components.get("schemas"))
    naming = _Naming(schemas, {name: set(_needs_of(schema)) for name, schema in schemas.items()})
    changed = {name: naming.within(schema, name, "", name) for name, schema in schemas.items()}
    if not naming.named:
        return document
    return {**document, "components": {**components, "schemas": changed | naming.named}}


@frozen
class _Naming:
    """The inner schemas of a document that get names.

    Attributes:
        schemas: The schemas that have names already.
        needs: The schemas that have to be read before each of them.
        named: The schemas that got names.
    """

    schemas: Node
    needs: Mapping[str, set[str]]
    named: dict[str, object] = Factory(dict[str, object])
    _reached: dict[str, set[str]] = Factory(dict[str, set[str]])

    def within(self, schema: object, name: str, parent: str, home: str) -> object:
        """Return a schema with references to the schemas within it that got names.

        Args:
            schema: The schema.
            name: What the generator calls it within `parent`.
            parent: The class around it; empty if it has a name.
            home: The named schema that it stands in, or is.
        """
        if not is_node(schema):
            return schema
        owner = f"{pascal_case(parent)}{pascal_case(name)}" if parent else name
        result = dict(schema)
        if is_node(members := schema.get("properties")):
            result["properties"] = {key: self._inner(part, str(key), owner, home) for key, part in members.items()}
        if "additionalProperties" in schema:
            result["additionalProperties"] = self._inner(
                schema["additionalProperties"], "AdditionalProperty", owner, home
            )
        if "items" in schema:
            result["items"] = self._inner(schema["items"], f"{name}_item", parent, home)
        for keyword, stem in (("prefixItems", "item_type"), *((keyword, "type") for keyword in UNIONS)):
            if isinstance(branches := schema.get(keyword), list):
                several = enumerate(cast("list[object]", branches))
                result[keyword] = [self._inner(part, f"{name}_{stem}_{index}", parent, home) for index, part in several]
        if isinstance(parts := schema.get("allOf"), list):
            result["allOf"] = [self.within(part, name, parent, home) for part in cast("list[object]", parts)]
        return result

    def _inner(self, schema: object, name: str, parent: str, home: str) -> object:
        changed = self.within(schema, name, parent, home)
        if not is_node(schema) or not _is_joined(schema) or not any(self._needs(part, home) for part in _parts(schema)):
            return changed
        own = f"{pascal_case(parent)}{pascal_case(name)}"
        numbered = (f"{own}{number}" for number in count(2))
        found = next(title for title in chain([own], numbered) if title not in self.schemas and title not in self.named)
        self.named[found] = changed
        return {"$ref": pointer("components", "schemas", found)}

    def _needs(self, name: str, other: str) -> bool:
        """Return whether a named schema is another one, or has to be read after it."""
        if name not in self._reached:
            found: set[str] = set()
            waiting = [name]
            while waiting:
                if (needed := waiting.pop()) not in found:
                    found.add(needed)
                    waiting += self.needs.get(needed, ())
            self._reached[name] = found
        return other in self._reached[name]


def _needs_of(schema: object) -> Iterator[str]:
    """Yield the schemas that have to be read before a named one: its parts, and those of each `allOf` within it."""
    yield from _parts(node(schema))
    waiting = list(_inner_schemas(node(schema)))
    while waiting:
        inner = waiting.pop()
        waiting += _inner_schemas(inner)
        if _is_joined(inner):
            yield from _parts(inner)


def _inner_schemas(schema: Node) -> Iterator[Node]:
    yield from nodes(
        [*node(schema.get("properties")).values(), schema.get("additionalProperties"), schema.get("items")]
    )
    for keyword in ("prefixItems", *UNIONS):
        yield from nodes(schema.get(keyword))
    for part in nodes(schema.get("allOf")):
        yield from _inner_schemas(part)


def _parts(schema: Node) -> Iterator[str]:
    """Yield the names of the schemas that a schema takes over members from."""
    if "$ref" in schema:
        yield name_of(schema["$ref"])
    for keyword in ("allOf", *UNIONS):
        for part in nodes(schema.get(keyword)):
            yield from _parts(part)


def _is_joined(schema: Node) -> bool:
    """Return whether a schema is its parts and more, and neither a reference nor a choice."""
    parts = nodes(schema.get("allOf"))
    if not parts:
        return any(keyword in schema for keyword in UNIONS) and "properties" in schema
    return len(parts) > 1 or not _JOINED.isdisjoint(schema)
