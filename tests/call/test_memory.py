"""What a call leaves behind is freed with the last reference to it: nothing waits for the cycle collector."""

import asyncio
import base64
import contextlib
import gc
import json
import logging
import sys
import tracemalloc
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator
from pathlib import Path
from typing import cast

import httpx
import pytest
from image_variations import (
    Client,
    Image,
    ImageVariationsError,
    create_image_variation,
    create_image_variation_detailed,
    create_image_variation_files,
    create_image_variation_stream,
    fetch_image,
    save_images,
)
from image_variations.transports import default

from tests.support.clocks import SleeplessClient
from tests.support.pictures import make_png

pytestmark = pytest.mark.soak  # what other tests of the process leave is counted too


@pytest.fixture(autouse=True)
def secret_watch() -> None:
    """No watch: it keeps every error."""


@pytest.fixture(autouse=True)
def no_logs(caplog: pytest.LogCaptureFixture) -> None:
    """Let pytest keep no records of what is logged: they would be counted."""
    caplog.set_level(logging.CRITICAL)
    caplog.set_level(logging.CRITICAL, "image_variations")
    caplog.set_level(logging.CRITICAL, "httpx")


PICTURE = make_png() + bytes(200_000)
CALLS = 50
WARM_UP = 20

API_ERROR = {"error": {"message": "x" * 100_000, "type": "server_error", "param": None, "code": None}}


def said(status: int, body: bytes | object, *, length: int | None = None) -> bytes:
    """A response as it goes over the wire, which may name another length than it has."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    return b"HTTP/1.1 %d Said\r\nContent-Length: %d\r\n\r\n%b" % (status, length or len(body), body)


DRAWN = said(200, {"created": 1, "data": [{"b64_json": base64.b64encode(PICTURE).decode()}]})
"""The largest response, of some 270 KB."""


class Server(asyncio.Protocol):
    """Says the same to each request, and keeps nothing of it.

    Attributes:
        says: What it says by turns; nothing for `None`.
        hangs_up: Whether it closes after it, with a reset.
        requests: How many it has read.
        connections: How many are open.
    """

    says: tuple[bytes | None, ...] = (DRAWN,)
    hangs_up = False
    requests = 0
    connections = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        type(self).connections += 1
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is of no class of asyncio's
        self._head = b""
        self._rest = 0

    def data_received(self, data: bytes) -> None:
        """Count what comes of a request, and respond at its end."""
        cls = type(self)
        if not self._rest:
            self._head += data
            head, separator, data = self._head.partition(b"\r\n\r\n")
            if not separator:
                return
            self._head = b""
            self._rest = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        self._rest -= len(data)
        if self._rest:
            return
        says = cls.says[cls.requests % len(cls.says)]
        cls.requests += 1
        if says is not None:
            self._transport.write(says)
        if cls.hangs_up:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        type(self).connections -= 1
        del self._transport


Kind = Callable[[Client, Path], Awaitable[object]]
IMAGE = make_png()


async def plain(client: Client, directory: Path) -> None:
    """The model of the response."""
    await create_image_variation(client, image=IMAGE)


async def detailed(client: Client, directory: Path) -> None:
    """All of the response."""
    await create_image_variation_detailed(client, image=IMAGE)


async def streamed(client: Client, directory: Path) -> None:
    """Pictures as they arrive."""
    async with create_image_variation_stream(client, image=IMAGE) as images:
        async for image in images:
            async for _ in image:
                pass


async def left(client: Client, directory: Path) -> None:
    """A stream that is not read to its end."""
    async with create_image_variation_stream(client, image=IMAGE) as images:
        async for image in images:
            async for _ in image:
                return


async def into_files(client: Client, directory: Path) -> None:
    """Files from the stream."""
    await create_image_variation_files(client, directory, image=IMAGE, overwrite=True)


async def saved(client: Client, directory: Path) -> None:
    """Files from the model."""
    await save_images(client, await create_image_variation(client, image=IMAGE), directory, overwrite=True)


async def fetched(client: Client, directory: Path) -> None:
    """A linked picture."""
    await fetch_image(client, Image(url="/1"))


async def cancelled(client: Client, directory: Path) -> None:
    """A call that is cancelled while it waits for its response."""
    before = Server.requests
    call = asyncio.create_task(create_image_variation(client, image=IMAGE))
    while Server.requests == before:  # noqa: ASYNC110  # the server sets no event
        await asyncio.sleep(0)
    call.cancel()
    await asyncio.wait((call,))


async def late(client: Client, directory: Path) -> None:
    """A call whose time runs out."""
    await create_image_variation(client, image=IMAGE, timeout=0.02)


CUT = DRAWN[: len(DRAWN) // 2]
NO_JSON = said(200, b"[" * 20_000)
NO_BASE64 = said(200, {"data": [{"b64_json": "A" * 20_000 + "!" + "A" * 20_000}]})
REJECTED = said(503, API_ERROR)
KINDS: dict[str, tuple[Kind, tuple[bytes | None, ...], bool]] = {
    "plain": (plain, (DRAWN,), False),
    "detailed": (detailed, (DRAWN,), False),
    "stream": (streamed, (DRAWN,), False),
    "stream, left": (left, (DRAWN,), False),
    "files": (into_files, (DRAWN,), False),
    "save": (saved, (DRAWN,), False),
    "fetch": (fetched, (said(200, PICTURE),), False),
    "fetch, failed": (fetched, (said(404, b"x" * 200_000),), False),
    "fetch, no image": (fetched, (said(200, b"<html>" + b"x" * 200_000),), False),
    "400": (plain, (said(400, API_ERROR),), False),
    "500": (plain, (said(500, API_ERROR),), False),
    "500 of a gateway": (plain, (said(502, b"<html>" + b"x" * 200_000),), False),
    "reset": (plain, (None,), True),
    "reset in the body": (plain, (CUT,), True),
    "reset in the stream": (streamed, (CUT,), True),
    "reset in the files": (into_files, (CUT,), True),
    "no JSON": (plain, (NO_JSON,), False),
    "no JSON to stream": (streamed, (NO_JSON,), False),
    "no base64": (saved, (NO_BASE64,), False),
    "no base64 to stream": (streamed, (NO_BASE64,), False),
    "no base64 for files": (into_files, (NO_BASE64,), False),
    "no chunks": (plain, (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"x" * 200_000,), False),
    "no HTTP": (plain, (b"x" * 50_000,), False),
    "no header": (plain, (b"HTTP/1.1 200 OK\r\nX" + b"x" * 200_000,), False),
    "cancelled": (cancelled, (None,), False),
    "late": (late, (None,), False),
    "late in the body": (late, (CUT,), False),
    "retried": (plain, (REJECTED, REJECTED, DRAWN), False),
    "retried in vain": (plain, (REJECTED,), False),
}


@contextlib.asynccontextmanager
async def serving(says: tuple[bytes | None, ...], *, hangs_up: bool) -> AsyncGenerator[str]:
    """Have the server say something; its URL."""
    Server.says, Server.hangs_up, Server.requests = says, hangs_up, 0
    listening = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0)
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
        listening.close()
        while Server.connections:  # noqa: ASYNC110  # the server sets no event
            await asyncio.sleep(0)


@contextlib.contextmanager
def uncollected() -> Generator[None]:
    """Have no cycle collected while the context lasts."""
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        yield
    finally:
        tracemalloc.stop()
        gc.enable()


async def size_after(count: int, call: Callable[[], Awaitable[object]]) -> int:
    """How many bytes there are after so many calls."""
    for _ in range(count):
        with contextlib.suppress(ImageVariationsError):
            await call()
    for _ in range(20):  # until what is closed has told so
        await asyncio.sleep(0)
    return tracemalloc.get_traced_memory()[0]


async def growth(call: Callable[[], Awaitable[object]]) -> int:
    """By how many bytes the memory grows with fifty calls.

    Another fifty are made if it grows by more than a response, and another: what calls leave grows each time. A table
    of the interpreter's grows once. That of the interned strings has 2 MB here: it is made anew at any time, and what
    it takes the place of was there before memory was traced.
    """
    grown = 0
    with uncollected():
        before = await size_after(WARM_UP, call)
        for _ in range(3):
            after = await size_after(CALLS, call)
            grown, before = after - before, after
            if grown < len(DRAWN):
                break
    return grown


NewLoop = Callable[[], asyncio.AbstractEventLoop]
LOOPS: dict[str, NewLoop] = {"asyncio": asyncio.new_event_loop}
if sys.platform != "win32":
    import uvloop

    LOOPS["uvloop"] = uvloop.new_event_loop

on_each_loop = pytest.mark.parametrize("new_loop", LOOPS.values(), ids=LOOPS)


def run(new_loop: NewLoop, test: Coroutine[None, None, int]) -> int:
    """Run a test on a loop of its own."""
    with asyncio.Runner(loop_factory=new_loop) as runner:
        return runner.run(test)


@on_each_loop
@pytest.mark.parametrize("kind", KINDS)
def test_calls_leave_nothing_behind(tmp_path: Path, kind: str, new_loop: NewLoop) -> None:
    """Fifty of a kind take no more than one response does, and no collection is needed for it."""
    call, says, hangs_up = KINDS[kind]

    async def grown() -> int:
        async with serving(says, hangs_up=hangs_up) as url, SleeplessClient(base_url=url) as client:
            return await growth(lambda: call(client, tmp_path))

    assert run(new_loop, grown()) < len(DRAWN)


@on_each_loop
def test_calls_that_reach_nobody_leave_nothing_behind(new_loop: NewLoop) -> None:
    """Neither does their error, which has those of the system behind it."""

    async def grown() -> int:
        async with SleeplessClient(base_url="http://127.0.0.1:1/v1") as client:
            return await growth(lambda: plain(client, Path()))

    assert run(new_loop, grown()) < len(DRAWN)


@pytest.mark.parametrize("kind", ["plain", "files", "400", "reset in the body", "cancelled", "late", "retried"])
def test_calls_over_a_client_of_httpx_leave_nothing_behind(tmp_path: Path, kind: str) -> None:
    """They are made in tasks of their own."""
    call, says, hangs_up = KINDS[kind]

    async def grown() -> int:
        async with (
            serving(says, hangs_up=hangs_up) as url,
            httpx.AsyncClient(transport=default()) as http,
            SleeplessClient(base_url=url, http_client=http) as client,
        ):
            return await growth(lambda: call(client, tmp_path))

    assert run(asyncio.new_event_loop, grown()) < len(DRAWN)
