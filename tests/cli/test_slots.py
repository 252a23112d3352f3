"""Slots: how many requests are under way, and how many rows are intended before there is room for theirs."""

import asyncio
from pathlib import Path

import pytest
from image_variations import Client, Outcome
from image_variations_cli import Event, RowDone, RowStarted
from image_variations_cli.batch.slots import Slots
from image_variations_cli.ledger import Intent, SqlLedger

from tests.support.batches import ONE_IMAGE, draw_images, read_counts, read_rows
from tests.support.clocks import HandClock, LoopClock, SleeplessClock, client_by
from tests.support.ledgers import run_batch
from tests.support.server import ScriptedServer
from tests.support.turns import API_ERROR, REJECTION, in_parts, reply

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


async def test_a_pause_holds_back_rows_that_are_intended_ahead(
    scripted: ScriptedServer, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a 429 no row that waited for a slot is sent before the pause is over, and it is pending meanwhile."""
    ahead, hand = Ahead(monkeypatch, scripted), HandClock()
    refusal = reply(429, API_ERROR, {"Retry-After": "30"})
    scripted.script = (ONE_IMAGE,) * AT_ONCE + (in_parts(ahead.going_on, refusal),) * AT_ONCE + (ONE_IMAGE,)
    async with client_by(hand.clock)(base_url=scripted.base_url) as client:
        images = draw_images(tmp_path / "in", ROWS)
        running = asyncio.create_task(run_batch(client, images, out, concurrency=AT_ONCE, on_event=ahead.take))
        await ahead.all_are_intended.wait()
        await ahead.first_are_done.wait()
        await scripted.until(lambda: len(scripted.requests) >= 2 * AT_ONCE)
        ahead.going_on.set()
        await hand.until_asleep(AT_ONCE + AHEAD)
        assert scripted.posts == 2 * AT_ONCE
        assert (await read_counts(out)).pending == ROWS - AT_ONCE
        hand.move(40.0)
        assert (await running).counts.done == ROWS
    assert scripted.posts == ROWS + AT_ONCE


async def test_a_row_that_waited_long_for_a_slot_begins_again(
    scripted: ScriptedServer, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its turn in the rate is over, and others may have taken it: so it is pending first, and waits for another."""
    ahead, hand = Ahead(monkeypatch, scripted), HandClock()
    async with client_by(hand.clock)(base_url=scripted.base_url) as client:
        running = asyncio.create_task(run_batch(client, draw_images(tmp_path / "in", ROWS), out, concurrency=AT_ONCE))
        await ahead.all_are_intended.wait()
        await scripted.until(lambda: len(scripted.requests) >= 2 * AT_ONCE)
        hand.move(10.0)
        ahead.going_on.set()
        summary = await running
    assert (summary.counts.done, scripted.posts) == (ROWS, ROWS)
    tried = [[attempt.outcome for attempt in row.attempts] for row in await read_rows(out)]
    assert tried.count([Outcome.NOT_SENT, Outcome.BILLED]) == AHEAD
    assert tried.count([Outcome.BILLED]) == ROWS - AHEAD


async def test_the_wait_for_a_slot_takes_no_time_from_the_request(
    scripted: ScriptedServer, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request that waited for a slot has its whole timeout: with less of it, images may be paid for in vain."""
    ahead, loop, hand = Ahead(monkeypatch, scripted), LoopClock(monkeypatch), HandClock()
    slow = asyncio.Event()
    scripted.script = (
        (ONE_IMAGE,) * AT_ONCE + (in_parts(ahead.going_on, ONE_IMAGE),) * AT_ONCE + (in_parts(slow, ONE_IMAGE),)
    )
    async with client_by(hand.clock)(base_url=scripted.base_url, timeout=100.0) as client:
        running = asyncio.create_task(run_batch(client, draw_images(tmp_path / "in", ROWS), out, concurrency=AT_ONCE))
        await ahead.all_are_intended.wait()
        await scripted.until(lambda: len(scripted.requests) >= 2 * AT_ONCE)
        hand.move(1.0)
        loop.put_forward(1.0)
        ahead.going_on.set()
        await scripted.until(lambda: len(scripted.requests) >= 3 * AT_ONCE)
        loop.put_forward(99.5)
        for _ in range(50):
            await asyncio.sleep(0)
        slow.set()
        summary = await running
    assert (summary.counts.done, summary.counts.unknown) == (ROWS, 0)


async def test_a_row_whose_time_ran_out_before_it_was_sent_is_told_and_repeated_as_any_other(
    scripted: ScriptedServer, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told as started when it is sent, once, and what the server then refuses is sent again."""
    loop, original = LoopClock(monkeypatch), SqlLedger.intend
    waiting, told = asyncio.Event(), list[Event]()

    async def intend(ledger: SqlLedger, intent: Intent) -> bool:
        if intent.number == 1:
            waiting.set()
            await asyncio.get_running_loop().create_future()
        return await original(ledger, intent)

    monkeypatch.setattr(SqlLedger, "intend", intend)
    scripted.script = (REJECTION, ONE_IMAGE)
    async with client_by(SleeplessClock().clock)(base_url=scripted.base_url, timeout=100.0, max_retries=1) as client:
        images = draw_images(tmp_path / "in", 1)
        running = asyncio.create_task(run_batch(client, images, out, on_event=told.append))
        await waiting.wait()
        loop.put_forward(101.0)
        summary = await running
    assert (summary.counts.done, scripted.posts) == (1, 2)
    assert [event for event in told if isinstance(event, RowStarted)] == [RowStarted(1, images[0].name)]
