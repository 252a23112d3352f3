"""The pinned OpenAPI document as data: loading it, following its references, and the view the generator gets."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias, TypeGuard, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

Node: TypeAlias = Mapping[str, object]
"""An object of the document."""

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
JSON = "application/json"
OCTETS = "application/octet-stream"

NULLABLE = "x-nullable"
"""Where `prepared` leaves a mark."""


class DocumentError(Exception):
    """The document cannot be used; the message is one line that says where and why."""


def load(path: Path) -> dict[str, object]:
    """Read a YAML or JSON document.

    Raises:
        DocumentError: There is none, or it is no YAML object.
    """
    try:
        with path.open(encoding="utf-8") as stream:
            document: object = YAML(typ="safe", pure=True).load(stream)  # pyright: ignore[reportUnknownMemberType]  # ruamel.yaml is untyped here
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise DocumentError(f"{path}: {' '.join(str(error).split())}") from error
    if not isinstance(document, dict):
        raise DocumentError(f"{path}: an OpenAPI document is an object")
    return cast(dict[str, object], document)


def enum_values(document: object) -> dict[frozenset[object], list[object]]:
    """Every enum's values in the document's order, by their set, which is all that the generator keeps."""
    found: dict[frozenset[object], list[object]] = {}
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if is_node(value):
            waiting += value.values()
            if isinstance(enum := value.get("enum"), list):
                values = cast("list[object]", enum)
                found.setdefault(frozenset(map(_hashable, values)), values)
        elif isinstance(value, list):
            waiting += cast("list[object]", value)
    return found


def _hashable(value: object) -> object:
    return value if isinstance(value, str | int | float | bool) else repr(value)


def is_node(value: object) -> TypeGuard[Node]:
    """Whether a value is an object of the document."""
    return isinstance(value, Mapping)


def node(value: object) -> Node:
    """The value as an object, empty where it is none."""
    return value if is_node(value) else {}


def nodes(value: object) -> list[Node]:
    """The objects of an array, and none where there is no array."""
    return [item for item in cast(Sequence[object], value) if is_node(item)] if isinstance(value, list) else []


def texts(value: object) -> list[str]:
    """The strings of an array, and none where there is no array."""
    return [item for item in cast(Sequence[object], value) if isinstance(item, str)] if isinstance(value, list) else []


def resolved(document: Node, value: object) -> Node:
    """Follow `$ref` until there is none; what stands beside a `$ref` wins over what it names.

    Raises:
        DocumentError: A reference leads nowhere, elsewhere, or in a circle.
    """
    current = node(value)
    beside: dict[str, object] = {}
    seen: list[str] = []
    while isinstance(reference := current.get("$ref"), str):
        if reference in seen:
            raise DocumentError(f"{reference} refers to itself")
        seen.append(reference)
        beside = {name: part for name, part in current.items() if name != "$ref"} | beside
        current = _target(document, reference)
    return {**current, **beside} if beside else current


def _target(document: Node, reference: str) -> Node:
    if not reference.startswith("#/"):
        raise DocumentError(f"{reference} is outside the document, which is not supported")
    current: object = document
    for step in reference[2:].split("/"):
        current = node(current).get(step.replace("~1", "/").replace("~0", "~"))
    if not is_node(current):
        raise DocumentError(f"{reference} leads nowhere")
    return current


def check_references(document: Node) -> None:
    """Follow every reference of the document once.

    Raises:
        DocumentError: One leads nowhere, elsewhere, or in a circle.
    """
    waiting: list[object] = [document]
    while waiting:
        value = waiting.pop()
        if is_node(value):
            if isinstance(value.get("$ref"), str):
                resolved(document, value)
            waiting += value.values()
        elif isinstance(value, list):
            waiting += cast("list[object]", value)


def operations(document: Node) -> Iterator[tuple[str, str, Node]]:
    """Every operation, as path, method and object."""
    for path, item in node(document.get("paths")).items():
        for method in METHODS:
            if is_node(operation := node(item).get(method)):
                yield path, method, operation


def prepared(document: Node) -> dict[str, object]:
    """The document as the generator gets it: null branches made marks, and titles left out.

    In this client `None` means "not given" both ways, so null is no value of its own;
    to the generator it would be one more branch, with class names of its own. A title
    would rename a model.
    """
    return {name: value if name == "info" else _without_null(value) for name, value in document.items()}


def _without_null(value: object) -> object:
    if isinstance(value, list):
        return [_without_null(item) for item in cast("list[object]", value)]
    if not is_node(value):
        return value
    schema = {name: _without_null(part) for name, part in value.items() if not _is_title(name, part)}
    nullable = schema.pop("nullable", None) is True
    if isinstance(types := schema.get("type"), list):
        names = texts(cast(object, types))
        nullable = nullable or "null" in names
        remaining = [name for name in names if name != "null"]
        schema["type"] = remaining[0] if len(remaining) == 1 else remaining
    if isinstance(enum := schema.get("enum"), list):
        values = cast("list[object]", enum)
        nullable = nullable or None in values
        schema["enum"] = [item for item in values if item is not None]
    for keyword in ("anyOf", "oneOf"):
        if branches := nodes(schema.get(keyword)):
            nullable = nullable or any(branch.get("type") == "null" for branch in branches)
            schema = _without_null_branch(schema, keyword, branches)
    return schema | {NULLABLE: True} if nullable else schema


def _is_title(name: str, part: object) -> bool:
    # A property may be called "title"; its schema is an object, a title is text.
    return name == "title" and isinstance(part, str)


def _without_null_branch(schema: dict[str, object], keyword: str, branches: list[Node]) -> dict[str, object]:
    remaining = [branch for branch in branches if branch.get("type") != "null"]
    beside = {name: part for name, part in schema.items() if name != keyword}
    if len(remaining) == 1:
        return {**remaining[0], **beside}
    # The only enum among the branches is named after the property, as it would be alone:
    # the generator puts a branch's title where it otherwise puts the branch's number.
    enums = [branch for branch in remaining if "enum" in branch]
    named = [{**branch, "title": ""} if [branch] == enums else branch for branch in remaining]
    return {**beside, keyword: named}
