# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Tasks that must not be lost, and work that would hold up the event loop."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")

T = TypeVar("T")

MIN_THREAD_SIZE = 256 * 1024
"""Bytes: what is longer is parsed and decoded in a thread."""

_tasks: set[object] = set()

at_work: set[object] = set()
"""What threads do at the moment, for a clock that stands still meanwhile."""


def hold_task(task: "asyncio.Future[T]") -> None:
    """Hold a task until it is over: the event loop itself keeps none alive."""
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


def follow(work: "asyncio.Future[T]") -> "asyncio.Future[T]":
    """Note what a thread does until it is over, and return it."""
    at_work.add(work)
    work.add_done_callback(at_work.discard)
    return work


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a function in a thread, which goes on if this is cancelled."""
    return await follow(asyncio.ensure_future(asyncio.to_thread(function, *args, **kwargs)))


async def run_in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a function that works on a file in a thread. Return when it is over, even if cancelled before."""
    running = follow(asyncio.ensure_future(asyncio.to_thread(function, *args, **kwargs)))
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
