"""examples/ray_batch.py on a cluster of two nodes, which loses one, and loses the program."""

import asyncio
import os
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import pytest
from attrs import define, field
from image_variations_cli import open_ledger

from tests.machines.s3 import objects_in
from tests.support.background import in_background
from tests.support.batches import IMAGE, draw_images
from tests.support.counting_server import CountingServer
from tests.support.postgresql import PostgresqlServer

ROOT = Path(__file__).parents[2]

IMAGES = 200

WORKERS = 2

CONCURRENCY = 16
"""Requests of a worker that are under way at once."""

NODE = {"node_ip_address": "127.0.0.2", "object_store_memory": 80_000_000}
"""Of this machine alone: for 127.0.0.1, Ray takes an address that others reach."""


class Cluster(Protocol):
    """The part of `ray.cluster_utils.Cluster` that is used here."""

    address: str

    def add_node(self, **options: object) -> object:
        """Start a node."""
        ...

    def remove_node(self, node: object, allow_graceful: bool = True) -> None:
        """End a node."""
        ...

    def shutdown(self) -> None:
        """End all nodes."""
        ...


@define(eq=False)
class Nodes:
    """A cluster, and the nodes of it that work.

    Attributes:
        environment: What they have in their environment, beside what a test has.
    """

    cluster: Cluster
    environment: Mapping[str, str]
    running: list[object] = field(factory=list[object])

    def fill(self) -> None:
        """Have two nodes, with room for a worker each."""
        with pytest.MonkeyPatch.context() as patched:
            for name, value in self.environment.items():
                patched.setenv(name, value)
            while len(self.running) < WORKERS:
                self.running.append(self.cluster.add_node(num_cpus=1, **NODE))

    def kill_one(self) -> None:
        """Kill a node, with all that runs there."""
        self.cluster.remove_node(self.running.pop(), allow_graceful=False)


@pytest.fixture(scope="module")
def server() -> Iterator[CountingServer]:
    """A server that counts what it made, and takes its time."""
    with in_background(CountingServer((0.1, 0.5))) as running:
        yield running


@pytest.fixture(scope="module")
def nodes(server: CountingServer) -> Iterator[Nodes]:
    """A cluster. Its nodes have the server in their environment, as those of users have theirs."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("RAY_USAGE_STATS_ENABLED", "0")
        # Not pytest's own folder: sockets have short names.
        with TemporaryDirectory(prefix="ray-") as folder:
            # Ray notes its last cluster there: by default in a folder of the whole machine, and only if that is there.
            patched.setenv("RAY_TMPDIR", folder)
            Path(folder, "ray").mkdir()
            head = {**NODE, "num_cpus": 0, "include_dashboard": False, "temp_dir": folder}
            cluster: Cluster = import_module("ray.cluster_utils").Cluster(initialize_head=True, head_node_args=head)
            try:
                yield Nodes(cluster, {"OPENAI_BASE_URL": server.base_url})
            finally:
                cluster.shutdown()


@define
class Night:
    """A batch on a cluster.

    Attributes:
        photos: The folder of its images.
    """

    nodes: Nodes
    server: CountingServer
    photos: Path
    output_dir: str
    ledger: str

    async def start(self) -> asyncio.subprocess.Process:
        """Start the program."""
        command = ("-m", "examples.ray_batch", str(self.photos), self.output_dir, self.ledger, "-w", str(WORKERS))
        environment = {**os.environ, **self.nodes.environment, "RAY_ADDRESS": self.nodes.cluster.address}
        return await asyncio.create_subprocess_exec(
            sys.executable, *command, cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE
        )

    async def until(self, requests: int, program: asyncio.subprocess.Process) -> None:
        """Wait until the server has so many more requests from a program."""
        goal = self.server.requests + requests
        while self.server.requests < goal:  # other processes
            assert program.returncode is None
            await asyncio.sleep(0.01)

    async def finish(self, process: asyncio.subprocess.Process) -> str:
        """Wait for the end of the program. Return what it printed."""
        output, _ = await process.communicate()
        assert process.returncode == 0
        return output.decode()

    async def check(self) -> None:
        """Check that no image was made twice, and that no more are unknown than dead workers leave."""
        async with await open_ledger(self.output_dir, ledger=self.ledger) as ledger:
            rows = [row async for block in ledger.rows() for row in block]
        states = [row.state for row in rows]
        assert len(rows) == IMAGES
        assert set(states) <= {"done", "unknown"}
        # Ray may have had both workers on one node. A response that is being written down has left its slot.
        assert states.count("unknown") <= WORKERS * 2 * CONCURRENCY
        made = {row.content_digest: self.server.made[row.content_digest] for row in rows}
        assert max(made.values()) == 1
        assert all(made[row.content_digest] for row in rows if row.state == "done")
        objects = objects_in(self.output_dir)
        assert all(objects[name] == IMAGE for row in rows if row.state == "done" for name in row.files)


@pytest.fixture
def night(nodes: Nodes, server: CountingServer, bucket: str, postgresql: PostgresqlServer, tmp_path: Path) -> Night:
    """A batch whose images no other has."""
    nodes.fill()
    number = bucket.rpartition("-")[2]
    draw_images(tmp_path / "photos", IMAGES, side=8 + int(number))
    return Night(nodes, server, tmp_path / "photos", f"{bucket}/night", postgresql.url(f"night{number}"))


async def test_a_node_that_dies_costs_nothing_twice(night: Night) -> None:
    """Its worker is started elsewhere, its requests are unknown, and all other images are made once."""
    program = await night.start()
    await night.until(60, program)
    night.nodes.kill_one()
    assert f" of {IMAGES} rows done, 0 failed, " in await night.finish(program)
    await night.check()


async def test_a_program_that_is_killed_goes_on_if_it_is_started_again(night: Night) -> None:
    """The workers die with it. The next one sends what is still to be sent, and nothing else."""
    program = await night.start()
    await night.until(60, program)
    program.kill()
    await program.communicate()
    await night.finish(await night.start())
    await night.check()
