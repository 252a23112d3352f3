"""Other ways to send than httpx's own: `Client(transport=over_aiohttp())`, and why each setting is as it is.

Copy the one that you use. The README's table says what each of them can and cannot do; the fault matrix is run over
both.
"""

from datetime import timedelta
from ssl import SSLContext

import httpx
from aiohttp import ClientSession, DummyCookieJar, TCPConnector
from httpx_aiohttp import AiohttpTransport
from pyreqwest.client import ClientBuilder
from pyreqwest.compatibility.httpx import HttpxTransport

IDLE_SECONDS = 2.0
"""Less than servers keep an idle connection: a request that meets one that is just being closed may be lost."""

LONGEST_HEADER = 100 * 1024
"""Bytes, as httpx allows. An answer with a longer one is given up, though it may be paid for."""


def over_aiohttp(*, verify: SSLContext | bool = True, trust_env: bool = False) -> httpx.AsyncBaseTransport:
    """The connections of aiohttp (the extra `aiohttp`): faster than httpx's own, the more so the more calls go at once.

    Args:
        verify: Whom to trust, as `httpx.AsyncClient` takes it.
        trust_env: Whether to use proxies from the environment; aiohttp reads `~/.netrc` then, too.
    """

    def session() -> ClientSession:  # made at the first call, for it belongs to the running event loop
        return ClientSession(
            # No limit of its own: `max_concurrency` is the client's, and whoever waits for it waits in time.
            connector=TCPConnector(limit=0, keepalive_timeout=IDLE_SECONDS, ssl=transport.ssl_context),
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
        .follow_redirects(False)  # or the picture goes wherever an answer says
        .gzip(False)  # the client undoes both, in bounded pieces, and asks for nothing else
        .deflate(False)
        .brotli(False)
        .zstd(False)
        .build()
    )
    return HttpxTransport(client)
