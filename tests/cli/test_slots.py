"""Slots: how many requests are under way, and how many rows are intended before there is room for theirs."""

import asyncio
from pathlib import Path

import pytest
from image_variations import Client, Outcome
from image_variations_cli import Event, RowDone
from image_variations_cli.batch.slots import Slots
from image_variations_cli.ledger import Intent, SqlLedger

from tests.support.batches import ONE_IMAGE, draw_images, read_counts, read_rows
from tests.support.ledgers import run_batch
from tests.support.server import ScriptedServer
from tests.support.turns import in_parts

ROWS, AT_ONCE, AHEAD = 30, 8, 2


async def places_of(slots: Slots, rows: int = 100) -> int:
    """Return how many of some rows get a place at once."""
    holding, leaving = 0, asyncio.Event()

    async def hold() -> None:
        nonlocal holding
        async with slots.place():
            holding += 1
            await leaving.wait()

    tasks = [asyncio.create_task(hold()) for _ in range(rows)]
    await asyncio.sleep(0)
    held = holding
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    return held


async def run_rows(slots: Slots, number: int, *, intent: float, request: float) -> None:
    """Have so many rows come and go, whose intents and requests take some seconds."""
    for _ in range(number):
        async with slots.place():
            slots.note_intent(intent)
            await slots.take()
            slots.note_request(request)
            slots.free()


async def test_nothing_is_intended_ahead_before_anything_is_measured() -> None:
    """As many rows are intended as requests may be under way, until it is known how long they take."""
    assert await places_of(Slots(16)) == 16


@pytest.mark.parametrize(("request_seconds", "ahead"), [(10.0, 0), (0.4, 0), (0.2, 1), (0.1, 3), (0.05, 4), (0.001, 4)])
async def test_rows_are_intended_ahead_only_where_requests_are_short(request_seconds: float, ahead: int) -> None:
    """There are twice as many as slots come free while an intent is written, and at most a quarter of the slots."""
    slots = Slots(16)
    await run_rows(slots, 40, intent=0.01, request=request_seconds)
    assert await places_of(slots) == 16 + ahead


async def test_fewer_are_intended_ahead_when_requests_take_longer_again() -> None:
    """A server that gets slower takes the places away that its speed gave."""
    slots = Slots(16)
    await run_rows(slots, 40, intent=0.01, request=0.05)
    await run_rows(slots, 60, intent=0.01, request=10.0)
    assert await places_of(slots) == 16


async def test_one_request_at_a_time_is_intended_alone() -> None:
    """With a concurrency of one nothing is intended ahead, however short the requests are."""
    slots = Slots(1)
    await run_rows(slots, 40, intent=0.01, request=0.001)
    assert await places_of(slots) == 1


class Ahead:
    """A batch whose first requests are answered, and in which so many rows as may be are intended then."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, scripted: ScriptedServer) -> None:
        self.all_are_intended = asyncio.Event()
        self.going_on = asyncio.Event()
        self.first_are_done = asyncio.Event()
        self._intents = self._done = 0
        scripted.script = (ONE_IMAGE,) * AT_ONCE + (in_parts(self.going_on, ONE_IMAGE),)
        original = SqlLedger.intend

        async def intend(ledger: SqlLedger, intent: Intent) -> bool:
            is_mine = await original(ledger, intent)
            self._intents += 1
            if self._intents == AT_ONCE + AT_ONCE + AHEAD:
                self.all_are_intended.set()
            return is_mine

        monkeypatch.setattr(SqlLedger, "intend", intend)
        monkeypatch.setattr(Slots, "ahead", AHEAD)

    def take(self, event: Event) -> None:
        """Note what a batch tells."""
        self._done += isinstance(event, RowDone)
        if self._done == AT_ONCE:
            self.first_are_done.set()


async def test_a_row_that_is_intended_ahead_is_pending_after_the_run_was_stopped(
    quick: Client, scripted: ScriptedServer, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Setting `stop` finishes what was sent, and takes back what was only intended."""
    ahead, stop = Ahead(monkeypatch, scripted), asyncio.Event()
    images = draw_images(tmp_path / "in", ROWS)
    running = asyncio.create_task(run_batch(quick, images, out, concurrency=AT_ONCE, stop=stop))
    await ahead.all_are_intended.wait()
    await scripted.until(lambda: len(scripted.requests) >= 2 * AT_ONCE)
    stop.set()
    ahead.going_on.set()
    summary = await running
    assert (summary.counts.done, summary.counts.unknown, scripted.posts) == (2 * AT_ONCE, 0, 2 * AT_ONCE)
    tried = [attempt.outcome for row in await read_rows(out) if row.state == "pending" for attempt in row.attempts]
    assert tried == [Outcome.NOT_SENT] * AHEAD
    again = await run_batch(quick, images, out)
    assert (again.counts.done, scripted.posts) == (ROWS, ROWS)


async def test_a_row_that_is_intended_ahead_is_pending_after_the_run_was_cancelled(
    quick: Client, scripted: ScriptedServer, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a batch that is cancelled, what was sent without an outcome is unknown, and what was only intended is not."""
    ahead = Ahead(monkeypatch, scripted)
    running = asyncio.create_task(
        run_batch(quick, draw_images(tmp_path / "in", ROWS), out, concurrency=AT_ONCE, on_event=ahead.take)
    )
    await ahead.all_are_intended.wait()
    await ahead.first_are_done.wait()
    await scripted.until(lambda: len(scripted.requests) >= 2 * AT_ONCE)
    running.cancel()
    await asyncio.wait([running])
    counts = await read_counts(out)
    assert (counts.done, counts.unknown, counts.pending) == (AT_ONCE, AT_ONCE, ROWS - 2 * AT_ONCE)


async def test_no_more_requests_are_under_way_than_the_concurrency(
    quick: Client, scripted: ScriptedServer, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that is intended ahead is not sent before another request is over."""
    ahead = Ahead(monkeypatch, scripted)
    running = asyncio.create_task(run_batch(quick, draw_images(tmp_path / "in", ROWS), out, concurrency=AT_ONCE))
    await ahead.all_are_intended.wait()
    await scripted.until(lambda: len(scripted.requests) >= 2 * AT_ONCE)
    for _ in range(50):  # turns in which one more would be sent
        await asyncio.sleep(0)
    assert len(scripted.requests) == 2 * AT_ONCE
    ahead.going_on.set()
    assert (await running).counts.done == ROWS
