"""A ledger in a SQLite file, which a thread of its own reads and writes."""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic, sleep
from typing import TypeVar

from attrs import define, field
from sqlalchemy import Connection, Engine, create_engine, event, inspect, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from ..errors import LedgerError, LedgerFullError, LedgerLockedError
from .file_systems import refuse_network
from .process_locks import ProcessLocks
from .schema import is_current, migrate, processes

T = TypeVar("T")

_BUSY_SECONDS = 60
"""How long a transaction waits for those of other processes."""

_JOURNAL_SECONDS = 0.01
"""Between two tries to set the journal of a new file, which others set too."""

_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY}
"""SQLite's primary codes for a disk that takes no more, or not now. The transaction was rolled back."""

_NO_FILES = {*_FULL, sqlite3.SQLITE_CANTOPEN}
"""SQLite's primary codes for a directory in which no file can be made."""


@define(eq=False)
class SqliteDatabase:
    """A SQLite file. Its one connection belongs to one thread: a commit holds up no event loop."""

    path: Path
    _file: tuple[int, int] | None = field(default=None, init=False)
    _engine: Engine = field(init=False)
    _connection: Connection | None = field(default=None, init=False)
    _thread: ThreadPoolExecutor = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        # A path may have any character: it is not put into a URL.
        self._engine = create_engine("sqlite://", creator=self._connect, poolclass=StaticPool)
        event.listen(self._engine, "begin", _begin)

    def _connect(self) -> sqlite3.Connection:
        try:
            connection = _open_to_write(str(self.path))
            self._file = _identify(self.path.stat())
            return connection
        except sqlite3.OperationalError as error:
            # SQLite keeps files beside the ledger even to read it. Where none can be made, and none is, nobody writes.
            is_written = self.path.with_name(f"{self.path.name}-wal").exists()
            if is_written or not self.path.exists() or error.sqlite_errorcode & 0xFF not in _NO_FILES:
                raise
            return _open(f"{self.path.as_uri()}?immutable=1", is_uri=True)

    async def prepare(self) -> None:
        """Upgrade the ledger to this version.

        Raises:
            LedgerLockedError: A process works on it that knows nothing of this version.
            LedgerError: It cannot be used.
        """
        if not await self.read(is_current):
            await self.write(self._upgrade)

    def _upgrade(self, connection: Connection) -> None:
        if is_current(connection):  # another process was first, and works on it by now
            return
        if inspect(connection).has_table(processes.name):
            locks = ProcessLocks(self.path)
            for process, pid in connection.execute(select(processes.c.id, processes.c.pid)):
                if locks.is_held(process):
                    raise LedgerLockedError(
                        f"a process of an older version ({pid}) works on {self.path}: wait for it to end"
                    )
        migrate(connection)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run a function that only reads."""
        return await self._run(work, is_writing=False)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run a function in a transaction that is on the disk when this returns."""
        refuse_network(self.path.parent)
        return await self._run(work, is_writing=True)

    async def aclose(self) -> None:
        """Close it."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._engine.dispose)
        self._thread.shutdown(wait=False)

    def _check_file(self, file: tuple[int, int]) -> None:
        """See that the file is the ledger of all who come by its name, and that it has no other name.

        SQLite goes on with a file that was removed or replaced, and what it writes then is lost. Under each name of a
        file it keeps another journal.

        Raises:
            LedgerError: It is not.
        """
        try:
            status = self.path.stat()
        except FileNotFoundError:
            status = None
        if status is None or _identify(status) != file:
            raise LedgerError(
                f"{self.path} was moved, removed or replaced while this process worked on it: "
                "put the ledger back, and run the same command again"
            )
        if status.st_nlink > 1:
            raise LedgerError(
                f"{self.path} has other names, which are hard links: processes would not see what others write "
                "there; remove the others, or make the ledger a copy of its own with cp"
            )

    async def _run(self, work: Callable[[Connection], T], *, is_writing: bool) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._transact, work, is_writing)

    def _transact(self, work: Callable[[Connection], T], is_writing: bool) -> T:  # run_in_executor
        try:
            if self._connection is None:
                self._connection = self._engine.connect()
            connection = self._connection
            connection.execution_options(is_writing=is_writing)
            with connection.begin():
                if is_writing and self._file is not None:
                    self._check_file(self._file)
                return work(connection)
        except DBAPIError as error:
            raise _ledger_error(self.path, error.orig) from error
        except sqlite3.Error as error:  # while it was opened
            raise _ledger_error(self.path, error) from error


def _identify(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _open(database: str, *, is_uri: bool = False) -> sqlite3.Connection:
    # Transactions are begun here, by _begin, and not by the driver.
    return sqlite3.connect(database, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False, uri=is_uri)


def _open_to_write(database: str) -> sqlite3.Connection:
    connection = _open(database)
    try:
        _set_journal(connection)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _set_journal(connection: sqlite3.Connection) -> None:
    # Of several that do so to a new file, SQLite refuses all but one at once, and ignores the timeout.
    deadline = monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() >= deadline:
                raise
            sleep(_JOURNAL_SECONDS)
        else:
            return


def _begin(connection: Connection) -> None:
    # A transaction that begins by reading could not write any more after another process wrote.
    is_writing = connection.get_execution_options().get("is_writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")


def _ledger_error(path: Path, error: BaseException | None) -> LedgerError:
    code = error.sqlite_errorcode & 0xFF if isinstance(error, sqlite3.OperationalError) else None
    if code == sqlite3.SQLITE_BUSY:
        return LedgerLockedError(f"{path}: another program holds the ledger: end it, and run the same command again")
    return (LedgerFullError if code in _FULL else LedgerError)(f"{path}: {error}")
