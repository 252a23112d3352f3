"""Telling a caller's own function of each attempt."""

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable

from attrs import frozen

from ..attempt import Attempt
from ..tasks import keep

OnAttempt = Callable[[Attempt], Awaitable[None] | None]
"""Called with each attempt when it is over; it may be a coroutine function."""

_LONGEST_WAIT = 1.0
"""Seconds for which an observer is waited for, if the call has so much time left."""

_logger = logging.getLogger(__name__.removesuffix("._runtime.call.observer"))


@frozen
class Observer:
    """Calls the caller's `on_attempt`, if there is one. If that fails or hangs, no response that was billed is lost."""

    on_attempt: OnAttempt | None

    async def observe(self, attempt: Attempt, time_left: float) -> None:
        """Tell of an attempt, and wait until that is over, but not for long."""
        telling = self.tell(attempt)
        if telling is not None:
            await asyncio.wait((telling,), timeout=max(0.0, min(_LONGEST_WAIT, time_left)))

    def tell(self, attempt: Attempt) -> "asyncio.Task[None] | None":
        """Tell of an attempt; returns what goes on of that, for a second at most, whether it is waited for or not."""
        try:
            waiting = None if self.on_attempt is None else self.on_attempt(attempt)
        except (Exception, asyncio.CancelledError):  # a cancellation of its own is not this call's
            _warn(attempt)
            return None
        if not inspect.isawaitable(waiting):
            return None
        # In a task of its own: a cancellation that it swallows, or one of its own, is not this call's.
        telling = asyncio.create_task(_awaited(waiting, attempt))
        keep(telling)
        return telling


async def _awaited(waiting: Awaitable[None], attempt: Attempt) -> None:
    try:
        async with asyncio.timeout(_LONGEST_WAIT):
            await waiting
    except (Exception, asyncio.CancelledError):
        _warn(attempt)


def _warn(attempt: Attempt) -> None:
    _logger.warning("on_attempt failed for attempt %d", attempt.number, exc_info=True)
