"""The tables of a ledger, and how an older one becomes what this version reads.

Everything that decides whether a request may be sent is in `rows`: `state`, `owner` and `attempts`. The states are
those of a row (`rows.State`), and `intended`: a request is to be sent, or was, and nothing is known of its outcome. It
counts as pending while its owner has a lease, and as unknown once that ran out. `registered_by` is the process that
found the row, and 0 once a process that wants it has compared all its sources with the ledger: only then is it sent.
"""

from collections.abc import Callable, Sequence

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    func,
    inspect,
    select,
)

from ..errors import LedgerError

metadata = MetaData()

OWNED = ("pending", "intended", "failed", "unknown")
"""The states in which a row may have an owner. With them an index finds those of one."""

versions = Table("schema_version", metadata, Column("version", Integer, primary_key=True))

processes = Table(
    "processes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("beat", Double, nullable=False),
    Column("max_per_minute", Integer),
    sqlite_autoincrement=True,
)
"""Those that have a lease, which began or was renewed at `beat`. Ids are never given twice."""

rows = Table(
    "rows",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("digest", Text, nullable=False),
    Column("occurrence", Integer, nullable=False),
    Column("content_digest", Text, nullable=False, index=True),
    Column("fit", Text, nullable=False),
    Column("fields", Text, nullable=False),
    Column("expected", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("path", LargeBinary),
    Column("stem", Text, nullable=False),
    Column("stem_key", Text, nullable=False),
    Column("stem_number", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("owner", Integer),
    Column("attempts", Integer, nullable=False, default=0),
    Column("billed", Text, nullable=False, default="no"),
    Column("problem", Text),
    Column("note", Text),
    Column("files", Text, nullable=False, default="[]"),
    Column("images", Integer, nullable=False, default=0),
    Column("idempotency_key", Text),
    Column("key_minted", Double),
    Column("registered_by", Integer, nullable=False),
    UniqueConstraint("digest", "occurrence"),
    UniqueConstraint("stem_key", "stem_number"),
    # A path may be longer than PostgreSQL's usual index takes.
    Index("rows_by_path", "path", postgresql_using="hash"),
    Index("rows_by_state", "state", "owner", "billed", "images", "expected"),
)

STATE_OF_FOUND = func.coalesce(rows.c.state, "")
"""The state of rows that are found by their ids. By the column itself, a database may read all rows of a state."""

attempts = Table(
    "attempts",
    metadata,
    Column("row_id", Integer, ForeignKey("rows.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("process", Integer, nullable=False),
    Column("start", Double, nullable=False),
    Column("end", Double),
    Column("outcome", Text),
    Column("status_code", Integer),
    Column("request_id", Text),
    Column("wait", Double),
    Column("retry_after", Double),
    Column("is_final", Integer),
)
"""Each request that was intended. Without an outcome it may have reached the server. Times are only shown."""

wanted = Table(
    "wanted",
    metadata,
    Column("process", Integer, primary_key=True),
    Column("row_id", Integer, primary_key=True),
    Column("attempts", Integer),
    Index("wanted_by_row", "row_id"),
)
"""The rows that a process was asked for: those of its sources, or those to be tried again after so many attempts."""

starts = Table(
    "starts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("next_start", Double, nullable=False),
    Column("read_at", Double, nullable=False),
)
"""One row: when the next request may start, if there is a rate, and when that was reserved."""

hashes = Table(
    "hashes",
    metadata,
    Column("path", LargeBinary, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("digest", Text, nullable=False),
)
"""Digests of files, so that a resumed batch need not read them again."""

commits = Table(
    "commits",
    metadata,
    Column("session", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
)
"""The last transaction of each who writes, to be asked for after a connection was lost in the middle of COMMIT."""


_ELSEWHERE = {
    "sqlite": "move the file away, or use another output directory",
    "postgresql": "name a schema of its own, with ?schema=NAME at the end of the URL",
}


def _share(connection: Connection) -> None:
    """Make of the ledger of one process one that several share."""
    for statement in (
        "DELETE FROM rows WHERE attempts = 0 AND registered_by IN (SELECT id FROM processes WHERE has_registered = 0)",
        "UPDATE rows SET registered_by = 0",
        "ALTER TABLE processes DROP COLUMN has_registered",
        "ALTER TABLE processes ADD COLUMN max_per_minute INTEGER",
        "ALTER TABLE wanted ADD COLUMN attempts INTEGER",
        "CREATE INDEX IF NOT EXISTS wanted_by_row ON wanted (row_id)",
        "CREATE TABLE starts (id INTEGER NOT NULL PRIMARY KEY,"
        " next_start DOUBLE PRECISION NOT NULL, read_at DOUBLE PRECISION NOT NULL)",
    ):
        connection.exec_driver_sql(statement)


_UPGRADES: Sequence[Callable[[Connection], None]] = (_share,)
"""The n-th brings a ledger from version n + 1 to n + 2. One that was released never changes."""

VERSION = len(_UPGRADES) + 1


def is_current(connection: Connection) -> bool:
    """Return whether a ledger has this version, so that a reader need not write: its disk may be full."""
    return inspect(connection).has_table(versions.name) and connection.scalar(select(versions.c.version)) == VERSION


def has_tables(connection: Connection) -> bool:
    """Return whether there is anything where a ledger is looked for."""
    return bool(inspect(connection).get_table_names())


def wait_for_turn(connection: Connection) -> None:
    """Wait until no other transaction does what concerns the whole ledger: SQLite's take turns anyway."""
    if connection.dialect.name == "postgresql":
        ledger = func.hashtextextended(func.current_setting("search_path"), 0)
        connection.execute(select(func.pg_advisory_xact_lock(ledger)))


def read_in_order(connection: Connection) -> None:
    """Have a transaction read rows in the order of an index. PostgreSQL may sort all that are left otherwise."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL enable_sort TO off")


def migrate(connection: Connection, upgrades: Sequence[Callable[[Connection], None]] = _UPGRADES) -> None:
    """Upgrade a ledger to this version, in the transaction that is under way. A new one gets the newest tables.

    Raises:
        LedgerError: A newer version wrote it, or another program.
    """
    newest = len(upgrades) + 1
    tables = inspect(connection).get_table_names()
    if versions.name not in tables:
        if tables:
            raise LedgerError(
                f"there are tables of another program, such as {min(tables)!r}: {_ELSEWHERE[connection.dialect.name]}"
            )
        metadata.create_all(connection)
        connection.execute(versions.insert().values(version=newest))
        return
    version = connection.scalar(select(versions.c.version)) or 0
    if version > newest:
        raise LedgerError(
            f"the ledger has version {version}, and this program reads up to {newest}: "
            'run: pip install --upgrade "image-variations[cli]"'
        )
    for upgrade in upgrades[version - 1 :]:
        upgrade(connection)
    connection.execute(versions.update().values(version=newest))
