"""What is left of many calls that were cancelled: nothing."""

import asyncio
import gc
import random
import resource
from pathlib import Path

import pytest

from tests.faults.callers import Session
from tests.faults.covering import over_each_transport
from tests.faults.ours import Ours
from tests.faults.scenes.calls import SMALL, WELL
from tests.faults.scenes.cancelling import settle
from tests.faults.server import FaultServer

STATM = Path("/proc/self/statm")
SLOTS = 20
LONGEST_CALL = 40
"""Turns of the event loop, more than a call takes: some calls are over before they are cancelled."""


@pytest.fixture(autouse=True)
def secret_watch() -> None:
    """Keep nothing of what is said and raised, as the other tests do: memory is measured here."""


@over_each_transport
async def test_thousands_of_cancelled_calls_leave_nothing_behind(caller: Ours) -> None:
    """After 2,000 cancels at random moments memory is flat, each open connection has a slot, and 100 calls succeed."""
    moments = random.Random(2000)  # noqa: S311  # the same moments each time, and no secret
    async with FaultServer(WELL) as server:
        async with caller.open(server.base_url, max_concurrency=SLOTS) as session:
            await cancel_many(session, 200, moments)
            before = resident()
            cancelled = await cancel_many(session, 2000, moments)
            grown = resident() - before
            outcomes = await asyncio.gather(*(session.call(SMALL) for _ in range(100)))
            await settle()
            open_connections = server.open_connections
        await settle()
    assert cancelled > 1000
    assert grown < 5 << 20
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    assert open_connections <= SLOTS
    assert server.open_connections == 0


async def cancel_many(session: Session, number: int, moments: random.Random) -> int:
    """Make so many calls, a slotful at a time, and cancel each at some moment; how many were not over by then."""
    cancelled = 0
    for _ in range(number // SLOTS):
        calls = [asyncio.create_task(session.call(SMALL)) for _ in range(SLOTS)]
        turns = [moments.randrange(LONGEST_CALL) for _ in calls]
        for turn in range(LONGEST_CALL):
            for call, end in zip(calls, turns, strict=True):
                if turn == end:
                    call.cancel()
            await asyncio.sleep(0)
        await asyncio.wait(calls)
        cancelled += sum(call.cancelled() for call in calls)
    return cancelled


def resident() -> int:
    """Bytes of memory that this process has."""
    gc.collect()
    if STATM.exists():
        return int(STATM.read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # the most that it had, in bytes where there is no /proc
