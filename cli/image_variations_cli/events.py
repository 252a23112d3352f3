"""What a batch tells while it runs. `on_event` is called with these, on the event loop, and should return at once."""

from typing import TypeAlias

from attrs import frozen

from .rows import Billed


@frozen
class RowsFound:
    """How many rows the sources make, so far, and what became of them in earlier runs.

    It comes again while sources are read. The counts grow; they are those of these sources alone, not of the ledger.
    """

    pending: int
    done: int
    failed: int
    unknown: int
    is_complete: bool
    """Whether all sources were read."""

    @property
    def rows(self) -> int:
        """All of them."""
        return self.pending + self.done + self.failed + self.unknown


@frozen
class RowStarted:
    """A row is to be sent."""

    id: int
    name: str


@frozen
class RowWaits:
    """A row's request was not sent or was refused, and is sent again after a wait. The row is pending meanwhile."""

    id: int
    name: str
    seconds: float
    reason: str


@frozen
class RowDone:
    """A row's images are on the disk, and the ledger says so."""

    id: int
    name: str
    files: tuple[str, ...]
    note: str | None = None
    """What was done to make the source what the endpoint takes."""


@frozen
class RowFailed:
    """A row was refused, or cannot be sent. The others go on."""

    id: int
    name: str
    problem: str
    billed: Billed


@frozen
class RowUnknown:
    """A row's request may have reached the server, and nothing is known of its outcome."""

    id: int
    name: str
    problem: str


@frozen
class BatchPaused:
    """The disk takes no more, or the ledger's server is away. No row is sent, and responses that came are held."""

    problem: str
    """What is full or away, and what to do, in one line."""
    held: int
    """Images that are held."""


@frozen
class BatchResumed:
    """The disk takes files again, or the server is back: what was held is written."""


@frozen
class BatchWaits:
    """No row is free. Other processes have the last ones, and this one waits in case they leave some."""


@frozen
class BatchStopped:
    """A cause that concerns every row ends the run. Rows that it refused are pending."""

    problem: str


Event: TypeAlias = (
    RowsFound
    | RowStarted
    | RowWaits
    | RowDone
    | RowFailed
    | RowUnknown
    | BatchPaused
    | BatchResumed
    | BatchWaits
    | BatchStopped
)
