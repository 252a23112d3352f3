"""A proxy that opens tunnels, or does something else when it is asked for one."""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Self

from attrs import define, field

ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


@define(eq=False)
class TunnellingProxy:
    """A proxy on a loopback port of its own.

    Attributes:
        target: The port on this host that tunnels lead to, whatever host is asked for; without one they end at once.
        says: What it answers to CONNECT; nothing at all where it is empty.
        asked_for: The targets that it was asked for.
        heads: The heads of the requests that asked for them.
        tls: Speak TLS, with the certificate that this context has.
    """

    target: int | None = None
    says: bytes = ESTABLISHED
    tls: ssl.SSLContext | None = None
    asked_for: list[str] = field(factory=list[str], init=False)
    heads: list[str] = field(factory=list[str], init=False)
    _server: asyncio.Server = field(init=False)
    _serving: set["asyncio.Task[object]"] = field(factory=set["asyncio.Task[object]"], init=False)

    @property
    def url(self) -> str:
        """The URL to put into the environment."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    @property
    def open_tunnels(self) -> int:
        """How many connections are being served."""
        return len(self._serving)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.tls)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        serving = list(self._serving)
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            async with _closing(writer):
                head = await reader.readuntil(b"\r\n\r\n")
                self.heads.append(head.decode())
                self.asked_for.append(head.split()[1].decode())
                if not self.says:
                    await reader.read()
                writer.write(self.says)
                await writer.drain()
                if self.target is not None:
                    await _tunnel(self.target, reader, writer)


async def _tunnel(port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    there, back = await asyncio.open_connection("127.0.0.1", port)
    async with _closing(back):
        await asyncio.gather(_carry(reader, back), _carry(there, writer))


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def _closing(writer: asyncio.StreamWriter) -> AsyncGenerator[None]:
    try:
        yield
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
