# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""What a server sent beyond its answer: a line end too many, or a second answer that nobody asked for.

h11 keeps what it has read, and httpcore uses the connection again all the same, so that the next
request would be answered before it is sent. That must not decide the outcome of a request that may be billed.
"""

import ssl
from operator import attrgetter
from typing import Protocol, cast

import httpx

# No public name leads there. What these names stand for is seen to by tests; where httpx gives them up,
# nothing is known, no connection is used twice, and the tests of that say so.
_connections_of = attrgetter("_pool.connections")
_inner_of = attrgetter("_connection")
_unread_of = attrgetter("_h11_state.trailing_data")


class NetworkStream(Protocol):
    """What httpx gives as a response's `network_stream`."""

    async def aclose(self) -> None:
        """Close the connection."""

    def get_extra_info(self, info: str) -> object:
        """Something of the connection, such as its `ssl_object`."""


def has_leftovers(transport: httpx.AsyncHTTPTransport, stream: NetworkStream) -> bool:
    """Whether something was received over the one connection of a transport that belongs to no response so far."""
    return _has_unparsed(transport) or _has_undecrypted(stream)


def _has_unparsed(transport: httpx.AsyncHTTPTransport) -> bool:
    try:
        connections = cast("list[object]", _connections_of(transport))
        return any(_has_unread(connection) for connection in connections)
    except AttributeError:
        return True


def _has_unread(connection: object) -> bool:
    while not hasattr(connection, "_h11_state"):
        connection = cast(object, _inner_of(connection))
    unread, _ = cast("tuple[bytes, bool]", _unread_of(connection))
    return bool(unread)


def _has_undecrypted(stream: NetworkStream) -> bool:
    """Whether a TLS record came with the last one, or the end of TLS; the socket does not show it."""
    tls = stream.get_extra_info("ssl_object")
    if not isinstance(tls, ssl.SSLObject | ssl.SSLSocket):
        return False
    try:
        tls.read(1)
    except ssl.SSLWantReadError:
        return False  # there is nothing, as there should be
    except OSError:
        pass
    return True
