"""What the calls of one client share: slots, turns, pauses, and room for retries."""

import asyncio

import pytest
from image_variations._runtime.call.limits import RETRIES, CallLimits, RetryBudget

from tests.support.clocks import HandClock, SleeplessClock


def make_limits(clock: HandClock, slots: int = 1, max_per_minute: int | None = None) -> CallLimits:
    """Limits whose time is the clock's."""
    return CallLimits(slots, clock.time, clock.sleep, max_per_minute)


class Visitors:
    """Tasks that want in, and stay until they are told to leave."""

    def __init__(self, limits: CallLimits) -> None:
        self.limits = limits
        self.entered: list[str] = []
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self._leave: dict[str, asyncio.Event] = {}

    async def come(self, *names: str) -> None:
        """Let them come one after the other."""
        for name in names:
            self._leave[name] = asyncio.Event()
            self.tasks[name] = asyncio.create_task(self._visit(name))
            await let_others_run()

    async def _visit(self, name: str) -> None:
        async with self.limits.slots:
            async with self.limits.line:
                await self.limits.wait()
                self.limits.start()
            self.entered.append(name)
            await self._leave[name].wait()

    def leave(self, *names: str) -> None:
        """Tell them to leave; they do so when they next run."""
        for name in names:
            self._leave[name].set()

    async def all_leave(self) -> None:
        """See everybody out who has not been cancelled."""
        self.leave(*self._leave)
        await asyncio.gather(*self.tasks.values(), return_exceptions=True)


async def let_others_run() -> None:
    """Let every task go as far as it can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_no_more_than_the_slots_are_in_at_once() -> None:
    """Who comes when all slots are taken waits until one is free."""
    visitors = Visitors(make_limits(HandClock(), slots=2))
    await visitors.come("a", "b", "c", "d")
    assert visitors.entered == ["a", "b"]
    visitors.leave("a")
    await let_others_run()
    assert visitors.entered == ["a", "b", "c"]
    await visitors.all_leave()
    assert visitors.entered == ["a", "b", "c", "d"]


async def test_slots_are_given_first_come_first_served() -> None:
    """Nobody overtakes, also not who leaves and comes again at once, as a retry does."""
    limits = make_limits(HandClock())
    visitors = Visitors(limits)
    await visitors.come("a", "b", "c")
    visitors.leave("a")
    await visitors.tasks["a"]
    await visitors.come("a again")
    visitors.leave("b", "c", "a again")
    await visitors.all_leave()
    assert visitors.entered == ["a", "b", "c", "a again"]


@pytest.mark.parametrize("slots", [1, 2, 3])
@pytest.mark.parametrize("turns", range(6))
async def test_a_cancelled_wait_loses_no_slot(slots: int, turns: int) -> None:
    """Cancelled in the queue, as the slot is handed over, or in possession: as many may enter afterwards as before."""
    visitors = Visitors(make_limits(HandClock(), slots))
    inside, waiting = [f"inside {i}" for i in range(slots)], [f"waiting {i}" for i in range(3)]
    await visitors.come(*inside, *waiting)
    visitors.leave(inside[0])
    for _ in range(turns):
        await asyncio.sleep(0)
    for name in waiting[:2]:
        visitors.tasks[name].cancel()
    await let_others_run()
    assert visitors.entered[-1] == waiting[2]
    await visitors.all_leave()
    visitors.entered.clear()
    await visitors.come(*(f"later {i}" for i in range(slots + 1)))
    assert len(visitors.entered) == slots
    await visitors.all_leave()


async def test_a_wait_that_is_cancelled_in_a_pause_loses_no_slot() -> None:
    """Who gives up while everybody pauses leaves the slot to the next."""
    clock = HandClock()
    limits = make_limits(clock)
    limits.pause(5.0)
    visitors = Visitors(limits)
    await visitors.come("impatient", "patient")
    visitors.tasks["impatient"].cancel()
    await let_others_run()
    clock.move(5.0)
    await let_others_run()
    assert visitors.entered == ["patient"]
    await visitors.all_leave()


async def test_a_pause_holds_back_everybody_who_is_not_in_yet() -> None:
    """Until it is over nobody enters, however many slots are free; then all do."""
    clock = HandClock()
    visitors = Visitors(make_limits(clock, slots=3))
    await visitors.come("early")
    visitors.limits.pause(5.0)
    await visitors.come("a", "b")
    clock.move(4.9)
    await let_others_run()
    assert visitors.entered == ["early"]
    clock.move(0.1)
    await let_others_run()
    assert visitors.entered == ["early", "a", "b"]
    await visitors.all_leave()


async def test_a_pause_that_is_over_holds_back_nobody() -> None:
    """Who comes after it need not wait."""
    clock = HandClock()
    visitors = Visitors(make_limits(clock))
    visitors.limits.pause(5.0)
    clock.move(5.0)
    await visitors.come("a")
    assert (visitors.entered, clock.slept) == (["a"], [])
    await visitors.all_leave()


async def test_a_pause_only_grows() -> None:
    """A shorter one that comes later does not shorten it; a longer one holds those who wait already, too."""
    clock = HandClock()
    visitors = Visitors(make_limits(clock))
    visitors.limits.pause(5.0)
    visitors.limits.pause(1.0)
    await visitors.come("a")
    clock.move(4.0)
    visitors.limits.pause(3.0)
    clock.move(1.0)
    await let_others_run()
    assert visitors.entered == []
    clock.move(2.0)
    await let_others_run()
    assert (visitors.entered, clock.slept) == (["a"], [5.0, 2.0])
    await visitors.all_leave()


async def test_a_clock_that_wakes_too_early_is_asked_once() -> None:
    """A sleep that ends before its time, as one that a test replaced may, does not become a loop without end."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    limits = CallLimits(1, lambda: -100.0, sleep)
    limits.pause(5.0)
    await limits.wait()
    assert slept == [5.0]


async def starts(limits: CallLimits, clock: HandClock, number: int, since: float) -> list[float]:
    """Start so many attempts, each as soon as it may, and return how long after `since` that was."""
    found: list[float] = []
    for _ in range(number):
        await limits.wait()
        found.append(round(limits.start() - since, 3))
    assert found[-1] == round(clock.now - since, 3)
    return found


@pytest.mark.parametrize(
    ("max_per_minute", "expected"),
    [
        (1, [0, 60, 120]),
        (50, [0, 1.2, 2.4]),
        (60, [0, 1, 2]),
        (90, [0, 0.333, 1, 1.667]),
        (420, [0] * 7 + [0.143, 0.286]),
        (600, [0] * 10 + [0.1, 0.2]),
        (10**400, [0] * 1000),
        (None, [0] * 1000),
    ],
    ids=["1", "50", "60", "90", "420", "600", "many", "None"],
)
async def test_starts_are_spaced_and_one_seconds_share_may_come_at_once(
    max_per_minute: int | None, expected: list[float]
) -> None:
    """Below 60 a minute no two are closer than the spacing; idle time leaves no more room than a new client has."""
    clock = SleeplessClock()
    limits = make_limits(clock, max_per_minute=max_per_minute)
    assert await starts(limits, clock, len(expected), clock.now) == expected
    clock.now += 100_000
    assert await starts(limits, clock, len(expected), clock.now) == expected


async def test_a_pause_is_followed_by_no_burst() -> None:
    """A server that asked for a pause gets one start at its end, and the next ones after their spacing."""
    clock = SleeplessClock()
    limits = make_limits(clock, max_per_minute=600)
    limits.pause(5.0)
    assert await starts(limits, clock, 3, clock.now) == [5.0, 5.1, 5.2]


async def test_turns_are_given_first_come_first_served_and_none_is_lost() -> None:
    """Who gives up while in line leaves the turn to the next, and who comes later is behind all others."""
    clock = HandClock()
    visitors = Visitors(make_limits(clock, slots=9, max_per_minute=60))
    await visitors.come("a", "gone at the front", "gone from the middle", "b", "c")
    for name in ("gone at the front", "gone from the middle"):
        visitors.tasks[name].cancel()
    await visitors.come("late")
    for expected in (["a", "b"], ["a", "b", "c"], ["a", "b", "c", "late"]):
        clock.move(0.75)
        await let_others_run()
        clock.move(0.25)
        await let_others_run()
        assert visitors.entered == expected
    await visitors.all_leave()


def test_a_client_has_room_for_twenty_retries() -> None:
    """The twenty-first is refused, and taking nothing makes no debt."""
    budget = RetryBudget()
    assert [budget.take() for _ in range(22)] == [True] * 20 + [False] * 2
    assert budget.room == 0


def test_a_success_makes_room_for_one_more_retry() -> None:
    """When the room is used up each success gives back one."""
    budget = RetryBudget(room=0)
    budget.refill()
    budget.refill()
    assert [budget.take() for _ in range(3)] == [True, True, False]


def test_successes_never_make_more_room_than_there_was() -> None:
    """A client that has succeeded a thousand times may repeat no more than a new one."""
    budget = RetryBudget()
    for _ in range(1000):
        budget.refill()
    assert budget.room == RETRIES == 20
