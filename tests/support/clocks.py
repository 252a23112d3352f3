"""Time for tests, so that none of them waits for it: clocks that are moved by hand."""

import asyncio
from collections.abc import Callable
from contextvars import Context
from typing import TypeVar, TypeVarTuple, cast

import pytest
from attrs import Factory, define, frozen
from image_variations import Client
from image_variations._runtime.clock import Clock

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


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


def client_by(clock: Clock, kind: type[Client] = Client) -> type[Client]:
    """The client, or that of another document, with another clock."""
    return cast(type[Client], type("ClientByClock", (kind,), {"clock": clock}))


class SleeplessClient(Client):
    """A client whose waits take no time."""

    clock = SleeplessClock().clock


@frozen(eq=False)
class _Timer:
    when: float
    run: Callable[[], None]
    context: Context | None


class LoopClock:
    """The clock of the running event loop, which can be put forward. The loop may be uvloop's."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._ahead = 0.0
        self._loop = loop = asyncio.get_running_loop()
        self._timers: list[_Timer] = []
        self._time, self._call_at, self._call_later = loop.time, loop.call_at, loop.call_later
        monkeypatch.setattr(loop, "time", lambda: self._time() + self._ahead)
        monkeypatch.setattr(loop, "call_at", self._begin_timer)
        monkeypatch.setattr(loop, "call_later", self._begin_timer_from_now)

    def put_forward(self, seconds: float) -> None:
        """Let time pass that nothing happens in."""
        self._ahead += seconds
        due = [timer for timer in self._timers if timer.when <= self._loop.time()]
        for timer in sorted(due, key=lambda timer: timer.when):
            self._timers.remove(timer)
            self._loop.call_soon(timer.run, context=timer.context)

    def _begin_timer(
        self, when: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        is_over = False

        def run() -> None:
            nonlocal is_over
            if not is_over and not handle.cancelled():
                is_over = True
                callback(*args)

        if isinstance(loop := self._loop, asyncio.BaseEventLoop):  # each kind makes one of the two of the other
            handle = self._call_at(when, run, context=context)
        else:
            handle = self._call_later(when - loop.time(), run, context=context)
        self._timers.append(_Timer(when, run, context))
        return handle

    def _begin_timer_from_now(
        self, delay: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self._begin_timer(self._loop.time() + delay, callback, *args, context=context)
