"""A server that sends what a case says, and a client whose pool outlives the cases."""

import asyncio
import re
import socket
import ssl
import struct
from contextlib import suppress
from types import TracebackType
from typing import Self

import httpx
from attrs import frozen
from image_variations._runtime.connection.transport import Transport

from tests.fuzz.fragments import NUMBER, OTHER
from tests.fuzz.parts import Parts
from tests.fuzz.readings import Reading, make_headers
from tests.fuzz.streams import Case

LONGEST_MESSAGE = 2000
"""Characters of an error's text."""

_LIMIT = 30.0
"""Seconds after which something hangs. Nothing takes as long on the slowest machine."""

_TURNS = 100
"""Turns of the event loop within which a client has read what is there for it."""

_RESETS = struct.pack("ii", 1, 0)
"""For SO_LINGER: closing sends a reset."""


@frozen
class Outcome:
    """How a case ended.

    Attributes:
        ours: What the connection made of the stream.
        complaint: What went wrong, whatever others make of the stream.
    """

    ours: Reading
    complaint: str | None = None


class Stage:
    """Plays one case at a time.

    Args:
        tls: What the server goes by, and the client, if the cases are played over TLS.
    """

    def __init__(self, tls: tuple[ssl.SSLContext, ssl.SSLContext] | None = None) -> None:
        self._tls = tls
        self._transport = Transport() if tls is None else Transport(lambda: tls[1])
        self._case: Case | None = None
        self._is_played = asyncio.Event()
        self._url = ""
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[None]] = set()
        self._spent: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        """Listen."""
        server_tls = None if self._tls is None else self._tls[0]
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=server_tls)
        port: int = self._server.sockets[0].getsockname()[1]
        self._url = f"{'http' if self._tls is None else 'https'}://127.0.0.1:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the client's connections, and wait until the server has seen that."""
        assert self._server is not None
        self._server.close()
        await self._transport.aclose()
        if kind is None:
            async with asyncio.timeout(_LIMIT):
                await asyncio.gather(*self._serving)
        for task in self._serving:
            task.cancel()

    async def play(self, case: Case, *, may_wait: bool) -> Outcome:
        """Play a case, then send another request over the same pool.

        Args:
            case: The case.
            may_wait: Whether the client may wait for more than the server sends.
        """
        if case.when == "first":  # the server speaks when it is connected to
            for writer in self._open:
                writer.transport.abort()
        self._case = case
        self._is_played.clear()
        exchange = asyncio.create_task(self._exchange(case))
        try:
            ours = await self._end_of(exchange, may_wait=may_wait)
            complaint = self._complaint_about(case, ours)
            self._case = None
            return Outcome(ours, complaint or await self._next(case) or await self._leak())
        except _SurpriseError as error:
            return Outcome(Reading("error"), f"raised {error.__cause__!r:.500}, which is no httpx.TransportError")
        except TimeoutError:
            return Outcome(Reading("waits"), "hung")
        finally:
            exchange.cancel()
            await asyncio.wait((exchange,))

    async def _end_of(self, exchange: "asyncio.Task[Reading]", *, may_wait: bool) -> Reading:
        async with asyncio.timeout(_LIMIT):
            await self._is_played.wait()
        turns = 0
        while not exchange.done() and turns < _TURNS:
            await asyncio.sleep(0)
            turns += 1
        if not exchange.done() and not may_wait:
            await asyncio.wait((exchange,), timeout=5)
        if exchange.done():
            return exchange.result()
        exchange.cancel()
        await asyncio.wait((exchange,), timeout=_LIMIT)
        return Reading("waits") if exchange.cancelled() else exchange.result()

    @staticmethod
    def _complaint_about(case: Case, ours: Reading) -> str | None:
        number = ours.header(NUMBER.lower())
        if number == OTHER:
            return "took the response of another request"
        if len(ours.why) > LONGEST_MESSAGE:
            return f"has a message of {len(ours.why)} characters"
        return None

    async def _next(self, case: Case) -> str | None:
        """Send another request; return what is wrong with its response."""
        request = httpx.Request("GET", f"{self._url}/next/{case.number}")
        async with asyncio.timeout(_LIMIT):
            try:
                reading = await self._read(request, "all")
            except Exception as error:  # whatever it is, the server has done nothing wrong
                return f"broke the next request, which raised {error!r}"
        if reading.header(NUMBER.lower()) != f"next {case.number}" or reading.body != b"next":
            return f"gave the next request something else: {reading}"
        return None

    async def _leak(self) -> str | None:
        """Wait until only the connection is open that has carried the next request."""
        for _ in range(_TURNS * 100):
            if len(self._open) <= 1:
                return None
            await asyncio.sleep(0)
        return "left a socket open"

    # The client.

    async def _exchange(self, case: Case) -> Reading:
        request = httpx.Request(
            case.method, f"{self._url}/case/{case.number}", content=b"x" * case.body_size if case.body_size else None
        )
        try:
            return await self._read(request, case.reads)
        except httpx.TransportError as error:
            return Reading("error", why=repr(error))
        except Exception as error:
            raise _SurpriseError from error

    async def _read(self, request: httpx.Request, reads: str) -> Reading:
        response = await self._transport.handle_async_request(request)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        pieces: list[bytes] = []
        try:
            if reads != "nothing":
                async for piece in response.stream:
                    pieces.append(piece)
                    if reads == "one piece":
                        break
        finally:
            await response.stream.aclose()
        return Reading("whole", response.status_code, make_headers(response.headers.raw), b"".join(pieces))

    # The server.

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        self._open.add(writer)
        writer.transport.set_write_buffer_limits(high=1, low=0)
        try:
            with suppress(asyncio.IncompleteReadError, OSError):
                if self._case is not None and self._case.when == "first" and not self._is_played.is_set():
                    await self._play(self._case, writer)
                while True:
                    await self._respond(reader, writer)
        finally:
            writer.transport.abort()
            self._open.discard(writer)
            self._spent.discard(writer)
            self._serving.discard(task)

    async def _respond(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)\ncontent-length: (\d+)", head)
        size = int(length[1]) if length else 0
        if head.startswith(b"GET /next/"):
            number = b"nobody" if writer in self._spent else head.split()[1].rpartition(b"/")[2]
            writer.write(b"HTTP/1.1 200 OK\r\nX-Number: next %b\r\nContent-Length: 4\r\n\r\nnext" % number)
            return
        case = self._case
        if case is None or case.when == "after":
            await reader.readexactly(size)
            size = 0
        if case is not None and not self._is_played.is_set():
            await self._play(case, writer)
        await reader.readexactly(size)

    async def _play(self, case: Case, writer: asyncio.StreamWriter) -> None:
        if Parts.of(case).is_last():
            self._spent.add(writer)
        try:
            for piece in case.pieces:
                if writer.is_closing():
                    raise ConnectionResetError  # asyncio would drop the piece, and uvloop raise RuntimeError
                writer.write(piece)
                await writer.drain()
                await _turn()
            if case.ending == "half-closes" and writer.can_write_eof():
                writer.write_eof()
            elif case.ending == "resets":
                sock: socket.socket | None = writer.get_extra_info("socket")
                if sock is not None:  # there is none any more if the client has left
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESETS)
                writer.transport.abort()
            elif case.ending != "is silent":
                writer.close()
            await _turn()
        finally:
            self._is_played.set()


class _SurpriseError(Exception):
    """Something was raised that must not be."""


async def _turn() -> None:
    """Let the client read what was sent, so that what is sent next is read by itself."""
    for _ in range(3):
        await asyncio.sleep(0)
