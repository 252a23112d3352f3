# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Telling a caller's own function of each attempt."""

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable

from ..attempt import Attempt
from ..errors import ConfigurationError

OnAttempt = Callable[[Attempt], object]
"""Called with each attempt when it is over."""

BeforeAttempt = Callable[[], Awaitable[None]]
"""Awaited before an attempt when nothing else holds it back. What it raises ends the call, and nothing is sent."""

_logger = logging.getLogger(__name__.removesuffix("._runtime.call.observer"))


def checked_observer(function: OnAttempt | None) -> OnAttempt | None:
    """Return a function to call with each attempt, if there is one.

    Raises:
        ConfigurationError: It is a coroutine function, or no function at all.
    """
    if function is None:
        return None
    if not callable(function):
        raise ConfigurationError(f"on_attempt must be a function, not {type(function).__name__}")
    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__):
        raise ConfigurationError(
            "on_attempt must not be a coroutine function, because calls do not wait for it: "
            "pass a plain function, which may start a task"
        )
    return function


def chain_observers(first: OnAttempt, second: OnAttempt | None) -> OnAttempt:
    """Return a function that tells two observers, or the first alone if there is no second."""
    if second is None:
        return first

    def tell_both(attempt: Attempt) -> None:
        tell(first, attempt)
        tell(second, attempt)

    return tell_both


def tell(on_attempt: OnAttempt, attempt: Attempt) -> None:
    """Call the function with an attempt. If it fails, that is logged, and no response that was billed is lost."""
    try:
        on_attempt(attempt)
    except (Exception, asyncio.CancelledError):  # a cancellation of its own is not this call's
        _logger.warning("on_attempt failed for attempt %d", attempt.number, exc_info=True)
