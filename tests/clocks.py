"""Time for tests, so that none of them waits for it: a clock moved by hand, and an event loop whose time jumps."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import TypeVar

from attrs import Factory, define, frozen
from image_variations import Client
from image_variations._runtime.clock import Clock

T = TypeVar("T")


@frozen
class Sleeper:
    """Someone who waits for a moment of a `HandClock`."""

    until: float
    wakes: asyncio.Future[None]


@define(eq=False)
class HandClock:
    """A clock that stands still until it is moved. Who sleeps by it wakes when it has gone far enough.

    Attributes:
        now: Seconds since 1970, and the monotonic time.
        fraction: Where its random numbers are between their bounds: 0 is the lower one.
        slept: How long each sleep was to be, in the order in which they began.
        asleep: Who sleeps now.
    """

    now: float = 1_000_000.0
    fraction: float = 0.0
    slept: list[float] = Factory(list[float])
    asleep: list[Sleeper] = Factory(list[Sleeper])
    _changed: asyncio.Event = Factory(asyncio.Event)

    @property
    def clock(self) -> Clock:
        """This clock, as clients take it."""
        return Clock(monotonic=self.time, wall=self.time, sleep=self.sleep, uniform=self.uniform)

    def time(self) -> float:
        """What the clock shows."""
        return self.now

    def uniform(self, low: float, high: float) -> float:
        """A number between two others that is not a surprise."""
        return low + (high - low) * self.fraction

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock has been moved by so many seconds."""
        self.slept.append(seconds)
        sleeper = Sleeper(self.now + seconds, asyncio.get_running_loop().create_future())
        self.asleep.append(sleeper)
        self._changed.set()
        try:
            await sleeper.wakes
        finally:
            self.asleep.remove(sleeper)

    async def until_asleep(self, number: int = 1) -> None:
        """Wait until so many sleep."""
        while len(self.asleep) < number:
            self._changed.clear()
            await self._changed.wait()

    def move(self, seconds: float) -> None:
        """Let so many seconds pass, and wake those whose time has come."""
        self.now += seconds
        for sleeper in self.asleep:
            if sleeper.until <= self.now and not sleeper.wakes.done():
                sleeper.wakes.set_result(None)


@define(eq=False)
class SleeplessClock(HandClock):
    """A clock on which every sleep is over at once, and has still taken its time."""

    async def sleep(self, seconds: float) -> None:
        """Move the clock by so many seconds, and let other tasks run."""
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


class SleeplessClient(Client):
    """A client whose waits take no time."""

    clock = SleeplessClock().clock


class StuckError(Exception):
    """Every task waits, and nothing is left that could wake one."""


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop that never waits: with nothing left to do, its clock jumps to the next timer.

    Timeouts and sleeps take their full length on its clock and none on the wall's. It is
    for code that talks to nobody outside of the loop, so that "nothing left to do" is
    certain; with no timer left either, it raises `StuckError` instead of hanging.
    """

    def __init__(self) -> None:
        self.now = 0.0
        super().__init__(_Jumper(self._jump))

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self.now

    def _jump(self, seconds: float) -> None:
        self.now += seconds


class _Jumper(selectors.SelectSelector):
    """Waits for no file: tells the loop how long it would have waited."""

    def __init__(self, jump: Callable[[float], None]) -> None:
        super().__init__()
        self._jump = jump

    def select(  # type: ignore[explicit-any]  # what a key carries is the event loop's, and no type says what it is
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise StuckError("every task waits for something that nothing will bring")
            self._jump(timeout)
        return ready


def loop_clock(uniform: Callable[[float, float], float]) -> Clock:
    """The clock of whatever loop runs, so that a client's time is a `VirtualTimeLoop`'s."""

    def time() -> float:
        return asyncio.get_running_loop().time()

    return Clock(monotonic=time, wall=time, sleep=asyncio.sleep, uniform=uniform)


class VirtualClient(Client):
    """A client whose time is the running loop's."""

    clock = loop_clock(lambda low, high: low)


def run_in_virtual_time(main: Coroutine[object, object, T]) -> T:
    """What `asyncio.run` does, without the waiting."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)
