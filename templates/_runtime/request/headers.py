"""Headers of a request: which may be sent, and which win."""

import re
from collections.abc import Mapping
from typing import cast

from ..errors import ConfigurationError

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
        if not isinstance(value, str) or not value.isascii() or not value.isprintable() or value != value.strip():
            # The value is not shown: it may be a secret.
            raise ConfigurationError(
                f"the value of the header {name} must be printable ASCII without white space at its ends"
            )
    return dict(headers)
