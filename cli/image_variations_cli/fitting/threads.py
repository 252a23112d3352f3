"""Threads for Pillow, which may hold a bounded number of pixels together.

Pillow lets go of the GIL while it decodes, scales and writes. They are threads of their own, because some of them wait
for memory, and whatever else needs a thread must not wait with them.
"""

import asyncio
import os
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Condition, Lock
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

MAX_PIXELS = 89_478_485
"""What may be decoded at one time, by all threads together: Pillow itself warns above it. They take 4 bytes each."""

_executor = ThreadPoolExecutor(min(4, os.cpu_count() or 1), thread_name_prefix="fitting")


async def run_in_pool(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a function that works with Pillow in a thread."""
    return await asyncio.wrap_future(_executor.submit(function, *args, **kwargs))


class PixelBudget:
    """A number of pixels that threads share. They are served in turn: a large image does not wait for ever."""

    def __init__(self, pixels: int) -> None:
        self._free = pixels
        self._turn = Lock()
        self._returned = Condition()

    @contextmanager
    def take(self, pixels: int) -> Generator[None]:
        """Hold some pixels within a `with` block. Wait for them if others have them."""
        with self._turn, self._returned:
            self._returned.wait_for(lambda: self._free >= pixels)
            self._free -= pixels
        try:
            yield
        finally:
            with self._returned:
                self._free += pixels
                self._returned.notify_all()


BUDGET = PixelBudget(MAX_PIXELS)
