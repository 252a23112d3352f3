"""What the calls of one client share: how many may run at once, when the next may start, and the retries left."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext

from attrs import define, field

RETRIES = 20
"""How many retries a client has, beyond those that its successes earn."""

_ROUNDING = 1e-6
"""Seconds by which a sum of spacings may be off."""


@define(eq=False)
class CallLimits:
    """Lets so many attempts go on at once and so many start in a minute, first come, first served, and none in a pause.

    Attributes:
        slots: One for each attempt that may go on.
        line: Where attempts wait for their turn to start. If there is no limit, it holds nobody up.
        paused_until: When the last pause ends.
    """

    max_concurrency: int
    monotonic: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    max_per_minute: int | None = None
    slots: asyncio.Semaphore = field(init=False)
    line: AbstractAsyncContextManager[None] = field(init=False)
    _spacing: float = field(init=False)
    _next_start: float = field(default=-math.inf, init=False)
    paused_until: float = field(default=-math.inf, init=False)

    def __attrs_post_init__(self) -> None:
        # asyncio's semaphore and lock are queues: first come, first served.
        self.slots = asyncio.Semaphore(self.max_concurrency)
        self.line = nullcontext() if self.max_per_minute is None else asyncio.Lock()
        self._spacing = 0.0 if self.max_per_minute is None else 60 / self.max_per_minute

    async def wait(self) -> None:
        """Wait until an attempt may start, in the line if there is a limit per minute.

        That is after the pause, and those that begin meanwhile, and after the spacing that the limit asks for.
        """
        end = -math.inf
        # A clock that wakes a little early is not asked again and again.
        while end < self._next_start and (remaining := self._next_start - self.monotonic()) > _ROUNDING:
            end = self._next_start
            await self.sleep(remaining)

    def pause(self, seconds: float) -> None:
        """Hold back every attempt of the client for so long. A limit per minute lets no burst follow."""
        self.paused_until = max(self.paused_until, self.monotonic() + seconds)
        self._next_start = max(self._next_start, self.paused_until)

    def start(self) -> float:
        """Note that an attempt starts, and return the time.

        Time that nobody used counts for the next starts, up to a second: a token bucket that is kept as one time, as
        the GCRA of ITU-T I.371 has it.
        """
        now = self.monotonic()
        unused = max(0.0, 1.0 - self._spacing)
        self._next_start = max(self._next_start, now - unused) + self._spacing
        return now


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
