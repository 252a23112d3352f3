"""Cancelling a call while its answer is read, and what of its connection is left: nothing."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
import pytest
from image_variations import Client, ResponseError, create_image_variation

HALF = b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"data": ['


class HalfServer:
    """Answers each request with half an answer, and counts the connections that are open."""

    def __init__(self) -> None:
        self.open = 0
        self.answered = 0
        self.changed = asyncio.Condition()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer, and wait for the client to hang up."""
        await self._count(1)
        try:
            while data := await reader.read(100_000):
                if data.endswith(b"--\r\n"):
                    writer.write(HALF)
                    self.answered += 1
                    await self._count(0)
        except ConnectionError:
            pass  # it hung up
        finally:
            writer.close()
            await self._count(-1)

    async def _count(self, more: int) -> None:
        async with self.changed:
            self.open += more
            self.changed.notify_all()

    async def until(self, *, answered: int, open_connections: int) -> None:
        """Wait until so many requests are answered, and so many connections open."""
        async with asyncio.timeout(5), self.changed:
            await self.changed.wait_for(lambda: (self.answered, self.open) == (answered, open_connections))


@asynccontextmanager
async def half_server() -> AsyncGenerator[tuple[HalfServer, str]]:
    """The server, and its URL."""
    half = HalfServer()
    server = await asyncio.start_server(half.serve, "127.0.0.1", 0)
    async with server:
        yield half, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"


@pytest.mark.parametrize("steps", range(6))
async def test_a_call_that_is_cancelled_twice_leaves_no_connection(png: bytes, steps: int) -> None:
    """As where a task group ends just when a timeout does: the second time finds the first being tidied up."""
    head_came = asyncio.Event()

    async def note(response: httpx.Response) -> None:
        head_came.set()

    async with (
        half_server() as (half, base_url),
        httpx.AsyncClient(event_hooks={"response": [note]}) as http,
        Client(base_url=base_url, http_client=http) as client,
    ):
        call = asyncio.create_task(create_image_variation(client, image=png))
        await head_came.wait()
        for _ in range(9):  # until it waits for the rest of the body
            await asyncio.sleep(0)
        call.cancel()
        for _ in range(steps):
            await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await half.until(answered=1, open_connections=0)


class _GivenUp(httpx.AsyncByteStream):
    """A body whose transport cancels itself."""

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        yield b"{"
        raise asyncio.CancelledError


async def test_an_answer_that_its_transport_gives_up_is_an_error(png: bytes) -> None:
    """A `CancelledError` of the transport's own is neither a cancellation of the call nor a reason to wait for ever."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=_GivenUp()))
    async with Client(base_url="http://stage/v1", transport=transport, timeout=5) as client:
        with pytest.raises(ResponseError, match="gave up the response") as lost:
            await create_image_variation(client, image=png)
    assert (lost.value.billed, lost.value.content) == ("yes", b"{")
