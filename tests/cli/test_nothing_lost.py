"""What a ledger must keep, and what it must not take for its own."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from image_variations import Client
from image_variations_cli import (
    BatchPaused,
    Event,
    RowDone,
    RowStarted,
    retry_batch,
    run_batch,
)
from image_variations_cli.commands.cost import Images, paid_images

from tests.support.batches import (
    IMAGE,
    ONE_IMAGE,
    QuickClient,
    draw_images,
    image_names,
    read_counts,
    read_rows,
)
from tests.support.disks import largest_file
from tests.support.server import ScriptedServer
from tests.support.turns import reply

ITEM = {"b64_json": base64.b64encode(IMAGE).decode()}

HALF = reply(200, {"data": [ITEM, {"b64_json": "!"}]})
"""A response that was billed, with an image and one that is none."""


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An output directory that does not exist yet."""
    return tmp_path / "out"


@pytest.fixture
async def quick(scripted: ScriptedServer) -> AsyncIterator[Client]:
    """A client of the scripted server that does not wait between attempts."""
    scripted.script = (ONE_IMAGE,)
    async with QuickClient(base_url=scripted.base_url) as client:
        yield client


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
