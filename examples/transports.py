"""Other ways to send than `Client()` has: `Client(transport=over_aiohttp())`, and why each setting is as it is.

Copy the one that you use. The README's table says what each of them can and cannot do; the fault matrix is run over
both.
"""

from datetime import timedelta
from ssl import SSLContext

import httpx
from aiohttp import ClientResponse, ClientSession, DummyCookieJar, TCPConnector
from aiohttp.connector import Connection
from httpx_aiohttp import AiohttpTransport
from pyreqwest.client import ClientBuilder
from pyreqwest.compatibility.httpx import HttpxTransport

IDLE_SECONDS = 2.0
"""Less than servers keep an idle connection: a request that meets one that is just being closed may be lost."""

LONGEST_HEADER = 100 * 1024
"""Bytes, as httpx allows. A response with a longer one fails, though it may have been billed."""


def over_httpx(*, verify: SSLContext | bool = True, http2: bool = False) -> httpx.AsyncBaseTransport:
    """Httpx's own connections, in one pool: for certificates of your own, or HTTP/2 (which needs h2).

    With many calls at once the pool is slower than what `Client()` has by itself, and it uses no proxies from the
    environment.

    Args:
        verify: Whom to trust, as `httpx.AsyncClient` takes it.
        http2: Whether to speak HTTP/2 where the server does.
    """
    # No limit of its own: `max_concurrency` is the client's, and whoever waits for it waits in time.
    limits = httpx.Limits(max_connections=None, keepalive_expiry=IDLE_SECONDS)
    return httpx.AsyncHTTPTransport(verify=verify, http2=http2, limits=limits)


class _Response(ClientResponse):
    async def start(self, connection: Connection) -> ClientResponse:
        await super().start(connection)
        # httpx-aiohttp fails at a phrase that is not UTF-8, though the answer may be paid for.
        self.reason = (self.reason or "").encode("ascii", "replace").decode()
        return self


def over_aiohttp(*, verify: SSLContext | bool = True, trust_env: bool = False) -> httpx.AsyncBaseTransport:
    """The connections of aiohttp (the extra `aiohttp`): the fastest, as the benchmarks show.

    Args:
        verify: Whom to trust, as `httpx.AsyncClient` takes it.
        trust_env: Whether to use proxies from the environment; aiohttp reads `~/.netrc` then, too.
    """

    def session() -> ClientSession:  # made at the first call, for it belongs to the running event loop
        return ClientSession(
            # No limit of its own: `max_concurrency` is the client's, and whoever waits for it waits in time.
            connector=TCPConnector(limit=0, keepalive_timeout=IDLE_SECONDS, ssl=transport.ssl_context),
            response_class=_Response,
            cookie_jar=DummyCookieJar(),  # or what one answer sets goes along with every later call
            max_line_size=LONGEST_HEADER,
            max_field_size=LONGEST_HEADER,
            trust_env=trust_env,
        )

    transport = AiohttpTransport(verify=verify, client=session)
    return transport


def over_reqwest(*, connect_timeout: float = 5.0, max_idle: int = 100) -> httpx.AsyncBaseTransport:
    """The connections of reqwest, by pyreqwest (the extra `reqwest`). It uses proxies from the environment by itself.

    Args:
        connect_timeout: Seconds for opening a connection; that of `Client` does not reach it.
        max_idle: How many idle connections to keep: `max_concurrency`. What is cancelled leaves some behind.
    """
    client = (
        ClientBuilder()
        .connect_timeout(timedelta(seconds=connect_timeout))
        .pool_idle_timeout(timedelta(seconds=IDLE_SECONDS))
        .pool_max_idle_per_host(max_idle)
        .follow_redirects(False)  # or the image goes wherever an answer says
        .gzip(False)  # the client undoes both, in bounded pieces, and asks for nothing else
        .deflate(False)
        .brotli(False)
        .zstd(False)
        .build()
    )
    return HttpxTransport(client)
