"""A server that does what it is told, over a real socket. What it does with a request is a turn.

    async with ScriptedServer(reply(503), (take_request, make_image, reset)) as server:
        ...  # server.base_url, server.requests, server.made

A turn is the bytes to send once the whole request is there, or a row of small steps. The n-th request gets the n-th
turn of the script, and all that follow get the last. A path may have a script of its own.
"""

import asyncio
import json
import os
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import NamedTuple, Self

from attrs import define

from tests.support.reference_form import Form, parse_form

_TURNS_TO_READ = 50

Step = Callable[["Visit"], Awaitable[None]]
Steps = tuple[Step, ...]
Turn = bytes | Steps
Script = Sequence[Turn]

VARIATIONS = "/v1/images/variations"
"""The path of the operation."""

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
"""SO_LINGER with no time: closing sends a reset in place of the rest (RFC 9293, section 3.6)."""


class Received(NamedTuple):
    """A whole request, as it came."""

    head: str
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        """Its headers, by names in lower case."""
        pairs = (line.split(": ", 1) for line in self.head.split("\r\n")[1:] if line)
        return {name.lower(): value for name, value in pairs}

    @property
    def form(self) -> Form:
        """What a parser that knows nothing of the client reads in the body."""
        return parse_form(header(self.head, "content-type"), self.body)


@define(eq=False)
class Visit:
    """One request on one connection.

    Attributes:
        first: Its first byte; the rest is still in `reader`.
        head: The request line and the headers, once they were taken.
        body: The body, once it was taken.
    """

    server: "ScriptedServer"
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    first: bytes
    head: str = ""
    body: bytes = b""


class ScriptedServer:
    """A server on a loopback port of its own.

    Args:
        script: What to do with the first request, the second, and so on: without one it is a server in good health.
        receive_buffer: Bytes of the kernel's buffer for what was not read yet (SO_RCVBUF).
        tls: Speak TLS, with the certificate that this context has.
        is_listening: Whether to listen from the start; the port is taken either way.
        host: The address to listen at.
        idle_seconds: Close a connection on which no further request comes for so long.

    Attributes:
        script: What is still to be done, the last for ever.
        routes: The scripts of paths that have their own; where there are some, every other path is not found.
        connections: How many connections were accepted.
        posts: How many POSTs came, told by their heads.
        made: How many images were made for them.
        requests: The requests that came whole.
    """

    def __init__(
        self,
        *script: Turn,
        receive_buffer: int | None = None,
        tls: ssl.SSLContext | None = None,
        is_listening: bool = True,
        host: str = "127.0.0.1",
        idle_seconds: float | None = None,
    ) -> None:
        self.script: Script = script or (SUCCESS,)
        self.routes: dict[str, Script] = {}
        self.connections = 0
        self.posts = 0
        self.made = 0
        self.requests: list[Received] = []
        self._idle_seconds = idle_seconds
        self._tls = tls
        self._is_listening = is_listening
        self._host = host
        self._socket = bound_socket(receive_buffer, host)
        self._socket.setblocking(False)
        self._accepting: asyncio.Task[None] | None = None
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter | None] = {}
        self._changed = asyncio.Event()

    @property
    def base_url(self) -> str:
        """The URL to give to a client."""
        return f"{self.origin}/v1"

    @property
    def origin(self) -> str:
        """The URL without a path."""
        return f"{'https' if self._tls else 'http'}://{self._host}:{self.port}"

    @property
    def port(self) -> int:
        """The port."""
        port: int = self._socket.getsockname()[1]
        return port

    @property
    def open_connections(self) -> int:
        """How many connections neither side has closed."""
        return len(self._open)

    async def __aenter__(self) -> Self:
        if self._is_listening:
            await self.listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        tasks = [*self._open, *filter(None, [self._accepting])]
        for writer in filter(None, self._open.values()):
            writer.transport.abort()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._socket.close()

    async def listen(self) -> None:
        """Begin to listen; until then a connection is refused."""
        self._socket.listen(100)
        self._accepting = asyncio.create_task(self._accept())

    def respond(self, status: int, body: object = b"", headers: Mapping[str, str] | None = None) -> None:
        """Respond to each request from now on with this; a body that is neither a string nor bytes is sent as JSON."""
        self.script = (reply(status, body, headers),)

    def draw(self, *script: Turn) -> None:
        """Give the operation's path a script of its own."""
        self.routes[VARIATIONS] = script

    def of(self, path: str) -> list[Received]:
        """The requests to a path."""
        return [request for request in self.requests if path_of(request.head) == path]

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something is true of the server."""
        while not holds():
            self._changed.clear()
            await self._changed.wait()

    def note(self) -> None:
        """Let those who wait in `until` look again."""
        self._changed.set()

    async def _accept(self) -> None:
        while True:
            connection, _ = await asyncio.get_running_loop().sock_accept(self._socket)
            self.connections += 1
            serving = asyncio.create_task(self._serve(connection))
            self._open[serving] = None
            serving.add_done_callback(self._forget)
            self.note()

    def _forget(self, serving: "asyncio.Task[None]") -> None:
        del self._open[serving]
        self.note()

    async def _serve(self, connection: socket.socket) -> None:
        # Not by `asyncio.start_server` and `start_tls`: uvloop may have read the client's first record by then.
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        with suppress(OSError):  # the client does not accept the certificate, or has gone
            transport, _ = await loop.connect_accepted_socket(lambda: protocol, connection, ssl=self._tls)
            writer = asyncio.StreamWriter(transport, protocol, reader, loop)
            serving = asyncio.current_task()
            assert serving is not None
            self._open[serving] = writer
            await self._attend_all(reader, writer)

    async def _attend_all(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, OSError):  # the client has gone, or was idle for too long
            while not writer.is_closing() and (first := await self._next(reader)):
                await self._attend(Visit(self, reader, writer, first))
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    async def _next(self, reader: asyncio.StreamReader) -> bytes:
        """The first byte of the next request; nothing at the connection's end."""
        async with asyncio.timeout(self._idle_seconds):
            return await reader.read(1)

    async def _attend(self, visit: Visit) -> None:
        turn = await self._choose(visit)
        for step in (take_request, send(turn)) if isinstance(turn, bytes) else turn:
            await step(visit)
            self.note()

    async def _choose(self, visit: Visit) -> Turn:
        if not self.routes:
            turn, *later = self.script
            self.script = later or [turn]
            return turn
        await take_head(visit)
        path = path_of(visit.head)
        turn, *later = self.routes.get(path, [NOT_FOUND])
        if later:
            self.routes[path] = later
        return turn


def bound_socket(receive_buffer: int | None = None, host: str = "127.0.0.1") -> socket.socket:
    """A socket on a free loopback port that does not listen yet."""
    # The protocol is named because asyncio sets TCP_NODELAY, on what this accepts, only where it is.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if receive_buffer is not None:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    bound.bind((host, 0))
    return bound


def header(head: str, name: str) -> str:
    """The value of a header, or nothing."""
    lines = (line.partition(":") for line in head.split("\r\n")[1:])
    return next((value.strip() for found, _, value in lines if found.lower() == name), "")


def path_of(head: str) -> str:
    """The path of a request, with its query."""
    return head.split(" ")[1]


async def take_head(visit: Visit) -> None:
    """Read the request line and the headers, unless they were read, and leave the body on the wire."""
    if visit.head:
        return
    visit.head = (visit.first + await visit.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    visit.server.posts += visit.head.startswith("POST ")


async def take_request(visit: Visit) -> None:
    """Read the whole request."""
    await take_head(visit)
    visit.body = await visit.reader.readexactly(int(header(visit.head, "content-length") or 0))
    visit.server.requests.append(Received(visit.head, visit.body))


async def make_image(visit: Visit) -> None:
    """Make the image that was asked for: from here on the call is billed."""
    visit.server.made += 1


async def let_read(visit: Visit) -> None:
    """Give a client on this event loop the time to read what was sent."""
    for _ in range(_TURNS_TO_READ):
        await asyncio.sleep(0)


async def reset(visit: Visit) -> None:
    """Reset the connection."""
    visit.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    visit.writer.transport.abort()


async def break_tls(visit: Visit) -> None:
    """Send what is not a TLS record, over a connection that speaks TLS."""
    os.write(visit.writer.get_extra_info("socket").fileno(), b"no record" * 10)


async def close(visit: Visit) -> None:
    """Close the connection in good order."""
    visit.writer.close()


async def stop_writing(visit: Visit) -> None:
    """Say that nothing more comes, and still read."""
    visit.writer.write_eof()


async def stall(visit: Visit) -> None:
    """Do nothing more, neither read nor write, for as long as the server runs."""
    await asyncio.get_running_loop().create_future()


async def await_hang_up(visit: Visit) -> None:
    """Drop what the client sends, until it closes the connection."""
    while await visit.reader.read(1 << 16):
        pass


async def widen(visit: Visit) -> None:
    """Read as fast as others do from here on, whatever the receive buffer was."""
    visit.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)


def send(data: bytes) -> Step:
    """Send these bytes as they are."""

    async def send(visit: Visit) -> None:
        visit.writer.write(data)
        await visit.writer.drain()

    return send


def drip(data: bytes, interval: float = 0.1) -> Step:
    """Send these bytes one at a time, so many seconds apart."""

    async def drip(visit: Visit) -> None:
        for position in range(len(data)):
            visit.writer.write(data[position : position + 1])
            await visit.writer.drain()
            await asyncio.sleep(interval)

    return drip


def wait_for(event: asyncio.Event) -> Step:
    """Do nothing until something has happened."""

    async def wait_for(visit: Visit) -> None:
        await event.wait()

    return wait_for


def respond(status: int, body: object = b"", headers: Mapping[str, str] | None = None) -> Step:
    """Send a response; a body that is neither a string nor bytes is sent as JSON."""
    return send(reply(status, body, headers))


def reply(status: int, body: object = b"", headers: Mapping[str, str] | None = None) -> bytes:
    """A response as it goes over the wire. The headers given replace those that it would have."""
    content = _bytes_of(body)
    lines = {"Content-Length": str(len(content)), **(headers or {})}
    head = [f"HTTP/1.1 {status} Reply", *(f"{name}: {value}" for name, value in lines.items())]
    return "\r\n".join([*head, "", ""]).encode("latin-1") + content


def in_parts(*parts: bytes | asyncio.Event) -> Steps:
    """A turn that sends one part after the other once the whole request is there, and waits for each event."""
    return (take_request, *(send(part) if isinstance(part, bytes) else wait_for(part) for part in parts))


def cut_reply(size: int, body: object) -> Steps:
    """A turn that sends so many bytes of a body, and closes the connection."""
    content = _bytes_of(body)
    head = reply(200, b"", {"Content-Length": str(len(content))})
    return (take_request, send(head + content[:size]), close)


def chunked(pieces: Sequence[bytes]) -> Steps:
    """A turn that sends a body in chunks that end where the pieces do."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return in_parts(head, *(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces if piece), b"0\r\n\r\n")


def _bytes_of(body: object) -> bytes:
    return body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()


API_ERROR = {"error": {"message": "Try later.", "type": "server_error", "param": None, "code": None}}
"""A failure in the API's own words."""

SUCCESS = reply(200, {"created": 1, "data": [{"b64_json": "aGk="}]})
REJECTION = reply(503, API_ERROR)
NOT_FOUND = reply(404)

HANG_UP: Steps = (take_request, close)
"""Close the connection without a response."""

SILENCE: Steps = (take_request,)
"""Keep the connection open, and say nothing."""
