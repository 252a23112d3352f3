"""What is left of many calls that were cancelled: nothing."""

import asyncio
import gc
import random
import resource
from pathlib import Path

import httpx
import pytest

from tests.faults.callers import Session
from tests.faults.covering import at_length_over_each_transport, over_each_transport
from tests.faults.ours import Ours
from tests.faults.scenes.calls import SMALL, WELL
from tests.faults.scenes.cancelling import falls_to, settle
from tests.support.server import ScriptedServer

STATM = Path("/proc/self/statm")
SLOTS = 20
LENGTHS = (14, 40)
"""Turns of the event loop that calls take, over a fast transport and over another: some are over when cancelled."""

LONGEST = 30.0
"""Seconds after which a connection is taken to be left for good: a busy machine is slow to close it."""


@pytest.fixture(autouse=True)
def secret_watch() -> None:
    """Keep nothing of what is said and raised, as the other tests do: memory is measured here."""


@at_length_over_each_transport
async def test_cancelled_calls_leave_slots_and_connections_free(caller: Ours, request: pytest.FixtureRequest) -> None:
    """After 200 cancels at random moments each open connection has a slot, and 100 calls succeed."""
    expect_losses(caller, request)
    await play(caller, 200)


@over_each_transport
async def test_a_call_that_is_over_leaves_no_response_behind(caller: Ours) -> None:
    """Whatever a transport keeps of a request does not lead to the response, which would stay for ever."""
    before = responses()
    async with ScriptedServer(WELL) as server, caller.open(server.base_url) as session:
        for _ in range(10):
            assert (await session.call(SMALL)).error is None
        await settle()
        assert responses() <= before


@pytest.mark.soak
@over_each_transport
async def test_thousands_of_cancelled_calls_leave_memory_flat(caller: Ours, request: pytest.FixtureRequest) -> None:
    """After 2,200 cancels the process has no more memory than after 200, but for what a heap takes at times."""
    expect_losses(caller, request)
    before, after = await play(caller, 200, 2000)
    assert after - before < 5 << 20


def expect_losses(caller: Ours, request: pytest.FixtureRequest) -> None:
    """Say so where a transport is known to lose connections."""
    if caller.transport.loses_connections:
        request.applymarker(pytest.mark.xfail(reason="it loses connections (row 35)", strict=True))


async def play(caller: Ours, *numbers: int) -> list[int]:
    """Cancel so many calls, several times, and see that others succeed; returns the memory after each time."""
    moments = random.Random(2000)  # noqa: S311  # the same moments each time, and no secret
    sizes: list[int] = []
    async with ScriptedServer(WELL) as server:
        async with caller.open(server.base_url, max_concurrency=SLOTS) as session:
            for number in numbers:
                await cancel_many(session, server, number, moments)
                sizes.append(resident())
            outcomes = await asyncio.gather(*(session.call(SMALL) for _ in range(100)))
            has_slots = await falls_to(server, SLOTS, within=LONGEST)
        has_closed = await falls_to(server, 0, within=LONGEST)
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    assert has_slots
    assert has_closed
    return sizes


async def cancel_many(session: Session, server: ScriptedServer, number: int, moments: random.Random) -> None:
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
        assert await falls_to(server, SLOTS, within=LONGEST)
        cancelled += sum(call.cancelled() for call in calls)


def responses() -> int:
    """How many responses this process has, of whatever calls."""
    gc.collect()
    return sum(type(thing) is httpx.Response for thing in gc.get_objects())


def resident() -> int:
    """Bytes of memory that this process has."""
    gc.collect()
    if STATM.exists():
        return int(STATM.read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # the most that it had, in bytes where there is no /proc
