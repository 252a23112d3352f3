"""Everybody whose calls are measured, each in the same shape: prepare, call, close.

A peer is an async context manager that is given the server's base URL and gives a function that makes one call: it
sends an image with the fields of `benchmarks.sample.FIELDS`, reads the whole response, parses it, and returns the
base64 of the first image. Its imports are its own, so that nobody pays for another's. None repeats a call that fails.
"""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from attrs import define, field, frozen

from benchmarks.sample import ACCELERATORS, FIELDS, KEY

if TYPE_CHECKING:
    import httpx
    from openai import AsyncOpenAI

Call = Callable[[bytes], Awaitable[str]]
Open = Callable[[str], AbstractAsyncContextManager[Call]]

STOCK = "stock_image_variations"
"""The package that the stock generator makes of the pin."""

_HEADERS = {"Authorization": f"Bearer {KEY}"}
_MANY = 1000
_BLOCK = 64 * 1024
_BOUNDARY = "3c7f1d9be0a84d6f"
_SECONDS = 600.0
"""Nobody gives up sooner, nor while connecting: a thousand connections at once take a busy client their time."""


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


@define(eq=False)
class _RawSockets:
    """The least that a call can be over asyncio: bytes made before, written to a socket, and read back.

    Each socket is used by one call at a time, and no request is put together twice.
    """

    url: str
    _idle: list[socket.socket] = field(factory=list[socket.socket])
    _requests: dict[bytes, bytes] = field(factory=dict[bytes, bytes])

    async def post(self, image: bytes) -> bytes:
        """Send the form with this image, and return the body of the response."""
        request = self._requests.get(image)
        if request is None:
            request = self._requests[image] = _make_request(self.url, image)
        loop = asyncio.get_running_loop()
        peer = self._idle.pop() if self._idle else await self._connect(loop)
        await loop.sock_sendall(peer, request)
        response = await _receive(loop, peer)
        head, _, body = response.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        while len(body) < length:
            body += await _receive(loop, peer)
        if not head.startswith(b"HTTP/1.1 200 "):
            raise ValueError(head.decode())
        self._idle.append(peer)
        return body

    async def _connect(self, loop: asyncio.AbstractEventLoop) -> socket.socket:
        peer = socket.socket()
        peer.setblocking(False)
        address = urlsplit(self.url)
        await loop.sock_connect(peer, (address.hostname, address.port))
        return peer

    def close(self) -> None:
        """Close every socket."""
        for peer in self._idle:
            peer.close()


async def _receive(loop: asyncio.AbstractEventLoop, peer: socket.socket) -> bytes:
    received = await loop.sock_recv(peer, _BLOCK)
    if not received:
        raise ConnectionError("the server has closed the connection")
    return received


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
    sockets = _RawSockets(f"{url}/images/variations")

    async def call(image: bytes) -> str:
        body = await sockets.post(image)
        first: str = json.loads(body)["data"][0]["b64_json"]
        return first

    try:
        yield call
    finally:
        sockets.close()


@asynccontextmanager
async def _aiohttp(url: str) -> AsyncGenerator[Call]:
    import aiohttp

    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=_SECONDS)
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
    async with httpx.AsyncClient(limits=limits, timeout=_SECONDS, headers=_HEADERS) as client:

        async def call(image: bytes) -> str:
            files = {"image": ("image.png", image, "image/png")}
            response = await client.post(f"{url}/images/variations", files=files, data=FIELDS)
            first: str = response.json()["data"][0]["b64_json"]
            return first

        yield call


@asynccontextmanager
async def _openai(url: str) -> AsyncGenerator[Call]:
    from openai import AsyncOpenAI

    async with AsyncOpenAI(base_url=url, api_key=KEY, max_retries=0, timeout=_SECONDS) as client:
        yield _official(client)


@asynccontextmanager
async def _openai_aiohttp(url: str) -> AsyncGenerator[Call]:
    from openai import AsyncOpenAI, DefaultAioHttpClient

    async with AsyncOpenAI(
        base_url=url, api_key=KEY, max_retries=0, timeout=_SECONDS, http_client=DefaultAioHttpClient()
    ) as client:
        yield _official(client)


def _official(client: "AsyncOpenAI") -> Call:
    async def call(image: bytes) -> str:
        response = await client.images.create_variation(  # pyright: ignore[reportDeprecated]  # as is the model
            image=image, model="dall-e-2", n=1, response_format="b64_json", size="1024x1024", user="user-1234"
        )
        return (response.data or [])[0].b64_json or ""

    return call


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
        base_url=url, token=KEY, timeout=httpx.Timeout(_SECONDS), httpx_args=settings, raise_on_unexpected_status=True
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


def _ours(make_transport: Callable[[], "httpx.AsyncBaseTransport | None"], max_concurrency: int) -> Open:
    @asynccontextmanager
    async def open_client(url: str) -> AsyncGenerator[Call]:
        from image_variations import Client, create_image_variation

        async with Client(
            base_url=url,
            api_key=KEY,
            connect_timeout=_SECONDS,
            max_retries=0,
            transport=make_transport(),
            max_concurrency=max_concurrency,
        ) as client:

            async def call(image: bytes) -> str:
                response = await create_image_variation(
                    client,
                    image=image,
                    model="dall-e-2",
                    n=1,
                    response_format="b64_json",
                    size="1024x1024",
                    user="user-1234",
                )
                return response.data[0].b64_json or ""

            yield call

    return open_client


def _default() -> None:
    """Return no transport, so that the client takes its own."""


def _over_aiohttp() -> "httpx.AsyncBaseTransport":
    from image_variations.transports import over_aiohttp

    return over_aiohttp()


def _over_reqwest() -> "httpx.AsyncBaseTransport":
    from examples.transports import over_reqwest

    return over_reqwest(connect_timeout=_SECONDS)


PEERS: dict[str, Peer] = {
    "raw sockets": Peer(_raw_sockets, _MANY, "none"),
    "aiohttp": Peer(_aiohttp, _MANY, "`TCPConnector(limit=0)`: none"),
    "httpx": Peer(_httpx, _MANY, "`Limits(max_connections=1000)`"),
    "openai": Peer(_openai, _MANY, "its default, 1,000 connections of which 100 are kept", hidden=("aiohttp",)),
    "openai[aiohttp]": Peer(_openai_aiohttp, _MANY, "its default, 1,000 connections"),
    "stock generator": Peer(_stock, _MANY, "`httpx_args`: `Limits(max_connections=1000)`"),
    "ours": Peer(_ours(_default, 100), 100, "its default, `max_concurrency=100`", ACCELERATORS),
    "ours, 1,000 at once": Peer(_ours(_default, _MANY), _MANY, "`max_concurrency=1000`", ACCELERATORS),
    "ours over aiohttp": Peer(_ours(_over_aiohttp, 100), 100, "its default, `max_concurrency=100`", ACCELERATORS),
    "ours over aiohttp, 1,000 at once": Peer(
        _ours(_over_aiohttp, _MANY), _MANY, "`max_concurrency=1000`", ACCELERATORS
    ),
    "ours over reqwest": Peer(_ours(_over_reqwest, 100), 100, "its default, `max_concurrency=100`", ACCELERATORS),
}
