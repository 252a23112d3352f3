"""What is known of a batch after `kill -9`: no image is made twice, and no row is lost."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path
from random import Random

import pytest
from attrs import define, field
from image_variations_cli.rows import Row

from tests.support.batches import IMAGE, draw_images, read_rows
from tests.support.counting_server import CountingServer
from tests.support.ledgers import ledger_of
from tests.support.sampling import slow

pytestmark = pytest.mark.usefixtures("ledger_kind")

CONCURRENCY = 16

SETTLED_SECONDS = 1.0
"""A response that came so long before a kill is on the disk."""


@define
class Batches:
    """Runs batches in processes of their own, and kills them.

    Attributes:
        processes: How many of them share the ledger.
    """

    server: CountingServer
    folder: Path
    output: Path
    moments: Random = field(factory=lambda: Random(7))  # noqa: S311  # no secret
    processes: int = field(default=1, kw_only=True)
    _running: list[asyncio.subprocess.Process] = field(factory=list[asyncio.subprocess.Process], init=False)

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        """Start a batch."""
        command = ("-m", "tests.support.batch_process", self.server.base_url, str(self.folder), str(self.output))
        ledger = ledger_of(self.output) or ""
        return await asyncio.create_subprocess_exec(sys.executable, *command, ledger, *arguments)

    async def finish(self, *arguments: str) -> None:
        """Run batches to their end."""
        running, self._running = self._running or [await self.start(*arguments)], []
        assert [await process.wait() for process in running] == [0] * len(running)

    async def kill(self, longest: float) -> float | None:
        """Kill one of the batches at a random moment while work is under way. Return that; None if all have ended."""
        before = self.server.requests
        self._running += [await self.start() for _ in range(self.processes - len(self._running))]
        ending = asyncio.gather(*(process.wait() for process in self._running))
        while self.server.requests == before and not ending.done():  # noqa: ASYNC110  # another process
            await asyncio.sleep(0.002)
        await asyncio.wait([ending], timeout=self.moments.uniform(0, longest))
        alive = [process for process in self._running if process.returncode is None]
        ending.cancel()
        if not alive:
            return None
        killed = self.moments.choice(alive)
        moment = time.monotonic()
        os.kill(killed.pid, signal.SIGKILL)
        await killed.wait()
        self._running.remove(killed)
        return moment


def check_files(rows: list[Row], output: Path) -> None:
    """Check that each row that is done has its whole file."""
    for row in rows:
        if row.state == "done":
            assert [(output / file).read_bytes() for file in row.files] == [IMAGE]


async def kill_again_and_again(batches: Batches, images: int, kills: int, longest: float) -> None:
    """Run a batch of so many images, killed so often, each time so many seconds after its first request at most."""
    server = batches.server
    draw_images(batches.folder, images)
    unknown: set[str] = set()
    for _ in range(kills):
        moment = await batches.kill(longest)
        if moment is None:
            break
        rows = await read_rows(batches.output)
        check_files(rows, batches.output)
        states = {row.content_digest: row.state for row in rows}
        settled = {digest for digest, answered in server.answered.items() if answered < moment - SETTLED_SECONDS}
        assert {states[digest] for digest in settled - unknown} <= {"done"}
        lost = {digest for digest, state in states.items() if state == "unknown"}
        assert unknown <= lost
        assert len(lost - unknown) <= 2 * CONCURRENCY
        unknown = lost
    await batches.finish()
    rows = await read_rows(batches.output)
    check_files(rows, batches.output)
    assert {row.state for row in rows} <= {"done", "unknown"}
    assert len(rows) == images
    assert max(server.made.values()) == 1
    assert {row.content_digest for row in rows if row.state == "unknown"} == unknown
    assert {row.content_digest for row in rows if row.state == "done"} <= server.made.keys()
    await batches.finish("unknown")
    rows = await read_rows(batches.output)
    check_files(rows, batches.output)
    assert {row.state for row in rows} == {"done"}
    twice = {digest for digest, number in server.made.items() if number > 1}
    assert max(server.made.values()) <= 2
    assert twice <= unknown
    if server.honours_keys:
        assert twice == set()


@pytest.mark.parametrize(("processes", "honours_keys"), [(1, False), slow(1, True), slow(3, False)])
async def test_no_image_is_made_twice_however_often_a_batch_is_killed(
    tmp_path: Path, processes: int, honours_keys: bool
) -> None:
    """A batch that is killed and resumed pays once for each source. Only `retry` may pay again, for the unknown.

    So do several that share a ledger, if any of them is killed.
    """
    async with CountingServer((0.005, 0.06), honours_keys) as server:
        batches = Batches(server, tmp_path / "in", tmp_path / "out", processes=processes)
        await kill_again_and_again(batches, images=80 * processes, kills=3, longest=0.1)


@pytest.mark.soak
@pytest.mark.parametrize(("processes", "honours_keys"), [(1, False), (1, True), (4, False), (4, True)])
async def test_thirty_kills_of_two_thousand_images(tmp_path: Path, processes: int, honours_keys: bool) -> None:
    """The same at full size: 2,000 images, 30 kills, responses after 20 to 300 ms."""
    async with CountingServer((0.02, 0.3), honours_keys) as server:
        batches = Batches(server, tmp_path / "in", tmp_path / "out", processes=processes)
        await kill_again_and_again(batches, images=2000, kills=30, longest=1.0)
