# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""A request: everything that goes over the wire, but for the key."""

from collections.abc import Callable, Mapping, Sequence

import httpx
from attrs import field, frozen

from ..redaction import public_url
from ..settings import QueryPairs
from .bodies import Body
from .headers import merged
from .query import merged_query, written_query
from .security import SecurityScheme

ACCEPT_ENCODING = "gzip"
"""What is asked for: what Python can undo in bounded pieces without another library, and every server does alike."""


@frozen
class Request:
    """A request that can be sent any number of times.

    Attributes:
        method: The HTTP method.
        url: The URL, without the query until the key is added.
        headers: Every header, including those of the body.
        body: The body, if there is one.
        connect_timeout: Seconds for opening a connection; `None` for no limit.
        check_address: Returns which of a host's addresses may be connected to, or raises if none may.
        query: The parameters of the query.
        security: How the key is shown to the server.
        secrets: What must not be shown, but for the key.
        is_safe: Whether it makes no difference how often it arrives.
    """

    method: str
    url: httpx.URL = field(repr=lambda url: public_url(str(url)))
    headers: Mapping[str, str] = field(repr=False)
    body: Body | None = field(default=None, repr=False)
    connect_timeout: float | None = None
    check_address: Callable[[Sequence[str]], Sequence[str]] | None = field(default=None, repr=False)
    query: QueryPairs = field(default=(), repr=False)
    security: SecurityScheme | None = field(default=None, repr=False)
    secrets: Sequence[str] = field(default=(), repr=False)
    is_safe: bool = False

    def with_key(self, key: str | None) -> "Request":
        """Return the request as it is sent. A header or a query parameter of the caller's own wins over the key's."""
        headers, query = self.headers, self.query
        if key is not None and self.security is not None:
            headers = merged(self.security.headers(key), headers)
            query = merged_query([*self.security.query(key).items()], query)
        url = self.url.copy_with(query=written_query(query)) if query else self.url
        timeout, check, is_safe = self.connect_timeout, self.check_address, self.is_safe
        # Not `evolve`, which takes a hundredth of a call. What is left out is of no use with the key in its place.
        return Request(self.method, url, headers, self.body, timeout, check, is_safe=is_safe)
