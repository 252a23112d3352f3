"""Processes that share a ledger, and what the ledger itself costs.

    python -m benchmarks.sharing SERVER FOLDER OUT AT_ONCE

This is one of the processes. It prints when its rows were done, on the clock that all processes of a machine have in
common.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.sample import KEY

if TYPE_CHECKING:  # the client's measurements do without it
    from image_variations_cli import Event
    from image_variations_cli.ledger import Claim, Entry, SqlLedger

PROCESSES = {"1 process": 1, "4 processes": 4}
"""How many processes share a ledger, by what the report calls them."""

LEDGER_ALONE = "the ledger alone"

_BLOCK = 128


async def send_shared(url: str, folder: Path, out: Path, at_once: int, processes: int) -> float:
    """Send the images of a folder in so many processes. Return how many are done in a second while all of them work."""
    command = ("-m", "benchmarks.sharing", url, str(folder), str(out), str(at_once))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    running = [
        await asyncio.create_subprocess_exec(sys.executable, *command, stdout=asyncio.subprocess.PIPE, env=environment)
        for _ in range(processes)
    ]
    printed = [(await process.communicate())[0] for process in running]
    times: list[list[float]] = [json.loads(line) for line in printed]
    begin, end = max(each[0] for each in times), min(each[-1] for each in times)
    return sum(begin < time <= end for each in times for time in each) / (end - begin)


async def work_through(rows: int, out: Path) -> float:
    """Register so many rows; claim, intend and record them. Return the CPU seconds that the latter three took."""
    from image_variations_cli.ledger import Wish, open_ledger

    async with await open_ledger(out, create=True) as ledger:
        await ledger.join()
        for start in range(0, rows, _BLOCK):
            await ledger.register(list(_entries(start, min(rows, start + _BLOCK))))
        await ledger.finish_registration(again=True)
        cpu, after = time.process_time(), 0
        while claims := await ledger.claim(Wish(), after, 64):
            after = claims[-1].id
            await asyncio.gather(*(_send(ledger, claim) for claim in claims))
        return time.process_time() - cpu


def _entries(first: int, end: int) -> "Iterator[Entry]":
    from image_variations_cli.ledger import Entry

    for number in range(first, end):
        yield Entry(
            digest=f"{number:064}",
            occurrence=0,
            content_digest=f"{number:064}",
            fit="refuse",
            fields={},
            name=f"{number}.png",
            path=f"/photos/{number}.png",
            stem=str(number),
        )


async def _send(ledger: "SqlLedger", claim: "Claim") -> None:
    from image_variations import Attempt, Outcome
    from image_variations_cli.ledger import Intent, Record

    await ledger.intend(Intent(claim.process, claim.id, 1, f"key-{claim.id}", 1.0, 1.0))
    attempt = Attempt(1, 1.0, 2.0, Outcome.BILLED, 200)
    done = Record(
        process=claim.process, row=claim.id, number=1, state="done", attempt=attempt, billed="yes", files=("1.png",)
    )
    await ledger.record(done)


async def _batch(url: str, folder: Path, out: Path, at_once: int) -> list[float]:
    from image_variations import Client
    from image_variations_cli import RowDone, Source, run_batch

    times: list[float] = []

    def take(event: "Event") -> None:
        if isinstance(event, RowDone):
            times.append(time.monotonic())

    async with Client(base_url=url, api_key=KEY) as client:
        sources = [Source(file.name, file.stem, file) for file in sorted(folder.iterdir())]  # noqa: ASYNC240  # at first
        await run_batch(client, sources, out, concurrency=at_once, on_event=take)
    return times


def main() -> None:
    """Run one of the processes."""
    os.sched_setaffinity(0, range(os.cpu_count() or 1))  # who started it stays on one core
    url, folder, out, at_once = sys.argv[1:]
    print(json.dumps(asyncio.run(_batch(url, Path(folder), Path(out), int(at_once)))))


if __name__ == "__main__":
    main()
