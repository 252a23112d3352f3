"""Rows with images that are written to a directory at the same time: together, and each with its own outcome."""

import asyncio
import errno
import os
import stat
from collections.abc import AsyncIterator
from io import FileIO
from pathlib import Path

import pytest
from image_variations_cli.storage import ImageFiles
from image_variations_cli.storage.files import Directory

from tests.support.disks import Failing
from tests.support.pictures import make_png

IMAGE = make_png()


@pytest.fixture
async def directory(tmp_path: Path) -> AsyncIterator[Directory]:
    """A directory that is ready."""
    directory = Directory(tmp_path)
    await directory.prepare()
    yield directory
    directory.close()


async def test_rows_that_come_together_share_a_sync_of_the_directory(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file is synced, then the directory once for all of them, and only then is a row written."""
    events: list[str] = []

    def sync(file: int | FileIO) -> None:
        mode = os.fstat(file if isinstance(file, int) else file.fileno()).st_mode
        events.append("directory" if stat.S_ISDIR(mode) else "file")

    async def write(stem: str) -> None:
        await directory.write(ImageFiles(stem, [IMAGE]))
        events.append("row")

    monkeypatch.setattr(os, "fsync", sync)
    await asyncio.gather(*(write(stem) for stem in "ab"))
    assert events == ["file", "file", "directory", "row", "row"]


async def test_a_row_that_cannot_be_written_fails_alone(directory: Directory) -> None:
    """An image that the file system refuses keeps no other one from the disk."""
    rows = [ImageFiles(stem, [IMAGE]) for stem in ("a", "missing/b", "c")]
    outcomes = await asyncio.gather(*(directory.write(row) for row in rows), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [type(None), FileNotFoundError, type(None)]
    assert [row.names for row in rows] == [["a-1.png"], [], ["c-1.png"]]
    assert sorted(path.name for path in directory.path.iterdir()) == ["a-1.png", "c-1.png"]


async def test_a_directory_that_cannot_be_synced_fails_its_rows_until_it_can(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No row is written as long as a power cut may take its name. Trying again writes no second file."""
    rows = [ImageFiles(stem, [IMAGE]) for stem in "ab"]
    with monkeypatch.context() as broken:
        broken.setattr(Directory, "_sync_directory", Failing(errno.EIO))
        outcomes = await asyncio.gather(*(directory.write(row) for row in rows), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [OSError, OSError]
    await asyncio.gather(*(directory.write(row) for row in rows))
    assert sorted(path.name for path in directory.path.iterdir()) == ["a-1.png", "b-1.png"]


async def test_a_row_that_is_given_up_before_its_turn_is_not_written(directory: Directory) -> None:
    """A batch that is cancelled leaves no file that no row knows, unless it was being written."""
    giving_up = asyncio.create_task(directory.write(ImageFiles("a", [IMAGE])))
    going_on = asyncio.create_task(directory.write(ImageFiles("b", [IMAGE])))
    await asyncio.sleep(0)
    giving_up.cancel()
    await going_on
    assert [path.name for path in directory.path.iterdir()] == ["b-1.png"]
