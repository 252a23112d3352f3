# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""One HTTP/1.1 connection, which carries one request at a time.

Three properties are why httpx's own transport does not serve:

- Closing is `abort`, which cannot be interrupted, so a cancelled call leaves no socket behind.
- The next piece of a request's body is asked for only after the one before has left the process,
  so whoever makes the pieces knows how much the server can have.
- What a server sends beyond a response ends the connection. It is never taken for the response
  to the next request.
"""

import asyncio
import re
import select
import socket
import threading
from collections.abc import AsyncIterable, Callable
from typing import NamedTuple, cast

import httpx

from .messages import Framing, Head, RequestHead, asks_to_close, broken_head, parse_head

MAX_HEAD = 100 * 1024
"""Bytes of a status line and its headers."""

MAX_INFORMATIONAL = 100
"""Responses with a 1xx status before the final one."""

_MAX_UNREAD = 128 * 1024
"""Bytes that are held for the reader before the server has to wait."""

_MAX_WRITTEN = 48 * 1024
"""Bytes that are written at once. The event loop copies what the kernel does not take of them."""


class _Scratch(threading.local):
    """What the event loop receives into. All connections of a thread use it: each copies what came at once."""

    def __init__(self) -> None:
        self.buffer = memoryview(bytearray(256 * 1024))


_scratch = _Scratch()

_BEGINNING = b"HTTP/1."

_MAX_TLS_TURNS = 2
"""Turns of the event loop after which asyncio's TLS has reported a write that failed, or an alert that came."""

_MAX_READING_TURNS = 8
"""Turns of the event loop in which it has read what waits in the kernel, and has reported it."""

_HEAD_END = re.compile(rb"\n\r?\n").search

_INFORMATIONAL = re.compile(rb"HTTP/1\.[0-9] 1(?!01)[0-9][0-9][ \r\n]").match  # 101 would be the last of HTTP


class Timeouts(NamedTuple):
    """Seconds for opening a connection, and for each wait after that; `None` for no limit."""

    connect: float | None = None
    read: float | None = None
    write: float | None = None


class Connection(asyncio.BufferedProtocol):
    """A connection to a server or to a proxy.

    Attributes:
        transport: What the event loop gave for it.
        is_idle: Whether another request may be sent.
        has_ended: Whether nothing more can come.
        peer: The address that it leads to; empty if it leads to a proxy.
        on_lost: Called when its socket is closed.
    """

    transport: asyncio.Transport

    def __init__(self, sock: socket.socket) -> None:
        self.on_lost: Callable[[Connection], object] | None = None
        self.is_idle = True
        self.has_ended = False
        self.peer = cast(str, sock.getpeername()[0])
        self._socket = sock
        self._poller = select.poll() if hasattr(select, "poll") else None
        if self._poller is not None:
            self._poller.register(sock, select.POLLIN)
        self._is_tls = False
        self._loop = asyncio.get_running_loop()
        self._waiter: asyncio.Future[None] | None = None
        self._expiry: asyncio.TimerHandle | None = None
        self._is_writing_paused = False
        self._is_reading_paused = False
        self._received = bytearray()  # what came and was not read
        self._error: Exception | None = None
        # Of the request that is under way:
        self._timeouts = Timeouts()
        self._searched = 0  # bytes of what was received that no head ends in
        self._informational = 0
        self._framing: Framing | None = None
        self._may_be_reused = False

    @property
    def has_unread(self) -> bool:
        """Whether something came that was not read."""
        return bool(self._received)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport. It is called once more when TLS has begun."""
        self.transport = cast(asyncio.Transport, transport)
        # A write is over when all of it has left the process. With limits of 0 asyncio's TLS resumes no writer.
        self.transport.set_write_buffer_limits(high=1, low=0)
        self._is_tls = transport.get_extra_info("ssl_object") is not None

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return what to receive into."""
        return _scratch.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Keep what came for the reader. What comes while no request is under way ends the connection."""
        if self.is_idle:
            self.abort()
            return
        self._received += _scratch.buffer[:nbytes]
        if len(self._received) > _MAX_UNREAD and not self._is_reading_paused:
            self._is_reading_paused = True
            self.transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        """Note that nothing more comes. The transport then closes itself."""
        if self.is_idle:
            self.abort()
        self.has_ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note the end, and why."""
        self._leave_idleness()
        self.has_ended = True
        self._error = exc
        self._wake()
        if self.on_lost is not None:
            self.on_lost(self)

    def pause_writing(self) -> None:
        """Hold the writer: not all of what it wrote has left the process."""
        self._is_writing_paused = True

    def resume_writing(self) -> None:
        """Release the writer."""
        self._is_writing_paused = False
        self._wake()

    def abort(self) -> None:
        """Close the connection at once. What was not sent is dropped."""
        self.is_idle = False
        self.has_ended = True
        self.transport.abort()

    def is_usable(self) -> bool:
        """Return whether another request may be sent: the server has neither closed nor said anything meanwhile."""
        return self.is_idle and not self._has_waiting()

    async def send(self, head: RequestHead, body: AsyncIterable[bytes], timeouts: Timeouts) -> Head:
        """Send a request, and return the head of its final response.

        If the response begins before the request has ended, the rest of the request is not sent.
        If anything goes wrong, or the caller is cancelled, the connection is closed.

        Raises:
            BrokenHeadError: A status line came, and nothing usable after it.
            httpx.TransportError: The connection broke, or no head came that can be read.
        """
        self._leave_idleness()
        self._timeouts = timeouts
        self._searched = self._informational = 0
        try:
            is_sent_whole = await self._write(head, body)
            response, self._framing = parse_head(await self._read_head(), head.method)
        except BaseException:
            self.abort()
            raise
        self._may_be_reused = is_sent_whole and self._framing.keeps_alive and not asks_to_close(head.headers)
        return response

    async def read(self) -> bytes:
        """Return the next piece of the response's body; it is empty at the end.

        Raises:
            httpx.TransportError: The body breaks off, or is not framed as its head says.
        """
        assert self._framing is not None  # noqa: S101  # `send` has returned
        piece = b""
        try:
            while not piece and not self._framing.is_whole:
                if self._received:
                    piece, excess = self._framing.feed(self._take(len(self._received)))
                    if excess:
                        self._may_be_reused = False
                elif self._error is not None:
                    raise httpx.ReadError(f"the connection was lost: {self._error}") from self._error
                elif self.has_ended:
                    self._framing.end()
                else:
                    await self._wait(self._timeouts.read, httpx.ReadTimeout)
        except BaseException:
            self.abort()
            raise
        return piece

    def finish(self, seconds: float) -> None:
        """End the exchange. The connection is idle then for so many seconds, or closed if it cannot be used again."""
        is_whole = self._framing is not None and self._framing.is_whole
        if is_whole and self._may_be_reused and not self._received and not self.has_ended:
            self._framing = None
            self.is_idle = True
            self._expiry = self._loop.call_later(seconds, self.abort)
        else:
            self.abort()

    def _leave_idleness(self) -> None:
        self.is_idle = False
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None

    async def _write(self, head: RequestHead, body: AsyncIterable[bytes]) -> bool:
        """Write a request; return whether it was written whole."""
        pending = memoryview(head.encode())  # tools that report errors show no bytes of it, as it holds keys
        left = head.body_length()
        async for piece in body:
            if left is None:
                piece = b"%x\r\n%b\r\n" % (len(piece), piece) if piece else b""
            elif (left := left - len(piece)) < 0:
                raise httpx.LocalProtocolError("the body is longer than its Content-Length")
            rest = memoryview(piece)
            while rest:
                if self._has_waiting():
                    await self._catch_up()
                self._put(memoryview(b"".join((pending, rest[:_MAX_WRITTEN]))) if pending else rest[:_MAX_WRITTEN])
                pending, rest = memoryview(b""), rest[_MAX_WRITTEN:]
                if (rest or left != 0) and not await self._has_left():
                    return False
        if left:
            raise httpx.LocalProtocolError("the body is shorter than its Content-Length")
        if left is None:
            pending = memoryview(b"".join((pending, b"0\r\n\r\n")))
        if pending:
            self._put(pending)
        return True

    def _put(self, data: bytes | memoryview) -> None:
        """Write, unless the connection has ended: uvloop raises RuntimeError then, and asyncio drops the data."""
        if not self.transport.is_closing():
            self.transport.write(data)

    async def _catch_up(self) -> None:
        """Let the event loop read what waits in the kernel, which it would drop if a write met a reset.

        It may be a response that came early, or an alert: in TLS 1.3 a server refuses a client's certificate
        after the handshake.
        """
        for _ in range(_MAX_READING_TURNS):
            if self.has_ended or not self._has_waiting():
                break
            await asyncio.sleep(0)

    def _has_waiting(self) -> bool:
        """Return whether data, or the end of the connection, wait in the kernel."""
        if self._socket.fileno() < 0:  # it is closed: with TLS we are told of that later
            return True
        if self._poller is None:
            return bool(select.select([self._socket], [], [], 0)[0])
        return bool(self._poller.poll(0))

    async def _has_left(self) -> bool:
        """Wait until what was written has left the process; return whether more is to follow."""
        for _ in range(_MAX_TLS_TURNS if self._is_tls else 0):
            await asyncio.sleep(0)
        while self._find_head() is None:
            if self.has_ended and not self._received:
                raise httpx.WriteError(self._loss("before the request was sent whole")) from self._error
            if self.has_ended:  # what came of a head says more
                return False
            if not self._is_writing_paused and not self.transport.is_closing():
                return True
            await self._wait(self._timeouts.write, httpx.WriteTimeout)
        return False

    async def _read_head(self) -> bytes:
        """Take the head of the final response out of what comes."""
        while (end := self._find_head()) is None:
            if self.has_ended:
                reason = self._loss("before the header section was whole")
                raise broken_head(bytes(self._received), reason) from self._error
            await self._wait(self._timeouts.read, httpx.ReadTimeout)
        return self._take(end)

    def _find_head(self) -> int | None:
        """Return where the head of the final response ends, if all of it came. Informational ones are dropped."""
        while self._received:
            end = _HEAD_END(self._received, self._searched)
            size = end.end() if end else len(self._received)
            if not _BEGINNING.startswith(self._received[: len(_BEGINNING)]):  # SSH or SMTP may never send an empty line
                raise broken_head(bytes(self._received), "the server does not speak HTTP/1.1")
            if size > MAX_HEAD:
                raise broken_head(bytes(self._received), f"the header section is longer than {MAX_HEAD} bytes")
            if end is None:
                self._searched = max(0, size - len(b"\n\r"))
                return None
            if not _INFORMATIONAL(self._received):
                return size
            self._informational += 1
            if self._informational > MAX_INFORMATIONAL:
                raise httpx.RemoteProtocolError(f"more than {MAX_INFORMATIONAL} informational responses came")
            self._take(size)
            self._searched = 0
        return None

    async def _wait(self, seconds: float | None, late: type[httpx.TimeoutException]) -> None:
        """Wait until something has happened: data, room for data, or the end."""
        if self._waiter is not None:
            raise RuntimeError("another task reads this response already")
        self._waiter = self._loop.create_future()
        try:
            async with asyncio.timeout(seconds):
                await self._waiter
        except TimeoutError:
            raise late("the server neither took nor sent anything in time") from None
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _take(self, size: int) -> bytes:
        """Return so many bytes of what came, and let the server go on."""
        taken = bytes(memoryview(self._received)[:size])
        del self._received[:size]
        if self._is_reading_paused and len(self._received) <= _MAX_UNREAD:
            self._is_reading_paused = False
            self.transport.resume_reading()
        return taken

    def _loss(self, when: str) -> str:
        how = f"was lost ({self._error})" if self._error else "was closed by the server"
        return f"the connection {how} {when}"
