"""A ledger in PostgreSQL: connections that are lost, commits in doubt, what stands beside it, what it may be told."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest
from image_variations import Client
from image_variations_cli import LedgerError, Source, open_ledger, run_batch
from image_variations_cli.errors import LedgerAwayError, LedgerFullError, UsageError
from image_variations_cli.events import BatchPaused, BatchResumed, Event
from image_variations_cli.ledger import Entry, Intent, Wish, claiming, database, working
from image_variations_cli.ledger.postgresql import PostgresqlDatabase
from image_variations_cli.ledger.postgresql_errors import read_error
from image_variations_cli.ledger.postgresql_url import PostgresqlUrl
from image_variations_cli.ledger.schema import hashes, rows
from psycopg.sql import SQL, Identifier
from sqlalchemy import Connection, func, insert, select, text, update

from tests.support.batches import IMAGE, draw_images, image_names
from tests.support.counting_server import CountingServer
from tests.support.cut_connections import CutConnections, Moment
from tests.support.postgresql import PostgresqlServer


@asynccontextmanager
async def open_database(url: str, **settings: float) -> AsyncGenerator[PostgresqlDatabase]:
    """Open a ledger that is new."""
    database = PostgresqlDatabase(PostgresqlUrl.parse(url), **settings)
    await database.prepare(create=True)
    try:
        yield database
    finally:
        await database.aclose()


def note(name: str) -> Callable[[Connection], int]:
    """Return a function that writes a row, and returns how often it was called."""
    calls: list[str] = []

    def work(connection: Connection) -> int:
        calls.append(name)
        connection.execute(insert(hashes).values(path=name.encode(), size=len(calls), mtime_ns=0, digest=name))
        return len(calls)

    return work


def count_notes(connection: Connection) -> int:
    """Return how many rows there are."""
    return connection.scalar(select(func.count()).select_from(hashes)) or 0


def read_sizes(connection: Connection) -> list[int]:
    """Return what the rows have."""
    return list(connection.scalars(select(hashes.c.size)))


@pytest.fixture
def schema(request: pytest.FixtureRequest) -> str:
    """A schema of the test's own."""
    return f"t{hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:20]}"


@pytest.mark.parametrize(
    ("cut", "calls"),
    [("before COMMIT", 2), ("after COMMIT", 1), ("in the middle", 1)],
    ids=["before", "after", "middle"],
)
async def test_a_commit_in_doubt_is_asked_for(
    postgresql: PostgresqlServer, schema: str, cut: Moment, calls: int
) -> None:
    """What was committed is not done again when it is repeated, and what was not is: neither is assumed."""
    async with CutConnections(postgresql) as between, open_database(between.url(schema)) as opened:
        between.cuts.append(cut)
        work = note("one")
        with pytest.raises(LedgerAwayError):
            await opened.write(work)
        assert await opened.write(work) == calls
        assert await opened.write(note("two")) == 1
        assert await opened.read(count_notes) == 2


async def test_a_doubt_is_settled_by_whoever_comes_first(postgresql: PostgresqlServer, schema: str) -> None:
    """Another transaction may come before the repeated one: the first one's result is kept for it."""
    async with CutConnections(postgresql) as between, open_database(between.url(schema)) as opened:
        between.cuts.append("after COMMIT")
        work = note("one")
        with pytest.raises(LedgerAwayError):
            await opened.write(work)
        await opened.write(note("two"))
        assert await opened.write(work) == 1
        assert await opened.read(count_notes) == 2


async def test_a_server_that_is_silent_counts_as_away(postgresql: PostgresqlServer, schema: str) -> None:
    """A connection on which nothing comes any more is given up after a time, and made again."""
    async with (
        CutConnections(postgresql) as between,
        open_database(between.url(schema), transaction_seconds=0.5) as opened,
    ):
        between.is_silent = True
        work = note("one")
        with pytest.raises(LedgerAwayError):
            await opened.write(work)
        between.is_silent = False
        await opened.write(work)
        assert await opened.read(count_notes) == 1


async def test_no_statement_is_prepared_in_a_connection(postgresql: PostgresqlServer, schema: str) -> None:
    """A pooler lends another connection for the next transaction, where there would be none of that name."""
    count = select(func.count()).select_from(text("pg_prepared_statements"))
    async with open_database(postgresql.url(schema)) as opened:
        for name in map(str, range(20)):
            await opened.write(note(name))
        assert await opened.read(lambda connection: connection.scalar(count)) == 0


async def test_a_transaction_that_nobody_waits_for_is_finished(postgresql: PostgresqlServer, schema: str) -> None:
    """A wait for the ledger that is cancelled takes nothing back, and the next transaction waits for its turn."""
    async with open_database(postgresql.url(schema)) as opened:
        waiting = asyncio.create_task(opened.write(note("one")))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        assert await opened.read(count_notes) == 1


async def test_transactions_that_lock_each_other_are_repeated(postgresql: PostgresqlServer, schema: str) -> None:
    """Of two that wait for each other the server ends one, which is run again."""
    async with (
        open_database(postgresql.url(schema)) as first,
        open_database(postgresql.url(schema)) as second,
    ):
        for name in ("a", "b"):
            await first.write(note(name))

        def add(*names: bytes) -> Callable[[Connection], None]:
            def work(connection: Connection) -> None:
                for name in names:
                    connection.execute(hashes.update().where(hashes.c.path == name).values(size=hashes.c.size + 1))
                    connection.execute(text("SELECT pg_sleep(0.2)"))

            return work

        await asyncio.gather(first.write(add(b"a", b"b")), second.write(add(b"b", b"a")))
        assert await first.read(read_sizes) == [3, 3]


async def test_a_batch_goes_on_when_the_server_is_back(tmp_path: Path, schema: str) -> None:
    """A server that is killed in the middle of a batch and started again costs nothing, and leaves nothing unknown."""
    events: list[Event] = []
    with PostgresqlServer.running() as postgresql:
        async with CountingServer((0.01, 0.05)) as server, Client(base_url=server.base_url) as client:
            sources = draw_images(tmp_path / "in", 120)
            batch = asyncio.create_task(
                run_batch(client, sources, tmp_path / "out", ledger=postgresql.url(schema), on_event=events.append)
            )
            for number in (20, 60):
                while server.requests < number:  # noqa: ASYNC110  # the server sets no event
                    await asyncio.sleep(0.005)
                postgresql.kill()
                await asyncio.sleep(0.3)
                await asyncio.to_thread(postgresql.start)
            summary = await batch
    assert (summary.counts.done, summary.counts.unknown, summary.counts.requests) == (120, 0, 120)
    assert set(server.made.values()) == {1}
    kinds = [type(event) for event in events if isinstance(event, BatchPaused | BatchResumed)]
    assert kinds == [BatchPaused, BatchResumed] * 2


async def test_a_batch_ends_in_order_if_the_server_does_not_come_back(
    tmp_path: Path, schema: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says what is not in the ledger. Those rows are unknown later, and their images are there."""
    monkeypatch.setattr(database, "AWAY_SECONDS", 1.0)
    out = tmp_path / "out"
    with PostgresqlServer.running() as postgresql:
        url = postgresql.url(schema)
        async with CountingServer((0.5, 0.6)) as server, Client(base_url=server.base_url) as client:
            batch = asyncio.create_task(run_batch(client, draw_images(tmp_path / "in", 40), out, ledger=url))
            while server.requests < 16:  # noqa: ASYNC110  # the server sets no event
                await asyncio.sleep(0.005)
            postgresql.kill()
            with pytest.raises(LedgerAwayError, match=r"for 1 s; the outcome of \d+ requests is not in the ledger"):
                await batch
            assert server.under_way == 0
        postgresql.start()
        async with await open_ledger(out, ledger=url) as ledger:
            counts = await ledger.count()
    assert (counts.unknown, counts.done, counts.pending) == (16, 0, 24)
    assert len(image_names(out)) == 16


async def test_a_ledger_stands_beside_the_tables_of_others(
    postgresql: PostgresqlServer, tmp_path: Path, schema: str
) -> None:
    """Two batches in one database have a schema each. Tables of others are not touched, whatever their names."""
    with psycopg.connect(postgresql.conninfo, autocommit=True) as other:
        other.execute("CREATE TABLE IF NOT EXISTS public.rows (name text)")
        other.execute("INSERT INTO public.rows VALUES ('theirs')")
        async with CountingServer() as server, Client(base_url=server.base_url) as client:
            for name in (schema, f"{schema}_2"):
                url = postgresql.url(name)
                summary = await run_batch(client, draw_images(tmp_path / "in", 2), tmp_path / name, ledger=url)
                assert (summary.counts.rows, summary.counts.done) == (2, 2)
        assert server.requests == 4
        assert other.execute("SELECT * FROM public.rows").fetchall() == [("theirs",)]
        other.execute("DROP TABLE public.rows")


async def test_a_schema_of_another_program_is_left_alone(
    postgresql: PostgresqlServer, tmp_path: Path, schema: str
) -> None:
    """A schema that has tables and no ledger is refused, and gets none of ours."""
    with psycopg.connect(postgresql.conninfo, autocommit=True) as other:
        other.execute(SQL("CREATE SCHEMA {}").format(Identifier(schema)))
        other.execute(SQL("CREATE TABLE {}.accounts (name text)").format(Identifier(schema)))
        with pytest.raises(LedgerError, match=r"another program.*'accounts'.*\?schema=NAME"):
            await open_ledger(tmp_path, ledger=postgresql.url(schema), create=True)
        tables = other.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema]).fetchall()
    assert tables == [("accounts",)]


async def test_looking_at_a_ledger_that_is_not_there_makes_none(
    postgresql: PostgresqlServer, tmp_path: Path, schema: str
) -> None:
    """`status` of a batch that never ran says so, and leaves the database as it was."""
    with pytest.raises(LedgerError, match="has no ledger: run image-variations batch first"):
        await open_ledger(tmp_path, ledger=postgresql.url(schema))
    with psycopg.connect(postgresql.conninfo) as other:
        assert other.execute("SELECT to_regnamespace(%s)", [schema]).fetchone() == (None,)


@pytest.mark.parametrize("create", [True, False])
async def test_a_ledger_that_a_user_may_not_see_is_not_taken_for_none(
    postgresql: PostgresqlServer, tmp_path: Path, schema: str, create: bool
) -> None:
    """Without a right to its schema its tables are hidden: the line names the right, and no other ledger is made."""
    user = f"user_{schema}_{create}".lower()
    await (await open_ledger(tmp_path, ledger=postgresql.url(schema), create=True)).aclose()
    with psycopg.connect(postgresql.conninfo, autocommit=True) as other:
        other.execute(SQL("CREATE ROLE {} LOGIN").format(Identifier(user)))
        with pytest.raises(LedgerError, match=f"may not use the schema {schema}: grant USAGE"):
            await open_ledger(tmp_path, ledger=postgresql.url(schema).replace("postgres@", f"{user}@"), create=create)
        other.execute(SQL("DROP ROLE {}").format(Identifier(user)))


async def test_a_replica_can_be_read_and_is_not_written(
    postgresql: PostgresqlServer, tmp_path: Path, schema: str
) -> None:
    """A server that takes no transactions that write shows the ledger; a batch says to name the primary."""
    url = postgresql.url(schema)
    replica = f"{url}&options=-c%20default_transaction_read_only%3Don"
    async with CountingServer() as server, Client(base_url=server.base_url) as client:
        sources = draw_images(tmp_path / "in", 2)
        await run_batch(client, sources, tmp_path / "out", ledger=url)
        async with await open_ledger(tmp_path / "out", ledger=replica) as ledger:
            assert (await ledger.count()).done == 2
        with pytest.raises(LedgerError, match="name the primary"):
            await run_batch(client, sources, tmp_path / "out", ledger=replica)


async def test_texts_of_any_kind_are_kept(postgresql: PostgresqlServer, tmp_path: Path, schema: str) -> None:
    """What PostgreSQL's text cannot hold is escaped, fields keep it, and a path may be longer than its indexes take."""
    folder = tmp_path.joinpath(*["p" * 200] * 18)
    folder.mkdir(parents=True)
    (image,) = draw_images(tmp_path, 1)
    assert image.path is not None
    long = image.path.rename(folder / b"\xff.png".decode("utf-8", "surrogateescape"))
    broken = Source("b", "b", problem="half \udc80 of a pair, and \0")
    sources = [Source("a\0", "a\udcff", long, fields={"user": "\0\udc80"}), broken]
    url = postgresql.url(schema)
    async with CountingServer() as server, Client(base_url=server.base_url) as client:
        await run_batch(client, [Source("x", "x", long)], tmp_path / "out", ledger=url)
        await run_batch(client, sources, tmp_path / "out", ledger=url, limit=0, again=True)
    async with await open_ledger(tmp_path / "out", ledger=url) as ledger:
        first, second, third = [row async for block in ledger.rows() for row in block]
    assert (first.state, first.path, second.fields) == ("done", str(long), {"user": "\0\udc80"})
    assert third.problem == "half \\udc80 of a pair, and \\x00"
    assert (tmp_path / "out" / first.files[0]).read_bytes() == IMAGE


@pytest.mark.parametrize(
    ("state", "kind", "words"),
    [
        ("53100", LedgerFullError, "no room"),
        ("57P01", LedgerAwayError, "no room"),
        ("57P03", LedgerAwayError, "no room"),
        ("08006", LedgerAwayError, "no room"),
        ("53300", LedgerAwayError, "no room"),
        ("57014", LedgerAwayError, "no room"),
        ("25006", LedgerAwayError, "target_session_attrs=read-write"),
        ("42501", LedgerError, "grant"),
        ("42601", LedgerError, "no room"),
    ],
)
def test_what_a_server_says_is_one_line(state: str, kind: type[LedgerError], words: str) -> None:
    """Its codes say what the ledger does: wait for room, wait for the server, or stop. The line names no password."""
    error = psycopg.errors.lookup(state)("no room\nDETAIL: for hunter2")
    assert error.sqlstate == state
    read = read_error(PostgresqlUrl.parse("postgresql://me:hunter2@db.example:5433/photos?schema=otters"), error)
    assert type(read) is kind
    assert str(read).startswith("postgresql://me@db.example:5433/photos?schema=otters: no room. DETAIL: for ***")
    assert words in str(read)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://me:hunter%2@db/photos", "not URL-encoded"),
        ("postgresql://me:hunter2@db/photos?shema=x", "'shema' is no option"),
        ("postgresql://me:hunter2@db/photos?schema=Hunter2", "'Hunter2' cannot be a schema"),
        ("mysql://me:hunter2@db/photos", "no URL like postgresql://"),
        ("postgresql:/me:hunter2@db/photos", "no // after the colon"),
    ],
)
async def test_a_url_that_cannot_be_read_is_not_repeated(tmp_path: Path, url: str, words: str) -> None:
    """The line says what is wrong with it, and shows no password."""
    with pytest.raises(UsageError, match=words) as caught:
        await open_ledger(tmp_path, ledger=url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:secret@db/photos", "postgresql://me@db/photos"),
        ("postgres://me@/photos?host=/run/pg&password=secret", "postgresql://me@/photos?host=/run/pg"),
        ("postgresql://h1:1,h2:2/photos?schema=b&sslmode=require", "postgresql://h1,h2:1,2/photos?schema=b"),
        ("postgresql:///photos", "postgresql:///photos"),
    ],
)
def test_a_url_is_shown_without_its_password(url: str, shown: str) -> None:
    """Wherever the password stands in it."""
    assert str(PostgresqlUrl.parse(url)) == shown
    assert "secret" not in repr(PostgresqlUrl.parse(url))


def entry(number: int) -> Entry:
    """Return what a source would be registered with."""
    return Entry(
        digest=str(number),
        occurrence=0,
        content_digest=str(number),
        fit="refuse",
        fields={},
        name=f"{number}.png",
        path=None,
        stem=str(number),
    )


_READ = text(
    "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables"
    " WHERE schemaname = current_schema() AND relname IN ('rows', 'wanted', 'attempts')"
)
"""How many rows the transaction has read so far."""


async def test_what_a_row_costs_does_not_grow_with_the_batch(
    postgresql: PostgresqlServer, schema: str, tmp_path: Path
) -> None:
    """To claim rows and to intend them reads those rows, and not all that are left."""
    url = postgresql.url(schema)
    async with await open_ledger(tmp_path, ledger=url, create=True) as ledger, open_database(url) as opened:
        await ledger.join()
        await ledger.register([entry(number) for number in range(2000)])
        await ledger.finish_registration(again=True)
        (first,) = await ledger.claim(Wish(), 0, 1)

        def work_through(connection: Connection) -> int:
            for number in range(20):
                after = first.id + 10 * number
                claims = claiming.claim(connection, first.process, Wish(), after, 10)
                intents = [Intent(claim.process, claim.id, 1, f"key-{claim.id}", 1.0, 1.0) for claim in claims]
                assert len(working.intend(connection, intents)) == 10
            return connection.scalar(_READ) or 0

        assert 200 <= await opened.write(work_through) < 4000


async def test_to_look_for_more_reads_what_is_left(postgresql: PostgresqlServer, schema: str, tmp_path: Path) -> None:
    """A process that waits for others looks every second, and reads none of the rows that are done."""
    url = postgresql.url(schema)
    async with await open_ledger(tmp_path, ledger=url, create=True) as ledger, open_database(url) as opened:
        await ledger.join()
        await ledger.register([entry(number) for number in range(2000)])
        await ledger.finish_registration(again=True)
        (first,) = await ledger.claim(Wish(), 0, 1)
        await opened.write(lambda connection: connection.execute(update(rows).values(state="done", owner=None)))

        def look(connection: Connection) -> int:
            assert not claiming.has_more(connection, first.process, Wish())
            assert not claiming.claim(connection, first.process, Wish(), 0, 10)
            return connection.scalar(_READ) or 0

        assert await opened.write(look) < 100
