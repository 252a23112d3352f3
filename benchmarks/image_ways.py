"""One measurement, in a process of its own: what a way to get pictures onto the disk costs.

    python -m benchmarks.image_ways WAY SERVER CORE AT_ONCE COUNT SIZE [WITHOUT,MODULES]

AT_ONCE calls are each answered with COUNT pictures of SIZE bytes. Prints one JSON object: CPU time of a call from the
request to its files, peak memory above that of the client at rest in KiB, and the longest time for which the event loop
did nothing else.
"""

import asyncio
import base64
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from benchmarks.calls import WorkNotDoneError, check_counts
from benchmarks.process import hide, memory, reset_peak, settle
from benchmarks.sample import ACCELERATORS, KEY, drawn, picture
from benchmarks.steering import base_url, counts, hold

if TYPE_CHECKING:
    import httpx
    from openai.types import ImagesResponse

_PICTURE = picture(96)
_PROBE_SECONDS = 0.001

Way = Callable[[Path], Awaitable[int]]
"""Makes one call, saves its pictures, and returns how many there are."""


async def _measured(way: Way, at_once: int, count: int, size: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch)
        # The client at rest: what the first call loads for good is not the call's.
        await way(directory / "before")
        reset_peak()
        before, cpu = memory("VmRSS"), time.process_time()
        stalls: list[float] = []
        watching = asyncio.create_task(_watch(stalls))
        folders = [directory / str(number) for number in range(at_once)]
        counts = await asyncio.gather(*map(way, folders))
        cpu = time.process_time() - cpu
        await asyncio.sleep(2 * _PROBE_SECONDS)  # so that the last stall is noted too
        watching.cancel()
        figures = {
            "cpu_ms": cpu / at_once * 1000,
            "memory_kb": memory("VmHWM") - before,
            "stall_ms": max(stalls) * 1000,
        }
        if set(counts) != {count}:
            raise WorkNotDoneError(f"calls left {counts} files, not {count} each")
        check_files(folders, count, base64.b64decode(drawn(size)))
        return figures


def check_files(folders: Sequence[Path], count: int, expected: bytes) -> None:
    """See that each folder has so many files, each of which is the server's picture.

    Raises:
        WorkNotDoneError: One has not.
    """
    for folder in folders:
        contents = [file.read_bytes() for file in folder.iterdir()]
        if contents != [expected] * count:
            raise WorkNotDoneError(f"a call left {len(contents)} files that are not the server's {count} pictures")


async def _watch(stalls: list[float]) -> None:
    """Note by how much each short sleep is late: so long something else held the loop."""
    while True:
        start = time.perf_counter()
        await asyncio.sleep(_PROBE_SECONDS)
        stalls.append(time.perf_counter() - start - _PROBE_SECONDS)


def _write_all(directory: Path, texts: list[str]) -> int:
    directory.mkdir()
    for number, text in enumerate(texts):
        (directory / f"{number}.png").write_bytes(base64.b64decode(text))
    return len(texts)


async def _streamed_over(
    transport: "httpx.AsyncBaseTransport | None", url: str, at_once: int, count: int, size: int
) -> dict[str, float]:
    from image_variations import Client, create_image_variation_files

    async with Client(base_url=url, api_key=KEY, transport=transport, max_retries=0) as client:

        async def way(directory: Path) -> int:
            return len(await create_image_variation_files(client, directory, image=_PICTURE, n=count))

        return await _measured(way, at_once, count, size)


async def _streamed(url: str, at_once: int, count: int, size: int) -> dict[str, float]:
    return await _streamed_over(None, url, at_once, count, size)


async def _streamed_over_aiohttp(url: str, at_once: int, count: int, size: int) -> dict[str, float]:
    from image_variations.transports import over_aiohttp

    return await _streamed_over(over_aiohttp(), url, at_once, count, size)


async def _whole(url: str, at_once: int, count: int, size: int) -> dict[str, float]:
    from image_variations import Client, create_image_variation, save_images

    async with Client(base_url=url, api_key=KEY, max_retries=0) as client:

        async def way(directory: Path) -> int:
            response = await create_image_variation(client, image=_PICTURE, n=count)
            return len(await save_images(client, response, directory))

        return await _measured(way, at_once, count, size)


async def _official(url: str, at_once: int, count: int, size: int) -> dict[str, float]:
    from openai import AsyncOpenAI

    async with AsyncOpenAI(base_url=url, api_key=KEY, max_retries=0) as client:

        async def way(directory: Path) -> int:
            images = client.images
            response: ImagesResponse = await images.create_variation(  # pyright: ignore[reportDeprecated]  # as is the model
                image=_PICTURE, n=count
            )
            return _write_all(directory, [image.b64_json for image in response.data or [] if image.b64_json])

        return await _measured(way, at_once, count, size)


async def _raw(url: str, at_once: int, count: int, size: int) -> dict[str, float]:
    import httpx

    async with httpx.AsyncClient(timeout=60) as client:

        async def way(directory: Path) -> int:
            answer = await client.post(f"{url}/images/variations", files={"image": _PICTURE}, data={"n": str(count)})
            items: list[dict[str, str]] = json.loads(answer.content)["data"]
            return _write_all(directory, [item["b64_json"] for item in items])

        return await _measured(way, at_once, count, size)


@frozen
class _Measurable:
    """A way to get pictures onto the disk.

    Attributes:
        measured: Measures it, given a base URL, the calls at once, the pictures in an answer, and their size.
        hidden: Modules that are not to be found.
    """

    measured: Callable[[str, int, int, int], Awaitable[dict[str, float]]]
    hidden: tuple[str, ...] = ()


WAYS: dict[str, _Measurable] = {
    "create_image_variation_files": _Measurable(_streamed),
    "create_image_variation_files over aiohttp": _Measurable(_streamed_over_aiohttp),
    "create_image_variation_files, not accelerated": _Measurable(_streamed, ACCELERATORS),
    "create_image_variation + save_images": _Measurable(_whole),
    "openai + base64": _Measurable(_official, ("aiohttp",)),
    "httpx + json + base64": _Measurable(_raw),
}


async def _run(way: str, server: str, at_once: int, count: int, size: int) -> dict[str, float]:
    hold(server, 1)
    before = counts(server)
    figures = await WAYS[way].measured(base_url(server, count, size), at_once, count, size)
    check_counts(before, counts(server), at_once + 1, len(_PICTURE))
    return figures


def main() -> None:
    """Run from the command line."""
    way, server, core, at_once, count, size, *without = sys.argv[1:]
    settle(int(core))
    hide(WAYS[way].hidden)
    hide(name for names in without for name in names.split(",") if name)
    print(json.dumps(asyncio.run(_run(way, server, int(at_once), int(count), int(size)))))


if __name__ == "__main__":
    main()
