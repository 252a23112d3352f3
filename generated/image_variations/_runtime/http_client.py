# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""The `httpx.AsyncClient` that a client makes where it is given none."""

import ssl
from typing import cast

import httpx

from .cancellation import OnHead
from .default_transport import DefaultTransport
from .environment_proxies import environment_proxies
from .errors import ConfigurationError


class _NoCookies(httpx.Cookies):
    """Takes none from an answer: they go along with no request here, and looking for them takes its time."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Leave them."""


_NO_COOKIES = _NoCookies()


class _HttpClient(httpx.AsyncClient):
    @property
    def cookies(self) -> httpx.Cookies:
        """None, and none can be set."""
        return _NO_COOKIES

    @cookies.setter
    def cookies(self, cookies: object) -> None: ...


async def _tell_of_head(response: httpx.Response) -> None:
    """Tell the exchange of the status before httpx reads the `Location`, at which it fails if that is no URL."""
    on_head = cast(OnHead, response.request.extensions["on_head"])
    on_head((response.status_code, response.headers.raw))


def make_http_client(transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    """Make a client of httpx over a transport; by default over httpx's own, with the proxies of the environment.

    Raises:
        ConfigurationError: The environment names certificates or a proxy that cannot be used.
    """
    if transport is not None:
        return _HttpClient(transport=transport, event_hooks={"response": [_tell_of_head]})
    ssl_context = _ssl_context()
    mounts, complaint = _mounts(ssl_context)
    if complaint is not None:
        # Not raised where a proxy's URL is known, which may hold a password: tools show locals, and what was handled.
        raise ConfigurationError(complaint)
    return _HttpClient(transport=DefaultTransport(ssl_context), mounts=mounts)


def _ssl_context() -> ssl.SSLContext:
    try:
        return httpx.create_ssl_context()
    except OSError as error:
        raise ConfigurationError(
            f"SSL_CERT_FILE, SSL_CERT_DIR or SSLKEYLOGFILE names something that cannot be used: {error}"
        ) from error


def _mounts(ssl_context: ssl.SSLContext) -> tuple[dict[str, httpx.AsyncBaseTransport | None], str | None]:
    """The transport of each URL pattern that a proxy is for, or excepted from, and what is wrong with one, if it is."""
    mounts: dict[str, httpx.AsyncBaseTransport | None] = {}
    for pattern, proxy in environment_proxies().items():
        try:
            httpx.URL(pattern)  # as httpx will read it
            mounts[pattern] = None if proxy is None else _proxied(ssl_context, proxy)
        except (httpx.InvalidURL, ValueError, ImportError) as error:
            return {}, _complaint(pattern, proxy, error)
    return mounts, None


def _proxied(ssl_context: ssl.SSLContext, proxy: str) -> DefaultTransport:
    transport = DefaultTransport(ssl_context, httpx.Proxy(proxy))
    transport.make_lane()  # it is seen now whether there can be one
    return transport


def _complaint(pattern: str, proxy: str | None, error: Exception) -> str:
    """What is wrong with an entry of the environment's, without a proxy's URL."""
    if proxy is None:
        return f"NO_PROXY has an entry that cannot be used ({error})"
    reason = str(error) if isinstance(error, ImportError) else "its URL must be like http://host:port"
    return f"the environment's proxy for {pattern} cannot be used: {reason}"
