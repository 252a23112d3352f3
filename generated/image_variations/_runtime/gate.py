"""What the calls of one client share: how many may run at once, when they all pause, and how many retries are left."""

import asyncio
import math
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

from attrs import define, field

RETRIES = 20
"""How many retries a client has, beyond those that its successes earn."""


@define(eq=False)
class Gate:
    """Lets so many attempts through at once, first come, first served, and none during a pause."""

    max_concurrency: int
    monotonic: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    _slots: asyncio.Semaphore = field(init=False)
    _paused_until: float = field(default=-math.inf, init=False)

    def __attrs_post_init__(self) -> None:
        # asyncio's semaphore is a queue: who waits longest goes next.
        self._slots = asyncio.Semaphore(self.max_concurrency)

    @asynccontextmanager
    async def slot(self) -> AsyncGenerator[None]:
        """Wait for a free slot and for the end of the pause, and keep the slot while the context lasts."""
        async with self._slots:
            waited_for = -math.inf
            # Once for each end that the pause is given: a clock that wakes a little early is not asked again and again.
            while waited_for < self._paused_until and (remaining := self._paused_until - self.monotonic()) > 0:
                waited_for = self._paused_until
                await self.sleep(remaining)
            yield

    def pause(self, seconds: float) -> None:
        """Hold back every attempt of the client for so long."""
        self._paused_until = max(self._paused_until, self.monotonic() + seconds)


@define(eq=False)
class RetryBudget:
    """Room for so many retries. A success makes room for one more, up to where it began.

    So many calls at once into a server that is down add no more than this to their
    number, whatever each of them may retry.
    """

    room: int = RETRIES

    def take(self) -> bool:
        """Use room for one retry, if there is some."""
        if self.room <= 0:
            return False
        self.room -= 1
        return True

    def refill(self) -> None:
        """Note a success."""
        self.room = min(RETRIES, self.room + 1)
