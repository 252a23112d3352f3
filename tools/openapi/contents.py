"""The kinds of content of a body that the client sends, or reads, of all that a document offers."""

from collections.abc import Iterator

from attrs import evolve, frozen

from tools.openapi.document import Node, node, resolve
from tools.openapi.media import EVENTS, JSON, OCTETS, STRUCTURED, TEXT, Kind, essence, kind_of
from tools.openapi.schemas import is_file

_ANY = frozenset({"*/*", "application/*"})
"""Ranges of media types (RFC 9110, section 12.5.1) that say nothing of how a body is written."""

_CONCRETE = {Kind.JSON: JSON, Kind.BINARY: OCTETS, Kind.TEXT: TEXT}

_SAME_AS_JSON = frozenset({"text/json", "text/x-json", "application/x-json"})
"""What was written for JSON before it had a media type of its own (RFC 8259, section 11)."""


@frozen
class Content:
    """One kind of content.

    Attributes:
        offered: The media type, or the range of some, in the document.
        kind: The kind of body that it is.
        media_type: The media type that is sent, or asked for.
        part: What the document says of it.
    """

    offered: str
    kind: Kind
    media_type: str
    part: Node

    @property
    def is_range(self) -> bool:
        """Whether the document leaves the media type to the server."""
        return "*" in essence(self.offered)


def contents_of(document: Node, content: object) -> Iterator[Content]:
    """Yield each kind of content in the document's order, supported or not."""
    for offered, part in node(content).items():
        schema = resolve(document, node(part).get("schema"))
        kind = kind_of(offered)
        if essence(offered) in _ANY and schema and not _is_binary(schema):
            kind = Kind.JSON
        elif kind is Kind.JSON and is_file(schema):  # JSON that is binary content is passed on as it is
            kind = Kind.BINARY
        is_range = "*" in essence(offered)
        yield Content(offered, kind, _CONCRETE.get(kind, offered) if is_range else offered, node(part))


def sent_contents(document: Node, content: object) -> list[Content]:
    """Return the kinds of content that have a function each: one binary, each text, and of JSON those that differ.

    Text has one only if the document offers no JSON and no form, which say what they hold.

    JSON of the same schema is one body under `application/json`, its old names, a range and other parameters; and of
    these that which is called `application/json` is sent, if there is one.
    """
    found: dict[object, Content] = {}
    every = list(contents_of(document, content))
    takes_text = not any(one.kind in STRUCTURED for one in every)
    for one in every:
        if (one.kind is Kind.TEXT and not takes_text) or _is_of_parts(one):
            continue
        key: object = one.kind
        if one.kind is Kind.JSON:
            name = essence(one.media_type)
            key = (JSON if name in _SAME_AS_JSON else name, repr(one.part.get("schema")))
        elif one.kind is not Kind.BINARY:
            key = one.offered.lower()
        if key not in found or (one.offered.lower() == JSON and found[key].offered.lower() != JSON):
            found[key] = one
    return list(found.values())


def _is_of_parts(one: Content) -> bool:
    """Return whether a body is of parts that have no names, which nothing says how to write."""
    return one.kind is Kind.BINARY and essence(one.offered).startswith("multipart/")


def read_content(document: Node, content: object) -> Content | None:
    """Return the kind of content that a response is asked for: JSON if there is some, rather than by a range."""
    return min(map(_as_read, contents_of(document, content)), key=_rank, default=None)


def _as_read(one: Content) -> Content:
    """Return the content of a response: a form in it is not taken apart."""
    return evolve(one, kind={Kind.FORM: Kind.TEXT, Kind.MULTIPART: Kind.BINARY}.get(one.kind, one.kind))


def _rank(one: Content) -> int:
    if one.kind is not Kind.JSON:
        return 4 if essence(one.offered) == EVENTS else 3
    return 2 if one.is_range else int(essence(one.offered) in _SAME_AS_JSON)


def _is_binary(schema: Node) -> bool:
    return schema.get("format") == "binary" or ("contentMediaType" in schema and "contentEncoding" not in schema)
