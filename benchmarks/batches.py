"""Many images with a ledger and without: what it costs to know what was paid.

A way is given the server's base URL, the files to send, an output directory, and how many calls may be under way. It
returns how many images it got.
"""

import asyncio
import struct
import zlib
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from benchmarks.sample import KEY

Send = Callable[[str, Sequence[Path], Path, int], Awaitable[int]]

BATCH = "run_batch"
GATHER = "gather, without a ledger"


async def _batch(url: str, files: Sequence[Path], out: Path, at_once: int) -> int:
    from image_variations import Client
    from image_variations_cli import Source, run_batch

    async with Client(base_url=url, api_key=KEY) as client:
        sources = (Source(file.name, file.stem, file) for file in files)
        summary = await run_batch(client, sources, out, concurrency=at_once)
    return summary.counts.images


async def _gather(url: str, files: Sequence[Path], out: Path, at_once: int) -> int:
    from image_variations import Client, create_image_variation

    async with Client(base_url=url, api_key=KEY, max_concurrency=at_once) as client:
        calls = (create_image_variation(client, image=file, response_format="b64_json") for file in files)
        responses = await asyncio.gather(*calls)
    return sum(len(response.data) for response in responses)


BATCHES: dict[str, Send] = {BATCH: _batch, GATHER: _gather}


def write_images(folder: Path, number: int) -> list[Path]:
    """Write so many small square PNG files, no two of which are the same."""
    files = [folder / f"{index:06}.png" for index in range(number)]
    for index, file in enumerate(files):
        file.write_bytes(_png(16, index.to_bytes(3, "big")))
    return files


def _png(side: int, color: bytes) -> bytes:
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    pixels = (b"\0" + color * side) * side
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in ((b"IHDR", head), (b"IDAT", zlib.compress(pixels)), (b"IEND", b""))
    )
