"""What is left of many calls that were cancelled: nothing."""

import asyncio
import gc
import random
import resource
from pathlib import Path

import pytest

from examples.transports import IDLE_SECONDS
from tests.faults.callers import Session
from tests.faults.covering import at_length_over_each_transport
from tests.faults.ours import Ours
from tests.faults.scenes.calls import SMALL, WELL
from tests.faults.scenes.cancelling import falls_to
from tests.faults.server import FaultServer

STATM = Path("/proc/self/statm")
SLOTS = 20
LENGTHS = (14, 40)
"""Turns of the event loop that calls take, over a fast transport and over another: some are over when cancelled."""


@pytest.fixture(autouse=True)
def secret_watch() -> None:
    """Keep nothing of what is said and raised, as the other tests do: memory is measured here."""


@at_length_over_each_transport
async def test_thousands_of_cancelled_calls_leave_nothing_behind(caller: Ours) -> None:
    """After 2,000 cancels at random moments memory is flat, each open connection has a slot, and 100 calls succeed."""
    moments = random.Random(2000)  # noqa: S311  # the same moments each time, and no secret
    async with FaultServer(WELL) as server:
        async with caller.open(server.base_url, max_concurrency=SLOTS) as session:
            await cancel_many(session, server, 200, moments)
            before = resident()
            await cancel_many(session, server, 2000, moments)
            grown = resident() - before
            outcomes = await asyncio.gather(*(session.call(SMALL) for _ in range(100)))
            has_slots = await falls_to(server, SLOTS)
        has_closed = await falls_to(server, 0, within=2 * IDLE_SECONDS + 1)
    assert grown < 5 << 20
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    assert has_slots
    assert has_closed


async def cancel_many(session: Session, server: FaultServer, number: int, moments: random.Random) -> None:
    """Make calls, a slotful at a time, and cancel each at some moment, until so many were not over by then.

    Each slotful comes to rest before the next: what a transport's own thread has still to close would be taken for
    memory that is lost.
    """
    cancelled = 0
    while cancelled < number:
        calls = [asyncio.create_task(session.call(SMALL)) for _ in range(SLOTS)]
        turns = [moments.randrange(moments.choice(LENGTHS)) for _ in calls]
        for turn in range(max(LENGTHS)):
            for call, end in zip(calls, turns, strict=True):
                if turn == end:
                    call.cancel()
            await asyncio.sleep(0)
        await asyncio.wait(calls)
        assert await falls_to(server, SLOTS)
        cancelled += sum(call.cancelled() for call in calls)


def resident() -> int:
    """Bytes of memory that this process has."""
    gc.collect()
    if STATM.exists():
        return int(STATM.read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # the most that it had, in bytes where there is no /proc
