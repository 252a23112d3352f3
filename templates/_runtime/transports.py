"""Transports to pass to a client: `Client(transport=over_aiohttp())`."""

import ssl

import httpx

from .connection.http_client import check_kind, check_proxy, default_ssl_context, make_transport
from .connection.protocol import MAX_HEAD
from .connection.transport import KEEPALIVE_SECONDS, LIMITS


def default(
    *,
    ssl_context: ssl.SSLContext | None = None,
    proxy: str | httpx.URL | None = None,
    connect_timeout: float = 5.0,
) -> httpx.AsyncBaseTransport:
    """Return the transport that a client has by itself: HTTP/1.1 over connections of our own.

    It serves any `httpx.AsyncClient`, on one event loop.

    Args:
        ssl_context: What TLS goes by: certificates that are trusted, and one of your own. By
            default httpx's, or those that `SSL_CERT_FILE` or `SSL_CERT_DIR` names.
        proxy: The URL of the proxy for all requests. By default those that `HTTP_PROXY`,
            `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` name.
        connect_timeout: Seconds for opening a connection, if a request does not say.

    Raises:
        ConfigurationError: An argument, or a proxy of the environment, cannot be used.
    """
    return make_transport(ssl_context, proxy, connect_timeout)


def over_httpx(
    *, http2: bool = False, ssl_context: ssl.SSLContext | None = None, proxy: str | httpx.URL | None = None
) -> httpx.AsyncBaseTransport:
    """Return a transport over httpx's own pool of connections, which is needed for HTTP/2.

    The pool is slower with many calls at once, and a call that is cancelled can lose a connection
    in it (encode/httpcore#1093). It uses no proxies of the environment.

    Args:
        http2: Whether to speak HTTP/2 with servers that do. It needs the package h2.
        ssl_context: What TLS goes by, as for `default`.
        proxy: The URL of the proxy for all requests.

    Raises:
        ConfigurationError: An argument cannot be used.
    """
    context = _checked(ssl_context, proxy)
    return httpx.AsyncHTTPTransport(verify=context, http2=http2, limits=LIMITS, proxy=proxy)


def over_aiohttp(
    *, ssl_context: ssl.SSLContext | None = None, proxy: str | httpx.URL | None = None, trust_env: bool = False
) -> httpx.AsyncBaseTransport:
    """Return a transport over aiohttp's connections. It needs the package httpx-aiohttp (the extra `aiohttp`).

    Args:
        ssl_context: What TLS goes by, as for `default`.
        proxy: The URL of the proxy for all requests.
        trust_env: Whether to use proxies of the environment; aiohttp then reads `~/.netrc`, too.

    Raises:
        ConfigurationError: An argument cannot be used.
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

    context = _checked(ssl_context, proxy)
    return AiohttpTransport(verify=context, client=open_session, proxy=None if proxy is None else httpx.Proxy(proxy))


def _checked(ssl_context: ssl.SSLContext | None, proxy: str | httpx.URL | None) -> ssl.SSLContext:
    """Check the arguments, and return what TLS goes by."""
    check_kind("ssl_context", ssl_context, ssl.SSLContext)
    if proxy is not None:
        check_proxy(proxy)
    return default_ssl_context() if ssl_context is None else ssl_context
