"""Batches that are large: what memory they take."""

import asyncio
import sys
from pathlib import Path

import pytest

from tests.support.batches import draw_images
from tests.support.counting_server import CountingServer

IMAGES = 10_000

MAX_GROWTH = 20_000_000
"""Bytes."""


@pytest.mark.soak
async def test_ten_thousand_images_take_no_more_memory_than_a_hundred(tmp_path: Path) -> None:
    """From the 100th to the last of 10,000 images the process grows by less than 20 MB."""
    draw_images(tmp_path / "in", IMAGES)
    async with CountingServer() as server:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.support.batch_process", server.base_url, str(tmp_path / "in"), str(tmp_path / "out"), ""),
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await process.communicate()
    first, last = map(int, output.split())
    assert last - first < MAX_GROWTH
