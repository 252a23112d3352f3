"""A server that answers each request as its script says next, over a real socket."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress

from attrs import Factory, define, frozen

from tests.support.canned import CannedServer

PICTURE = {"created": 1, "data": [{"b64_json": "aGk="}]}
"""A success."""

API_ERROR = {"error": {"message": "Try later.", "type": "server_error", "param": None, "code": None}}
"""A failure in the API's own words."""

HANG_UP = b""
"""Close the connection without an answer."""

SILENCE = None
"""Keep the connection open, and say nothing."""


def answer(status: int, body: bytes | str | object = b"", headers: Mapping[str, str] | None = None) -> bytes:
    """An answer as it goes over the wire; a body that is neither text nor bytes is sent as JSON."""
    canned = CannedServer()
    canned.answers(status, body, headers)
    return canned.answer


SUCCESS = answer(200, PICTURE)
REJECTION = answer(503, API_ERROR)


@frozen
class Received:
    """A request as it came."""

    head: str
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        """Its headers, by names in lower case."""
        pairs = (line.split(": ", 1) for line in self.head.split("\r\n")[1:] if line)
        return {name.lower(): value for name, value in pairs}


@define(eq=False)
class ScriptedServer:
    """What it answers, one after the other and then the last for ever, and the requests that it got."""

    script: list[bytes | None] = Factory(lambda: [SUCCESS])
    base_url: str = ""
    requests: list[Received] = Factory(list[Received])
    may_answer: asyncio.Event = Factory(asyncio.Event)
    _arrived: asyncio.Event = Factory(asyncio.Event)
    _serving: dict["asyncio.Task[None]", asyncio.StreamWriter] = Factory(
        dict["asyncio.Task[None]", asyncio.StreamWriter]
    )

    def __attrs_post_init__(self) -> None:
        self.may_answer.set()

    async def until_received(self, number: int) -> None:
        """Wait until so many requests have come."""
        while len(self.requests) < number:
            self._arrived.clear()
            await self._arrived.wait()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        serving = asyncio.current_task()
        assert serving is not None
        self._serving[serving] = writer
        with suppress(asyncio.IncompleteReadError, ConnectionError):  # the client has gone
            while (said := self._take(await self._read(reader))) != HANG_UP:
                await self.may_answer.wait()
                if said is None:  # SILENCE
                    await reader.read()
                    break
                writer.write(said)
                await writer.drain()
        writer.close()
        del self._serving[serving]

    async def hang_up(self) -> None:
        """End the connections that are open."""
        self.may_answer.set()
        for writer in self._serving.values():
            writer.transport.abort()
        await asyncio.gather(*self._serving)

    async def _read(self, reader: asyncio.StreamReader) -> Received:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        size = int(Received(head, b"").headers["content-length"])
        return Received(head, await reader.readexactly(size))

    def _take(self, request: Received) -> bytes | None:
        self.requests.append(request)
        self._arrived.set()
        said, *later = self.script
        self.script = later or [said]
        return said


@asynccontextmanager
async def scripted_server() -> AsyncGenerator[ScriptedServer]:
    """A scripted server on a port of its own."""
    scripted = ScriptedServer()
    listening = await asyncio.start_server(scripted.serve, "127.0.0.1", 0)
    async with listening:
        host, port = listening.sockets[0].getsockname()
        scripted.base_url = f"http://{host}:{port}/v1"
        yield scripted
    await scripted.hang_up()
