"""A ledger: which rows there are, who may send them, and what became of each request."""

import os
import socket
import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Protocol, Self

from attrs import define, field
from sqlalchemy import Connection, delete, func, insert, select

from ..errors import LedgerAwayError, LedgerError, LedgerFullError, LedgerLockedError
from ..rows import Counts, Row, State
from . import reading, registering, working
from .database import Database, PatientDatabase
from .entries import Claim, Difference, Entry, Intent, Record, Registered
from .hashes import FileHash, find_hashes, forget_hash, keep_hashes
from .process_locks import ProcessLocks
from .schema import processes, wait_for_turn
from .working import Wish
from .writer import GroupWriter

_BLOCK = 500
"""Rows that are read at a time."""


class Ledger(Protocol):
    """What a batch needs of a ledger. Each method that writes returns when that is on the disk."""

    async def register(self, entries: Sequence[Entry]) -> list[Registered]:
        """Find or make the row of each entry, and want them."""
        ...

    async def claim(self, wish: Wish, after: int, limit: int) -> list[Claim]:
        """Claim rows that this process wants and nobody owns, the first ones after a row."""
        ...

    async def intend(self, intent: Intent) -> bool:
        """Write that a request is to be sent. Return whether it may be: the row is still this process's."""
        ...

    async def record(self, record: Record) -> None:
        """Write what became of a row, or of an attempt."""
        ...

    async def forget_hash(self, path: str) -> None:
        """Forget the digest of a file: the next run reads it again."""
        ...

    def release(self, row: int) -> None:
        """Give a row back that was claimed and not sent."""
        ...

    async def count(self, *, is_mine: bool = False) -> Counts:
        """Count all rows, or those that this process wants."""
        ...


@define(eq=False)
class SqlLedger:
    """A ledger in a SQL database."""

    database: Database
    locks: ProcessLocks
    _process: int | None = field(default=None, init=False)
    _writer: GroupWriter | None = field(default=None, init=False)
    _patient: PatientDatabase = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._patient = PatientDatabase(self.database)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def join(self, on_trouble: Callable[[LedgerError | None], None] = lambda _: None) -> None:
        """Begin to work on the ledger, and end the work of processes that are dead.

        Args:
            on_trouble: Called when the ledger cannot be written for a while, and with None when it can be again.

        Raises:
            LedgerLockedError: Another process works on it.
        """
        self._process = await self.database.write(self._join)
        self._patient.on_trouble, self._patient.is_patient = on_trouble, True
        self._writer = GroupWriter(self._patient, self._process)

    async def aclose(self) -> None:
        """Write what waits, give back what was claimed, and close the ledger."""
        try:
            if self._writer is not None:
                self._patient.is_patient = False
                await self._writer.flush()
            if self._process is not None:
                # If it cannot be written now, the next process does it: this one's lock ends with it.
                with suppress(LedgerFullError, LedgerAwayError):
                    await self.database.write(partial(self._end, process=self._process))
                self.locks.release(self._process)
        finally:
            await self.database.aclose()

    @property
    def process(self) -> int:
        """The number of this process.

        Raises:
            LedgerError: It has not joined.
        """
        if self._process is None:
            raise LedgerError("the ledger was opened to be read: call join() before working on it")
        return self._process

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
        """Find or make the row of each entry, and want them. Keep hashes of files with them."""

        def work(connection: Connection) -> list[Registered]:
            keep_hashes(connection, hashes)
            return registering.register(connection, self.process, entries)

        return await self._patient.write(work)

    async def find_difference(self) -> Difference | None:
        """Return a row of this run that was, or may have been, paid for with other options before."""
        return await self._patient.read(partial(registering.find_difference, process=self.process))

    async def finish_registration(self) -> None:
        """Note that all sources are registered, and drop rows that these replace at no cost."""
        await self._patient.write(partial(registering.finish, process=self.process))

    async def want(self, wish: Wish) -> None:
        """Want rows that are there, for a retry."""
        await self._patient.write(partial(working.want, process=self.process, wish=wish))

    async def claim(self, wish: Wish, after: int, limit: int) -> list[Claim]:
        """Claim rows that this process wants and nobody owns, the first ones after a row."""
        return await self._patient.write(
            partial(working.claim, process=self.process, wish=wish, after=after, limit=limit)
        )

    async def intend(self, intent: Intent) -> bool:
        """Write that a request is to be sent. Return whether it may be: the row is still this process's."""
        return await self.writer.intend(intent)

    async def record(self, record: Record) -> None:
        """Write what became of a row, or of an attempt."""
        await self.writer.record(record)

    def release(self, row: int) -> None:
        """Give a row back that was claimed and not sent."""
        self.writer.release(row)

    async def flush(self) -> None:
        """Wait until all that was to be written is."""
        await self.writer.flush()

    async def count(self, *, is_mine: bool = False) -> Counts:
        """Count all rows, or those that this process wants."""
        process = self.process if is_mine else None
        return await self._patient.read(partial(reading.count, is_alive=self._is_alive, process=process))

    async def rows(self, states: Collection[State] | None = None, block: int = _BLOCK) -> AsyncIterator[list[Row]]:
        """Read the rows in blocks, in the order in which they were registered: all, or those in some states."""
        after = 0
        while found := await self._patient.read(
            partial(reading.read_rows, is_alive=self._is_alive, states=states, after=after, limit=block)
        ):
            yield found
            after = found[-1].id

    def _is_alive(self, process: int) -> bool:
        return process == self._process or self.locks.is_alive(process)

    def _join(self, connection: Connection) -> int:
        wait_for_turn(connection)
        for other in connection.scalars(select(processes.c.id)).all():
            if self.locks.is_alive(other):
                pid = connection.scalar(select(processes.c.pid).where(processes.c.id == other))
                raise LedgerLockedError(
                    f"another process ({pid}) works on this output directory: wait for it to end, or use another one"
                )
            self._end(connection, other)
            self.locks.release(other)
        values = {"host": socket.gethostname(), "pid": os.getpid(), "beat": time.time()}
        connection.execute(insert(processes).values(values))
        process: int = connection.scalar(select(func.max(processes.c.id))) or 0
        self.locks.take(process)
        return process

    def _end(self, connection: Connection, process: int) -> None:
        registering.forget_unfinished(connection, process)
        working.end(connection, process)
        connection.execute(delete(processes).where(processes.c.id == process))
