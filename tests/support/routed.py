"""A server that answers by path, as slowly and as brokenly as it is told to, over a real socket."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

from attrs import Factory, define, frozen

from tests.support.pictures import make_png

PICTURES = [make_png(color=color) for color in ("teal", "navy", "olive")]
"""Pictures that differ."""

VARIATIONS = "/v1/images/variations"


@frozen
class Reply:
    """An answer as it goes over the wire.

    Attributes:
        parts: What is written, one after the other; an event is waited for.
        hangs_up: Whether the connection is closed after it.
    """

    parts: Sequence[bytes | asyncio.Event]
    hangs_up: bool = False


def reply(
    body: bytes | str | object, status: int = 200, headers: Mapping[str, str] | None = None, *, cut: int | None = None
) -> Reply:
    """A whole answer, or one whose body is `cut` after so many bytes. What is neither text nor bytes is JSON."""
    if not isinstance(body, bytes):
        body = (body if isinstance(body, str) else json.dumps(body)).encode()
    lines = [f"HTTP/1.1 {status} Answer", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    head = "\r\n".join([*lines, "", ""]).encode()
    return Reply([head + body[:cut]], hangs_up=cut is not None)


def chunked(pieces: Sequence[bytes]) -> Reply:
    """An answer in chunks that end where the pieces do."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = [b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces if piece]
    return Reply([head, *chunks, b"0\r\n\r\n"])


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what happens in a thread, on the disk."""
    while not condition():  # noqa: ASYNC110  # the disk sets no event
        await asyncio.sleep(0.001)


@define(eq=False)
class RoutedServer:
    """What it answers at each path, one after the other and then the last for ever, and the requests that it got."""

    routes: dict[str, list[Reply]] = Factory(dict[str, list[Reply]])
    origin: str = ""
    requests: list[str] = Factory(list[str])
    _serving: set["asyncio.Task[None]"] = Factory(set["asyncio.Task[None]"])

    @property
    def base_url(self) -> str:
        """The URL to give to a client."""
        return f"{self.origin}/v1"

    def draws(self, *replies: Reply) -> None:
        """Answer calls of the operation so."""
        self.routes[VARIATIONS] = list(replies)

    def of(self, path: str) -> list[str]:
        """The heads of the requests to a path."""
        return [head for head in self.requests if head.split(" ")[1] == path]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while await self._answer(reader, writer):
                pass
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        lengths = [line[15:] for line in head.split("\r\n") if line.lower().startswith("content-length:")]
        await reader.readexactly(int(lengths[0]) if lengths else 0)
        self.requests.append(head)
        replies = self.routes.get(head.split(" ")[1], [reply(b"", 404)])
        said = replies.pop(0) if len(replies) > 1 else replies[0]
        for part in said.parts:
            if isinstance(part, asyncio.Event):
                await part.wait()
            else:
                writer.write(part)
                await writer.drain()
        return not said.hangs_up

    async def hang_up(self) -> None:
        """End what goes on."""
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving)


@asynccontextmanager
async def routed_server() -> AsyncGenerator[RoutedServer]:
    """A routed server on a port of its own."""
    routed = RoutedServer()
    listening = await asyncio.start_server(routed.serve, "127.0.0.1", 0)
    async with listening:
        host, port = listening.sockets[0].getsockname()
        routed.origin = f"http://{host}:{port}"
        yield routed
        listening.close()
        await routed.hang_up()
