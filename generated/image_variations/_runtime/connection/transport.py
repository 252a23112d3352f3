# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""A pool of connections, behind httpx's interface for transports."""

import asyncio
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping
from typing import NamedTuple, cast

import httpx
from attrs import evolve

from .connecting import CheckAddress, check_host, connect, start_tls
from .instrumentation import transports_are_as_shipped
from .messages import Head, RequestHead
from .protocol import Connection, Timeouts
from .proxies import DEFAULT_PORTS, Proxy, ProxyRules, open_tunnel, proxy_for_httpx, read_proxy, secrets_of_proxy

KEEPALIVE_SECONDS = 2.0
"""Less than servers keep an idle connection, because a request that meets one that is
just being closed has an unknown outcome."""

LIMITS = httpx.Limits(max_connections=None, keepalive_expiry=KEEPALIVE_SECONDS)
"""How httpx's own transports keep connections here. Calls queue in this package, where their timeout counts."""

_NO_PROXIES = ProxyRules({})

_MAX_TURNS = 100


class Origin(NamedTuple):
    """Whom a connection leads to, and the name that TLS asks for."""

    scheme: str
    host: str
    port: int
    server_name: str

    @classmethod
    def of(cls, url: httpx.URL, server_name: str | None = None) -> "Origin":
        """Return the origin of a URL.

        Raises:
            httpx.UnsupportedProtocol: It is not one of http or https.
        """
        host = url.raw_host.decode()
        if url.scheme not in DEFAULT_PORTS or not host:
            raise httpx.UnsupportedProtocol("the URL of a request must begin with http:// or https:// and a host")
        return cls(url.scheme, host, url.port or DEFAULT_PORTS[url.scheme], server_name or host)


class Body(httpx.AsyncByteStream):
    """The undecoded body of a response. Closing it gives its connection back.

    Attributes:
        connection: What it comes over.
    """

    def __init__(self, transport: "Transport", connection: Connection) -> None:
        self.connection = connection
        self._transport: Transport | None = transport

    async def read(self) -> bytes:
        """Return the next piece; it is empty at the end, and once the body was closed.

        Raises:
            httpx.TransportError: The body breaks off, or is not framed as its head says.
        """
        return b"" if self._transport is None else await self.connection.read()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while piece := await self.read():
            yield piece

    async def aclose(self) -> None:
        """Read no more."""
        if self._transport is not None:
            transport, self._transport = self._transport, None
            transport.release(self.connection)


class Transport(httpx.AsyncBaseTransport):
    """HTTP/1.1 over connections that carry one request at a time.

    It serves any `httpx.AsyncClient` on one event loop, and honours the timeouts and `sni_hostname`
    of a request's extensions. One more extension, `check_address`, is called with the addresses
    of the host, and returns those that may be connected to. A response has the address that it
    came from in its extension `peer`.

    Proxies over TLS and SOCKS proxies are left to `httpx.AsyncHTTPTransport`, and so is everything
    while a tool has replaced methods of httpx or httpcore.

    Args:
        ssl_context: Gives what TLS goes by; called for the first https URL.
        proxies: Which proxy a request goes through.
        connect_timeout: Seconds for opening a connection, if the request does not say.

    Attributes:
        secrets: What must not be shown if a proxy sends it back.

    Raises:
        ValueError: A proxy's URL cannot be used. The message does not show it.
    """

    def __init__(
        self,
        ssl_context: Callable[[], ssl.SSLContext] = httpx.create_ssl_context,
        proxies: ProxyRules = _NO_PROXIES,
        connect_timeout: float | None = None,
    ) -> None:
        self._ssl_context = ssl_context
        self._rules = proxies
        self._proxies = {url: read_proxy(url) for url in proxies.by_scheme.values()}
        self._connect_timeout = connect_timeout
        self.secrets = [secret for url in self._proxies for secret in secrets_of_proxy(url)]
        self._connections: dict[Connection, Origin] = {}
        self._idle: dict[Origin, dict[Connection, None]] = {}
        self._of_httpx: dict[tuple[str, str | None], httpx.AsyncHTTPTransport] = {}
        self._is_closed = False

    @property
    def is_direct(self) -> bool:
        """Whether requests go over connections of its own, and none through httpx's transport."""
        return None not in self._proxies.values() and transports_are_as_shipped()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and return the response with its body still to come.

        Raises:
            BrokenHeadError: A status line came, and nothing usable after it.
            httpx.TransportError: No response came.
        """
        if not self.is_direct:
            return await self._through_httpx(request.url).handle_async_request(request)
        extensions = cast("Mapping[str, object]", request.extensions)
        timeouts = cast("Mapping[str, float | None]", extensions.get("timeout") or {})
        head, body = await self.send(
            Origin.of(request.url, cast("str | None", extensions.get("sni_hostname"))),
            RequestHead(request.method.encode(), request.url.raw_path, request.headers.raw),
            cast(httpx.AsyncByteStream, request.stream),
            Timeouts(timeouts.get("connect", self._connect_timeout), timeouts.get("read"), timeouts.get("write")),
            cast("CheckAddress | None", extensions.get("check_address")),
        )
        return httpx.Response(
            head.status_code,
            headers=head.headers,
            stream=body,
            extensions={
                "http_version": b"HTTP/" + head.http_version,
                "reason_phrase": head.reason,
                "peer": body.connection.peer,
            },
        )

    async def send(
        self,
        origin: Origin,
        head: RequestHead,
        content: AsyncIterable[bytes],
        timeouts: Timeouts,
        check_address: CheckAddress | None,
    ) -> tuple[Head, Body]:
        """Send a request; return the head and the body of the response. The body is to be closed.

        Args:
            origin: Where it leads.
            head: Its head.
            content: Its body.
            timeouts: What bounds its waits.
            check_address: Called with the addresses of the host; returns those that may be connected to.

        Raises:
            BrokenHeadError: A status line came, and nothing usable after it.
            httpx.TransportError: No response came.
        """
        if self._is_closed:
            raise RuntimeError("the transport is closed")
        proxy = self._proxy_for(origin)
        if proxy is not None:  # the addresses that count are those that the proxy connects to
            await check_host(origin.host, origin.port, check_address)
            check_address = None
        connection = self._take(origin, check_address) or await self._open(
            origin, proxy, timeouts.connect, check_address
        )
        if proxy is None or origin.scheme == "https":
            return await connection.send(head, content, timeouts), Body(self, connection)
        response = await connection.send(proxy.absolute(head, origin.host, origin.port), content, timeouts)
        return evolve(response, proxy=proxy.url), Body(self, connection)

    def release(self, connection: Connection) -> None:
        """Take a connection back whose response was read or given up."""
        connection.finish(KEEPALIVE_SECONDS)
        if connection.is_idle:
            self._idle.setdefault(self._connections[connection], {})[connection] = None

    async def aclose(self) -> None:
        """Close all connections, those that are in use too."""
        self._is_closed = True
        for connection in [*self._connections]:
            connection.abort()
        for transport in self._of_httpx.values():
            await transport.aclose()
        for _ in range(_MAX_TURNS):  # sockets are closed in the event loop's next turns
            if not self._connections:
                break
            await asyncio.sleep(0)

    def _proxy_for(self, origin: Origin) -> Proxy | None:
        # Apart from what can fail: its URL may hold a password, and tools that report errors show locals.
        url = self._rules.url_for(origin.scheme, origin.host, origin.port)
        return None if url is None else self._proxies[url]

    def _take(self, origin: Origin, check_address: CheckAddress | None) -> Connection | None:
        """Take the connection that was used last: the others may then be closed."""
        idle = self._idle.get(origin)
        while idle:
            if check_address is not None:  # it may have been opened for a request that went anywhere
                check_address([next(reversed(idle)).peer])
            connection, _ = idle.popitem()
            if connection.is_usable():
                return connection
            connection.abort()
        return None

    async def _open(
        self, origin: Origin, proxy: Proxy | None, seconds: float | None, check_address: CheckAddress | None
    ) -> Connection:
        """Open a connection within the time for it.

        Raises:
            httpx.ConnectTimeout: It took too long.
            httpx.ConnectError: It failed; the cause says why.
            httpx.ProxyError: The proxy refuses.
        """
        try:
            async with asyncio.timeout(seconds):
                connection = await self._connect(origin, proxy, check_address)
        except TimeoutError as error:
            raise httpx.ConnectTimeout("no connection could be made in time") from error
        except (OSError, OverflowError, UnicodeError) as error:  # the latter two of ports and names that are none
            raise httpx.ConnectError(str(error)) from error
        if self._is_closed or connection.has_ended:
            connection.abort()
            raise httpx.ConnectError("the connection was closed as soon as it was made")
        self._connections[connection] = origin
        connection.on_lost = self._forget
        return connection

    async def _connect(self, origin: Origin, proxy: Proxy | None, check_address: CheckAddress | None) -> Connection:
        if proxy is None:
            connection = await connect(origin.host, origin.port, check_address)
        else:
            connection = await connect(proxy.host, proxy.port)
            connection.peer = ""
        if origin.scheme == "https":
            try:
                if proxy is not None:
                    await open_tunnel(connection, proxy, origin.host, origin.port)
                await start_tls(connection, self._ssl_context(), origin.server_name)
            except BaseException:
                connection.abort()
                raise
        return connection

    def _forget(self, connection: Connection) -> None:
        origin = self._connections.pop(connection)
        idle = self._idle.get(origin, {})
        idle.pop(connection, None)
        if not idle:
            self._idle.pop(origin, None)

    def _through_httpx(self, url: httpx.URL) -> httpx.AsyncHTTPTransport:
        proxy = self._rules.url_for(url.scheme, url.raw_host.decode(), url.port)
        key = (url.scheme, proxy)
        if key not in self._of_httpx:
            # Certificates are loaded only for https: the rest needs none.
            verify = self._ssl_context() if url.scheme == "https" else False
            through = None if proxy is None else proxy_for_httpx(proxy, self._ssl_context)
            self._of_httpx[key] = httpx.AsyncHTTPTransport(verify=verify, limits=LIMITS, proxy=through)
        return self._of_httpx[key]
