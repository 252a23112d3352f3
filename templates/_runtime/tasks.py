"""Tasks that must not be lost, and work that would hold up the event loop."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

T = TypeVar("T")

_kept: set[object] = set()


def keep(task: "asyncio.Future[T]") -> None:
    """Keep a task until it is over: the event loop itself keeps none alive."""
    _kept.add(task)
    task.add_done_callback(_kept.discard)


P = ParamSpec("P")

OFF_LOOP_SIZE = 256 * 1024
"""Bytes: what is longer is parsed and decoded off the event loop."""


async def run_to_its_end(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a function in a thread, and do not go on before it is over, however often cancelled: it works on a file."""
    running = asyncio.ensure_future(asyncio.to_thread(function, *args, **kwargs))
    cancelled: asyncio.CancelledError | None = None
    while not running.done():
        try:
            await asyncio.wait([running])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        running.exception()  # seen, and of no interest any more
        raise cancelled
    return running.result()
