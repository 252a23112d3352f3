"""The ways to get images onto the disk, each in the same shape: prepare, save, close.

A way is an async context manager that is given the server's base URL and gives a function that makes one call, asks it
for so many images, saves them in a folder that is not there yet, and returns how many it saved.
"""

import base64
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from benchmarks.peers import open_openai, over_aiohttp
from benchmarks.sample import ACCELERATORS, KEY, make_image

if TYPE_CHECKING:
    from openai.types import ImagesResponse

    from benchmarks.peers import MakeTransport

IMAGE = make_image(96)
"""What each call sends."""

Save = Callable[[Path, int], Awaitable[int]]
Open = Callable[[str], AbstractAsyncContextManager[Save]]


@frozen
class Way:
    """A way to get images onto the disk.

    Attributes:
        open: Makes it ready, as this module says.
        hidden: Modules that are hidden.
    """

    open: Open
    hidden: tuple[str, ...] = ()


@asynccontextmanager
async def _files(url: str, transport: "MakeTransport" = lambda: None) -> AsyncGenerator[Save]:
    from image_variations import Client, create_image_variation_files

    async with Client(base_url=url, api_key=KEY, max_retries=0, transport=transport()) as client:

        async def save(directory: Path, count: int) -> int:
            return len(await create_image_variation_files(client, directory, image=IMAGE, n=count))

        yield save


@asynccontextmanager
async def _save_images(url: str) -> AsyncGenerator[Save]:
    from image_variations import Client, create_image_variation, save_images

    async with Client(base_url=url, api_key=KEY, max_retries=0) as client:

        async def save(directory: Path, count: int) -> int:
            response = await create_image_variation(client, image=IMAGE, n=count)
            return len(await save_images(client, response, directory))

        yield save


@asynccontextmanager
async def _openai(url: str) -> AsyncGenerator[Save]:
    async with open_openai(url) as client:

        async def save(directory: Path, count: int) -> int:
            images = client.images
            response: ImagesResponse = await images.create_variation(  # pyright: ignore[reportDeprecated]  # as is the model
                image=IMAGE, n=count
            )
            return _write_all(directory, [image.b64_json for image in response.data or [] if image.b64_json])

        yield save


@asynccontextmanager
async def _httpx(url: str) -> AsyncGenerator[Save]:
    import httpx

    async with httpx.AsyncClient(timeout=60) as client:

        async def save(directory: Path, count: int) -> int:
            response = await client.post(f"{url}/images/variations", files={"image": IMAGE}, data={"n": str(count)})
            items: list[dict[str, str]] = json.loads(response.content)["data"]
            return _write_all(directory, [item["b64_json"] for item in items])

        yield save


def _write_all(directory: Path, images: list[str]) -> int:
    directory.mkdir()
    for number, image in enumerate(images):
        (directory / f"variation-{number}.png").write_bytes(base64.b64decode(image))
    return len(images)


FILES = "create_image_variation_files"
SAVE_IMAGES = "create_image_variation + save_images"
OPENAI = "openai + base64"

WAYS: dict[str, Way] = {
    FILES: Way(_files),
    f"{FILES} over aiohttp": Way(partial(_files, transport=over_aiohttp)),
    f"{FILES}, not accelerated": Way(_files, ACCELERATORS),
    SAVE_IMAGES: Way(_save_images),
    OPENAI: Way(_openai, ("aiohttp",)),
    "httpx + json + base64": Way(_httpx),
}
