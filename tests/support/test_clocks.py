"""The clocks that other tests trust."""

import asyncio
import time

import pytest

from tests.support.clocks import HandClock, SleeplessClock
from tests.support.virtual_time import VIRTUAL_TIME_LOOPS, NewLoop, StuckError, run_in_virtual_time


async def test_a_hand_clock_wakes_those_whose_time_has_come() -> None:
    """Who sleeps by it wakes when it was moved far enough, and not before."""
    clock = HandClock()
    woken: list[str] = []

    async def sleep(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append(name)

    long, short = asyncio.create_task(sleep("long", 2.0)), asyncio.create_task(sleep("short", 1.0))
    await clock.until_asleep(2)
    clock.move(0.5)
    await asyncio.sleep(0)
    assert woken == []
    clock.move(0.5)
    await short
    assert woken == ["short"]
    clock.move(1.0)
    await long
    assert (woken, clock.slept) == (["short", "long"], [2.0, 1.0])


async def test_who_is_cancelled_sleeps_no_longer() -> None:
    """A cancelled sleep ends at once and leaves nothing behind."""
    clock = HandClock()
    task = asyncio.create_task(clock.sleep(1.0))
    await clock.until_asleep()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert clock.asleep == []


async def test_a_sleepless_clock_moves_itself() -> None:
    """A sleep is over when the other tasks have had their turn, and the clock shows that it took its time."""
    clock = SleeplessClock(now=10.0)
    turns: list[str] = []
    asyncio.get_running_loop().call_soon(turns.append, "another")
    await clock.sleep(60.0)
    assert (clock.time(), clock.slept, turns) == (70.0, [60.0], ["another"])


on_each_loop = pytest.mark.parametrize("new_loop", VIRTUAL_TIME_LOOPS)


@on_each_loop
def test_an_hour_of_virtual_time_is_over_at_once(new_loop: NewLoop) -> None:
    """Sleeps have their length and their order on the loop's clock, and none on the wall's."""
    order: list[tuple[str, float]] = []

    async def sleep(name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        order.append((name, asyncio.get_running_loop().time()))

    async def main() -> None:
        await asyncio.gather(sleep("hour", 3600.0), sleep("minute", 60.0))

    began = time.monotonic()
    run_in_virtual_time(main(), new_loop)
    assert time.monotonic() - began < 60.0
    assert order == [("minute", 60.0), ("hour", 3600.0)]


@on_each_loop
def test_a_timeout_ends_what_hangs_in_virtual_time(new_loop: NewLoop) -> None:
    """`asyncio.timeout` goes by the loop's clock."""

    async def main() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(600.0):
                await asyncio.Event().wait()
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(main(), new_loop) == pytest.approx(600.0)


def test_a_program_that_would_hang_for_ever_is_an_error() -> None:
    """With every task waiting and no timer left, the loop says so."""
    with pytest.raises(StuckError):
        run_in_virtual_time(asyncio.Event().wait())
