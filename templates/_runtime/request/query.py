"""The query of a URL: which parameters may be sent, and which win."""

from collections.abc import Mapping
from typing import cast

import httpx

from ..errors import ConfigurationError, InvalidRequestError
from ..settings import QueryPairs
from .values import items_of, text_of


class EncodedText(str):
    """Text of a query that is percent-encoded already."""

    __slots__ = ()


def checked_query(query: Mapping[str, object] | None) -> QueryPairs:
    """Return the parameters of a client's query.

    Raises:
        ConfigurationError: A name or a value has no form on the wire. The message does not show the value.
    """
    if query is None:
        return ()
    if not isinstance(cast(object, query), Mapping):
        raise ConfigurationError("query must be a mapping")
    try:
        return query_pairs("a name", query)
    except InvalidRequestError as error:
        complaint = f"query: {error.field} {error.rule}"
    raise ConfigurationError(complaint)  # not above, where the value would stay behind it


def query_pairs(argument: str, query: Mapping[str, object]) -> QueryPairs:
    """Return parameters as they are sent: an item of a list each, and none for `None`.

    Raises:
        InvalidRequestError: A name or a value has no form on the wire.
    """
    return [
        (text_of(argument, name), text_of(name, item))
        for name, value in query.items()
        for item in items_of(value)
        if item is not None
    ]


def merged_query(*parts: QueryPairs) -> QueryPairs:
    """Return parameters in which those of a later part replace those of the same name."""
    merged: list[tuple[str, str]] = []
    for part in filter(None, parts):
        names = {name for name, _ in part}
        merged = [*(pair for pair in merged if pair[0] not in names), *part]
    return merged


def written_query(query: QueryPairs) -> bytes:
    """Return a query as it is sent; some texts are encoded already."""
    pairs = [
        f"{httpx.QueryParams([(name, '')])}{text}"
        if isinstance(text, EncodedText)
        else str(httpx.QueryParams([(name, text)]))
        for name, text in query
    ]
    return "&".join(pairs).encode()
