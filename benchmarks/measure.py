"""One measurement, in a process of its own: what a way to get pictures onto the disk costs.

    python -m benchmarks.measure WAY URL AT_ONCE CORE [WITHOUT,MODULES]

Prints one JSON object.
"""

import asyncio
import base64
import gc
import json
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, cast

from attrs import asdict, frozen

if TYPE_CHECKING:
    from openai.types import ImagesResponse

PICTURE = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + (64).to_bytes(4, "big") * 2 + bytes(64)
_KEY = "sk-of-nobody"
_COUNT = 10
_PROBE_SECONDS = 0.001

Way = Callable[[Path], Awaitable[int]]
"""Makes one call, saves its pictures, and returns how many there are."""


@frozen
class Figures:
    """What was measured.

    Attributes:
        cpu_ms: CPU time of a call, in milliseconds.
        memory_kb: Peak memory above that of the client at rest, in KiB.
        stall_ms: The longest time for which the event loop did nothing else, in milliseconds.
        files: How many files a call left.
    """

    cpu_ms: float
    memory_kb: int
    stall_ms: float
    files: int


async def _measured(way: Way, at_once: int) -> Figures:
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch)
        # The client at rest: what the first call loads for good is not the call's.
        await way(directory / "before")
        _reset_peak()
        before, cpu = _memory("VmRSS"), time.process_time()
        stalls: list[float] = []
        watching = asyncio.create_task(_watch(stalls))
        counts = await asyncio.gather(*(way(directory / str(number)) for number in range(at_once)))
        cpu = time.process_time() - cpu
        await asyncio.sleep(2 * _PROBE_SECONDS)  # so that the last stall is noted too
        watching.cancel()
        return Figures(cpu / at_once * 1000, _memory("VmHWM") - before, max(stalls) * 1000, counts[0])


async def _watch(stalls: list[float]) -> None:
    """Note by how much each short sleep is late: so long something else held the loop."""
    while True:
        start = time.perf_counter()
        await asyncio.sleep(_PROBE_SECONDS)
        stalls.append(time.perf_counter() - start - _PROBE_SECONDS)


def _reset_peak() -> None:
    """Let the kernel forget the highest use of memory so far."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _memory(name: str) -> int:
    """`VmRSS`, which is used now, or `VmHWM`, the most since the reset, in KiB."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def _write_all(directory: Path, texts: list[str]) -> int:
    directory.mkdir()
    for number, text in enumerate(texts):
        (directory / f"{number}.png").write_bytes(base64.b64decode(text))
    return len(texts)


async def _streamed(url: str, at_once: int) -> Figures:
    from image_variations import Client, create_image_variation_files

    async with Client(base_url=url, api_key=_KEY) as client:

        async def way(directory: Path) -> int:
            return len(await create_image_variation_files(client, directory, image=PICTURE, n=_COUNT))

        return await _measured(way, at_once)


async def _whole(url: str, at_once: int) -> Figures:
    from image_variations import Client, create_image_variation, save_images

    async with Client(base_url=url, api_key=_KEY) as client:

        async def way(directory: Path) -> int:
            response = await create_image_variation(client, image=PICTURE, n=_COUNT)
            return len(await save_images(client, response, directory))

        return await _measured(way, at_once)


async def _official(url: str, at_once: int) -> Figures:
    from openai import AsyncOpenAI

    async with AsyncOpenAI(base_url=url, api_key=_KEY, max_retries=0) as client:

        async def way(directory: Path) -> int:
            images = client.images
            response: ImagesResponse = await images.create_variation(  # pyright: ignore[reportDeprecated]  # as is the model
                image=PICTURE, n=_COUNT
            )
            return _write_all(directory, [image.b64_json for image in response.data or [] if image.b64_json])

        return await _measured(way, at_once)


async def _raw(url: str, at_once: int) -> Figures:
    import httpx

    async with httpx.AsyncClient(timeout=60) as client:

        async def way(directory: Path) -> int:
            answer = await client.post(f"{url}/images/variations", files={"image": PICTURE}, data={"n": str(_COUNT)})
            items: list[dict[str, str]] = json.loads(answer.content)["data"]
            return _write_all(directory, [item["b64_json"] for item in items])

        return await _measured(way, at_once)


WAYS: dict[str, Callable[[str, int], Awaitable[Figures]]] = {
    "create_image_variation_files": _streamed,
    "create_image_variation + save_images": _whole,
    "openai + base64": _official,
    "httpx + json + base64": _raw,
}


async def _run(way: str, url: str, at_once: int) -> Figures:
    return await WAYS[way](url, at_once)


def main() -> None:
    """Run from the command line."""
    way, url, at_once, core, *without = sys.argv[1:]
    for name in ",".join(without).split(","):
        if name:
            sys.modules[name] = cast("ModuleType", None)  # what makes an import of it fail
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {int(core)})
    print(json.dumps(asdict(asyncio.run(_run(way, url, int(at_once))))))


if __name__ == "__main__":
    main()
