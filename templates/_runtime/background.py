"""Tasks that go on although nobody may wait for them any longer."""

import asyncio
from typing import TypeVar

T = TypeVar("T")

_kept: set[object] = set()


def keep(task: "asyncio.Future[T]") -> None:
    """Keep a task until it is over: the event loop itself keeps none alive."""
    _kept.add(task)
    task.add_done_callback(_kept.discard)
