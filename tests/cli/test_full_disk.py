"""A disk that is full in the middle: what was paid for is not lost, and nothing is sent until there is room."""

import asyncio
import base64
import os
import subprocess
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random

import pytest
from image_variations_cli import BatchPaused, BatchResumed, Event, RowDone, Summary

from tests.support.batches import QuickClient, draw_images, image_names, read_counts, read_rows
from tests.support.disks import largest_file
from tests.support.ledgers import run_batch
from tests.support.server import ScriptedServer
from tests.support.turns import reply

IMAGES, AT_ONCE = 30, 4

LARGE = b"\x89PNG\r\n\x1a\n" + Random(3).randbytes(40_000)  # noqa: S311  # no secret
"""An image that does not fit on the disk so often."""

LARGE_IMAGE = reply(200, {"data": [{"b64_json": base64.b64encode(LARGE).decode()}]})

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a file system")


@contextmanager
def small_disk(folder: Path, size: int) -> Generator[Path]:
    """Mount a file system of so many bytes in memory."""
    folder.mkdir()
    mounted = subprocess.run(  # our own arguments
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)],  # noqa: S607  # where it is differs
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip("this machine lets nobody mount a file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)  # noqa: S607  # as above


class Watch:
    """Waits for events of a batch."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.paused = asyncio.Event()
        self.on_done: Callable[[], object] = lambda: None

    def __call__(self, event: Event) -> None:
        """Note an event."""
        self.events.append(event)
        if isinstance(event, BatchPaused):
            self.paused.set()
        if isinstance(event, RowDone):
            self.on_done()
            self.on_done = lambda: None


async def run_until_full(scripted: ScriptedServer, folder: Path, out: Path, watch: Watch) -> "asyncio.Task[Summary]":
    """Start a batch, and return when it says that the disk is full and sends nothing more."""
    scripted.script = (LARGE_IMAGE,)

    async def run() -> Summary:
        async with QuickClient(base_url=scripted.base_url) as client:
            return await run_batch(client, draw_images(folder, IMAGES), out, concurrency=AT_ONCE, on_event=watch)

    running = asyncio.create_task(run())
    await asyncio.wait([running, asyncio.create_task(watch.paused.wait())], return_when=asyncio.FIRST_COMPLETED)
    assert not running.done()
    before = -1
    while scripted.posts != before:  # what was under way
        before = scripted.posts
        await asyncio.sleep(0.2)
    assert scripted.posts < IMAGES
    return running


async def check_all_is_there(scripted: ScriptedServer, out: Path, summary: Summary, watch: Watch) -> None:
    """Check that each source was sent once, and that its image is on the disk."""
    assert (summary.counts.done, summary.counts.rows, scripted.posts) == (IMAGES, IMAGES, IMAGES)
    assert len(image_names(out)) == IMAGES
    assert all((out / name).read_bytes() == LARGE for name in image_names(out))
    assert sum(isinstance(event, RowDone) for event in watch.events) == IMAGES
    assert any(isinstance(event, BatchResumed) for event in watch.events)
    assert {row.state for row in await read_rows(out)} == {"done"}


@needs_root
@pytest.mark.parametrize("room", [500_000, 150_000])
async def test_a_disk_that_is_full_in_the_middle_loses_nothing(
    scripted: ScriptedServer, tmp_path: Path, room: int
) -> None:
    """The run stops taking rows, says what to free, holds the responses, and goes on when there is room."""
    with small_disk(tmp_path / "out", 4_000_000) as out:
        ballast = out.parent / "out" / "ballast"
        ballast.write_bytes(bytes(4_000_000 - room))
        watch = Watch()
        running = await run_until_full(scripted, tmp_path / "in", out, watch)
        paused = next(event for event in watch.events if isinstance(event, BatchPaused))
        assert str(out) in paused.problem
        assert "Free some space" in paused.problem
        ballast.unlink()
        await check_all_is_there(scripted, out, await running, watch)


@pytest.mark.parametrize("size", [39_000, 100])
async def test_files_that_cannot_be_written_are_written_as_soon_as_they_can(
    scripted: ScriptedServer, tmp_path: Path, size: int
) -> None:
    """The same where the system refuses to let a file grow: images alone, or the ledger's own too."""
    watch, out = Watch(), tmp_path / "out"
    with ExitStack() as stack:
        watch.on_done = lambda: stack.enter_context(largest_file(size))
        running = await run_until_full(scripted, tmp_path / "in", out, watch)
    await check_all_is_there(scripted, out, await running, watch)


@needs_root
async def test_a_batch_that_ends_on_a_full_disk_knows_what_it_does_not_know(
    scripted: ScriptedServer, tmp_path: Path
) -> None:
    """If it is cancelled while images are held in memory, their rows are unknown, and none that was sent is pending.

    Rows may be unknown that were only intended: the full disk does not take it that they were given up.
    """
    with small_disk(tmp_path / "out", 4_000_000) as out:
        ballast = out.parent / "out" / "ballast"
        ballast.write_bytes(bytes(3_500_000))
        watch = Watch()
        running = await run_until_full(scripted, tmp_path / "in", out, watch)
        running.cancel()
        await asyncio.wait([running])
        ballast.unlink()
        sent = {request.headers["idempotency-key"] for request in scripted.requests}
        states = Counter(row.state for row in await read_rows(out) if row.idempotency_key in sent)
        counts = await read_counts(out)
    assert states == {"done": counts.done, "unknown": scripted.posts - counts.done}
    assert counts.unknown <= 2 * AT_ONCE
    assert counts.pending == IMAGES - counts.done - counts.unknown
