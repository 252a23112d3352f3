# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""A fake behind a real socket, in a thread of its own, so that a test may use any event loop or none."""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable, Generator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from threading import Thread
from typing import cast

import h11
import httpx

Handle = Callable[[httpx.Request], Awaitable[httpx.Response]]

_SIZE = 64 * 1024


@contextmanager
def serve(handle: Handle) -> Generator[int]:
    """Respond to requests at a port of this machine, which the context gives, while it lasts."""
    ready: Future[tuple[int, Callable[[], object]]] = Future()

    async def run() -> None:
        loop, end = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(lambda reader, writer: _attend(handle, reader, writer), "127.0.0.1", 0)
        port: int = server.sockets[0].getsockname()[1]
        ready.set_result((port, lambda: loop.call_soon_threadsafe(end.set)))
        await end.wait()
        server.close()

    thread = Thread(target=asyncio.run, args=(run(),), daemon=True)
    thread.start()
    port, end = ready.result()
    try:
        yield port
    finally:
        end()
        thread.join()


async def _attend(handle: Handle, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Respond to the requests of a connection. What a transport would raise closes it."""
    wire = h11.Connection(h11.SERVER)
    with suppress(OSError, httpx.TransportError, httpx.InvalidURL, h11.ProtocolError, asyncio.CancelledError):
        while (request := await _read_request(wire, reader, writer)) is not None:
            await _send(wire, writer, await handle(request))
            if wire.our_state is not h11.DONE:
                break
            wire.start_next_cycle()
    writer.close()


async def _read_request(
    wire: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> httpx.Request | None:
    head: h11.Request | None = None
    content = b""
    while True:
        event = wire.next_event()
        if event is h11.NEED_DATA:
            if wire.they_are_waiting_for_100_continue:
                writer.write(wire.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
            wire.receive_data(await reader.read(_SIZE))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            content += event.data
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            host = dict(head.headers).get(b"host", b"").decode()
            return httpx.Request(
                head.method.decode(),
                f"http://{host}{head.target.decode()}",
                headers=list(head.headers),
                content=content,
            )
        else:
            return None


async def _send(wire: h11.Connection, writer: asyncio.StreamWriter, response: httpx.Response) -> None:
    head = h11.Response(status_code=response.status_code, headers=response.headers.raw)
    writer.write(wire.send(head) or b"")
    async for piece in cast("AsyncIterable[bytes]", response.stream):
        writer.write(wire.send(h11.Data(data=piece)) or b"")
        await writer.drain()
    writer.write(wire.send(h11.EndOfMessage()) or b"")
    await writer.drain()
