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
    UNSUPPORTED = "unsupported"


SENT = frozenset({Kind.JSON, Kind.MULTIPART, Kind.FORM, Kind.BINARY})
"""The kinds that a request's body may have."""

READ = frozenset({Kind.JSON, Kind.TEXT, Kind.BINARY})
"""The kinds that a response's body may have."""

_FORMS = {"multipart/form-data": Kind.MULTIPART, "application/x-www-form-urlencoded": Kind.FORM}


def kind_of(media_type: str) -> Kind:
    """Return the kind of a body from its media type. Parameters such as `charset` make no difference.

    XML has no reading as JSON's types, an event stream has no end, and the parts of a
    multipart body other than a form have no names.
    """
    name = essence(media_type)
    if name.endswith(("/json", "/x-json", "+json")):
        return Kind.JSON
    if name in _FORMS:
        return _FORMS[name]
    if name == "text/event-stream" or name.endswith(("/xml", "+xml")) or name.startswith("multipart/"):
        return Kind.UNSUPPORTED
    return Kind.TEXT if name.startswith("text/") else Kind.BINARY


def is_header_name(name: str) -> bool:
    """Return whether a header can have a name (RFC 9110, section 5.1)."""
    return re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) is not None


def essence(media_type: str) -> str:
    """Return the type and subtype alone, in lower case (RFC 9110, section 8.3.1)."""
    return media_type.partition(";")[0].strip().lower()
