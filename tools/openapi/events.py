"""Responses that are streams of server-sent events, and the field of a request that asks for them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from attrs import frozen

from tools.openapi.document import DocumentError, Node, is_node, node, nodes, resolve, texts
from tools.openapi.media import EVENTS, essence
from tools.openapi.schemas import VALUES

STREAM_FIELD = "x-stream-field"
"""The name of the field that asks for events, or an object of that name and the value that asks for them."""

_USUAL = "stream"

_WORDS = frozenset({"sse", "events", "event-stream", EVENTS})
"""Values of a field that ask for events."""


_TAGS = ("type", "event")
"""The usual names of the member that tells events apart."""


@frozen
class Switch:
    """The field of a request that asks for events.

    Attributes:
        name: Its name on the wire.
        on: The value that asks for events.
        off: A value that does not.
    """

    name: str
    on: object
    off: object


def tag_of_events(values: Sequence[Mapping[str, Sequence[object]]], *, is_whole: bool) -> str | None:
    """Return the member that tells events apart: whatever most of them have a constant for; None if none has one.

    Args:
        values: For each event, the values of the members that have but a few.
        is_whole: Whether the events are described whole: then it is their name.
    """
    usual = _TAGS[1:] if is_whole else _TAGS[:1]
    candidates = usual if is_whole or len(values) == 1 else tuple(dict.fromkeys([*_TAGS, *_telling(values)]))
    counts = [sum(bool(found.get(member)) for found in values) for member in candidates]
    return candidates[counts.index(max(counts))] if any(counts) else None


def _telling(values: Sequence[Mapping[str, Sequence[object]]]) -> Iterator[str]:
    """Yield the members no value of which two events have."""
    for member in (member for found in values for member in found):
        every = [repr(value) for found in values for value in found.get(member, ())]
        if len(set(every)) == len(every):
            yield member


def is_events(media_type: str) -> bool:
    """Return whether a media type is that of server-sent events."""
    return essence(media_type) == EVENTS


def event_part(content: object) -> Node | None:
    """Return what a response's content says of its events; None if it offers none."""
    return next((node(part) for offered, part in node(content).items() if is_events(offered)), None)


def plain_content(content: object) -> dict[str, object]:
    """Return a response's content but for events, unless it offers nothing else."""
    others = {offered: part for offered, part in node(content).items() if not is_events(offered)}
    return others or dict(node(content))


def event_schema(document: Node, part: Node) -> Node:
    """Return the schema of one event: that of an item if the document describes the stream as an array."""
    schema = node(part.get("schema"))
    found = resolve(document, schema)
    return node(found["items"]) if found.get("type") == "array" and is_node(found.get("items")) else schema


def named_switch(operation: Node) -> tuple[str, object] | None:
    """Return the field that `x-stream-field` names, and the value that it says, or None for that.

    Raises:
        DocumentError: It is neither a name nor an object of one name.
    """
    said = operation.get(STREAM_FIELD)
    if said is None or (isinstance(said, str) and said):
        return None if said is None else (str(said), None)
    if is_node(said) and len(said) == 1:
        [(name, value)] = said.items()
        return name, value
    raise DocumentError(f"{operation.get('operationId')}: {STREAM_FIELD} has to be a name, or one name and its value")


def switch_in(document: Node, operation: Node, schemas: Mapping[str, Node]) -> Switch | None:
    """Return which of some fields asks for events: that which the document names, `stream`, or one called so that can.

    Args:
        document: The document.
        operation: The operation that they belong to.
        schemas: The schemas of the fields, by their names.

    Raises:
        DocumentError: The document names a field, and not which of its values asks for events.
    """
    if named := named_switch(operation):
        name, on = named
        if name not in schemas:
            return None
        values = list(_values_of(document, schemas[name]))
        on = _asking(values) if on is None else on
        if on is None:
            raise DocumentError(
                f"{operation.get('operationId')}: {STREAM_FIELD} has to say which value of {name} asks for events"
            )
        return Switch(name, on, _other(values, on))
    for name in sorted(schemas, key=lambda name: name != _USUAL):
        if name.startswith(_USUAL):
            values = list(_values_of(document, schemas[name]))
            if (on := _asking(values)) is not None:
                return Switch(name, on, _other(values, on))
    return None


def _asking(values: list[object]) -> object:
    return next((value for value in values if value is True or str(value).lower() in _WORDS), None)


def _other(values: list[object], on: object) -> object:
    return next((value for value in values if value != on and value is not None), None)


def _values_of(document: Node, schema: object, depth: int = 8) -> Iterator[object]:
    """Yield the values of a schema that has but a few."""
    found = resolve(document, schema)
    if "const" in found:
        yield found["const"]
    elif isinstance(values := found.get("enum", found.get(VALUES)), list):
        yield from cast("list[object]", values)
    elif "boolean" in (found.get("type"), *texts(found.get("type"))):
        yield from (True, False)
    for branch in nodes([*nodes(found.get("anyOf")), *nodes(found.get("oneOf")), *nodes(found.get("allOf"))]):
        if depth:
            yield from _values_of(document, branch, depth - 1)
