"""A document in which openapi-python-client finds no name twice, made if it has found one.

To the library two members or two parameters of one name in Python are an error. Here the later one gets a number in its
name, which is taken off when the library is done. In a path the library finds names of ASCII letters and digits alone.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import chain, count
from typing import cast

from attrs import Factory, define
from openapi_python_client.config import Config
from openapi_python_client.parser import GeneratorData
from openapi_python_client.schema import UntrustedString
from openapi_python_client.strings import PythonIdentifier

from tools.openapi.document import Node, is_node, node, nodes, operations, resolve, texts
from tools.openapi.schemas import POINTER

_IN_PATH = re.compile(r"[a-zA-Z_-][a-zA-Z0-9_-]*")
"""The names that the library finds in a path."""

_MOST_NESTED = 12
"""How many `allOf` within one another are looked through: one that holds itself has no end."""


def with_distinct_names(document: Node, config: Config) -> tuple[Node, Mapping[str, str]]:
    """Return a document whose members and parameters have names that differ in Python.

    Returns:
        The document, and the names that it had by the new ones.
    """
    names = _Names(config)
    members = names.of_members(document)
    renamed = node(_with_members(document, members))
    return {**renamed, "paths": names.paths(renamed)}, names.originals


def restore_names(openapi: GeneratorData, originals: Mapping[str, str]) -> None:
    """Give members and parameters the names that they have in the document.

    Args:
        openapi: What the library made of a document with distinct names.
        originals: The names in the document by the distinct ones.
    """
    members = [(*(model.required_properties or ()), *(model.optional_properties or ())) for model in openapi.models]
    endpoints = [found for group in openapi.endpoint_collections_by_tag.values() for found in group.endpoints]
    parameters = [prop for endpoint in endpoints for _, prop in endpoint.iter_all_parameters()]
    for prop in (*chain.from_iterable(members), *parameters):
        name = prop.name.get_untrusted_value()
        prop.name = UntrustedString(originals.get(name, name))


@define
class _Names:
    """The new names.

    Attributes:
        originals: The names that they replace.
    """

    _config: Config
    originals: dict[str, str] = Factory(dict[str, str])
    _taken: set[str] = Factory(set[str])

    def of_members(self, document: Node) -> dict[str, str]:
        """Return a new name for each member that is in Python what an earlier member of its schema is."""
        every = [_members_of(document, schema) for schema in _schemas_in(document)]
        self._taken |= {self._identifier(name) for names in every for name in names}
        found: dict[str, str] = {}
        for names in every:
            seen: set[str] = set()
            for name in names:
                if self._identifier(found.get(name, name)) in seen:
                    found[name] = self._new(name, name)
                seen.add(self._identifier(found.get(name, name)))
        return found

    def paths(self, document: Node) -> dict[str, dict[str, Node]]:
        """Return the operations with a new name for each parameter that is in Python what an earlier one is."""
        found: dict[str, dict[str, Node]] = {}
        every = [part for _, _, operation in operations(document) for part in nodes(operation.get("parameters"))]
        self._taken |= {self._identifier(str(parameter.get("name"))) for parameter in every}
        for path, method, operation in operations(document):
            seen: set[str] = set()
            parameters: list[Node] = []
            for parameter in nodes(operation.get("parameters")):
                new = name = str(parameter.get("name"))
                is_in_path = parameter.get("in") == "path"
                if self._identifier(name) in seen or (is_in_path and not _IN_PATH.fullmatch(name)):
                    new = self._new(name, _in_ascii(self._identifier(name)) if is_in_path else name)
                if is_in_path:
                    path = path.replace(f"{{{name}}}", f"{{{new}}}")
                seen.add(self._identifier(new))
                parameters.append({**parameter, "name": new})
            found.setdefault(path, {})[method] = {**operation, "parameters": parameters}
        return found

    def _identifier(self, name: str) -> str:
        return str(PythonIdentifier(name, self._config.field_prefix))

    def _new(self, name: str, stem: str) -> str:
        number = next(number for number in count(2) if self._identifier(f"{stem}_{number}") not in self._taken)
        new = f"{stem}_{number}"
        self._taken.add(self._identifier(new))
        self.originals[new] = name
        return new


def _in_ascii(identifier: str) -> str:
    return identifier if identifier.isascii() else "in_path"


def _schemas_in(value: object) -> Iterator[Node]:
    """Yield every schema, which its place marks."""
    if is_node(value) and POINTER in value:
        yield value
    for part in value.values() if is_node(value) else cast("list[object]", value) if isinstance(value, list) else ():
        yield from _schemas_in(part)


def _members_of(document: Node, schema: Node, depth: int = _MOST_NESTED) -> list[str]:
    """Return the names of the members of a schema, those of its `allOf` first."""
    parts = [resolve(document, part) for part in nodes(schema.get("allOf"))] if depth else []
    inherited = [name for part in parts for name in _members_of(document, part, depth - 1)]
    return list(dict.fromkeys([*inherited, *node(schema.get("properties"))]))


def _with_members(value: object, names: Mapping[str, str]) -> object:
    """Return a part of the document with the new names of members."""
    if isinstance(value, list):
        return [_with_members(item, names) for item in cast("list[object]", value)]
    if not is_node(value):
        return value
    result = {name: _with_members(part, names) for name, part in value.items()}
    if POINTER in value and is_node(members := result.get("properties")):
        result["properties"] = {names.get(name, name): part for name, part in members.items()}
    if POINTER in value and "required" in value:
        result["required"] = [names.get(name, name) for name in texts(value["required"])]
    return result
