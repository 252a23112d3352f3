"""The client over pyreqwest: `Client(transport=over_reqwest())`, and why each setting is as it is.

Other transports are in `image_variations.transports`. A table in docs/guides/transports.md says what each can do; the
fault matrix is run over all of them.
"""

from datetime import timedelta

import httpx
from pyreqwest.client import ClientBuilder
from pyreqwest.compatibility.httpx import HttpxTransport

IDLE_SECONDS = 2.0
"""Less than servers keep an idle connection: a request that meets one that is just being closed may be lost."""


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
