# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Time and randomness, as values that a test can replace."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

from attrs import frozen


@frozen
class Clock:
    """Where a client gets its time and its random numbers from.

    Attributes:
        monotonic: Seconds from some start; never goes back.
        wall: Seconds since 1970.
        sleep: Waits for so many seconds, while other tasks run.
        uniform: Gives a random number between two others.
        timeout: Makes a scope that ends after so many seconds; `None` for no limit.
    """

    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    uniform: Callable[[float, float], float] = random.uniform
    timeout: Callable[[float | None], asyncio.Timeout] = asyncio.timeout
