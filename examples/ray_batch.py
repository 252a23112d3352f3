"""A batch in the actors of a Ray cluster: one ledger in PostgreSQL, and images in an object store.

    RAY_ADDRESS=head:6379 python -m examples.ray_batch photos/ s3://bucket/night postgresql://me@host/batches -w 20

Each node needs the photos under the same path, these packages, and the environment that a batch has: `OPENAI_BASE_URL`,
`OPENAI_API_KEY`, and what leads to the bucket and the database. Actors and this program may die at any moment. The
ledger knows what was sent: Ray restarts the actors, you start the program again, and nothing is paid twice.
"""

import argparse
import asyncio
from pathlib import Path

import ray
from attrs import define, field
from image_variations import Client
from image_variations_cli import Source, Summary, open_ledger, run_batch

SECONDS = 2.0
"""Between two lines that say how far it is."""


@define
class Batch:
    """A batch, as each process that works on it is told."""

    photos: Path
    output_dir: str
    ledger: str = field(repr=False)

    async def run(self, limit: int | None = None) -> Summary:
        """Send what is still to be sent, beside all others that do so."""
        sources = (Source(path.name, path.stem, path) for path in sorted(self.photos.glob("*.png")))
        async with Client() as client:
            return await run_batch(client, sources, self.output_dir, ledger=self.ledger, limit=limit)


# An actor that dies is started again, where there is room, and `run` is called again there.
Worker = ray.remote(max_restarts=-1, max_task_retries=-1, scheduling_strategy="SPREAD")(Batch)


async def main(photos: Path, output_dir: str, ledger: str, workers: int) -> str | None:
    """Run a batch in so many actors, and print its progress. Return why it stopped, if it did before its end."""
    # It sends nothing. What is wrong with the batch is said here, and the actors need not read every photo.
    await Batch(photos, output_dir, ledger).run(limit=0)
    ray.init(address="auto")
    actors = [Worker.remote(photos, output_dir, ledger) for _ in range(workers)]
    running = results = [actor.run.remote() for actor in actors]
    async with await open_ledger(output_dir, ledger=ledger) as opened:
        while running:
            _, running = await asyncio.to_thread(ray.wait, running, num_returns=len(running), timeout=SECONDS)
            counts = await opened.count()
            print(
                f"{counts.done} of {counts.rows} rows done, {counts.failed} failed, {counts.unknown} unknown",
                flush=True,
            )
    return next((summary.problem for summary in ray.get(results) if summary.problem), None)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m examples.ray_batch")
    parser.add_argument("photos", type=Path)
    parser.add_argument("output_dir")
    parser.add_argument("ledger")
    parser.add_argument("-w", "--workers", type=int, default=2)
    raise SystemExit(asyncio.run(main(**vars(parser.parse_args()))))
