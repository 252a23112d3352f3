# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Transports to pass to a client: `Client(transport=over_aiohttp())`."""

import ssl
from collections.abc import Collection

import httpx

from .connection.http_client import check_kind, default_ssl_context, make_transport, new_ssl_context
from .connection.protocol import MAX_HEAD
from .connection.proxies import complaint_about, proxy_for_httpx
from .connection.transport import KEEPALIVE_SECONDS, LIMITS
from .errors import ConfigurationError


def default(
    *,
    ssl_context: ssl.SSLContext | None = None,
    proxy: str | httpx.URL | None = None,
    connect_timeout: float = 5.0,
) -> httpx.AsyncBaseTransport:
    """Return the transport that a client has by itself: HTTP/1.1 over connections of our own.

    Wrap it in a transport that sees requests, such as OpenTelemetry's, and pass that to a client.
    It also serves any other `httpx.AsyncClient`, on one event loop.

    Args:
        ssl_context: What TLS goes by: the authorities that are trusted, and a certificate of your
            own. By default httpx's authorities, or those that `SSL_CERT_FILE` or `SSL_CERT_DIR`
            names. Before each handshake it is told to offer HTTP/1.1 (ALPN), as httpx does.
        proxy: The URL of the proxy for all requests. By default the proxies that `HTTP_PROXY`,
            `HTTPS_PROXY` and `ALL_PROXY` name, but for what `NO_PROXY` names.
        connect_timeout: Seconds for opening a connection, if a request does not say; a client's
            requests do.

    Raises:
        ConfigurationError: An argument, or a proxy of the environment, cannot be used.
    """
    return make_transport(ssl_context, proxy, connect_timeout)


def over_httpx(
    *, http2: bool = False, ssl_context: ssl.SSLContext | None = None, proxy: str | httpx.URL | None = None
) -> httpx.AsyncBaseTransport:
    """Return a transport over httpx's own pool of connections, which HTTP/2 needs.

    The pool is slower with many calls at once, and a call that is cancelled while its connection
    is opened can leave the connection behind (encode/httpcore#1093). Proxies of the environment
    are not used.

    Args:
        http2: Whether to speak HTTP/2 with servers that do. It needs the package h2.
        ssl_context: What TLS goes by, as for `default`. With `http2`, nothing else may use it.
        proxy: The URL of the proxy for all requests.

    Raises:
        ConfigurationError: An argument cannot be used, or certificates that the environment names.
        ImportError: h2 is not installed.
    """
    check_kind("ssl_context", ssl_context, ssl.SSLContext)
    context = ssl_context or (new_ssl_context() if http2 else default_ssl_context())
    through = None if proxy is None else _check_proxy(proxy, _PROXIES_OF_HTTPX, context)
    return httpx.AsyncHTTPTransport(verify=context, http2=http2, limits=LIMITS, proxy=through)


def over_aiohttp(
    *, ssl_context: ssl.SSLContext | None = None, proxy: str | httpx.URL | None = None, trust_env: bool = False
) -> httpx.AsyncBaseTransport:
    """Return a transport over aiohttp's connections. It needs the package httpx-aiohttp (the extra `aiohttp`).

    Args:
        ssl_context: What TLS goes by, as for `default`.
        proxy: The URL of the proxy for all requests. It is no SOCKS proxy.
        trust_env: Whether to use proxies of the environment; aiohttp then reads `~/.netrc`, too.

    Raises:
        ConfigurationError: An argument cannot be used, or certificates that the environment names.
        ImportError: httpx-aiohttp is not installed.
    """
    from aiohttp import ClientResponse, ClientSession, DummyCookieJar, TCPConnector
    from aiohttp.connector import Connection
    from httpx_aiohttp import AiohttpTransport

    class Response(ClientResponse):
        async def start(self, connection: Connection) -> ClientResponse:
            await super().start(connection)
            # httpx-aiohttp fails at a phrase that is not UTF-8, though the response may be paid for.
            self.reason = (self.reason or "").encode("ascii", "replace").decode()
            return self

    def open_session() -> ClientSession:  # at the first call: it belongs to the running event loop
        return ClientSession(
            # No limit of its own: calls queue in the client, where their timeout counts.
            connector=TCPConnector(limit=0, keepalive_timeout=KEEPALIVE_SECONDS, ssl=context),
            response_class=Response,
            cookie_jar=DummyCookieJar(),  # or a cookie of one response goes along with every later call
            max_line_size=MAX_HEAD,
            max_field_size=MAX_HEAD,
            trust_env=trust_env,
        )

    check_kind("ssl_context", ssl_context, ssl.SSLContext)
    context = ssl_context or default_ssl_context()
    through = None if proxy is None else _check_proxy(proxy, _PROXIES_OF_AIOHTTP, context)
    return AiohttpTransport(verify=context, client=open_session, proxy=through)


_PROXIES_OF_AIOHTTP = ("http", "https")

_PROXIES_OF_HTTPX = (*_PROXIES_OF_AIOHTTP, "socks5", "socks5h")


def _check_proxy(proxy: str | httpx.URL, schemes: Collection[str], context: ssl.SSLContext) -> httpx.Proxy:
    """Return a proxy as httpx takes it.

    Raises:
        ConfigurationError: It cannot be used. The message does not show its URL, which may hold a password.
    """
    url = str(proxy)
    complaint = complaint_about(url)
    if complaint is None and httpx.URL(url).scheme not in schemes:
        complaint = f"the scheme of its URL must be {' or '.join(schemes)}"
    if complaint is not None:
        raise ConfigurationError(f"proxy cannot be used: {complaint}")
    return proxy_for_httpx(url, lambda: context)
