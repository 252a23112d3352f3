"""The numbers that progress shows: how many rows there are of each state, how fast it goes, how long it will take."""

import time
from collections import deque
from collections.abc import Callable
from typing import Literal

from attrs import define, field

from ..events import Event, RowDone, RowFailed, RowsFound, RowUnknown

_WINDOW = 30.0
"""Seconds that a speed is measured over: what was slow an hour ago says nothing of the time left."""


@define
class Tally:
    """Counts what a run did, by the outcome of each row, however many attempts it took.

    Args:
        clock: Tells the time, in seconds.
    """

    clock: Callable[[], float] = time.monotonic
    found: RowsFound = field(default=RowsFound(0, 0, 0, 0, is_complete=False), init=False)
    images: int = field(default=0, init=False)
    _outcomes: dict[Literal["done", "failed", "unknown"], int] = field(init=False)
    _times: deque[tuple[float, int]] = field(factory=deque[tuple[float, int]], init=False)
    _start: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._outcomes = {"done": 0, "failed": 0, "unknown": 0}
        self._start = self.clock()

    def take(self, event: Event) -> None:
        """Count an event."""
        match event:
            case RowsFound():
                self.found = event
            case RowDone():
                self.images += len(event.files)
                self._count("done", len(event.files))
            case RowFailed():
                self._count("failed")
            case RowUnknown():
                self._count("unknown")
            case _:
                pass

    @property
    def done(self) -> int:
        """Rows that are done, by this run or an earlier one."""
        return self.found.done + self._outcomes["done"]

    @property
    def failed(self) -> int:
        """Rows that failed, likewise."""
        return self.found.failed + self._outcomes["failed"]

    @property
    def unknown(self) -> int:
        """Rows with an unknown outcome, likewise."""
        return self.found.unknown + self._outcomes["unknown"]

    @property
    def pending(self) -> int:
        """Rows that are still to be sent, or under way."""
        return max(0, self.found.pending - sum(self._outcomes.values()))

    @property
    def images_per_second(self) -> float | None:
        """How many images of this run came to the disk in a second, of late; None before there are some."""
        return self._per_second(sum(images for _, images in self._times))

    @property
    def seconds_left(self) -> float | None:
        """How long the pending rows will take at the speed of late; None if nothing can be said."""
        speed = self._per_second(len(self._times))
        return self.pending / speed if speed else None

    def _per_second(self, number: int) -> float | None:
        now = self.clock()
        elapsed = now - max(self._start, now - _WINDOW)
        return number / elapsed if number and elapsed > 0 else None

    def _count(self, outcome: Literal["done", "failed", "unknown"], images: int = 0) -> None:
        self._outcomes[outcome] += 1
        now = self.clock()
        self._times.append((now, images))
        while self._times[0][0] < now - _WINDOW:
            self._times.popleft()


def format_seconds(seconds: float) -> str:
    """Return a time as people read it: `0:42`, `12:05`, `3:04:09`."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
