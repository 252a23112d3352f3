# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""What requests go over: our own transport, another one, or the caller's `httpx.AsyncClient`."""

import os
import ssl
from collections.abc import Callable
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import cast

import httpx
from attrs import frozen

from ..errors import ConfigurationError
from .instrumentation import client_is_as_shipped
from .messages import Head
from .proxies import read_rules
from .stand_in import StandIn
from .transport import Transport


async def _note_head(response: httpx.Response) -> None:
    """Tell the exchange of the status before httpx reads the `Location`, at which it fails if that is no URL."""
    note_head = cast("Callable[[Head], None]", response.request.extensions["on_head"])
    note_head(Head(response.status_code, response.headers))


@frozen
class HttpClient:
    """An `httpx.AsyncClient`, and whose it is.

    Attributes:
        client: The client.
        is_ours: Whether it is ours to close.
        transport: Our own transport, if the client is ours and has no other.
        stand_in: What takes the place of a server, if something does.
    """

    client: httpx.AsyncClient
    is_ours: bool
    transport: Transport | None = None
    stand_in: StandIn | None = None

    def direct(self) -> Transport | None:
        """Return the transport to send over without the detour through httpx's client, which takes 0.1 ms a call.

        There is none if the client or the transport is the caller's, or if a tool has replaced
        methods of httpx: Sentry and Datadog, for example, see requests in `httpx.AsyncClient.send`.
        """
        transport = self.transport
        if transport is None or not transport.is_direct or not client_is_as_shipped():
            return None
        return transport

    async def aclose(self) -> None:
        """Close the client if it is ours."""
        if self.is_ours:
            await self.client.aclose()


def choose_http_client(
    transport: httpx.AsyncBaseTransport | None,
    http_client: httpx.AsyncClient | None,
    ssl_context: ssl.SSLContext | None,
    proxy: str | httpx.URL | None,
) -> HttpClient:
    """Take what the caller gives, or make the default.

    Raises:
        ConfigurationError: It is of another kind, or two of them contradict each other.
    """
    check_kind("transport", transport, httpx.AsyncBaseTransport)
    check_kind("http_client", http_client, httpx.AsyncClient)
    if transport is not None and http_client is not None:
        raise ConfigurationError("pass transport or http_client, not both: an http_client has its own transport")
    if transport is None and http_client is None:
        return make_http_client(make_transport(ssl_context, proxy))
    for name, option in (("ssl_context", ssl_context), ("proxy", proxy)):
        if option is not None:
            owner = "transport" if http_client is None else "http_client"
            raise ConfigurationError(f"{name} belongs to the default transport: set it where you make your {owner}")
    if http_client is not None:
        return HttpClient(http_client, is_ours=False)
    assert transport is not None  # noqa: S101  # one of the two is given
    return make_http_client(transport)


def make_http_client(transport: httpx.AsyncBaseTransport) -> HttpClient:
    """Make a client over a transport."""
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
    client = httpx.AsyncClient(transport=transport, cookies=no_cookies, event_hooks={"response": [_note_head]})
    return HttpClient(
        client,
        is_ours=True,
        transport=transport if isinstance(transport, Transport) else None,
        stand_in=transport if isinstance(transport, StandIn) else None,
    )


def make_transport(
    ssl_context: ssl.SSLContext | None = None,
    proxy: str | httpx.URL | None = None,
    connect_timeout: float | None = None,
) -> Transport:
    """Make our own transport.

    Args:
        ssl_context: What TLS goes by; by default httpx's certificates, or those that the environment names.
        proxy: The proxy for all requests; by default those that the environment names.
        connect_timeout: Seconds for opening a connection, if a request does not say.

    Raises:
        ConfigurationError: An argument or a proxy cannot be used. The message does not show its URL.
    """
    check_kind("ssl_context", ssl_context, ssl.SSLContext)
    rules, complaint = read_rules(None if proxy is None else str(proxy))
    if complaint is not None:
        raise ConfigurationError(complaint)
    return Transport(default_ssl_context if ssl_context is None else lambda: ssl_context, rules, connect_timeout)


def check_kind(name: str, value: object, kind: type) -> None:
    """See that an argument is of a kind, or `None`.

    Raises:
        ConfigurationError: It is of another.
    """
    if value is not None and not isinstance(value, kind):
        expected, given = (f"{cls.__module__.partition('.')[0]}.{cls.__name__}" for cls in (kind, type(value)))
        article = "a" if given.startswith("builtins.") else "an"
        raise ConfigurationError(f"{name} must be an {expected}, not {article} {given.removeprefix('builtins.')}")


def default_ssl_context() -> ssl.SSLContext:
    """Return the context that all clients of the process share: loading certificates takes 20 ms.

    Raises:
        ConfigurationError: The environment names certificates that cannot be used.
    """
    return _shared_ssl_context(*map(os.environ.get, ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")))


@lru_cache(maxsize=4)
def _shared_ssl_context(cert_file: str | None, cert_dir: str | None, key_log: str | None) -> ssl.SSLContext:
    """Make the context for these values of the environment, which httpx reads itself."""
    return new_ssl_context()


def new_ssl_context() -> ssl.SSLContext:
    """Make a context that nothing shares, as HTTP/2 needs it: what ALPN offers is a setting of the context.

    Raises:
        ConfigurationError: The environment names certificates that cannot be used.
    """
    try:
        return httpx.create_ssl_context()
    except OSError as error:
        raise ConfigurationError(
            f"SSL_CERT_FILE, SSL_CERT_DIR or SSLKEYLOGFILE names something that cannot be used: {error}"
        ) from error
