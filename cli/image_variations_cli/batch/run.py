"""A batch: its rows found, run and counted."""

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager

from attrs import frozen
from image_variations import Client

from .. import fitting
from ..errors import BatchError, LedgerError
from ..events import BatchStopped, Event, RowsFound
from ..ledger import SqlLedger, Wish, open_copy, open_ledger
from ..rows import Counts, FieldValue, Fit, Source
from ..storage import open_storage
from ..text import describe_system_error
from .causes import CommonCause
from .contents import FitImage
from .digests import Digester
from .disk import Disk
from .pace import Pace
from .registration import Registration
from .row_run import RowRunner
from .slots import Slots
from .tally import OnEvent, Tally
from .worker import Worker


@frozen(kw_only=True)
class Summary:
    """What a run came to."""

    counts: Counts
    """The rows of the whole ledger."""
    wanted: Counts
    """The rows of these sources, or those that were to be tried again."""
    done: int
    """Rows that this run brought to an end, by what they ended with."""
    failed: int
    unknown: int
    images: int
    """Images that this run wrote."""
    problem: str | None = None
    """Why the run stopped before its end, if a cause that concerns every row stopped it."""
    was_stopped: bool = False
    """Whether the caller stopped it."""


async def run_batch(
    client: Client,
    sources: "Iterable[Source] | AsyncIterable[Source]",
    output_dir: "str | os.PathLike[str]",
    *,
    ledger: str | None = None,
    fields: Mapping[str, FieldValue] | None = None,
    fit: Fit = "refuse",
    fit_image: FitImage | None = None,
    concurrency: int = 16,
    max_per_minute: int | None = None,
    limit: int | None = None,
    again: bool = False,
    dry_run: bool = False,
    on_event: OnEvent | None = None,
    stop: asyncio.Event | None = None,
) -> Summary:
    """Make variations of many images, and keep a ledger of what was sent and paid.

    Run again with the same sources, it sends what is still to be sent, and nothing else. Several processes may do so at
    the same time: they share the rows, and each of them ends when all are sent.

    Args:
        client: The client. Its policy says what is sent again and when; an unknown outcome never is. Its
            `max_concurrency` should be above `concurrency`, or short requests wait for the ledger.
        sources: The images. They are read one after the other and not kept.
        output_dir: Where the images and the ledger go; made if it does not exist. A URL that fsspec knows, such as
            `s3://bucket/prefix`, takes the images alone.
        ledger: The URL of a PostgreSQL database that holds the ledger, or another file than that of `output_dir`.
        fields: Form fields of every request. A source's own go before them.
        fit: How an image becomes the square PNG that the endpoint takes.
        fit_image: Does so, or raises `ImageRefusedError`, in place of Pillow.
        concurrency: How many requests may be under way at once.
        max_per_minute: How many requests may start in a minute, evenly spaced, by all processes that share the
            ledger. The least counts that one of them was given.
        limit: How many rows to send at most.
        again: Whether to send images that the ledger knows with other fields or another fit.
        dry_run: Whether to send and to write nothing. The summary's `wanted` says what there would be to do.
        on_event: Called with each event, on the event loop.
        stop: Set it to send no further request, and to finish what is under way.

    Returns:
        What the run came to. Its `problem` says why, if a cause that concerns every row ended it.

    Raises:
        LedgerLockedError: Another program holds the ledger, and does not share it.
        DifferentOptionsError: The ledger knows images with other options. Nothing was sent.
        BatchError: The ledger or the output directory cannot be used.
    """
    tally = Tally(on_event)
    digester = Digester(fit, fields or {})
    if dry_run:
        async with open_copy(output_dir, ledger=ledger) as copy:
            await copy.join()
            await Registration(copy, digester, again, tally.tell).run(sources)
            return await _sum_up(copy, tally)
    async with _joined(output_dir, ledger, tally.tell, max_per_minute, create=True) as (joined, disk):
        registration = Registration(joined, digester, again, tally.tell)
        await registration.run(sources)
        return await _work(
            client,
            joined,
            disk,
            tally,
            wish=Wish(),
            fit_image=fit_image or fitting.fit_image,
            concurrency=concurrency,
            limit=limit,
            stop=stop,
            contents=registration.contents,
        )


async def retry_batch(
    client: Client,
    output_dir: "str | os.PathLike[str]",
    *,
    ledger: str | None = None,
    unknown: bool = False,
    failed: bool = False,
    billed: bool = False,
    fit_image: FitImage | None = None,
    concurrency: int = 16,
    max_per_minute: int | None = None,
    limit: int | None = None,
    on_event: OnEvent | None = None,
    stop: asyncio.Event | None = None,
) -> Summary:
    """Send rows again that failed, or that are unknown. Sources are read where they were.

    Args:
        client: The client.
        output_dir: Where the images are, and the ledger.
        ledger: The URL of the database that holds the ledger or its path, if it is not in `output_dir`.
        unknown: Whether to send the rows that are unknown, under the key that they had: a server that honours
            it makes no second image, and others are paid twice if the first request had reached them.
        failed: Whether to send the rows that failed and were not billed.
        billed: Whether to send, instead of those, the rows that failed and were billed, under a new key.
        fit_image: Makes of an image what the endpoint takes, in place of Pillow.
        concurrency: How many requests may be under way at once.
        max_per_minute: How many requests may start in a minute, evenly spaced, by all processes that share the
            ledger. The least counts that one of them was given.
        limit: How many rows to send at most.
        on_event: Called with each event, on the event loop.
        stop: Set it to send no further request, and to finish what is under way.

    Returns:
        What the run came to.

    Raises:
        LedgerLockedError: Another program holds the ledger, and does not share it.
        BatchError: There is no ledger, or it cannot be used.
    """
    if unknown == failed:
        raise BatchError("say which rows to send again: those that failed or those that are unknown")
    wish = Wish(("unknown",)) if unknown else Wish(("failed",), is_billed=billed)
    tally = Tally(on_event)
    async with _joined(output_dir, ledger, tally.tell, max_per_minute, create=False) as (joined, disk):
        await joined.want(wish)
        wanted = await joined.count(is_mine=True)
        tally.tell(RowsFound(wanted.rows, 0, 0, 0, is_complete=True))
        return await _work(
            client,
            joined,
            disk,
            tally,
            wish=wish,
            fit_image=fit_image or fitting.fit_image,
            concurrency=concurrency,
            limit=limit,
            stop=stop,
            is_new_key=billed,
        )


async def _work(
    client: Client,
    ledger: SqlLedger,
    disk: Disk,
    tally: Tally,
    *,
    wish: Wish,
    fit_image: FitImage,
    concurrency: int,
    limit: int | None,
    stop: asyncio.Event | None,
    contents: Mapping[int, bytes] | None = None,
    is_new_key: bool = False,
) -> Summary:
    """Run the rows that are wanted, and sum up."""
    stopping = asyncio.Event()
    cause = CommonCause(stopping)
    tally.stopping = stopping
    slots = Slots(concurrency)
    runner = RowRunner(
        client,
        ledger,
        disk,
        fit_image,
        cause,
        tally.tell,
        slots,
        asyncio.Semaphore(concurrency - slots.max_ahead),  # what a kill makes unknown is at most twice the concurrency
        stopping,
        contents or {},
        Pace(ledger, client.clock),
        is_new_key,
    )
    watch = None if stop is None else asyncio.create_task(_set_after(stop, stopping))
    try:
        await Worker(runner, ledger, wish, concurrency, limit).run()
    except LedgerError as error:
        raise ledger.writer.add_loss(error) from error
    finally:
        if watch is not None:
            watch.cancel()
    await ledger.flush()
    if cause.problem is not None:
        tally.tell(BatchStopped(cause.problem))
    if tally.failure is not None:
        raise tally.failure
    return await _sum_up(ledger, tally, cause.problem, was_stopped=stop is not None and stop.is_set())


async def _sum_up(ledger: SqlLedger, tally: Tally, problem: str | None = None, *, was_stopped: bool = False) -> Summary:
    return Summary(
        counts=await ledger.count(),
        wanted=await ledger.count(is_mine=True),
        done=tally.done,
        failed=tally.failed,
        unknown=tally.unknown,
        images=tally.images,
        problem=problem,
        was_stopped=was_stopped,
    )


@asynccontextmanager
async def _joined(
    output_dir: "str | os.PathLike[str]",
    url: str | None,
    tell: Callable[[Event], None],
    max_per_minute: int | None,
    *,
    create: bool,
) -> AsyncGenerator[tuple[SqlLedger, Disk]]:
    """Open the ledger of an output directory to work on it, and the directory.

    Raises:
        BatchError: One of them cannot be used.
    """
    storage = open_storage(output_dir)
    async with await open_ledger(output_dir, ledger=url, create=create) as ledger:
        disk = Disk(storage, tell)
        await ledger.join(disk.note_ledger, max_per_minute)
        try:
            await storage.prepare()
        except OSError as error:
            raise BatchError(f"{storage}: images cannot be written there: {describe_system_error(error)}") from error
        try:
            yield ledger, disk
        finally:
            storage.close()


async def _set_after(stop: asyncio.Event, stopping: asyncio.Event) -> None:
    await stop.wait()
    stopping.set()
