"""Everybody whose calls are measured, each in the same shape: prepare, call, close.

A peer is an async context manager that is given the server's base URL and gives a function that makes one call: it
sends an image with the fields of `benchmarks.sample.FIELDS`, reads the whole response, parses it, and returns the
base64 of the first image. Its imports are its own, so that nobody pays for another's. None repeats a call that fails.
"""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from functools import lru_cache, partial
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from attrs import evolve, frozen

from benchmarks.sample import ACCELERATORS, FIELDS, KEY

if TYPE_CHECKING:
    import httpx
    import httpx2
    from openai import AsyncOpenAI

    MakeTransport = Callable[[], httpx.AsyncBaseTransport | None]

Call = Callable[[bytes], Awaitable[str]]
Open = Callable[[str], AbstractAsyncContextManager[Call]]

STOCK = "stock_image_variations"
"""The package that the stock generator makes of the pin."""

EVENTS = "image_edits"
"""The client of a document with an operation that gives events, made by this project."""

_HEADERS = {"Authorization": f"Bearer {KEY}"}
_PROMPT = "The same, at night."
_MANY = 1000
_BLOCK = 64 * 1024
_BOUNDARY = "3c7f1d9be0a84d6f"
_LONG = 600.0
"""Seconds. Nobody gives up sooner, nor while connecting: a thousand connections at once take a busy client time."""


@frozen
class Peer:
    """One whose calls are measured.

    Attributes:
        open: Makes it ready, as this module says.
        limit: How many calls it lets go at once, however many are made.
        limit_is: What sets that limit, in words.
        hidden: Modules that are hidden, because they would be imported and not used.
    """

    open: Open
    limit: int
    limit_is: str
    hidden: tuple[str, ...] = ()


def _connect(url: str) -> socket.socket:
    address = urlsplit(url)
    peer = socket.create_connection((address.hostname, address.port))
    peer.setblocking(False)
    return peer


async def _receive_body(loop: asyncio.AbstractEventLoop, peer: socket.socket) -> bytes:
    response = await _receive(loop, peer)
    head, _, body = response.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    while len(body) < length:
        body += await _receive(loop, peer)
    if not head.startswith(b"HTTP/1.1 200 "):
        raise ValueError(head.decode())
    return body


async def _receive(loop: asyncio.AbstractEventLoop, peer: socket.socket) -> bytes:
    received = await loop.sock_recv(peer, _BLOCK)
    if not received:
        raise ConnectionError("the server has closed the connection")
    return received


@lru_cache(maxsize=1)
def _make_request(url: str, image: bytes) -> bytes:
    address = urlsplit(url)
    disposition = f"--{_BOUNDARY}\r\nContent-Disposition: form-data; name="
    form = "".join(f'{disposition}"{name}"\r\n\r\n{value}\r\n' for name, value in FIELDS.items())
    file = f'{disposition}"image"; filename="image.png"\r\nContent-Type: image/png\r\n\r\n'
    body = b"".join((form.encode(), file.encode(), image, f"\r\n--{_BOUNDARY}--\r\n".encode()))
    head = (
        f"POST {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: Bearer {KEY}\r\n"
        f"Content-Type: multipart/form-data; boundary={_BOUNDARY}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@asynccontextmanager
async def _raw_sockets(url: str) -> AsyncGenerator[Call]:
    """Open the least that a call can be over asyncio: bytes made before, written to a socket, and read back.

    Each socket is used by one call at a time, and no request is put together twice.
    """
    loop = asyncio.get_running_loop()
    idle: list[socket.socket] = []
    with ExitStack() as opened:

        async def call(image: bytes) -> str:
            peer = idle.pop() if idle else opened.enter_context(_connect(url))
            await loop.sock_sendall(peer, _make_request(f"{url}/images/variations", image))
            first: str = json.loads(await _receive_body(loop, peer))["data"][0]["b64_json"]
            idle.append(peer)
            return first

        yield call


@asynccontextmanager
async def _aiohttp(url: str) -> AsyncGenerator[Call]:
    import aiohttp

    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=_LONG)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout, headers=_HEADERS) as session:

        async def call(image: bytes) -> str:
            form = aiohttp.FormData(FIELDS)
            form.add_field("image", image, filename="image.png", content_type="image/png")
            async with session.post(f"{url}/images/variations", data=form) as response:
                first: str = (await response.json())["data"][0]["b64_json"]
                return first

        yield call


@asynccontextmanager
async def _httpx(url: str) -> AsyncGenerator[Call]:
    import httpx

    limits = httpx.Limits(max_connections=_MANY)
    async with httpx.AsyncClient(limits=limits, timeout=_LONG, headers=_HEADERS) as client:

        async def call(image: bytes) -> str:
            files = {"image": ("image.png", image, "image/png")}
            response = await client.post(f"{url}/images/variations", files=files, data=FIELDS)
            first: str = response.json()["data"][0]["b64_json"]
            return first

        yield call


def open_openai(url: str, http_client: "httpx2.AsyncClient | None" = None) -> "AsyncOpenAI":
    """Return a client of the official SDK."""
    from openai import AsyncOpenAI

    return AsyncOpenAI(base_url=url, api_key=KEY, max_retries=0, timeout=_LONG, http_client=http_client)


@asynccontextmanager
async def _openai(url: str, http_client: "httpx2.AsyncClient | None" = None) -> AsyncGenerator[Call]:
    async with open_openai(url, http_client) as client:

        async def call(image: bytes) -> str:
            response = await client.images.create_variation(  # pyright: ignore[reportDeprecated]  # as is the model
                image=image, model="dall-e-2", n=1, response_format="b64_json", size="1024x1024", user="user-1234"
            )
            return (response.data or [])[0].b64_json or ""

        yield call


def _openai_aiohttp(url: str) -> AbstractAsyncContextManager[Call]:
    from openai import DefaultAioHttpClient

    return _openai(url, DefaultAioHttpClient())


@asynccontextmanager
async def _stock(url: str) -> AsyncGenerator[Call]:
    """Open what openapi-python-client's own templates make of the pin; the conductor has put it where it is found."""
    import httpx

    package = import_module(STOCK)
    endpoint = import_module(f"{STOCK}.api.images.create_image_variation")
    models = import_module(f"{STOCK}.models")
    file = import_module(f"{STOCK}.types").File
    settings = {"limits": httpx.Limits(max_connections=_MANY)}
    made = package.AuthenticatedClient(
        base_url=url, token=KEY, timeout=httpx.Timeout(_LONG), httpx_args=settings, raise_on_unexpected_status=True
    )
    async with made as client:

        async def call(image: bytes) -> str:
            request = models.CreateImageVariationRequest(
                image=file(BytesIO(image), file_name="image.png", mime_type="image/png"),
                model=models.CreateImageVariationRequestModelType1.DALL_E_2,
                n=1,
                response_format=models.CreateImageVariationRequestResponseFormatType0.B64_JSON,
                size=models.CreateImageVariationRequestSizeType0.VALUE_2,
                user="user-1234",
            )
            response = await endpoint.asyncio(client=client, body=request)
            first: str = response.data[0].b64_json
            return first

        yield call


@asynccontextmanager
async def _ours(url: str, transport: "MakeTransport" = lambda: None, at_once: int = 100) -> AsyncGenerator[Call]:
    from image_variations import Client, create_image_variation

    async with Client(
        base_url=url, api_key=KEY, connect_timeout=_LONG, max_retries=0, transport=transport(), max_concurrency=at_once
    ) as ours:

        async def call(image: bytes) -> str:
            response = await create_image_variation(
                ours, image=image, model="dall-e-2", n=1, response_format="b64_json", size="1024x1024", user="user-1234"
            )
            return response.data[0].b64_json or ""

        yield call


def over_aiohttp() -> "httpx.AsyncBaseTransport":
    """Return the transport that speaks with aiohttp."""
    from image_variations import transports

    return transports.over_aiohttp()


def _over_reqwest() -> "httpx.AsyncBaseTransport":
    from examples.transports import over_reqwest

    return over_reqwest(connect_timeout=_LONG)


# Streams of events


class _Event(Protocol):
    b64_json: str
    created_at: int


async def _read_last(events: AsyncIterator[_Event]) -> str:
    """Read all events, and return the image of the last."""
    count, image = 0, ""
    async for event in events:
        if event.created_at != count:
            raise ValueError(f"event {count} is missing")
        count, image = count + 1, event.b64_json
    return image


@asynccontextmanager
async def _openai_events(url: str) -> AsyncGenerator[Call]:
    async with open_openai(url) as client:

        async def call(image: bytes) -> str:
            async with await client.images.edit(image=image, prompt=_PROMPT, stream=True) as events:
                return await _read_last(events)

        yield call


@asynccontextmanager
async def _our_events(url: str) -> AsyncGenerator[Call]:
    package = import_module(EVENTS)
    async with package.Client(
        base_url=url, api_key=KEY, connect_timeout=_LONG, max_retries=0, max_concurrency=_MANY
    ) as client:

        async def call(image: bytes) -> str:
            async with package.create_image_edit_events(client, image=image, prompt=_PROMPT) as events:
                return await _read_last(events)

        yield call


PEERS: dict[str, Peer] = {
    "raw sockets": Peer(_raw_sockets, _MANY, "none"),
    "aiohttp": Peer(_aiohttp, _MANY, "`TCPConnector(limit=0)`: none"),
    "httpx": Peer(_httpx, _MANY, "`Limits(max_connections=1000)`"),
    "openai": Peer(_openai, _MANY, "its default, 1,000 connections of which 100 are kept", hidden=("aiohttp",)),
    "openai[aiohttp]": Peer(_openai_aiohttp, _MANY, "its default, 1,000 connections"),
    "stock generator": Peer(_stock, _MANY, "`httpx_args`: `Limits(max_connections=1000)`"),
    "ours": Peer(_ours, 100, "its default, `max_concurrency=100`", ACCELERATORS),
    "ours, 1,000 at once": Peer(partial(_ours, at_once=_MANY), _MANY, "`max_concurrency=1000`", ACCELERATORS),
    "ours over aiohttp": Peer(
        partial(_ours, transport=over_aiohttp), 100, "its default, `max_concurrency=100`", ACCELERATORS
    ),
    "ours over aiohttp, 1,000 at once": Peer(
        partial(_ours, transport=over_aiohttp, at_once=_MANY), _MANY, "`max_concurrency=1000`", ACCELERATORS
    ),
    "ours over reqwest": Peer(
        partial(_ours, transport=_over_reqwest), 100, "its default, `max_concurrency=100`", ACCELERATORS
    ),
}

# Those that read streams of events: a call reads all events of one, and returns the image of the last.
STREAMS: dict[str, Peer] = {
    "openai": evolve(PEERS["openai"], open=_openai_events),
    "ours, 1,000 at once": evolve(PEERS["ours, 1,000 at once"], open=_our_events),
}
