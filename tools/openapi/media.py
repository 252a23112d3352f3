"""Media types: the kinds of body that this client knows, and those that it does not."""

import re
from enum import Enum

JSON = "application/json"
OCTETS = "application/octet-stream"
TEXT = "text/plain"


class Kind(Enum):
    """The kinds of body, by media type."""

    JSON = "json"
    MULTIPART = "multipart"
    FORM = "form"
    TEXT = "text"
    BINARY = "binary"


STRUCTURED = frozenset({Kind.JSON, Kind.MULTIPART, Kind.FORM})
"""The kinds of which a schema says what they hold."""

EVENTS = "text/event-stream"

_LINES = re.compile(r"application/(x-)?(json-?lines|jsonl|ndjson|csv|yaml|toml)")
"""Text that is sent as a string or a file, and comes as a file, because it may be long."""

_FORMS = {"multipart/form-data": Kind.MULTIPART, "application/x-www-form-urlencoded": Kind.FORM}


def kind_of(media_type: str) -> Kind:
    """Return the kind of a body from its media type. Parameters such as `charset` make no difference.

    XML has no reading as JSON's types, and the parts of a multipart body other than a form
    have no names: the one is text, and the other bytes.
    """
    name = essence(media_type)
    if name.endswith(("/json", "/x-json", "+json")):
        return Kind.JSON
    if name in _FORMS:
        return _FORMS[name]
    return Kind.TEXT if name.startswith("text/") or name.endswith(("/xml", "+xml")) else Kind.BINARY


def is_text(media_type: str) -> bool:
    """Return whether a body, which is sent as it is, may be given as a string."""
    return kind_of(media_type) is Kind.TEXT or _LINES.fullmatch(essence(media_type)) is not None


def is_header_name(name: str) -> bool:
    """Return whether a header can have a name (RFC 9110, section 5.1)."""
    return re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) is not None


def essence(media_type: str) -> str:
    """Return the type and subtype alone, in lower case (RFC 9110, section 8.3.1)."""
    return media_type.partition(";")[0].strip().lower()
