"""The pinned OpenAPI document as data: loading it, following its references, and the view the generator gets."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias, TypeGuard, cast

from tools.openapi.yaml import ParseError, parse

Node: TypeAlias = Mapping[str, object]
"""An object of the document."""

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


BUNDLE = "bundle the document into one file first, for example with `npx @redocly/cli bundle`"
"""What to do about references to other files."""

_MAX_QUOTED = 200
"""Characters of a text of a document that a message quotes."""


class DocumentError(Exception):
    """The document cannot be used; the message is one line that says where and why."""


@contextmanager
def depth_guard() -> Generator[None]:
    """Refuse a document that is nested more deeply than Python can follow.

    Raises:
        DocumentError: It is.
    """
    try:
        yield
    except RecursionError as error:
        raise DocumentError(
            "the document is nested too deeply; move inner schemas to components/schemas, and refer to them"
        ) from error


def load(path: Path, kind: str = "an OpenAPI document") -> dict[str, object]:
    """Read a YAML or JSON document; its kind is for errors.

    Raises:
        DocumentError: There is none, or it is not a YAML object.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError(f"{path}: {' '.join(str(error).split())}") from error
    return parse_document(text, str(path), kind)


def parse_document(text: str, name: str, kind: str = "an OpenAPI document") -> dict[str, object]:
    """Read the text of a document.

    Args:
        text: YAML or JSON.
        name: Its name in errors; a name that ends with `.json` means JSON.
        kind: What it is, in errors.

    Raises:
        DocumentError: It is not a YAML or JSON object.
    """
    try:
        document = parse(text, is_json=name.endswith(".json"))
    except ParseError as error:
        raise DocumentError(f"{name}: {error}") from error
    if not isinstance(document, dict):
        raise DocumentError(f"{name}: {kind} is an object")
    return cast(dict[str, object], document)


def is_node(value: object) -> TypeGuard[Node]:
    """Return whether a value is an object of the document."""
    return isinstance(value, Mapping)


def node(value: object) -> Node:
    """Return the value if it is an object, else an empty one."""
    return value if is_node(value) else {}


def nodes(value: object) -> list[Node]:
    """Return the objects of an array; none if the value is no array."""
    return [item for item in cast(Sequence[object], value) if is_node(item)] if isinstance(value, list) else []


def texts(value: object) -> list[str]:
    """Return the strings of an array; none if the value is no array."""
    return [item for item in cast(Sequence[object], value) if isinstance(item, str)] if isinstance(value, list) else []


def resolve(document: Node, value: object) -> Node:
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
        current = target(document, reference)
    return {**current, **beside} if beside else current


def abbreviate(text: str) -> str:
    """Return as much of a text of a document as a message should quote."""
    return text if len(text) <= _MAX_QUOTED else f"{text[:_MAX_QUOTED]}..."


def target(document: Node, reference: str) -> Node:
    """Return the object that a `$ref` names, which may be a reference itself.

    Raises:
        DocumentError: It leads nowhere, or out of the document.
    """
    if not reference.startswith("#/"):
        raise DocumentError(f"{abbreviate(reference)} is in another file; {BUNDLE}")
    current: object = document
    for step in reference[2:].split("/"):
        current = _part(current, step.replace("~1", "/").replace("~0", "~"))
    if not is_node(current):
        raise DocumentError(f"{reference} leads nowhere")
    return current


def _part(value: object, step: str) -> object:
    if isinstance(value, list):
        items = cast("list[object]", value)
        return items[int(step)] if step.isdecimal() and int(step) < len(items) else None
    return node(value).get(step)


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
                resolve(document, value)
            waiting += value.values()
        elif isinstance(value, list):
            waiting += cast("list[object]", value)


def operations(document: Node) -> Iterator[tuple[str, str, Node]]:
    """Yield every operation, as path, method and object."""
    for path, item in node(document.get("paths")).items():
        for method in METHODS:
            if is_node(operation := node(item).get(method)):
                yield path, method, operation
