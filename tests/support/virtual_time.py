"""Time for tests, so that none of them waits for it: event loops whose time jumps, of asyncio and of uvloop."""

import asyncio
import heapq
import math
import selectors
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from contextvars import Context
from typing import TypeVar, TypeVarTuple

from image_variations import Client
from image_variations._runtime.clock import Clock

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
NewLoop = Callable[[], asyncio.AbstractEventLoop]


class StuckError(Exception):
    """Every task waits, and nothing is left that could wake one."""


_STUCK_SECONDS = 5.0


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


if sys.platform == "win32":
    VIRTUAL_TIME_LOOPS: Sequence[NewLoop] = (VirtualTimeLoop,)
else:
    import uvloop

    class VirtualTimeUvloop(uvloop.Loop):
        """The same on uvloop, which has no selector to replace: it looks in each turn whether something is to be done.

        With nothing left that could wake a task it waits for threads, and then stops, and whoever runs it is told.
        """

        def __init__(self) -> None:
            super().__init__()
            self.now = 0.0
            self._timers: list[tuple[float, int, asyncio.TimerHandle, Callable[[], None]]] = []
            self._count = 0
            self._is_busy = True
            self._stuck_since = math.inf
            super().call_soon(self._look)

        def time(self) -> float:
            """Seconds since the loop was made."""
            return self.now

        def call_soon(
            self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
        ) -> asyncio.Handle:
            """Call something in the next turn."""
            self._is_busy = True
            return super().call_soon(callback, *args, context=context)

        def call_at(
            self, when: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
        ) -> asyncio.TimerHandle:
            """Call something when its time has come."""

            def run() -> None:
                if not handle.cancelled():
                    self.call_soon(callback, *args, context=context)

            handle = asyncio.TimerHandle(when, callback, args, self, context)
            self._count += 1
            heapq.heappush(self._timers, (when, self._count, handle, run))
            return handle

        def call_later(
            self, delay: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
        ) -> asyncio.TimerHandle:
            """Call something after so many seconds."""
            return self.call_at(self.now + delay, callback, *args, context=context)

        def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
            """Take no notice: it is looked at when its time has come."""

        def _look(self) -> None:
            while self._timers and self._timers[0][2].cancelled():
                heapq.heappop(self._timers)
            if self._is_busy or self._timers:
                self._stuck_since = math.inf
            if not self._is_busy:
                self._jump()
            self._is_busy = False
            super().call_soon(self._look)

        def _jump(self) -> None:
            if self._timers:
                self.now = max(self.now, self._timers[0][0])
            else:
                self._stuck_since = min(self._stuck_since, time.monotonic())
                if time.monotonic() - self._stuck_since > _STUCK_SECONDS:
                    self.stop()
            while self._timers and self._timers[0][0] <= self.now:
                heapq.heappop(self._timers)[3]()

    VIRTUAL_TIME_LOOPS = (VirtualTimeLoop, VirtualTimeUvloop)


def loop_clock(uniform: Callable[[float, float], float]) -> Clock:
    """The clock of whatever loop runs, so that a client's time is a `VirtualTimeLoop`'s."""

    def time() -> float:
        return asyncio.get_running_loop().time()

    return Clock(monotonic=time, wall=time, sleep=asyncio.sleep, uniform=uniform)


class VirtualClient(Client):
    """A client whose time is the running loop's."""

    clock = loop_clock(lambda low, high: low)


def run_in_virtual_time(main: Coroutine[object, object, T], new_loop: NewLoop = VirtualTimeLoop) -> T:
    """What `asyncio.run` does, without the waiting."""
    with asyncio.Runner(loop_factory=new_loop) as runner:
        return runner.run(main)
