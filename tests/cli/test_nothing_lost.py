"""What a ledger must keep, and what it must not take for its own."""

import base64
import os
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeVar

import pytest
from image_variations import Client
from image_variations_cli import (
    BatchPaused,
    Event,
    LedgerError,
    RowDone,
    RowStarted,
)
from image_variations_cli.commands.cost import Images, paid_images
from image_variations_cli.ledger import FILE_NAME, Intent
from image_variations_cli.ledger.database import PatientDatabase
from image_variations_cli.ledger.writer import GroupWriter
from image_variations_cli.sources import Sources
from sqlalchemy import Connection

from tests.cli.test_full_disk import needs_root, small_disk
from tests.support.batches import (
    IMAGE,
    draw_images,
    image_names,
    read_counts,
    read_rows,
)
from tests.support.disks import largest_file
from tests.support.ledgers import in_a_file, open_ledger, retry_batch, run_batch
from tests.support.server import ScriptedServer
from tests.support.turns import reply

T = TypeVar("T")

pytestmark = pytest.mark.usefixtures("ledger_kind")

ITEM = {"b64_json": base64.b64encode(IMAGE).decode()}

HALF = reply(200, {"data": [ITEM, {"b64_json": "!"}]})
"""A response that was billed, with an image and one that is none."""


async def test_a_row_keeps_the_images_that_it_has_when_it_is_sent_again(
    quick: Client, scripted: ScriptedServer, tmp_path: Path, out: Path
) -> None:
    """A row that was billed and brought one image of two has it still after a refused retry, and after a good one."""
    both = reply(200, {"data": [ITEM, ITEM]})
    scripted.script = (HALF, reply(400, {"error": {"message": "no"}}), both)
    await run_batch(quick, draw_images(tmp_path / "in", 1), out, fields={"n": 2})
    seen = [(await read_rows(out))[0].files]
    for _ in range(2):
        await retry_batch(quick, out, failed=True, billed=True)
        seen.append((await read_rows(out))[0].files)
    first = ("00000-1.png",)
    assert seen == [first, first, (*first, "00000-2.png", "00000-3.png")]
    assert image_names(out) == set(seen[-1])
    assert paid_images((await read_rows(out))[0]) == Images(4, 4)


@pytest.mark.parametrize("kind", [RowStarted, RowDone])
async def test_events_that_cannot_be_told_end_the_batch_in_order(
    quick: Client, scripted: ScriptedServer, tmp_path: Path, out: Path, kind: type[Event]
) -> None:
    """A caller who fails when an event is told gets its own error, and what was sent by then is done."""

    def fail(event: Event) -> None:
        if isinstance(event, kind):
            raise RuntimeError("nobody listens")

    with pytest.raises(RuntimeError, match="nobody listens"):
        await run_batch(quick, draw_images(tmp_path / "in", 20), out, on_event=fail, concurrency=2)
    counts = await read_counts(out)
    assert (counts.done, counts.unknown) == (scripted.posts, 0)
    assert 0 < scripted.posts < 20


@in_a_file
async def test_images_that_are_held_survive_a_caller_who_cannot_be_told(
    quick: Client, tmp_path: Path, out: Path
) -> None:
    """Standard output may be on the disk that is full: the image is written when there is room all the same."""
    limit = largest_file(100)

    def fail(event: Event) -> None:
        if isinstance(event, RowStarted):
            limit.__enter__()
        if isinstance(event, BatchPaused):
            limit.__exit__(None, None, None)
            raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError, match="the disk is full"):
        await run_batch(quick, draw_images(tmp_path / "in", 1), out, on_event=fail)
    counts = await read_counts(out)
    assert (counts.done, counts.images, counts.unknown) == (1, 1, 0)


async def test_a_line_that_is_mended_leaves_no_failed_row(quick: Client, tmp_path: Path, out: Path) -> None:
    """A line that named no image fails, cannot be retried, and is forgotten once its list has it no more."""
    draw_images(tmp_path, 2)
    listed = tmp_path / "list.csv"

    def read(text: str) -> Sources:
        listed.write_text(text)
        return Sources([str(listed)], out)

    first = await run_batch(quick, read("image,n\n00000.png,1,2\n00001.png,1\n"), out)
    [failed] = [row for row in await read_rows(out) if row.state == "failed"]
    await retry_batch(quick, out, failed=True)
    assert failed in await read_rows(out)
    last = await run_batch(quick, read("image,n\n00000.png,1\n00001.png,1\n"), out)
    assert (first.counts.done, first.counts.failed) == (1, 1)
    assert (last.counts.rows, last.counts.done) == (2, 2)


async def test_an_edit_that_keeps_size_and_time_is_found_before_it_is_sent(
    quick: Client, scripted: ScriptedServer, tmp_path: Path, out: Path
) -> None:
    """A file that was edited under its old size and time fails once, and running again sends it, as its line says."""
    sources = draw_images(tmp_path / "in", 3)
    first, second, third = (tmp_path / "in" / f"{number:05}.png" for number in range(3))
    for path in (first, second):
        os.utime(path, (1_500_000_000, 1_500_000_000))
    await run_batch(quick, sources[:2], out, limit=1)
    assert second.stat().st_size == third.stat().st_size
    third.replace(second)
    os.utime(second, (1_500_000_000, 1_500_000_000))
    met = await run_batch(quick, sources[:2], out)
    assert (met.counts.done, met.counts.failed, scripted.posts) == (1, 1, 1)
    last = await run_batch(quick, sources[:2], out)
    assert (last.counts.rows, last.counts.done, scripted.posts) == (2, 2, 2)


async def test_a_number_that_no_database_holds_is_refused_with_its_row(
    quick: Client, scripted: ScriptedServer, tmp_path: Path, out: Path
) -> None:
    """A list may ask for more images than 64 bits can count: its row fails, and the others go on."""
    draw_images(tmp_path, 2)
    listed = tmp_path / "list.jsonl"
    listed.write_text(f'{{"image": "00000.png", "n": {10**22}}}\n"00001.png"\n')
    summary = await run_batch(quick, Sources([str(listed)], out), out)
    assert (summary.counts.done, summary.counts.failed, scripted.posts) == (1, 1, 1)


@in_a_file
async def test_a_database_of_another_program_is_left_alone(
    quick: Client, scripted: ScriptedServer, tmp_path: Path, out: Path
) -> None:
    """A file with the ledger's name and another program's tables is refused, and gets none of ours."""
    out.mkdir()  # noqa: ASYNC240  # before anything runs
    with closing(sqlite3.connect(out / FILE_NAME)) as other:
        other.execute("create table accounts (name)")
        other.commit()
        with pytest.raises(LedgerError, match=r"another program.*'accounts'.*another output directory"):
            await run_batch(quick, draw_images(tmp_path / "in", 1), out)
        assert other.execute("select name from sqlite_master").fetchall() == [("accounts",)]
    assert scripted.posts == 0


def forbid_writing(folder: Path) -> None:
    """Mount a file system again, to be read only."""
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)  # noqa: S607  # where it is differs


def fill(ballast: Path) -> None:
    """Write a file until its disk is full."""
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))


@in_a_file
@needs_root
async def test_a_ledger_can_be_read_on_a_full_disk(quick: Client, tmp_path: Path) -> None:
    """Who frees some space has to know what is left: looking at a ledger writes nothing."""
    with small_disk(tmp_path / "out", 1_000_000) as out:
        await run_batch(quick, draw_images(tmp_path / "in", 2), out)
        async with await open_ledger(out) as ledger:  # as a batch that waits for room has it open
            assert (await ledger.count()).done == 2
            fill(out / "ballast")
            assert (await read_counts(out)).done == 2
        assert (await read_counts(out)).done == 2  # nobody has it open
        with pytest.raises(LedgerError):
            await run_batch(quick, draw_images(tmp_path / "in", 2), out)


@in_a_file
@needs_root
async def test_a_ledger_can_be_read_where_nothing_can_be_written(
    quick: Client, scripted: ScriptedServer, tmp_path: Path
) -> None:
    """An archive may be mounted to be read only: its ledger can be looked at, and a batch is refused."""
    with small_disk(tmp_path / "out", 1_000_000) as out:
        await run_batch(quick, draw_images(tmp_path / "in", 2), out)
        forbid_writing(out)
        assert (await read_counts(out)).done == 2
        with pytest.raises(LedgerError, match="readonly"):
            await run_batch(quick, draw_images(tmp_path / "in", 3), out)
    assert scripted.posts == 2


class BrokenDatabase:
    """A database that fails as none should."""

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Fail."""
        raise ZeroDivisionError

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Fail."""
        raise ZeroDivisionError

    async def aclose(self) -> None:
        """Do nothing."""


async def test_who_waits_for_the_ledger_is_told_of_a_fault_that_nobody_expects() -> None:
    """A batch ends with it. It does not wait for ever."""
    writer = GroupWriter(PatientDatabase(BrokenDatabase()))
    with pytest.raises(ZeroDivisionError):
        await writer.intend(Intent(1, 1, 1, "key", 1.0, 1.0))
