"""`image-variations retry`: rows that failed or are unknown, sent again because somebody says so."""

import asyncio
from collections.abc import Sequence

from attrs import frozen

from ..batch import Summary, retry_batch
from ..events import Event, RowsFound
from ..rows import State
from .connect import open_client
from .cost import images_of_request
from .options import Server
from .output import Output
from .work import OnEvent, Place, tell_plan, work


@frozen
class Choice:
    """Which rows are sent again, and how.

    Attributes:
        failed: Those that failed and cost nothing.
        billed: With `failed`, those that failed and were billed, under a new key.
        unknown: Those that are unknown, under the key that they had.
    """

    failed: bool
    unknown: bool
    billed: bool
    concurrency: int
    max_per_minute: int | None
    limit: int | None


def retry(choice: Choice, place: Place, server: Server, output: Output) -> int:
    """Send rows again. Return the exit status."""
    return asyncio.run(_retry(choice, place, server, output))


async def _retry(choice: Choice, place: Place, server: Server, output: Output) -> int:
    async def run(on_event: OnEvent, stop: asyncio.Event) -> Summary:
        images = await _images_of_requests(choice, place)

        def take(event: Event) -> None:
            on_event(event)
            if isinstance(event, RowsFound):
                requests = len(images[: choice.limit])
                tell_plan(event, requests, sum(images[: choice.limit]), place.price, output)

        async with open_client(server, max_concurrency=2 * choice.concurrency) as client:
            return await retry_batch(
                client,
                place.output_dir,
                ledger=place.ledger,
                unknown=choice.unknown,
                failed=choice.failed,
                billed=choice.billed,
                concurrency=choice.concurrency,
                max_per_minute=choice.max_per_minute,
                limit=choice.limit,
                on_event=take,
                stop=stop,
            )

    return await work(run, place, output)


async def _images_of_requests(choice: Choice, place: Place) -> list[int]:
    """Return how many images each request asks for, in the order in which they are sent."""
    states: Sequence[State] = ("unknown",) if choice.unknown else ("failed",)
    async with await place.open_ledger() as ledger:
        return [
            images_of_request(row.fields)
            async for block in ledger.rows(states)
            for row in block
            if choice.unknown or (row.billed != "no") == choice.billed
        ]
