"""What a batch shows while it runs: JSON lines, notes, and on a terminal a line of progress that moves."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from attrs import define, field
from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.text import Text

from ..events import (
    BatchPaused,
    BatchResumed,
    BatchStopped,
    BatchWaits,
    Event,
    RowDone,
    RowFailed,
    RowsFound,
    RowStarted,
    RowUnknown,
    RowWaits,
)
from .output import Output
from .progress import moving, notes_above, open_console
from .tally import Tally, format_seconds

_LINE_EVERY = 10.0
"""Seconds between two lines of progress where nothing can move, as in a log."""

_FRAMES = 5
"""How often a terminal is drawn anew in a second."""


@contextmanager
def show_batch(output: Output, clock: Callable[[], float] = time.monotonic) -> Generator["Events"]:
    """Show a batch while the context lasts. The value of the context takes its events."""
    tally, console = Tally(clock), open_console()
    if not console.is_terminal:
        yield _Log(output, tally, clock)
        return
    with moving(console, lambda: _draw(tally, console.width), _FRAMES), notes_above(console, output):
        yield Events(output, tally)


@define
class Events:
    """Tells of events in JSON lines and in notes, and counts them.

    Attributes:
        told: The rows that failed, by their ids.
    """

    output: Output
    tally: Tally
    told: set[int] = field(factory=set[int], init=False)

    def take(self, event: Event) -> None:
        """Take an event of the batch."""
        self.tally.take(event)
        emit(event, self.output)
        if isinstance(event, RowFailed):
            self.told.add(event.id)
        if (text := _describe(event)) is not None:
            self.output.note(text)


@define
class _Log(Events):
    """The same, with a line of progress every few seconds."""

    clock: Callable[[], float] = time.monotonic
    _next: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._next = self.clock() + _LINE_EVERY

    def take(self, event: Event) -> None:
        super().take(event)
        if self.clock() >= self._next:
            self._next = self.clock() + _LINE_EVERY
            self.output.note(describe_progress(self.tally))


def emit(event: Event, output: Output) -> None:
    """Write the JSON line of an event."""
    match event:
        case RowsFound():
            output.event(
                "found",
                rows=event.rows,
                done=event.done,
                failed=event.failed,
                unknown=event.unknown,
                pending=event.pending,
                complete=event.is_complete,
            )
        case RowStarted():
            output.event("started", row=event.id, name=event.name)
        case RowWaits():
            output.event("wait", row=event.id, name=event.name, seconds=event.seconds, reason=event.reason)
        case RowDone():
            files = list(event.files)
            output.event("row", state="done", row=event.id, name=event.name, files=files, note=event.note)
        case RowFailed():
            problem, billed = event.problem, event.billed
            output.event("row", state="failed", row=event.id, name=event.name, problem=problem, billed=billed)
        case RowUnknown():
            output.event("row", state="unknown", row=event.id, name=event.name, problem=event.problem)
        case BatchPaused():
            output.event("paused", problem=event.problem, held=event.held)
        case BatchResumed():
            output.event("resumed")
        case BatchWaits():
            output.event("waiting")
        case BatchStopped():
            pass  # it ends the command, which says so in a line of type `error`


def _describe(event: Event) -> str | None:
    """Return the line that people read of an event, if it is worth one."""
    match event:
        case RowDone() if event.note:
            return f"{event.name}: {event.note}"
        case RowFailed():
            cost = "" if event.billed == "no" else f" ({_COSTS[event.billed]})"
            return f"{event.name}: {event.problem}{cost}"
        case RowUnknown():
            return f"{event.name}: outcome unknown, it may have been billed: {event.problem}"
        case BatchPaused():
            return f"{event.problem} ({event.held} images are held in memory)"
        case BatchResumed():
            return "the disk takes files again: going on"
        case BatchWaits():
            return "nothing is left to take: waiting for the rows that other processes send"
        case _:
            return None


_COSTS = {"unknown": "it may have been billed", "yes": "it was billed"}


def _draw(tally: Tally, columns: int) -> RenderableType:
    rows = tally.found.rows
    # Room for the ^C that a terminal echoes: a line more would leave a part of this behind.
    width = max(8, columns - 4)
    bar = ProgressBar(rows or None, rows - tally.pending, width, pulse=not rows)
    return Group(Text(describe_progress(tally)), bar)  # a bar ends no line


def describe_progress(tally: Tally) -> str:
    """Return the numbers in a line."""
    found, speed, left = tally.found, tally.images_per_second, tally.seconds_left
    parts = [
        f"{found.rows - tally.pending:,}/{found.rows:,}{'' if found.is_complete else '…'} rows",
        f"{tally.done:,} done",
        f"{tally.failed:,} failed",
        f"{tally.unknown:,} unknown",
    ]
    if speed is not None:
        parts.append(f"{speed:.1f} images/s")
    if left is not None and tally.pending:
        parts.append(f"{format_seconds(left)} left")
    return ", ".join(parts)
