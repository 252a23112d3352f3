"""A server that answers with the bytes it is told to, over a real socket."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

from attrs import Factory, define


@define
class CannedServer:
    """What it answers first and from then on, and the requests that it got, head and body apart."""

    answer: bytes = b""
    first: list[bytes] = Factory(list[bytes])
    base_url: str = ""
    connections: int = 0
    requests: list[tuple[str, bytes]] = Factory(list[tuple[str, bytes]])
    close: bool = False
    _serving: dict["asyncio.Task[None]", asyncio.StreamWriter] = Factory(
        dict["asyncio.Task[None]", asyncio.StreamWriter]
    )

    async def until_left(self) -> None:
        """Wait until the client has closed its connections."""
        await asyncio.gather(*self._serving)

    def answers(self, status: int, body: bytes | str | object = b"", headers: Mapping[str, str] | None = None) -> None:
        """Answer each request from now on with this; a body that is neither text nor bytes is sent as JSON."""
        if not isinstance(body, bytes):
            body = (body if isinstance(body, str) else json.dumps(body)).encode()
        lines = [f"HTTP/1.1 {status} Answer", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self.answer = "\r\n".join([*lines, "", ""]).encode("latin-1") + body

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        self.connections += 1
        serving = asyncio.current_task()
        assert serving is not None
        self._serving[serving] = writer
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                size = next(
                    (int(line[15:]) for line in head.split("\r\n") if line.lower().startswith("content-length:")), 0
                )
                self.requests.append((head, await reader.readexactly(size)))
                writer.write(self.first.pop(0) if self.first else self.answer)
                await writer.drain()
                if self.close:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client has gone
        finally:
            writer.close()
            del self._serving[serving]

    async def hang_up(self) -> None:
        """End the connections that are open."""
        for writer in self._serving.values():
            writer.transport.abort()
        await asyncio.gather(*self._serving)


@asynccontextmanager
async def canned_server() -> AsyncGenerator[CannedServer]:
    """A canned server on a port of its own."""
    canned = CannedServer()
    listening = await asyncio.start_server(canned.serve, "127.0.0.1", 0)
    async with listening:
        host, port = listening.sockets[0].getsockname()
        canned.base_url = f"http://{host}:{port}/v1"
        yield canned
    await canned.hang_up()
