# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Tasks that go on although nobody may wait for them any longer."""

import asyncio
from typing import TypeVar

T = TypeVar("T")

_kept: set[object] = set()


def keep(task: "asyncio.Future[T]") -> None:
    """Keep a task until it is over: the event loop itself keeps none alive."""
    _kept.add(task)
    task.add_done_callback(_kept.discard)
