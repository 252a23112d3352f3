# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""What requests go over: our own transport, another one, or the caller's `httpx.AsyncClient`."""

import os
import ssl
from collections.abc import Callable
from functools import lru_cache
from typing import cast

import httpx
from attrs import frozen

from ..errors import ConfigurationError
from .instrumentation import client_is_as_shipped
from .proxies import ProxyRules, read_proxy, rules_of_environment
from .transport import Transport


class _NoCookies(httpx.Cookies):
    """Takes none from a response: they go along with no request here, and looking for them takes its time."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Leave them."""


_NO_COOKIES = _NoCookies()


class _CookielessClient(httpx.AsyncClient):
    @property
    def cookies(self) -> httpx.Cookies:
        """None, and none can be set."""
        return _NO_COOKIES

    @cookies.setter
    def cookies(self, cookies: object) -> None: ...


async def _tell_of_head(response: httpx.Response) -> None:
    """Tell the exchange of the status before httpx reads the `Location`, at which it fails if that is no URL."""
    on_head = cast("Callable[[httpx.Response], None]", response.request.extensions["on_head"])
    on_head(response)


@frozen
class HttpClient:
    """An `httpx.AsyncClient`, and whose it is.

    Attributes:
        client: The client.
        is_ours: Whether it is ours to close.
        transport: Our own transport, if the client is ours and has no other.
    """

    client: httpx.AsyncClient
    is_ours: bool
    transport: Transport | None = None

    @property
    def is_closed(self) -> bool:
        """Whether the client was closed."""
        return self.client.is_closed

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


def make_http_client(transport: httpx.AsyncBaseTransport) -> HttpClient:
    """Make a client over a transport."""
    own = transport if isinstance(transport, Transport) else None
    return HttpClient(
        _CookielessClient(transport=transport, event_hooks={"response": [_tell_of_head]}), is_ours=True, transport=own
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
    rules, complaint = _read_environment() if proxy is None else _read_argument(proxy)
    if complaint is not None:
        # Not raised where a proxy's URL is known, which may hold a password: tools show locals, and what was handled.
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


def _read_argument(proxy: str | httpx.URL) -> tuple[ProxyRules, str | None]:
    complaint = complaint_about_proxy(str(proxy))
    return ProxyRules({"all": str(proxy)}), complaint and f"proxy cannot be used: {complaint}"


def _read_environment() -> tuple[ProxyRules, str | None]:
    """The proxies of the environment, and what is wrong with them."""
    try:
        rules = rules_of_environment()
    except (httpx.InvalidURL, ValueError) as error:
        return ProxyRules({}), f"NO_PROXY has an entry that cannot be used ({error})"
    for scheme, url in rules.by_scheme.items():
        if complaint := complaint_about_proxy(url):
            return rules, f"the environment's proxy for {scheme}:// cannot be used: {complaint}"
    return rules, None


def complaint_about_proxy(proxy: str) -> str | None:
    """Return what is wrong with a proxy's URL, without showing it."""
    try:
        if read_proxy(proxy) is None:
            httpx.AsyncHTTPTransport(proxy=proxy, verify=False)  # sees whether what it needs is installed
    except (ValueError, ImportError) as error:
        return str(error)
    return None


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
