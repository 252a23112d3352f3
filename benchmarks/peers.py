"""Everybody who is measured, each in the same shape: prepare, call, close.

A peer is an async context manager that is given the server's base URL and gives a function that makes one call: it
sends a picture with the fields of `benchmarks.sample.FIELDS`, reads the whole answer, parses it, and returns the base64
text of the first picture. Its imports are its own, so that nobody pays for another's. None repeats a call that fails.
"""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING

from attrs import frozen

from benchmarks.raw_sockets import RawSockets
from benchmarks.sample import ACCELERATORS, FIELDS, KEY

if TYPE_CHECKING:
    import httpx
    from openai import AsyncOpenAI

Call = Callable[[bytes], Awaitable[str]]
Open = Callable[[str], AbstractAsyncContextManager[Call]]

_HEADERS = {"Authorization": f"Bearer {KEY}"}
_MANY = 1000
_SECONDS = 600.0
"""Nobody gives up sooner, nor while connecting: a thousand connections at once take a busy client their time."""


@frozen
class Peer:
    """One who is measured.

    Attributes:
        open: Makes it ready, as this module says.
        limit: How many calls it lets go at once, however many are made.
        limit_is: What sets that limit, in words.
        hidden: Modules that are not to be found, for they would be imported and not used.
    """

    open: Open
    limit: int
    limit_is: str
    hidden: tuple[str, ...] = ()


@asynccontextmanager
async def _raw_sockets(url: str) -> AsyncGenerator[Call]:
    sockets = RawSockets(f"{url}/images/variations")

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
    """What openapi-python-client's own templates make of the pin; `benchmarks.stock` has put it where it is found."""
    import httpx

    package = import_module("stock_image_variations")
    endpoint = import_module("stock_image_variations.api.images.create_image_variation")
    models = import_module("stock_image_variations.models")
    file = import_module("stock_image_variations.types").File
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


def _ours(transport: Callable[[], "httpx.AsyncBaseTransport | None"], max_concurrency: int) -> Open:
    @asynccontextmanager
    async def opened(url: str) -> AsyncGenerator[Call]:
        from image_variations import Client, create_image_variation

        async with Client(
            base_url=url,
            api_key=KEY,
            connect_timeout=_SECONDS,
            max_retries=0,
            transport=transport(),
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

    return opened


def _default() -> None:
    """No transport: the client takes its own."""


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
