"""`image-variations batch`: many images, each paid once, however often it is run."""

import asyncio
import io
import itertools
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path

from attrs import frozen

from ..batch import Summary, run_batch
from ..events import Event, RowsFound
from ..rows import Fit, Source
from ..sources import ListFormat, Sources
from .connect import check_fields, open_client
from .cost import Planned
from .options import Fields, Server
from .output import Output
from .work import OnEvent, Place, tell_plan, work

_BLOCK = 200
"""Sources that are looked for at a time, in a thread."""

_NO_SERVER = Server(base_url="http://localhost")
"""Where a dry run sends nothing. Plans are made before there is a key, too."""


@frozen
class Order:
    """What a batch is to do, as its options say."""

    sources: Sequence[str]
    place: Place
    fields: Fields
    fit: Fit
    list_format: ListFormat | None
    concurrency: int
    max_per_minute: int | None
    limit: int | None
    again: bool
    is_dry: bool


def batch(order: Order, server: Server, output: Output) -> int:
    """Send what is still to be sent of some sources, or in a dry run say what that is. Return the exit status.

    Raises:
        UsageError: The sources cannot be understood.
        InvalidRequestError: A field breaks a rule of the document.
    """
    if order.is_dry:
        server = _NO_SERVER
    return asyncio.run(_batch(order, server, output, _find_sources(order)))


def _find_sources(order: Order) -> Sources:
    check_fields(order.fields.checked)
    # Read here and not in a thread: one that waits for a pipe would hold up the end of the process.
    content = sys.stdin.buffer.read() if "-" in order.sources and order.list_format else b""
    return Sources(order.sources, Path(order.place.output_dir), io.BytesIO(content), order.list_format)


async def _batch(order: Order, server: Server, output: Output, sources: Sources) -> int:
    planned = Planned(order.fields.all)

    async def run(on_event: OnEvent, stop: asyncio.Event) -> Summary:
        def take(event: Event) -> None:
            on_event(event)
            if isinstance(event, RowsFound) and event.is_complete:
                _describe_plan(order, event, planned, sources, output)

        async with open_client(server, max_concurrency=2 * order.concurrency) as client:
            return await run_batch(
                client,
                planned.watch(_in_blocks(sources)),
                order.place.output_dir,
                ledger=order.place.ledger,
                fields=order.fields.all,
                fit=order.fit,
                concurrency=order.concurrency,
                max_per_minute=order.max_per_minute,
                limit=order.limit,
                again=order.again,
                dry_run=order.is_dry,
                on_event=take,
                stop=stop,
            )

    return await work(run, order.place, output, is_dry=order.is_dry)


async def _in_blocks(sources: Iterable[Source]) -> AsyncIterator[Source]:
    """Look for sources in a thread: the disk may be slow, and the event loop has signals to take."""
    iterator = iter(sources)
    while block := await asyncio.to_thread(lambda: list(itertools.islice(iterator, _BLOCK))):
        for source in block:
            yield source


def _describe_plan(order: Order, found: RowsFound, planned: Planned, sources: Sources, output: Output) -> None:
    """Say what is to be sent, what it will cost at the most, and what was left out, before anything is sent."""
    left_out = str(sources.left_out)
    if left_out:
        output.note(f"left out: {left_out}")
    requests = found.pending if order.limit is None else min(order.limit, found.pending)
    tell_plan(found, requests, planned.most(requests), order.place.price, output)
    if left_out:
        output.event("left_out", message=left_out)
