"""Batches for tests: folders of images, what came of them, and a client that does not wait."""

import asyncio
import base64
from pathlib import Path

from image_variations import Client
from image_variations._runtime.clock import Clock
from image_variations_cli import Counts, Source
from image_variations_cli.rows import Row
from PIL import Image

from tests.support.ledgers import open_ledger
from tests.support.pictures import make_png
from tests.support.turns import reply

IMAGE = make_png()
"""What a server made."""

ONE_IMAGE = reply(200, {"data": [{"b64_json": base64.b64encode(IMAGE).decode()}]})
"""A success."""


class QuickClient(Client):
    """A client that does not wait between attempts."""

    clock = Clock(sleep=lambda seconds: asyncio.sleep(0), uniform=lambda low, high: low)


def draw_images(folder: Path, number: int, side: int = 8) -> list[Source]:
    """Draw so many different images, named by their number from 0."""
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{index:05}.png" for index in range(number)]
    for index, path in enumerate(paths):
        Image.new("RGB", (side, side), (index % 256, index // 256 % 256, 90)).save(path)
    return [source_of(path) for path in paths]


def source_of(path: Path) -> Source:
    """Make a source of a file."""
    return Source(str(path), path.stem, path)


async def read_rows(output: Path) -> list[Row]:
    """Read all rows of a ledger."""
    async with await open_ledger(output) as ledger:
        return [row async for block in ledger.rows() for row in block]


async def read_counts(output: Path) -> Counts:
    """Count the rows of a ledger."""
    async with await open_ledger(output) as ledger:
        return await ledger.count()


def image_names(output: Path) -> set[str]:
    """Return the names of the images in an output directory."""
    return {path.name for path in output.iterdir() if not path.name.startswith("ledger.")}
