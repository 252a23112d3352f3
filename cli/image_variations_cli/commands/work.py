"""Run a batch or a retry: its events shown, its signals heeded, its end summed up."""

import asyncio
import os
import shlex
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from attrs import define, field, frozen

from ..batch import Summary
from ..errors import BatchError
from ..events import Event, RowFailed, RowsFound
from ..ledger import SqlLedger, open_ledger, show_url
from ..places import is_url
from ..rows import Counts, State
from . import exits
from .cost import Images, all_paid_images, format_amount
from .display import Events, show_batch
from .interrupts import catch_signals
from .output import Failure, Output

OnEvent: TypeAlias = Callable[[Event], object]

Run: TypeAlias = Callable[[OnEvent, asyncio.Event], Coroutine[None, None, Summary]]
"""A batch or a retry, to be begun with what takes its events, and with the event that asks for its end."""

_FAILED: tuple[State, ...] = ("failed",)


def _tidy(place: "str | os.PathLike[str]") -> str:
    """Return a path as people would write it. A URL stays as it is."""
    return os.fspath(place) if is_url(place) else str(Path(place))


@frozen
class Place:
    """Where a batch has its files and its ledger.

    Attributes:
        output_dir: A path or a URL.
        ledger: The URL of the ledger's database or its path, if it is not in the output directory.
        price: What one image costs.
    """

    output_dir: str = field(converter=_tidy)
    ledger: str | None = None
    price: float | None = None

    @property
    def folder(self) -> Path:
        """Where files go that are about the images: the output directory, or the current one if that is a URL."""
        return Path() if is_url(self.output_dir) else Path(self.output_dir)

    async def open_ledger(self) -> SqlLedger:
        """Open the ledger, to be read.

        Raises:
            LedgerError: There is none, or it cannot be opened.
        """
        return await open_ledger(self.output_dir, ledger=self.ledger)

    def __str__(self) -> str:
        """Return the options that name it, for a shell."""
        ledger = "" if self.ledger is None else f" --ledger {shlex.quote(show_url(self.ledger))}"
        return f"--output-dir {shlex.quote(self.output_dir)}{ledger}"


@define(eq=False)
class _Signals:
    """What signals asked for.

    Attributes:
        stop: Set by the first: no further request is sent.
        task: The run, which the second cancels.
    """

    output: Output
    events: Events
    stop: asyncio.Event = field(factory=asyncio.Event, init=False)
    task: "asyncio.Task[Summary] | None" = field(default=None, init=False)
    is_stopped: bool = field(default=False, init=False)

    def end(self) -> None:
        self.stop.set()
        if not self.events.tally.found.is_complete:  # sources are looked for, which may take long: nothing is sent yet
            self.stop_now()
            return
        self.output.note("interrupted: finishing the requests that are under way; Ctrl-C again stops at once")

    def stop_now(self) -> None:
        self.is_stopped = True
        if self.task is not None:
            self.task.cancel()


async def work(run: Run, place: Place, output: Output, *, is_dry: bool = False) -> int:
    """Run a batch or a retry to its end. Return the exit status.

    Args:
        run: The batch or the retry.
        place: Where its files are.
        output: Where it is shown.
        is_dry: Whether nothing is sent, so that the ledger knows nothing of the run.
    """
    with show_batch(output) as events:
        signals = _Signals(output, events)
        signals.task = asyncio.ensure_future(run(events.take, signals.stop))
        with catch_signals(signals.end, signals.stop_now):
            [result] = await asyncio.gather(signals.task, return_exceptions=True)
    counts = result.counts if isinstance(result, Summary) else Counts()
    paid: Images | None = None
    if not (is_dry and isinstance(result, Summary)):
        with suppress(BatchError):  # it was told before, or the ledger is away since the work was done
            if isinstance(result, Summary):
                await _tell_failures(place, events)
            counts, paid = await _look_up(place)
    failure = _find_failure(result, signals, counts)
    if counts.rows or failure is None:
        output.print(describe_counts(counts))
        if not is_dry:
            _report_images(counts, place, output)
    if paid is not None and place.price is not None:
        report_cost(paid, place.price, output)
    if failure is not None:
        output.fail(failure)
    elif not is_dry:
        advise(counts, place, output)
    output.summary(**members_of(counts))
    return exits.status_of(counts) if failure is None else failure.exit_status


def tell_plan(found: RowsFound, requests: int, images: int, price: float | None, output: Output) -> None:
    """Say what is to be sent, and what it costs at the most."""
    cost = None if price is None else images * price
    amount = "" if cost is None else f", which cost {format_amount(cost)} at the most"
    output.note(f"{count(found.rows, 'row')}, {requests:,} to send: {count(images, 'image')} at the most{amount}")
    output.event("plan", rows=found.rows, requests=requests, images=images, cost=cost)


def members_of(counts: Counts) -> dict[str, int]:
    """Return the members of a summary."""
    return {
        "rows": counts.rows,
        "done": counts.done,
        "failed": counts.failed,
        "unknown": counts.unknown,
        "pending": counts.pending,
        "images": counts.images,
        "requests": counts.requests,
    }


async def _tell_failures(place: Place, events: Events) -> None:
    """Tell of rows that failed before the run, or since their source cannot be read: no event did."""
    async with await place.open_ledger() as ledger:
        async for block in ledger.rows(_FAILED):
            for row in block:
                if row.id not in events.told:
                    events.take(RowFailed(row.id, row.name, row.problem or "", row.billed))


async def _look_up(place: Place) -> tuple[Counts, Images | None]:
    """Return what the ledger has."""
    async with await place.open_ledger() as ledger:
        paid = None if place.price is None else await all_paid_images(ledger)
        return await ledger.count(), paid


def _find_failure(result: Summary | BaseException, signals: _Signals, counts: Counts) -> Failure | None:
    if signals.is_stopped or signals.stop.is_set():
        how = "stopped at once" if signals.is_stopped else "interrupted"
        left = f"{count(counts.pending, 'row')} pending, {counts.unknown:,} unknown"
        message = f"{how}; {left}; the same command goes on where it stopped"
        return Failure(exits.INTERRUPTED, message, "KeyboardInterrupt")
    if isinstance(result, BaseException):
        return exits.describe(result)
    if result.problem is not None:
        return Failure(exits.FAILED, f"{result.problem}; see: image-variations doctor", "BatchStopped", "no")
    return None


def _report_images(counts: Counts, place: Place, output: Output) -> None:
    images, requests = count(counts.images, "image"), count(counts.requests, "request")
    output.print(f"{images} in {place.output_dir}, for {requests}")


def describe_counts(counts: Counts) -> str:
    """Return the counts of a ledger in a line."""
    states = f"{counts.done:,} done, {counts.failed:,} failed, {counts.unknown:,} unknown, {counts.pending:,} pending"
    return f"{count(counts.rows, 'row')}: {states}"


def report_cost(paid: Images, price: float, output: Output) -> None:
    """Say what a ledger has cost, at the least and at the most."""
    least, most = format_amount(paid.least * price), format_amount(paid.most * price)
    between = f"at least {least} and at most {most}, as unknown outcomes may have been billed"
    output.print(f"cost so far: {least if least == most else between}")
    output.event(
        "cost", least=paid.least * price, most=paid.most * price, images_least=paid.least, images_most=paid.most
    )


def advise(counts: Counts, place: Place, output: Output) -> None:
    """Say what can be done about rows that are not done."""
    if free := counts.failed - counts.billed_failures:
        output.note(f"{count(free, 'row')} failed and cost nothing; why: image-variations status {place}")
        output.note(f"  again: image-variations retry --failed {place}")
    if counts.billed_failures:
        output.note(f"{count(counts.billed_failures, 'row')} failed and may have been billed")
        output.note(f"  again, and paid again: image-variations retry --failed --billed {place}")
    if counts.unknown:
        output.note(f"{count(counts.unknown, 'row')} unknown: what was sent may have been billed")
        output.note(f"  again, and perhaps paid twice: image-variations retry --unknown {place}")
    if counts.pending:
        output.note(f"{count(counts.pending, 'row')} pending: the same batch goes on with them")


def count(number: int, noun: str) -> str:
    """Return a number of things in words."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
