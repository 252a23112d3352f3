"""Time for tests, which passes at once."""

import asyncio
import math
from collections.abc import Callable
from contextlib import suppress
from typing import cast
from weakref import WeakKeyDictionary

from ..clock import Clock
from ..tasks import at_work

_TURNS = 50
"""Turns of the event loop in which nobody looks at the time, if nobody works: calls do so again and again."""

_PATIENCE = 1.0
"""Seconds, real ones, that threads may take before the time goes on without them."""


class FakeClock:
    """A time that stands still while a program works, and jumps ahead as soon as it waits.

    The waits of a client over the fake, its timeout, and what a script makes slow go by it. Whatever
    else the program waits for takes as long as ever.

    Attributes:
        now: Seconds since the clock was made.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self._looks = 0
        self._alarms: dict[Callable[[], None], float] = {}
        self._turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()

    @property
    def clock(self) -> Clock:
        """The clock as clients take it. Chance has no part in it, and each wait is as short as it can be."""
        return Clock(self._time, self._time, self.sleep, min, self._timeout)

    async def sleep(self, seconds: float) -> None:
        """Wait until so many seconds have passed. Whoever waits for an earlier moment wakes first."""
        loop = asyncio.get_running_loop()
        woken, turn = loop.create_future(), self._turns.setdefault(loop, asyncio.Lock())

        def wake() -> None:
            woken.set_result(None)

        self._alarms[wake] = self.now + seconds
        try:
            while not woken.done():
                async with turn:
                    await self._settle()
                    if not woken.done() and not self._advance():
                        break
            await woken
        finally:
            self._alarms.pop(wake, None)

    def _advance(self) -> bool:
        """Jump to the next moment at which something happens. Return whether there is one."""
        alarm, moment = min(self._alarms.items(), key=lambda entry: entry[1])
        if moment == math.inf:
            return False
        del self._alarms[alarm]
        self.now = max(self.now, moment)
        alarm()
        return True

    async def _settle(self) -> None:
        """Let everybody else come to a point at which they wait, and threads finish what they do for a client."""
        loop = asyncio.get_running_loop()
        looks = -1
        while looks != self._looks:
            looks = self._looks
            for _ in range(_TURNS):
                await asyncio.sleep(0)
            works = [work for work in cast("set[asyncio.Future[object]]", at_work) if work.get_loop() is loop]
            if works and (await asyncio.wait(works, timeout=_PATIENCE))[0]:
                looks = -1

    def _time(self) -> float:
        self._looks += 1
        return self.now

    def _timeout(self, seconds: float | None) -> asyncio.Timeout:
        scope = asyncio.timeout(None)

        def end() -> None:
            with suppress(RuntimeError):  # it is over already
                scope.reschedule(asyncio.get_running_loop().time())

        if seconds is not None:
            self._alarms[end] = self.now + seconds
        return scope
