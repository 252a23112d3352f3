"""Whether a JSON value is one that a document allows."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TypeAlias, cast

from attrs import frozen
from jsonschema.protocols import Validator
from openapi_schema_validator import OAS31Validator

from tools.openapi.document import Node, is_node, node, nodes, texts

_Json: TypeAlias = "str | int | float | bool | Mapping[str, _Json] | Sequence[_Json] | None"

_CONDITIONS = frozenset({"required", "not", "minProperties", "maxProperties", "if", "then", "else"})


@frozen
class Judge:
    """Tells which values the schemas of a document allow.

    A value that more than one branch of a `oneOf` takes is allowed: documents say so of branches that no value tells
    apart, and a server that keeps to one of them sends such values.
    """

    _validator: Validator
    _read_only: frozenset[str]

    @classmethod
    def of(cls, document: Node) -> "Judge":
        """Make the judge of a document in the terms of OpenAPI 3.1."""
        read_only = frozenset(_read_only(document))
        return cls(OAS31Validator({"components": lenient(document.get("components", {}), read_only)}), read_only)

    def complaint(self, schema: object, value: object) -> str | None:
        """Return what a schema has against a JSON value, if it has something."""
        whole = lenient({"allOf": [schema]}, self._read_only)
        one = self._validator.evolve(schema=whole)  # pyright: ignore[reportUnknownMemberType]  # the stubs leave its arguments open
        error = next(iter(one.iter_errors(cast(_Json, value))), None)
        return None if error is None else " ".join(str(error.message).split())[:200]

    def accepts(self, schema: object, value: object) -> bool:
        """Return whether a schema takes a JSON value; the content of a file is taken for a string."""
        return self.complaint(schema, _as_json(value)) is None


def _read_only(value: object) -> Iterator[str]:
    """Yield the names of members that only a server sets."""
    if isinstance(value, list):
        for item in cast("list[object]", value):
            yield from _read_only(item)
    elif is_node(value):
        members = node(value.get("properties")).items()
        yield from (name for name, member in members if node(member).get("readOnly") is True)
        for part in value.values():
            yield from _read_only(part)


def lenient(value: object, read_only: Collection[str] = ()) -> object:
    """Return schemas that take what a client and a server send.

    There is `anyOf` in place of each `oneOf`, unless its branches are conditions on members. No member is required that
    only a server sets, because no request has it (OpenAPI 3.1, section 4.8.24.5).
    """
    if isinstance(value, list):
        return [lenient(item, read_only) for item in cast("list[object]", value)]
    if not is_node(value):
        return value
    found = {name: lenient(part, read_only) for name, part in value.items()}
    if required := texts(found.get("required")):
        found["required"] = [name for name in required if name not in read_only]
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
