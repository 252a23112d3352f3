"""One measurement, in a process of its own; prints one JSON object.

    python -m benchmarks.measure SERVER CORE SECONDS CASE [profile]

CASE is a `benchmarks.cases.Case` in JSON, but none of "imports", which have programs of their own. With `profile` a
profile of the calls is printed in place of their figures.
"""

import asyncio
import base64
import cProfile
import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from benchmarks.batches import BATCHES, write_images
from benchmarks.cases import Case
from benchmarks.peers import PEERS, STREAMS, Call, Peer
from benchmarks.process import hide, read_memory, reset_peak, settle
from benchmarks.profile import describe_calls
from benchmarks.sample import SMALL, encode_image, make_image
from benchmarks.server import Counts, base_url, delay, hold, read_counts
from benchmarks.sharing import PROCESSES, send_shared, work_through
from benchmarks.ways import IMAGE, WAYS, Save

_WARM_UP = 3
"""Calls before the clock starts: they load what is loaded once."""

_PROBE_SECONDS = 0.001

BATCH_DELAY_MS = 50
"""How long the server takes to respond to a request of a batch."""

Figures = dict[str, float]


class WorkNotDoneError(Exception):
    """A peer did not send what it says, or did not get what it should; its figures mean nothing."""


def check_counts(before: Counts, after: Counts, made: int, size: int) -> None:
    """Check that the server got as many requests, and as many bytes, as the peer says that it sent.

    Raises:
        WorkNotDoneError: It got more or fewer.
    """
    requests, received = after.requests - before.requests, after.bytes - before.bytes
    least = made * size
    if requests != made or not least <= received <= least + made * 4096:
        raise WorkNotDoneError(
            f"{made} calls with {size} bytes each, but the server saw {requests} with {received} bytes"
        )


# Calls per second, and the CPU time of each


async def measure_calls(
    case: Case, server: str, seconds: float, profiler: AbstractContextManager[object] | None = None
) -> Figures:
    """Have tasks make one call after the other, and begin none after some seconds.

    The time runs until the last has its response, and covers opening the connections.
    """
    hold(server, 1)
    before = read_counts(server)
    image = make_image(case.size)
    async with PEERS[case.subject].open(base_url(server, 1, SMALL)) as call:
        for _ in range(_WARM_UP):
            _compare(await call(image))
        with profiler or nullcontext():
            figures = await _time_calls(call, image, case.at_once, seconds)
    check_counts(before, read_counts(server), int(figures["calls"]) + _WARM_UP, case.size)
    return figures


async def _time_calls(call: Call, image: bytes, at_once: int, seconds: float) -> Figures:
    made = 0

    async def make_calls() -> None:
        nonlocal made
        while True:
            _compare(await call(image))
            made += 1
            if time.perf_counter() >= deadline:
                return

    start, cpu = time.perf_counter(), time.process_time()
    deadline = start + seconds
    await asyncio.gather(*(make_calls() for _ in range(at_once)))
    elapsed, cpu = time.perf_counter() - start, time.process_time() - cpu
    return {"calls": made, "per_second": made / elapsed, "cpu_ms": cpu / made * 1000}


_EXPECTED = encode_image(SMALL)


def _compare(*images: str) -> None:
    if set(images) != {_EXPECTED}:
        raise WorkNotDoneError("another image than the server's came back")


# Calls that are all open at once: that wait for a slow server, or read streams of events


async def measure_at_once(case: Case, server: str) -> Figures:
    """Make calls at once, all with the same bytes.

    Measured are the growth of memory above the idle client, at the peak, and the CPU time of each. The server
    responds to none before it has them all, or as many as the peer lets go at once.
    """
    peer, image = _peers(case)[case.subject], make_image(case.size)
    hold(server, 1)
    async with peer.open(base_url(server, case.count, SMALL)) as call:
        _compare(await call(image))  # what the first call loads for good is the idle client's
        hold(server, min(case.at_once, peer.limit))
        before = read_counts(server)
        reset_peak()
        idle, cpu = read_memory("VmRSS"), time.process_time()
        images = await asyncio.gather(*(call(image) for _ in range(case.at_once)))
        cpu, peak = time.process_time() - cpu, read_memory("VmHWM")
    _compare(*images)
    check_counts(before, read_counts(server), case.at_once, case.size)
    return {"memory_kb": peak - idle, "cpu_ms": cpu / case.at_once * 1000}


# Images on the disk


async def measure_images(case: Case, server: str) -> Figures:
    """Make calls at once, each of which saves its images.

    Measured are the CPU time of each from the request to its files, the peak of memory above the client at rest, and
    the longest time for which the event loop did nothing else.
    """
    hold(server, 1)
    counts = read_counts(server)
    with tempfile.TemporaryDirectory() as scratch:
        folders = [Path(scratch, str(number)) for number in range(case.at_once)]
        async with WAYS[case.subject].open(base_url(server, case.count, case.size)) as save:
            await save(Path(scratch, "before"), case.count)  # what the first call loads for good is not the call's
            reset_peak()
            idle, cpu = read_memory("VmRSS"), time.process_time()
            stall = await _save_all(save, folders, case.count)
            cpu, peak = time.process_time() - cpu, read_memory("VmHWM")
        check_files(folders, case.count, base64.b64decode(encode_image(case.size)))
    check_counts(counts, read_counts(server), case.at_once + 1, len(IMAGE))
    return {"cpu_ms": cpu / case.at_once * 1000, "memory_kb": peak - idle, "stall_ms": stall * 1000}


async def _save_all(save: Save, folders: Sequence[Path], count: int) -> float:
    """Save images in each folder, all at once, and return the longest stall of the event loop, in seconds."""
    stalls: list[float] = []
    watch = asyncio.create_task(_watch(stalls))
    saved = await asyncio.gather(*(save(folder, count) for folder in folders))
    await asyncio.sleep(2 * _PROBE_SECONDS)  # so that the last stall is noted too
    watch.cancel()
    if set(saved) != {count}:
        raise WorkNotDoneError(f"calls left {saved} files, not {count} each")
    return max(stalls)


async def _watch(stalls: list[float]) -> None:
    """Note by how much each short sleep is late: so long something else held the loop."""
    while True:
        start = time.perf_counter()
        await asyncio.sleep(_PROBE_SECONDS)
        stalls.append(time.perf_counter() - start - _PROBE_SECONDS)


def check_files(folders: Sequence[Path], count: int, expected: bytes) -> None:
    """Check that each folder has so many files, each of which is the server's image.

    Raises:
        WorkNotDoneError: One has not.
    """
    for folder in folders:
        contents = [file.read_bytes() for file in folder.iterdir()]
        if contents != [expected] * count:
            raise WorkNotDoneError(f"a call left {len(contents)} files that are not the server's {count} images")


# Many images, with a ledger and without


async def measure_batch(case: Case, server: str) -> Figures:
    """Send many images, so many at once, to a server that takes its time. Measured are calls per second and CPU time.

    The time covers all that the way does: opening the ledger, finding the rows, and closing.
    """
    hold(server, 1)
    delay(server, BATCH_DELAY_MS)
    counts = read_counts(server)
    url, send = base_url(server, 1, case.size), BATCHES[case.subject]
    with tempfile.TemporaryDirectory() as scratch:
        files = write_images(Path(scratch), case.count)
        await send(url, files[:_WARM_UP], Path(scratch, "before"), case.at_once)
        start, cpu = time.perf_counter(), time.process_time()
        images = await send(url, files, Path(scratch, "out"), case.at_once)
        elapsed, cpu = time.perf_counter() - start, time.process_time() - cpu
    delay(server, 0)
    check_counts(counts, read_counts(server), case.count + _WARM_UP, 0)
    if images != case.count:
        raise WorkNotDoneError(f"{case.count} calls left {images} images")
    return {"per_second": case.count / elapsed, "cpu_ms": cpu / case.count * 1000}


async def measure_sharing(case: Case, server: str) -> Figures:
    """Send many images in processes that share a ledger. Measured are calls per second of all of them."""
    hold(server, 1)
    delay(server, BATCH_DELAY_MS)
    counts = read_counts(server)
    url, number = base_url(server, 1, case.size), PROCESSES[case.subject]
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as out:
        write_images(Path(folder), case.count)
        per_second = await send_shared(url, Path(folder), Path(out), case.at_once, number)
    delay(server, 0)
    check_counts(counts, read_counts(server), case.count, 0)
    return {"per_second": per_second}


async def measure_ledger(case: Case) -> Figures:
    """Claim, intend and record many rows. Measured is the CPU time of each."""
    with tempfile.TemporaryDirectory() as scratch:
        return {"cpu_ms": await work_through(case.count, Path(scratch)) / case.count * 1000}


def _peers(case: Case) -> Mapping[str, Peer]:
    return STREAMS if case.axis == "events" else PEERS


def _measure(case: Case, server: str, seconds: float) -> Figures:
    if case.axis == "calls":
        return asyncio.run(measure_calls(case, server, seconds))
    if case.axis == "batches":
        return asyncio.run(measure_batch(case, server))
    if case.axis == "sharing":
        return asyncio.run(measure_sharing(case, server))
    if case.axis == "ledger":
        return asyncio.run(measure_ledger(case))
    measure = measure_images if case.axis == "images" else measure_at_once
    return asyncio.run(measure(case, server))


def _profile(case: Case, server: str, seconds: float) -> list[str]:
    profiler = cProfile.Profile()
    asyncio.run(measure_calls(case, server, seconds, profiler))
    return describe_calls(profiler)


def main() -> None:
    """Run from the command line."""
    server, core, seconds, given, *profile = sys.argv[1:]
    case = Case(**json.loads(given))
    settle(int(core))
    if case.axis not in ("batches", "sharing", "ledger"):
        hide((WAYS if case.axis == "images" else _peers(case))[case.subject].hidden)
    if profile:
        print(*_profile(case, server, float(seconds)), sep="\n")
    else:
        print(json.dumps(_measure(case, server, float(seconds))))


if __name__ == "__main__":
    main()
