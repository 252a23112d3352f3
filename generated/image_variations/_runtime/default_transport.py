# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""httpx's own transport, once for each connection.

httpcore's pool walks all its connections several times for each request, and offers one idle
connection to several requests, of which all but one have to ask again: with 32 calls at once
that is most of the work. A transport that has one request at a time needs no walk. While it is
idle it lies on a pile with others, and whoever needs one takes the top one.
"""

import asyncio
import ssl
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import cast

import httpx
from attrs import define, field

from .leftovers import NetworkStream, has_leftovers

KEEPALIVE_SECONDS = 2.0
"""Less than servers keep an idle connection, because a request that meets one that is
just being closed has an unknown outcome."""

# No limit here: who waits for a connection waits in this package, where the timeout counts
# and a cancelled call loses no place (encode/httpcore#1093).
LIMITS = httpx.Limits(max_connections=None, keepalive_expiry=KEEPALIVE_SECONDS)
"""How httpx's own transports keep connections here."""

_Origin = tuple[str, str, int | None]


@define(eq=False)
class _Lane:
    """A transport that has one request at a time, always to the same origin, and so one connection at most."""

    origin: _Origin
    transport: httpx.AsyncHTTPTransport
    idle_since: float = 0.0


@define(eq=False)
class DefaultTransport(httpx.AsyncBaseTransport):
    """Sends over httpx's own transports, of which each has one request at a time.

    Attributes:
        ssl_context: What TLS connections go by.
        proxy: What all requests go through, if they go through one.
    """

    ssl_context: ssl.SSLContext = field(factory=httpx.create_ssl_context)
    proxy: httpx.Proxy | None = None
    monotonic: Callable[[], float] = time.monotonic
    _lanes: set[_Lane] = field(factory=set[_Lane], init=False)
    _idle: deque[_Lane] = field(factory=deque[_Lane], init=False)  # the one that was used last is at the right
    _is_closed: bool = field(default=False, init=False)
    _sweep: asyncio.TimerHandle | None = field(default=None, init=False)
    _sweeping: "asyncio.Task[None] | None" = field(default=None, init=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; what goes wrong is raised as `httpx.AsyncHTTPTransport` raises it."""
        await self._close_expired()
        if self._is_closed:
            raise RuntimeError("the transport is closed")
        lane = self._take((request.url.scheme, request.url.host, request.url.port))
        try:
            response = await lane.transport.handle_async_request(request)
        except BaseException:
            await self._close(lane)
            raise
        assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101  # that transport makes no other
        connection = cast(NetworkStream, response.extensions["network_stream"])
        response.stream = _Body(
            response.stream, free=lambda: self._put_back(lane, connection), give_up=lambda: self._close(lane)
        )
        return response

    async def aclose(self) -> None:
        """Close all connections."""
        self._is_closed = True
        if self._sweep is not None:
            self._sweep.cancel()
        cancelled: asyncio.CancelledError | None = None
        for lane in list(self._lanes):
            try:
                await self._close_quietly(lane)
            except asyncio.CancelledError as error:  # the others are closed all the same
                cancelled = error
        if cancelled is not None:
            raise cancelled

    def make_lane(self) -> httpx.AsyncHTTPTransport:
        """What sends one request at a time."""
        return httpx.AsyncHTTPTransport(verify=self.ssl_context, limits=LIMITS, proxy=self.proxy)

    def _take(self, origin: _Origin) -> _Lane:
        for index in reversed(range(len(self._idle))):
            lane = self._idle[index]
            if lane.origin == origin:
                del self._idle[index]
                return lane
        lane = _Lane(origin, self.make_lane())
        self._lanes.add(lane)
        return lane

    async def _put_back(self, lane: _Lane, connection: NetworkStream) -> None:
        if self._is_closed:
            await connection.aclose()  # its transport was closed before it had it
        elif has_leftovers(lane.transport, connection):
            await self._close(lane)  # they would be taken for the answer to the next request
        else:
            lane.idle_since = self.monotonic()
            self._idle.append(lane)
            if self._sweep is None:
                self._sweep_later()

    def _sweep_later(self) -> None:
        """Close what is idle for too long also where no request comes that would."""
        self._sweep = asyncio.get_running_loop().call_later(KEEPALIVE_SECONDS, self._begin_to_sweep)

    def _begin_to_sweep(self) -> None:
        self._sweeping = asyncio.create_task(self._close_expired())
        self._sweep = None
        if self._idle:
            self._sweep_later()

    async def _close_expired(self) -> None:
        earliest = self.monotonic() - KEEPALIVE_SECONDS
        while self._idle and self._idle[0].idle_since < earliest:
            await self._close_quietly(self._idle.popleft())

    async def _close(self, lane: _Lane) -> None:
        self._lanes.discard(lane)
        await lane.transport.aclose()

    async def _close_quietly(self, lane: _Lane) -> None:
        with suppress(Exception):  # how one connection ends is nothing to the others
            await self._close(lane)


class _Body(httpx.AsyncByteStream):
    """The body of an answer, after which its lane is free; where it cannot be closed, the lane is closed."""

    def __init__(
        self,
        stream: httpx.AsyncByteStream,
        free: Callable[[], Awaitable[None]],
        give_up: Callable[[], Awaitable[None]],
    ) -> None:
        self._stream = stream
        self._free = free
        self._give_up = give_up
        self._is_closed = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._stream)

    async def aclose(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        try:
            await self._stream.aclose()
        except BaseException:
            await self._give_up()
            raise
        await self._free()
