"""Where the statements of a ledger run, and how long they wait for a database that takes nothing now."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from attrs import define, field
from sqlalchemy import Connection

from ..errors import LedgerAwayError, LedgerError, LedgerFullError, LedgerLockedError

T = TypeVar("T")

_TRY_SECONDS = 0.5
"""Between two tries to write to a disk that is full, and before the first one to a server that is away."""

_MAX_TRY_SECONDS = 10.0
"""Between two tries to reach a server: each wait is twice the one before, up to this."""

AWAY_SECONDS = 300.0
"""How long a server may be away before the batch ends."""


class Database(Protocol):
    """Runs functions in transactions, off the event loop or without holding it up."""

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run a function that only reads, and sees the ledger as it was at one moment.

        Raises:
            LedgerAwayError: The server cannot be reached.
            LedgerError: It failed.
        """
        ...

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run a function in a transaction that is on the disk when this returns.

        Raises:
            LedgerFullError: The disk does not take it. Nothing was changed.
            LedgerAwayError: The server cannot be reached, or takes nothing now. Calling this again with the same
                function runs it, or returns its result if the server has the transaction after all.
            LedgerError: It failed. Nothing was changed.
        """
        ...

    async def aclose(self) -> None:
        """Close it."""
        ...


@define(eq=False)
class PatientDatabase:
    """A database that is waited for: what was paid for is to be written some time.

    It waits for a full disk and for another program without end, and for a server that is away for `AWAY_SECONDS`.

    Attributes:
        on_trouble: Called with the error when the database takes no more, and with None when it does again.
        is_patient: Whether it is waited for. A reader does not wait, nor does a ledger that is about to close.
    """

    database: Database
    on_trouble: Callable[[LedgerError | None], None] = lambda _: None
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    now: Callable[[], float] = time.monotonic
    is_patient: bool = field(default=False, init=False)
    _waiting: int = field(default=0, init=False)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run a function that only reads.

        Raises:
            LedgerError: It failed, or the server was away for too long.
        """
        return await self._run(self.database.read, work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run a function in a transaction. It must bear to be repeated.

        Raises:
            LedgerError: It failed, the server was away for too long, or the ledger is closed.
        """
        return await self._run(self.database.write, work)

    async def _run(
        self, run: Callable[[Callable[[Connection], T]], Awaitable[T]], work: Callable[[Connection], T]
    ) -> T:
        try:
            return await run(work)
        except (LedgerFullError, LedgerLockedError, LedgerAwayError) as error:
            if not self.is_patient:
                raise
            self.on_trouble(error)
        self._waiting += 1
        try:
            result = await self._try_again(run, work)
        finally:
            self._waiting -= 1
        if not self._waiting:
            self.on_trouble(None)
        return result

    async def _try_again(
        self, run: Callable[[Callable[[Connection], T]], Awaitable[T]], work: Callable[[Connection], T]
    ) -> T:
        away_since, pause = self.now(), _TRY_SECONDS
        while True:
            await self.sleep(pause)
            try:
                return await run(work)
            except (LedgerFullError, LedgerLockedError):
                if not self.is_patient:
                    raise
                away_since, pause = self.now(), _TRY_SECONDS
            except LedgerAwayError as error:
                if not self.is_patient:
                    raise
                if self.now() - away_since >= AWAY_SECONDS:
                    self.is_patient = False  # nor do others wait as long again
                    raise LedgerAwayError(f"{error}; it was away for {AWAY_SECONDS:.0f} s") from error
                pause = min(2 * pause, _MAX_TRY_SECONDS)
