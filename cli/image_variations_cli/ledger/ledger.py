"""A ledger: which rows there are, who may send them, and what became of each request."""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from functools import partial
from types import TracebackType
from typing import Protocol, Self

from attrs import define, field
from sqlalchemy import Connection

from ..errors import LeaseLostError, LedgerError, UsageError
from ..rows import Counts, Row, State
from . import claiming, rates, reading, registering
from .claiming import Wish
from .database import Database, PatientDatabase
from .entries import Claim, Difference, Entry, Intent, Record, Registered
from .hashes import FileHash, find_hashes, forget_hash, keep_hashes
from .leases import database_time
from .membership import MAX_RATE, Membership
from .process_locks import ProcessLocks
from .writer import GroupWriter

_BLOCK = 500
"""Rows that are read at a time."""


class Ledger(Protocol):
    """What a batch needs of a ledger. Each method that writes returns when that is on the disk."""

    async def register(self, entries: Sequence[Entry]) -> list[Registered]:
        """Find or make the row of each entry, and want them."""
        ...

    async def claim(self, wish: Wish, after: int, limit: int) -> list[Claim]:
        """Claim rows that this process wants and nobody owns, the first ones after a row.

        They are at most so many, and a fair share of what is left.
        """
        ...

    async def intend(self, intent: Intent) -> bool:
        """Write that a request is to be sent. Return whether it may be: the row is still this process's."""
        ...

    async def record(self, record: Record) -> None:
        """Write what became of a row, or of an attempt."""
        ...

    def withdraw(self, record: Record) -> None:
        """Write soon, as far as that can be, that a request was given up before it could cost anything."""
        ...

    async def forget_hash(self, path: str) -> None:
        """Forget the digest of a file: the next run reads it again."""
        ...

    def release(self, claim: Claim) -> None:
        """Give a row back that was claimed and not sent."""
        ...

    async def count(self, *, is_mine: bool = False) -> Counts:
        """Count all rows, or those that this process wants."""
        ...


@define(eq=False)
class SqlLedger:
    """A ledger in a SQL database."""

    database: Database
    _locks: ProcessLocks  # they tell on one machine at once that a process is dead
    _now: Callable[[Connection], float] = database_time  # by which leases count
    _member: Membership = field(init=False)
    _writer: GroupWriter | None = field(default=None, init=False)
    _patient: PatientDatabase = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._patient = PatientDatabase(self.database)
        self._member = Membership(self._patient, self._locks, self._now)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def join(
        self,
        on_trouble: Callable[[LedgerError | None], None] = lambda _: None,
        max_per_minute: int | None = None,
    ) -> None:
        """Begin to work on the ledger, beside others that do, and end the work of those that are dead.

        Args:
            on_trouble: Called when the ledger cannot be written for a while, and with None when it can be again.
            max_per_minute: How many requests may start in a minute, by all processes that work on it.

        Raises:
            UsageError: The rate is less than one request in a minute.
        """
        if max_per_minute is not None:
            if max_per_minute < 1:
                raise UsageError(f"max_per_minute must be at least 1, and is {max_per_minute}")
            max_per_minute = min(max_per_minute, MAX_RATE)
        self._member.max_per_minute = max_per_minute
        await self._member.join()
        self._patient.on_trouble, self._patient.is_patient = on_trouble, True
        self._writer = GroupWriter(self._patient)

    async def aclose(self) -> None:
        """Write what waits, give back what was claimed, and close the ledger."""
        try:
            if self._writer is not None:
                self._patient.is_patient = False
                await self._writer.flush()
            await self._member.leave()
        finally:
            await self.database.aclose()

    @property
    def process(self) -> int:
        """The number of this process. It gets another one if its lease ran out.

        Raises:
            LedgerError: It has not joined.
        """
        if self._member.process is None:
            raise LedgerError("the ledger was opened to be read: call join() before working on it")
        return self._member.process

    @property
    def rate(self) -> int | None:
        """How many requests may start in a minute: the least that a living process was told."""
        return self._member.rate

    @property
    def writer(self) -> GroupWriter:
        """What writes in groups.

        Raises:
            LedgerError: This process has not joined.
        """
        if self._writer is None:
            raise LedgerError("the ledger was opened to be read: call join() before working on it")
        return self._writer

    async def find_hashes(self, paths: Collection[str]) -> dict[str, FileHash]:
        """Return what is known of the digests of files."""
        return await self._patient.read(partial(find_hashes, paths=paths))

    async def forget_hash(self, path: str) -> None:
        """Forget the digest of a file: the next run reads it again."""
        await self._patient.write(partial(forget_hash, path=path))

    async def register(self, entries: Sequence[Entry], hashes: Collection[FileHash] = ()) -> list[Registered]:
        """Find or make the row of each entry, and want them. Keep hashes of files with them.

        Raises:
            LeaseLostError: Others went on without this process. What it registered may be gone.
        """

        def work(connection: Connection) -> list[Registered]:
            found = registering.register(connection, self.process, entries)
            keep_hashes(connection, hashes)
            return found

        registered = await self._patient.write(work)
        self._member.want((row.id, None) for row in registered)
        return registered

    async def finish_registration(self, *, again: bool) -> Difference | None:
        """Let all be sent that was registered, and drop rows that these replace at no cost.

        Returns:
            A row that was, or may have been, paid for with other options before. Then nothing is done, unless `again`
            says that it is to be.

        Raises:
            LeaseLostError: Others went on without this process. What it registered may be gone.
        """
        return await self._patient.write(partial(registering.finish, process=self.process, again=again))

    async def want(self, wish: Wish) -> None:
        """Want rows that are there, for a retry."""
        self._member.want(await self._patient.write(partial(claiming.want, process=self.process, wish=wish)))

    async def claim(self, wish: Wish, after: int, limit: int) -> list[Claim]:
        """Claim rows that this process wants and nobody owns, the first ones after a row."""
        while True:
            claim = partial(claiming.claim, process=self.process, wish=wish, after=after, limit=limit)
            try:
                return await self._patient.write(claim)
            except LeaseLostError:
                await self._member.renew()

    async def has_more(self, wish: Wish) -> bool:
        """Return whether a row that this process wants is free, or may still become free. End what is dead."""
        process = await self._member.renew()
        return await self._patient.read(partial(claiming.has_more, process=process, wish=wish))

    async def reserve_starts(self) -> list[float]:
        """Reserve the next starts of requests, in seconds from now. There are none if there is no rate."""
        return await self._patient.write(lambda connection: rates.reserve(connection, self._now(connection)))

    async def intend(self, intent: Intent) -> bool:
        """Write that a request is to be sent. Return whether it may be: the row is still this process's."""
        return await self.writer.intend(intent)

    async def record(self, record: Record) -> None:
        """Write what became of a row, or of an attempt."""
        await self.writer.record(record)

    def withdraw(self, record: Record) -> None:
        """Write soon, as far as that can be, that a request was given up before it could cost anything."""
        self.writer.withdraw(record)

    def release(self, claim: Claim) -> None:
        """Give a row back that was claimed and not sent."""
        self.writer.release(claim)

    async def flush(self) -> None:
        """Wait until all that was to be written is."""
        await self.writer.flush()

    async def count(self, *, is_mine: bool = False) -> Counts:
        """Count all rows, or those that this process wants."""
        process = self.process if is_mine else None
        living = self._member.find_living
        return await self._patient.read(lambda connection: reading.count(connection, living(connection), process))

    async def rows(self, states: Collection[State] | None = None, block: int = _BLOCK) -> AsyncIterator[list[Row]]:
        """Read the rows in blocks, in the order in which they were registered: all, or those in some states."""
        after = 0
        while found := await self._patient.read(partial(self._read_rows, states, after, block)):
            yield found
            after = found[-1].id

    def _read_rows(self, states: Collection[State] | None, after: int, limit: int, connection: Connection) -> list[Row]:
        return reading.read_rows(connection, self._member.find_living(connection), states, after, limit)
