# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Where a key comes from, what it may be, and how it goes into a request."""

import asyncio
import inspect
import re
from collections.abc import Awaitable, Callable

from .errors import ConfigurationError
from .tasks import hold_task

ApiKey = str | Callable[[], str | Awaitable[str]]
"""A key, or a function that gives the key of the moment; it may be a coroutine function."""

_KEY = re.compile(r"[!-~]+")
"""Visible ASCII: what a header value can carry without being changed or split (RFC 9110, section 5.5)."""


async def current_key(source: ApiKey | None) -> str | None:
    """Return the key to use now.

    Raises:
        ConfigurationError: What was given cannot be a key, or giving it failed. The message
            does not show it.
    """
    if source is None or isinstance(source, str):
        return source
    try:
        key = source()
        return checked_key(await _awaited(key) if inspect.isawaitable(key) else key)
    except ConfigurationError:
        raise
    except (Exception, asyncio.CancelledError) as error:
        task = asyncio.current_task()
        if isinstance(error, asyncio.CancelledError) and task and task.cancelling():
            raise  # it is this call that was cancelled, and not what the function awaits
        raise ConfigurationError(f"the function that gives api_key failed ({type(error).__name__})") from error


async def _awaited(key: Awaitable[str]) -> str:
    """Await a key in a task of its own: one that takes no notice of being cancelled keeps nobody past the timeout."""
    giving = asyncio.ensure_future(key)
    hold_task(giving)
    giving.add_done_callback(_note_end)
    try:
        await asyncio.wait((giving,))
    except asyncio.CancelledError:
        if giving is not key:  # else it is the caller's own, which other calls may wait for too
            giving.cancel()
        raise
    return giving.result()


def _note_end(giving: "asyncio.Future[str]") -> None:
    if not giving.cancelled():
        giving.exception()  # seen, also if nobody waits any more


def checked_key(key: object) -> str:
    """Return a key that a header can carry.

    Raises:
        ConfigurationError: It cannot. The message does not show it.
    """
    if not isinstance(key, str):
        raise ConfigurationError(f"api_key must be text, not {type(key).__name__}")
    if not key:
        raise ConfigurationError("api_key is empty: pass None if there is no key")
    if not _KEY.fullmatch(key):
        raise ConfigurationError(
            "api_key holds white space, a control character or a character outside ASCII, "
            "which no HTTP header can carry: was it read from a file with its line end?"
        )
    return key
