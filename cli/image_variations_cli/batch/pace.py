"""The rate at which requests start, which processes share through the ledger."""

import asyncio
from collections import deque
from typing import Protocol

from attrs import define, field
from image_variations._runtime.clock import Clock

_LATE_SECONDS = 1.0
"""A start that was reserved for longer ago is not used any more: many of them would be a burst."""


class Reserves(Protocol):
    """The part of a ledger that shares a rate."""

    @property
    def rate(self) -> int | None:
        """How many requests may start in a minute: the least that a living process was told."""
        ...

    async def reserve_starts(self) -> list[float]:
        """Reserve the next starts of requests, in seconds from now. There are none if there is no rate."""
        ...


@define(eq=False)
class Pace:
    """Lets requests start when it is their turn, first come, first served.

    Attributes:
        clock: Tells the time within this process. When starts may be, the ledger says.
    """

    ledger: Reserves
    clock: Clock
    _starts: deque[float] = field(factory=deque[float], init=False)
    _line: asyncio.Lock = field(factory=asyncio.Lock, init=False)

    @property
    def is_limited(self) -> bool:
        """Whether there is a rate."""
        return self.ledger.rate is not None

    async def wait(self) -> None:
        """Wait until a request may start."""
        async with self._line:
            now = self.clock.monotonic()
            while self._starts and self._starts[0] < now - _LATE_SECONDS:
                self._starts.popleft()
            if not self._starts:
                waits = await self.ledger.reserve_starts()
                now = self.clock.monotonic()  # the ledger may have been waited for, and other processes had their turns
                self._starts.extend(now + wait for wait in waits)
            if self._starts:
                if (left := self._starts[0] - self.clock.monotonic()) > 0:
                    await self.clock.sleep(left)
                self._starts.popleft()
