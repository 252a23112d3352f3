"""Variants: schemas that extend another one by `allOf`, and the values of a member that tell them apart.

A reference to a base that has a discriminator stands for its variants too (OpenAPI 3.1, section 4.8.25), though nothing
leads from the base to them unless its mapping does.
"""

from collections import deque
from collections.abc import Iterator, Sequence

from tools.openapi.document import Node, is_node, node, nodes

_SCHEMAS = "#/components/schemas/"
UNIONS = ("anyOf", "oneOf")


def name_of(reference: object) -> str:
    """Return the name of the schema that a `$ref`, or a value of a mapping, names; it may be the name alone."""
    return str(reference).removeprefix(_SCHEMAS).replace("~1", "/").replace("~0", "~")


def tags_of(discriminator: Node, branches: Sequence[str]) -> dict[str, list[str]]:
    """Return the values of the member that tells schemas apart, by the names of the schemas.

    The name of a schema is such a value, unless the mapping gives it to another.
    """
    by_value = {name: name for name in branches}
    by_value |= {value: name_of(target) for value, target in node(discriminator.get("mapping")).items()}
    found: dict[str, list[str]] = {}
    for value, name in by_value.items():
        found.setdefault(name, []).append(value)
    return found


class Variants:
    """The variants of each schema of a document that is told apart by a discriminator."""

    def __init__(self, document: Node) -> None:
        self._schemas = node(node(document.get("components")).get("schemas"))
        self._parents = {name: list(_parents(node(schema))) for name, schema in self._schemas.items()}
        self._lines: dict[str, list[str]] = {}
        self._found: dict[str, list[str]] = {}
        if not any(is_node(node(schema).get("discriminator")) for schema in self._schemas.values()):
            return
        bases = {name for name in self._schemas if self._is_base(name)}
        for name in self._schemas:
            for base in self._line(name):
                if base in bases:
                    self._found.setdefault(base, []).append(name)

    def of(self, base: str) -> list[str]:
        """Return the schemas that extend a base, if through others."""
        return self._found.get(base, [])

    def discriminator(self, name: str) -> Node:
        """Return the discriminator of a schema, or of one that it extends."""
        line = [node(self._schemas.get(found)).get("discriminator") for found in (name, *self._line(name))]
        return node(next(filter(is_node, line), None))

    def _is_base(self, name: str) -> bool:
        # A base that lists its variants in a union needs no more.
        return bool(self.discriminator(name)) and not node(self._schemas[name]).keys() & {*UNIONS}

    def _line(self, name: str) -> list[str]:
        """Return the schemas that a schema extends, if through others."""
        if name not in self._lines:
            found: dict[str, None] = {}
            waiting = deque(self._parents.get(name, []))
            while waiting:
                parent = waiting.popleft()
                if parent not in found and parent != name:
                    found[parent] = None
                    waiting += self._parents.get(parent, [])
            self._lines[name] = list(found)
        return self._lines[name]


def _parents(schema: Node) -> Iterator[str]:
    for part in nodes(schema.get("allOf")):
        if isinstance(reference := part.get("$ref"), str):
            yield name_of(reference)
