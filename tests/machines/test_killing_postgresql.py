"""What is known of a batch when its processes are killed, and the server that holds its ledger as well."""

import asyncio
from pathlib import Path

import pytest
from attrs import define

from tests.cli.test_killing import Batches, kill_again_and_again
from tests.support.counting_server import CountingServer
from tests.support.ledgers import ledgers_in
from tests.support.postgresql import PostgresqlServer


@define(kw_only=True)
class BatchesOverServer(Batches):
    """Kills the server, too, in so many runs."""

    postgresql: PostgresqlServer
    server_kills: int

    async def kill(self, longest: float) -> float | None:
        """Kill a batch at a random moment, before or after the server. Return the first of the two moments."""
        if not self.server_kills:
            return await super().kill(longest)
        self.server_kills -= 1
        outage = asyncio.create_task(self._kill_server(longest))
        moment = await super().kill(longest)
        killed = await outage
        return None if moment is None else min(moment, killed)

    async def _kill_server(self, longest: float) -> float:
        before = self.server.requests
        while self.server.requests == before:  # noqa: ASYNC110  # another process
            await asyncio.sleep(0.002)
        await asyncio.sleep(self.moments.uniform(0, longest))
        moment = asyncio.get_running_loop().time()
        await asyncio.to_thread(self.postgresql.kill)
        await asyncio.sleep(self.moments.uniform(0, longest))
        await asyncio.to_thread(self.postgresql.start)
        return moment


async def _kill(tmp_path: Path, seconds: tuple[float, float], images: int, kills: int, server_kills: int) -> None:
    with PostgresqlServer.running() as postgresql, ledgers_in(postgresql):
        async with CountingServer(seconds) as server:
            batches = BatchesOverServer(
                server=server,
                folder=tmp_path / "in",
                output=tmp_path / "out",
                postgresql=postgresql,
                server_kills=server_kills,
            )
            await kill_again_and_again(batches, images, kills, longest=4 * seconds[1])


async def test_no_image_is_made_twice_if_the_server_of_the_ledger_is_killed(tmp_path: Path) -> None:
    """A batch, and the server of its ledger, are killed in the same runs: each source is paid for once."""
    await _kill(tmp_path, (0.01, 0.1), images=150, kills=4, server_kills=3)


@pytest.mark.soak
async def test_thirty_kills_of_batches_and_three_of_the_server(tmp_path: Path) -> None:
    """The same at full size: 2,000 images, 30 kills, three of them of the server, too."""
    await _kill(tmp_path, (0.02, 0.3), images=2000, kills=30, server_kills=3)
