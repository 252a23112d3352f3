"""Opening a ledger: the file of an output directory, or the server that a URL names."""

import asyncio
import hashlib
import os
import sqlite3
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import TYPE_CHECKING

from sqlalchemy import Connection, create_engine, insert, select

from ..errors import LedgerError, UsageError
from ..places import is_url
from .file_systems import refuse_network
from .leases import database_time
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
        output_dir: The directory, or its URL.
        ledger: The URL of a PostgreSQL database that holds the ledger, or another file than that of the directory.
        create: Whether to make the directory and the ledger if they do not exist.

    Raises:
        LedgerError: There is none, or it cannot be opened.
        UsageError: The URL cannot be read, or the directory is a URL and there is no other place for the ledger.
    """
    if ledger is not None and is_url(ledger):
        return await _open_url(output_dir, ledger, create=create)
    path = _path(output_dir, ledger)
    if create:
        refuse_network(path.parent)
        _make_output(output_dir)
        _make_directory(path.parent)
    elif not path.exists():
        raise LedgerError(f"{path.parent} has no ledger ({path.name}): run image-variations batch first")
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
        if create:
            _make_output(output_dir)
    except BaseException:
        await database.aclose()
        raise
    return SqlLedger(database, ProcessLocks(_locks_of(url)))


@asynccontextmanager
async def open_copy(output_dir: "str | os.PathLike[str]", *, ledger: str | None = None) -> AsyncGenerator[SqlLedger]:
    """Open a copy of a ledger in a file, or an empty one, to be thrown away.

    Raises:
        LedgerError: It cannot be copied.
    """
    with TemporaryDirectory(prefix="image-variations-") as folder:
        path = Path(folder) / FILE_NAME
        if ledger is None or not is_url(ledger):
            original = _path(output_dir, ledger)
            moment = await asyncio.to_thread(_copy_file, original, path)
        else:
            original = _locks_of(ledger)
            database = _connect(ledger)
            try:
                moment = await database.read(partial(_copy_tables, path=path))
            finally:
                await database.aclose()
        opened = await open_ledger(folder, create=True)
        # Processes that work on the original live in the copy, too. Time stands still there.
        async with SqlLedger(opened.database, ProcessLocks(original, is_watching=True), lambda _: moment) as copy:
            yield copy


def show_url(url: str) -> str:
    """Return the URL of a ledger without its password, or its path.

    Raises:
        UsageError: It cannot be read.
    """
    return str(_connect(url).url) if is_url(url) else url


def _connect(url: str) -> "PostgresqlDatabase":
    if not url.startswith(("postgresql://", "postgres://")):
        raise UsageError("--ledger is no URL like postgresql://user@host/database, and no path of a file")
    try:
        from .postgresql import PostgresqlDatabase
        from .postgresql_url import PostgresqlUrl
    except ImportError:
        raise LedgerError(
            '--ledger needs a driver of PostgreSQL; run: pip install "image-variations[cli,postgresql]"'
        ) from None
    return PostgresqlDatabase(PostgresqlUrl.parse(url))


def _copy_file(source: Path, target: Path) -> float:
    """Copy a ledger, if there is one. Return the time by which its leases count."""
    if source.exists():
        try:
            with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
                old.backup(new)
        except sqlite3.Error as error:
            raise LedgerError(f"{source}: the ledger cannot be read: {error}") from error
    return time.monotonic()


def _copy_tables(source: Connection, path: Path) -> float:
    """Copy a ledger, if there is one. Return the time by which its leases count."""
    now = database_time(source)
    if not is_current(source):
        if has_tables(source):
            raise LedgerError("the ledger has another version: run the batch without --dry-run first")
        return now
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(path))
    with engine.begin() as target:
        metadata.create_all(target)
        for table in metadata.sorted_tables:
            found = source.execute(select(table).execution_options(yield_per=_COPIED))
            for block in found.mappings().partitions():
                target.execute(insert(table), [dict(row) for row in block])
    engine.dispose()
    return now


def _locks_of(url: str) -> Path:
    """Return where on this machine the locks are of those that share the ledger of a server."""
    name = hashlib.sha256(show_url(url).encode()).hexdigest()[:16]
    return Path(gettempdir()) / f"image-variations-{name}"


def _path(output_dir: "str | os.PathLike[str]", ledger: str | None) -> Path:
    """Return the absolute path of a ledger that is a file.

    Raises:
        UsageError: There can be none, because the output directory is a URL.
    """
    if ledger is not None:
        if ledger.startswith(("postgresql:", "postgres:")):  # it may hold a password, which is in no message
            raise UsageError("--ledger is no URL like postgresql://user@host/database: it has no // after the colon")
        return Path(ledger).absolute()
    if is_url(output_dir):
        raise UsageError(
            f"{output_dir} cannot hold the ledger: name a database with --ledger postgresql://user@host/database, "
            "or a file of this machine with --ledger ledger.sqlite3"
        )
    return Path(output_dir).absolute() / FILE_NAME


def _make_output(output_dir: "str | os.PathLike[str]") -> None:
    """Make an output directory, if it is one of this machine.

    Raises:
        LedgerError: It cannot be made.
    """
    if not is_url(output_dir):
        _make_directory(Path(output_dir).absolute())


def _make_directory(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LedgerError(f"{directory}: the directory cannot be made: {error.strerror}") from error
