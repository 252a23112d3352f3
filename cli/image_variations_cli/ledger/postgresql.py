"""A ledger in a schema of a PostgreSQL database, over one connection that is made again when it is lost."""

import asyncio
import os
import socket
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TypeVar, cast

import psycopg
from attrs import define, field, frozen
from psycopg.types.string import StrDumper
from sqlalchemy import Connection, column, delete, func, select, table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.schema import CreateSchema

from ..errors import LedgerError
from .postgresql_errors import is_lost, is_rolled_back, read_error
from .postgresql_url import PostgresqlUrl
from .schema import commits, has_tables, is_current, migrate, wait_for_turn

T = TypeVar("T")

TRANSACTION_SECONDS = 120.0
"""How long a transaction may take. A connection that is silent for longer counts as lost."""

_IDLE_SECONDS = 60
"""After so long in the middle of a transaction, the server gives up a client that vanished, and frees its rows."""

_TRIES = 10
"""How often a transaction is run that the server rolled back because of another one."""

_READ_ONLY = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


@frozen
class _Doubt:
    """A transaction that may or may not have been committed, and what its function returned."""

    number: int
    work: object
    result: object


@define(eq=False)
class PostgresqlDatabase:
    """A schema of a PostgreSQL database.

    A connection that is lost during COMMIT leaves a doubt. So each transaction that writes notes its number in
    `commits`, in a row of this object's own, and the next connection looks there. The server's `pg_xact_status` would
    not do: the id of a transaction that was lost in a crash may be given to another one after it.

    Attributes:
        transaction_seconds: How long a transaction may take.
    """

    url: PostgresqlUrl
    transaction_seconds: float = TRANSACTION_SECONDS
    _engine: AsyncEngine = field(init=False)
    _driver: "psycopg.AsyncConnection[tuple[object, ...]] | None" = field(default=None, init=False)
    _session: str = field(factory=lambda: uuid.uuid4().hex, init=False)
    _number: int = field(default=0, init=False)
    _doubt: _Doubt | None = field(default=None, init=False)
    _committed: list[_Doubt] = field(factory=list[_Doubt], init=False)
    _turn: asyncio.Lock = field(factory=asyncio.Lock, init=False)

    def __attrs_post_init__(self) -> None:
        self._engine = create_async_engine(
            "postgresql+psycopg://",
            async_creator=self._connect,
            isolation_level="AUTOCOMMIT",  # transactions begin and end here
            pool_size=1,
            max_overflow=0,
            use_native_hstore=False,
        )

    async def prepare(self, *, create: bool) -> None:
        """Upgrade the ledger to this version.

        Args:
            create: Whether to make a ledger if there is none.

        Raises:
            LedgerError: There is none, or it cannot be used.
        """
        if await self.read(self._is_current):
            return
        if not create and not await self.read(has_tables):
            raise LedgerError(f"{self.url} has no ledger: run image-variations batch first")
        await self._run(partial(self._transact, "BEGIN", self._create))

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run a function that only reads, and sees the ledger as it was at one moment."""
        return await self._run(partial(self._transact, _READ_ONLY, work))

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run a function in a transaction that is on the server's disk when this returns."""
        return await self._run(partial(self._write, work))

    async def aclose(self) -> None:
        """Close it."""
        if self._number:
            forget = delete(commits).where(commits.c.session == self._session)
            with suppress(LedgerError):
                await self._run(partial(self._transact, "BEGIN", lambda connection: connection.execute(forget)))
        async with self._turn:
            await self._engine.dispose()

    async def _connect(self) -> "psycopg.AsyncConnection[tuple[object, ...]]":
        # libpq's options are strings; the stub has those of psycopg's own, which are not given.
        # Poolers lend another connection for each transaction: no statement that was prepared in one is in the next.
        self._driver = await psycopg.AsyncConnection.connect(self.url.conninfo, prepare_threshold=None)
        self._driver.adapters.register_dumper(str, _TextDumper)
        return self._driver

    @property
    def _settings(self) -> str:
        # For one transaction: a pooler may lend the connection to others between two. What was committed must outlive a
        # crash of the server, whatever its settings say.
        return (
            f'; SET LOCAL search_path TO "{self.url.schema}"'
            f"; SET LOCAL idle_in_transaction_session_timeout TO '{_IDLE_SECONDS}s'"
            "; SELECT set_config('synchronous_commit', 'on', true)"
            " WHERE current_setting('synchronous_commit') = 'off'"
        )

    def _is_current(self, connection: Connection) -> bool:
        """Return whether there is a ledger of this version.

        Raises:
            LedgerError: The user would not see one.
        """
        may_use = func.has_schema_privilege(column("oid"), "USAGE")
        found = select(may_use).select_from(table("pg_namespace")).where(column("nspname") == self.url.schema)
        if connection.scalar(found) is False:
            raise LedgerError(
                f"{self.url}: the user may not use the schema {self.url.schema}: "
                "grant USAGE on it, and all on its tables, or name another one with ?schema=NAME"
            )
        return is_current(connection)

    def _create(self, connection: Connection) -> None:
        wait_for_turn(connection)
        if connection.scalar(select(func.to_regnamespace(self.url.schema))) is None:
            connection.execute(CreateSchema(self.url.schema))
        migrate(connection)

    async def _run(self, transact: Callable[[], Awaitable[T]]) -> T:
        """Run a transaction when it is its turn, and to its end even if the wait for that is cancelled."""
        task = asyncio.ensure_future(self._run_in_turn(transact))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(_see_error)
            raise

    async def _run_in_turn(self, transact: Callable[[], Awaitable[T]]) -> T:
        tries = 0
        async with self._turn:
            while True:
                tries += 1
                try:
                    return await transact()
                except (DBAPIError, psycopg.Error) as error:
                    original = _original(error)
                    if not is_rolled_back(original) or tries == _TRIES:
                        raise read_error(self.url, original) from None

    async def _transact(self, begin: str, work: Callable[[Connection], T]) -> T:
        async with self._open() as connection:
            return await self._transact_over(connection, begin, work)

    async def _transact_over(self, connection: AsyncConnection, begin: str, work: Callable[[Connection], T]) -> T:
        await connection.exec_driver_sql(f"{begin}{self._settings}")
        result = await connection.run_sync(work)
        await connection.exec_driver_sql("COMMIT")
        return result

    async def _write(self, work: Callable[[Connection], T]) -> T:
        async with self._open() as connection:
            await self._settle_doubt(connection)
            for doubt in self._committed:
                if doubt.work is work:
                    self._committed.remove(doubt)
                    return cast(T, doubt.result)
            self._number += 1
            note = (
                f"; INSERT INTO commits (session, number) VALUES ('{self._session}', {self._number})"  # noqa: S608  # a number and hexadecimal digits
                " ON CONFLICT (session) DO UPDATE SET number = EXCLUDED.number"
            )
            await connection.exec_driver_sql(f"BEGIN{self._settings}{note}")
            result = await connection.run_sync(work)
            self._doubt = _Doubt(self._number, work, result)
            try:
                await connection.exec_driver_sql("COMMIT")
            except DBAPIError as error:
                if not is_lost(_original(error)):
                    self._doubt = None
                raise
            self._doubt = None
            return result

    async def _settle_doubt(self, connection: AsyncConnection) -> None:
        """Ask whether the transaction in doubt was committed. If it is still under way, wait for its end."""
        if (doubt := self._doubt) is None:
            return
        find = select(commits.c.number).where(commits.c.session == self._session).with_for_update()
        number = await self._transact_over(connection, "BEGIN", lambda connection: connection.scalar(find))
        self._doubt = None
        if number == doubt.number:
            self._committed.append(doubt)

    @asynccontextmanager
    async def _open(self) -> AsyncGenerator[AsyncConnection]:
        """Lend the connection, and hang it up if it is silent for too long."""
        watch = asyncio.get_running_loop().call_later(self.transaction_seconds, self._hang_up)
        try:
            async with self._engine.connect() as connection:
                yield connection
        finally:
            watch.cancel()

    def _hang_up(self) -> None:
        # To cancel would first ask the server, which is silent, to cancel the statement.
        with suppress(OSError, psycopg.Error):
            if self._driver is not None:
                with socket.socket(fileno=os.dup(self._driver.fileno())) as connection:
                    connection.shutdown(socket.SHUT_RDWR)


class _TextDumper(StrDumper):
    """Writes text, with escapes in place of what PostgreSQL's text cannot have: U+0000, and halves of pairs."""

    def dump(self, obj: str) -> "bytes | bytearray | memoryview":
        """Write a text."""
        return obj.replace("\0", "\\x00").encode("utf-8", "backslashreplace")


def _original(error: "DBAPIError | psycopg.Error") -> psycopg.Error:
    original = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(original, psycopg.Error):
        raise error
    return original


def _see_error(task: "asyncio.Task[T]") -> None:
    """Take the error of a task that nobody waits for."""
    if not task.cancelled():
        task.exception()
