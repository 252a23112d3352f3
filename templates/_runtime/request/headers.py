"""Headers of a request: which may be sent, and which win."""

import re
from collections.abc import Mapping
from typing import TypeGuard, cast

from ..errors import ConfigurationError, InvalidRequestError

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

_OF_THE_BODY = frozenset({"content-length", "content-type", "transfer-encoding"})


def merged(*headers: Mapping[str, str]) -> dict[str, str]:
    """Merge headers: a later name replaces an earlier one, whatever their case (RFC 9110, section 5.1)."""
    by_name = {name.lower(): (name, value) for part in headers for name, value in part.items()}
    return dict(by_name.values())


def checked_headers(headers: Mapping[str, str] | None) -> dict[str, str]:
    """Return headers that can be sent beside the body's own.

    Raises:
        ConfigurationError: A name or a value has no form on the wire, or belongs to the body.
    """
    if headers is None:
        return {}
    if not isinstance(cast(object, headers), Mapping):
        raise ConfigurationError("headers must be a mapping")
    for name, value in cast("Mapping[object, object]", headers).items():
        if not isinstance(name, str) or not _TOKEN.fullmatch(name):
            raise ConfigurationError(f"{name!r} is not a header name")
        if name.lower() in _OF_THE_BODY:
            raise ConfigurationError(
                f"the header {name} must not be set: it describes the body, which this client writes"
            )
        if not _is_value(value):
            # The value is not shown: it may be a secret.
            raise ConfigurationError(
                f"the value of the header {name} must be printable ASCII without white space at its ends"
            )
    return dict(headers)


def header_value(name: str, text: object) -> str:
    """Return text that a header line can carry as it is.

    Raises:
        InvalidRequestError: It holds a control character, a character outside ASCII, or
            white space at an end, or is not a text.
    """
    if not _is_value(text):
        raise InvalidRequestError(name, text, "must be printable ASCII without white space at its ends")
    return text


def _is_value(value: object) -> TypeGuard[str]:
    """Return whether a header line can carry a value as it is (RFC 9110, section 5.5)."""
    return isinstance(value, str) and value.isascii() and value.isprintable() and value == value.strip()
