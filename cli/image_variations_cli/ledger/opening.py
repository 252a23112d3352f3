"""Opening a ledger: the file of an output directory, or the server that a URL names."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sqlalchemy import Connection, create_engine, insert, select

from ..errors import LedgerError, UsageError
from .ledger import SqlLedger
from .process_locks import ProcessLocks
from .schema import has_tables, is_current, metadata
from .sqlite import SqliteDatabase

if TYPE_CHECKING:  # it needs the extra
    from .postgresql import PostgresqlDatabase

FILE_NAME = "ledger.sqlite3"
"""The ledger's name in the output directory."""

_COPIED = 1000
"""Rows that are copied at a time."""


async def open_ledger(
    output_dir: "str | os.PathLike[str]", *, ledger: str | None = None, create: bool = False
) -> SqlLedger:
    """Open the ledger of an output directory, to be read; `join` it to work.

    Args:
        output_dir: The directory.
        ledger: The URL of a PostgreSQL database that holds the ledger, in place of a file in the directory.
        create: Whether to make the directory and the ledger if they do not exist.

    Raises:
        LedgerError: There is none, or it cannot be opened.
        UsageError: The URL cannot be read.
    """
    if ledger is not None:
        return await _open_url(output_dir, ledger, create=create)
    directory = _directory(output_dir, create=create)
    path = directory / FILE_NAME
    if not create and not path.exists():
        raise LedgerError(f"{directory} has no ledger ({FILE_NAME}): run image-variations batch first")
    database = SqliteDatabase(path)
    try:
        await database.prepare()
    except BaseException:
        await database.aclose()
        raise
    return SqlLedger(database, ProcessLocks(path))


async def _open_url(output_dir: "str | os.PathLike[str]", url: str, *, create: bool) -> SqlLedger:
    database = _connect(url)
    try:
        await database.prepare(create=create)
        directory = _directory(output_dir, create=create)
    except BaseException:
        await database.aclose()
        raise
    return SqlLedger(database, ProcessLocks(directory / "ledger.postgresql"))


@asynccontextmanager
async def open_copy(output_dir: "str | os.PathLike[str]", *, ledger: str | None = None) -> AsyncGenerator[SqlLedger]:
    """Open a copy of a ledger in a file, or an empty one, to be thrown away.

    Raises:
        LedgerError: It cannot be copied.
    """
    with TemporaryDirectory(prefix="image-variations-") as folder:
        path = Path(folder) / FILE_NAME
        if ledger is None:
            await asyncio.to_thread(_copy_file, Path(output_dir) / FILE_NAME, path)
        else:
            database = _connect(ledger)
            try:
                await database.read(partial(_copy_tables, path=path))
            finally:
                await database.aclose()
        async with await open_ledger(folder, create=True) as copy:
            yield copy


def show_url(url: str) -> str:
    """Return the URL of a ledger without its password.

    Raises:
        UsageError: It cannot be read.
    """
    return str(_connect(url).url)


def _connect(url: str) -> "PostgresqlDatabase":
    if not url.startswith(("postgresql://", "postgres://")):
        raise UsageError("--ledger is no URL like postgresql://user@host/database")
    try:
        from .postgresql import PostgresqlDatabase
        from .postgresql_url import PostgresqlUrl
    except ImportError:
        raise LedgerError(
            '--ledger needs a driver of PostgreSQL; run: pip install "image-variations[cli,postgresql]"'
        ) from None
    return PostgresqlDatabase(PostgresqlUrl.parse(url))


def _copy_file(source: Path, target: Path) -> None:
    if source.exists():
        try:
            with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
                old.backup(new)
        except sqlite3.Error as error:
            raise LedgerError(f"{source}: the ledger cannot be read: {error}") from error


def _copy_tables(source: Connection, path: Path) -> None:
    if not is_current(source):
        if has_tables(source):
            raise LedgerError("the ledger has another version: run the batch without --dry-run first")
        return
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(path))
    with engine.begin() as target:
        metadata.create_all(target)
        for table in metadata.sorted_tables:
            found = source.execute(select(table).execution_options(yield_per=_COPIED))
            for block in found.mappings().partitions():
                target.execute(insert(table), [dict(row) for row in block])
    engine.dispose()


def _directory(output_dir: "str | os.PathLike[str]", *, create: bool) -> Path:
    """Return the absolute path of an output directory.

    Raises:
        LedgerError: It cannot be made.
    """
    directory = Path(output_dir).absolute()
    if create:
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LedgerError(f"{directory}: the output directory cannot be made: {error.strerror}") from error
    return directory
