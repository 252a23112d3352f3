"""The events of an operation: their schema, what asks for them, and what tells them apart."""

import re
from collections.abc import Mapping
from typing import TypeAlias

from attrs import evolve

from tools.compare.branches import Branch, Site, canonical
from tools.compare.members import members_of
from tools.compare.naming import class_name, function_name
from tools.compare.operations import Call, EventField, Keyword
from tools.compare.shapes import Shape, Shapes
from tools.openapi.document import DocumentError, Node, node
from tools.openapi.events import event_schema, is_events, switch_in, tag_of_events
from tools.openapi.schemas import escaped
from tools.openapi.variants import UNIONS

RAW = "ServerSentEvent"
"""The type of an event that the document does not describe."""

_WHOLE = frozenset({"event", "data"})
"""The members of objects that stand for whole events, and not for their data."""

_Values: TypeAlias = Mapping[str, tuple[object, ...]]


def event_site(document: Node, content: object, place: str, operation_id: str) -> Site | None:
    """Return the schema of the events of a response, if it has some.

    Args:
        document: The document.
        content: What the response may be, by media type.
        place: The response's pointer.
        operation_id: The id of the operation.
    """
    for offered, part in node(content).items():
        if not is_events(offered):
            continue
        whole = node(node(part).get("schema"))
        schema = event_schema(document, node(part))
        pointer = f"{place}/content/{escaped(offered)}/schema"
        if schema is not whole:
            pointer = f"{whole.get('$ref', pointer)}/items"
        if "$ref" not in schema and schema.keys() & {"properties", "allOf", *UNIONS}:
            return Site(schema, pointer, "", f"{re.sub(r'[^0-9A-Za-z]+', '_', operation_id)}Event")
        return Site(schema, pointer, function_name(operation_id), "response_100")
    return None


def with_event_field(document: Node, shapes: Shapes, raw: Node, call: Call) -> Call:
    """Return a call with the part of its request that asks for events, if there is one."""
    return evolve(call, event_field=_event_field(document, shapes, raw, call))


def with_events(call: Call) -> Call:
    """Return a call with the function that gives events, and without the keyword that asks for them."""
    found = call.event_field
    keywords = tuple(one for one in call.keywords if found is None or one is not found.keyword)
    return evolve(call, events=f"{call.function.removesuffix('_')}_events", keywords=keywords)


def _event_field(document: Node, shapes: Shapes, raw: Node, call: Call) -> EventField | None:
    in_body = [keyword for keyword in call.keywords if keyword.location == "body"]
    if call.body is None:
        in_body = [member for keyword in in_body for member in _members_of_whole(shapes, keyword)]
    others = [keyword for keyword in call.keywords if keyword.location != "body"]
    for keywords in ({keyword.wire_name: keyword for keyword in part} for part in (in_body, others)):
        try:
            found = switch_in(document, raw, {name: node(keyword.site.raw) for name, keyword in keywords.items()})
        except DocumentError:  # the generator refuses it; to compare it will do
            return None
        if found:
            keyword = keywords[found.name]
            return EventField(keyword, found.on, found.off if keyword.is_required else None)
    return None


def _members_of_whole(shapes: Shapes, keyword: Keyword) -> list[Keyword]:
    branches = shapes.of(keyword.site).branches
    return members_of(branches[0]) if len(branches) == 1 and branches[0].type == "object" else []


def type_of_events(shapes: Shapes, site: Site) -> str:
    """Return the Python type of the events that a document describes."""
    text = shapes.text_of(evolve(shapes.of(site), is_nullable=False))
    is_named = any(branch.aliases for branch in shapes.of(site).branches)
    return RAW if text in ("object", "str") and not is_named else text


def alias_of_events(shapes: Shapes, site: Site, operation_id: str) -> str | None:
    """Return the name of the union of the types of events, if there are several."""
    is_named = any(branch.aliases for branch in shapes.of(site).branches)
    if " | " not in type_of_events(shapes, site) and not is_named:
        return None
    return class_name("", str(node(site.raw).get("$ref", f"{operation_id}_event")))


def are_whole(shapes: Shapes, site: Site) -> bool:
    """Return whether a document describes whole events: their names and their data."""
    classes = _classes(shapes.of(site))
    return bool(classes) and all(branch.fields.keys() >= _WHOLE for branch in classes)


def tags_of_events(shapes: Shapes, site: Site) -> dict[tuple[str, str], str]:
    """Return the class of each value, as JSON, of the member that tells events apart."""
    classes = _classes(shapes.of(site))
    if len(classes) != len(shapes.of(site).branches):
        return {}
    values = [values_of(shapes, branch) for branch in classes]
    tag = tag_of_events(values, is_whole=are_whole(shapes, site))
    if tag is None:
        return {}
    return {
        (tag, canonical(value)): branch.class_name
        for branch, found in zip(classes, values, strict=True)
        for value in found.get(tag, ())
        if isinstance(value, str)
    }


def values_of(shapes: Shapes, branch: Branch) -> _Values:
    """Return the values of the members that have but a few: their own, or those that a discriminator says."""
    own: dict[str, tuple[object, ...]] = {}
    for member, site in branch.fields.items():
        alternatives = shapes.of(site).branches
        if len(alternatives) == 1 and alternatives[0].values:
            own[member] = alternatives[0].values
    return {**branch.tags, **own}


def _classes(shape: Shape) -> list[Branch]:
    return [branch for branch in shape.branches if branch.type == "object"]
