# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""What the calls of one client share: how many may run at once, when they all pause, and how many retries are left."""

import asyncio
import math
from collections.abc import Awaitable, Callable

from attrs import define, field

RETRIES = 20
"""How many retries a client has, beyond those that its successes earn."""


@define(eq=False)
class CallLimits:
    """Lets so many attempts go on at once, first come, first served, and none be sent during a pause.

    Attributes:
        slots: One for each attempt that may go on.
    """

    max_concurrency: int
    monotonic: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    slots: asyncio.Semaphore = field(init=False)
    _paused_until: float = field(default=-math.inf, init=False)

    def __attrs_post_init__(self) -> None:
        # asyncio's semaphore is a queue: first come, first served.
        self.slots = asyncio.Semaphore(self.max_concurrency)

    async def wait_for_pause(self) -> None:
        """Wait for the end of the pause, if there is one, and of those that begin meanwhile."""
        end = -math.inf
        # A clock that wakes a little early is not asked again and again.
        while end < self._paused_until and (remaining := self._paused_until - self.monotonic()) > 0:
            end = self._paused_until
            await self.sleep(remaining)

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
        """Note a success, or a retry that was not made after all."""
        self.room = min(RETRIES, self.room + 1)
