"""One measurement, in a process of its own: calls per second, and the CPU time of each.

    python -m benchmarks.calls PEER SERVER CORE AT_ONCE SIZE SECONDS

AT_ONCE tasks make one call after the other, with a picture of SIZE bytes, and begin no new one after SECONDS. The time
runs until the last has its answer, and covers opening the connections. Prints one JSON object.
"""

import asyncio
import json
import sys
import time
from contextlib import AbstractContextManager, nullcontext

from benchmarks.peers import PEERS, Call
from benchmarks.process import hide, settle
from benchmarks.sample import SMALL, drawn, picture
from benchmarks.steering import Counts, base_url, counts, hold

_BEFORE = 3
"""Calls before the clock starts: they load what is loaded once."""


class WorkNotDoneError(Exception):
    """A peer did not send what it says, or did not get what it should; its figures mean nothing."""


async def calls_made(call: Call, image: bytes, at_once: int, seconds: float) -> dict[str, float]:
    """Make calls for some seconds, so many at once: how many, per second, and the CPU time of each."""
    expected = drawn(SMALL)
    made = 0

    async def in_turn() -> None:
        nonlocal made
        while True:
            if await call(image) != expected:
                raise WorkNotDoneError("another picture than the server's came back")
            made += 1
            if time.perf_counter() >= deadline:
                return

    start, cpu = time.perf_counter(), time.process_time()
    deadline = start + seconds
    await asyncio.gather(*(in_turn() for _ in range(at_once)))
    elapsed, cpu = time.perf_counter() - start, time.process_time() - cpu
    return {"calls": made, "per_second": made / elapsed, "cpu_ms": cpu / made * 1000}


def check_counts(before: Counts, after: Counts, made: int, size: int) -> None:
    """See that the server got as many requests, and as many bytes, as the peer says that it made.

    Raises:
        WorkNotDoneError: It got more or fewer.
    """
    requests, received = after.requests - before.requests, after.bytes - before.bytes
    least = made * size
    if requests != made or not least <= received <= least + made * 4096:
        raise WorkNotDoneError(
            f"{made} calls with {size} bytes each, but the server saw {requests} with {received} bytes"
        )


async def measured(
    name: str,
    server: str,
    at_once: int,
    size: int,
    seconds: float,
    during: AbstractContextManager[object] | None = None,
) -> dict[str, float]:
    """Measure one peer, and check that it did the work; `during` is entered while it is measured."""
    hold(server, 1)
    before = counts(server)
    image = picture(size)
    async with PEERS[name].open(base_url(server, 1, SMALL)) as call:
        await calls_made(call, image, 1, 0)
        for _ in range(_BEFORE - 1):
            await call(image)
        with during or nullcontext():
            figures = await calls_made(call, image, at_once, seconds)
    check_counts(before, counts(server), int(figures["calls"]) + _BEFORE, size)
    return figures


def main() -> None:
    """Run from the command line."""
    name, server, core, at_once, size, seconds = sys.argv[1:]
    settle(int(core))
    hide(PEERS[name].hidden)
    print(json.dumps(asyncio.run(measured(name, server, int(at_once), int(size), float(seconds)))))


if __name__ == "__main__":
    main()
