"""Whether a JSON value is one that a document allows."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias, cast

from attrs import frozen
from jsonschema.protocols import Validator
from openapi_schema_validator import OAS31Validator

from tools.openapi.document import Node, is_node, nodes

_Json: TypeAlias = "str | int | float | bool | Mapping[str, _Json] | Sequence[_Json] | None"

_CONDITIONS = frozenset({"required", "not", "minProperties", "maxProperties", "if", "then", "else"})


@frozen
class Judge:
    """Tells which values the schemas of a document allow.

    A value that more than one branch of a `oneOf` takes is allowed: documents say so of branches that no value tells
    apart, and a server that keeps to one of them sends such values.
    """

    _validator: Validator

    @classmethod
    def of(cls, document: Node) -> "Judge":
        """Make the judge of a document in the terms of OpenAPI 3.1."""
        return cls(OAS31Validator({"components": lenient(document.get("components", {}))}))

    def complaint(self, schema: object, value: object) -> str | None:
        """Return what a schema has against a JSON value, if it has something."""
        whole = lenient({"allOf": [schema]})
        one = self._validator.evolve(schema=whole)  # pyright: ignore[reportUnknownMemberType]  # the stubs leave its arguments open
        error = next(iter(one.iter_errors(cast(_Json, value))), None)
        return None if error is None else " ".join(str(error.message).split())[:200]

    def accepts(self, schema: object, value: object) -> bool:
        """Return whether a schema takes a JSON value; the content of a file is taken for a string."""
        return self.complaint(schema, _as_json(value)) is None


def lenient(value: object) -> object:
    """Return schemas with `anyOf` in place of each `oneOf`, unless its branches are conditions on members."""
    if isinstance(value, list):
        return [lenient(item) for item in cast("list[object]", value)]
    if not is_node(value):
        return value
    found = {name: lenient(part) for name, part in value.items()}
    branches = nodes(found.get("oneOf"))
    if not branches or all(map(is_condition, branches)):
        return found
    rest = {name: part for name, part in found.items() if name != "oneOf"}
    return {**rest, "allOf": [*nodes(rest.get("allOf")), {"anyOf": branches}]}


def is_condition(branch: Node) -> bool:
    """Return whether a branch of a union says nothing of types, and only which members stand together."""
    return bool(branch) and branch.keys() <= _CONDITIONS | {"description", "title"}


def _as_json(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _as_json(member) for name, member in cast("Mapping[str, object]", value).items()}
    if isinstance(value, list):
        return [_as_json(item) for item in cast("list[object]", value)]
    return "content" if isinstance(value, bytes) else value
