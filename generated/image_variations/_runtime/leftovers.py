"""What a server sent beyond its answer: a line end too many, or a second answer that nobody asked for.

h11 keeps what it has read, and httpcore uses the connection again all the same, so that the next
request would be answered before it is sent. That must not decide the outcome of a request that may be billed.
"""

from operator import attrgetter
from typing import cast

import httpx

# No public name leads there. What these names stand for is seen to by tests; where httpx gives them up,
# nothing is known, no connection is used twice, and the tests of that say so.
_connections_of = attrgetter("_pool.connections")
_inner_of = attrgetter("_connection")
_unread_of = attrgetter("_h11_state.trailing_data")


def has_leftovers(transport: httpx.AsyncHTTPTransport) -> bool:
    """Whether something was received over the one connection of a transport that belongs to no answer so far."""
    try:
        connections = cast("list[object]", _connections_of(transport))
        return any(_has_leftovers(connection) for connection in connections)
    except AttributeError:
        return True


def _has_leftovers(connection: object) -> bool:
    while not hasattr(connection, "_h11_state"):
        connection = cast(object, _inner_of(connection))
    unread, _ = cast("tuple[bytes, bool]", _unread_of(connection))
    return bool(unread)
