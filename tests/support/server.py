"""A server that does what it is told, over a real socket.

    async with ScriptedServer(reply(503), (take_request, make_image, reset)) as server:
        ...  # server.base_url, server.requests, server.made

The n-th request gets the n-th turn of the script, and all that follow get the last. A path may have its own script.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

from tests.support.turns import (
    NOT_FOUND,
    SUCCESS,
    Received,
    Script,
    Turn,
    Visit,
    path_of,
    reply,
    send,
    take_head,
    take_request,
)

VARIATIONS = "/v1/images/variations"
"""The path of the operation."""


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
