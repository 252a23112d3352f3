"""A disk that is full, or a store that is away: nothing is sent until what came is written."""

import asyncio
from collections.abc import Awaitable, Callable

from attrs import define, field

from ..errors import LedgerAwayError, LedgerError
from ..events import BatchPaused, BatchResumed, Event
from ..ledger import AWAY_SECONDS
from ..storage import ImageFiles, Storage
from ..text import describe_system_error

_TRY_SECONDS = 0.5
"""Between two tries to write."""


@define(eq=False)
class Disk:
    """Writes files, and holds them in memory while the disk does not take them.

    Attributes:
        has_room: Set unless something could not be written. Without it no row is sent.
    """

    storage: Storage
    tell: Callable[[Event], None]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    has_room: asyncio.Event = field(factory=asyncio.Event, init=False)
    _held: dict[ImageFiles, str] = field(factory=dict[ImageFiles, str], init=False)
    _ledger_problem: str | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self.has_room.set()

    async def write(self, files: ImageFiles) -> tuple[str, ...]:
        """Write a row's images, as soon as the disk takes them. Return their names."""
        while True:
            try:
                await self.storage.write(files)
            except OSError as error:
                self._held[files] = describe_system_error(error)
                self._pause(describe_system_error(error))
                await self.sleep(_TRY_SECONDS)
            else:
                self._held.pop(files, None)
                self._resume()
                return tuple(files.names)

    def note_ledger(self, error: LedgerError | None) -> None:
        """Note that the ledger cannot be written, or can be again."""
        self._ledger_problem = None if error is None else str(error)
        if error is None:
            self._resume()
        elif isinstance(error, LedgerAwayError):
            self._tell_pause(f"{error}. The batch goes on by itself, and waits {AWAY_SECONDS:.0f} s for it")
        else:  # it names the ledger, which may be elsewhere than the images
            self._tell_pause(f"{error}. Free some space there, and the batch goes on by itself")

    def _pause(self, problem: str) -> None:
        size = sum(files.size for files in self._held)
        kept = f"; {size:,} bytes of images are held in memory" if size else ""
        self._tell_pause(
            f"{self.storage} cannot be written to: {problem}{kept}. "
            f"{self.storage.remedy}, and the batch goes on by itself"
        )

    def _tell_pause(self, problem: str) -> None:
        if self.has_room.is_set():
            self.has_room.clear()
            self.tell(BatchPaused(problem, sum(len(files.images) for files in self._held)))

    def _resume(self) -> None:
        if not self.has_room.is_set() and not self._held and self._ledger_problem is None:
            self.has_room.set()
            self.tell(BatchResumed())
