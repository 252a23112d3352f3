"""Several processes that share a ledger: who has which row, what a process leaves, and how fast all of them may be."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import closing
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import pytest
from attrs import define, evolve, field
from image_variations import Attempt, Client, Outcome
from image_variations_cli import (
    BatchWaits,
    DifferentOptionsError,
    Event,
    LedgerError,
    LedgerLockedError,
    RowStarted,
    run_batch,
)
from image_variations_cli.batch.pace import Pace
from image_variations_cli.errors import LeaseLostError, UsageError
from image_variations_cli.ledger import (
    FILE_NAME,
    Claim,
    Entry,
    Intent,
    Record,
    SqlLedger,
    Wish,
    file_systems,
    leases,
    open_ledger,
    rates,
    schema,
    sqlite,
)
from image_variations_cli.ledger.process_locks import ProcessLocks
from image_variations_cli.ledger.sqlite import SqliteDatabase
from sqlalchemy import Connection, create_engine

from tests.support.batches import ONE_IMAGE, QuickClient, draw_images, read_rows
from tests.support.clocks import HandClock, SleeplessClock
from tests.support.server import ScriptedServer

T = TypeVar("T")

PENDING = Wish()


def entry(number: int, *, fields: str = "") -> Entry:
    """Make an entry of a source."""
    return Entry(
        digest=f"{number}{fields}",
        occurrence=0,
        content_digest=f"content {number}",
        fit="refuse",
        fields={"user": fields} if fields else {},
        name=f"{number}.png",
        path=f"/photos/{number}.png",
        stem=str(number),
    )


def count_steps(connection: Connection, ticks: list[None]) -> None:
    """Count what SQLite does from now on, in steps of 100 instructions of its machine."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    driver.set_progress_handler(lambda: ticks.append(None), 100)


class Machines:
    """Processes of several machines, as far as their ledgers know, and the clock that their leases count by."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = 0.0
        self.opened: list[SqlLedger] = []

    async def start(self, entries: Sequence[Entry] = (), max_per_minute: int | None = None) -> SqlLedger:
        """Start a process that wants rows."""
        await (await open_ledger(self.path, create=True)).aclose()
        nowhere = ProcessLocks(self.path / f"machine-{len(self.opened)}")
        ledger = SqlLedger(SqliteDatabase(self.path / FILE_NAME), nowhere, lambda _: self.now)
        self.opened.append(ledger)
        await ledger.join(max_per_minute=max_per_minute)
        if entries:
            await ledger.register(entries)
            assert await ledger.finish_registration(again=False) is None
        return ledger

    async def stop(self) -> None:
        """Stop all of them."""
        for ledger in self.opened:
            await ledger.aclose()


@pytest.fixture
async def machines(tmp_path: Path) -> AsyncIterator[Machines]:
    """Machines that share a ledger."""
    machines = Machines(tmp_path)
    yield machines
    await machines.stop()


def intent_of(claim: Claim) -> Intent:
    """Make the intent of a row's next attempt."""
    return Intent(claim.process, claim.id, claim.attempts + 1, "key", 1.0, 1.0)


def done(claim: Claim) -> Record:
    """Make the record of a row that is done."""
    number = claim.attempts + 1
    attempt = Attempt(number, 1.0, 2.0, Outcome.BILLED, 200)
    return Record(
        process=claim.process,
        row=claim.id,
        number=number,
        state="done",
        attempt=attempt,
        billed="yes",
        files=("1.png",),
    )


async def states_of(ledger: SqlLedger) -> list[str]:
    """Return the states of all rows."""
    return [row.state async for block in ledger.rows() for row in block]


async def names_of(ledger: SqlLedger) -> list[str]:
    """Return the names of all rows."""
    return [row.name async for block in ledger.rows() for row in block]


async def test_a_lease_that_ran_out_gives_back_what_was_not_sent(machines: Machines) -> None:
    """What was intended is unknown, also for those who only read; the rest is another process's; nothing is lost."""
    entries = [entry(number) for number in range(3)]
    late, other = await machines.start(entries), await machines.start(entries)
    (first,) = await late.claim(PENDING, 0, 1)
    (second,) = await late.claim(PENDING, first.id, 1)
    assert await late.intend(intent_of(first))
    assert await states_of(other) == ["pending", "pending", "pending"]
    machines.now += leases.LEASE_SECONDS + 1
    assert await states_of(other) == ["unknown", "pending", "pending"]
    assert await other.has_more(PENDING)
    taken = [claim.id for _ in range(2) for claim in await other.claim(PENDING, 0, 64)]
    assert taken == [second.id, second.id + 1]
    assert not await late.intend(intent_of(second))
    await late.record(done(first))
    late.release(second)
    await late.flush()
    assert await states_of(other) == ["done", "pending", "pending"]
    number = late.process
    assert await late.claim(PENDING, 0, 64) == []
    assert late.process > number
    assert (await late.count(is_mine=True)).rows == 3


@define(eq=False)
class WatchedDatabase(SqliteDatabase):
    """A database whose transactions are looked at just before each of them is committed."""

    look: Callable[[], object] = field(kw_only=True)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run a function in a transaction."""

        def watched(connection: Connection) -> T:
            result = work(connection)
            self.look()
            return result

        return await super().write(watched)


async def test_a_dead_process_is_known_to_be_dead_until_its_end_is_on_the_disk(tmp_path: Path) -> None:
    """Its lock tells so as long as its lease is there: nobody sees its rows as those of a living process meanwhile."""
    await (await open_ledger(tmp_path, create=True)).aclose()
    path, locks = tmp_path / FILE_NAME, ProcessLocks(tmp_path / FILE_NAME)
    async with SqlLedger(SqliteDatabase(path), locks) as dead:
        await dead.join()
        number, held = dead.process, list[bool | None]()
        locks.let_go(number)
        watched = WatchedDatabase(path, look=lambda: held.append(locks.is_held(number)))
        async with SqlLedger(watched, ProcessLocks(path)) as other:
            await other.join()
            assert (held, locks.is_held(number)) == ([False], False)
        assert locks.is_held(number) is None


async def test_a_clock_that_jumps_ends_leases_and_sends_nothing_twice(machines: Machines) -> None:
    """Set back or put forward, the clock takes rows from a process at the worst, which claims them again."""
    for jump in (1e6, -3e6):
        entries = [entry(int(jump))]
        working, other = await machines.start(entries), await machines.start(entries)
        (claim,) = await working.claim(PENDING, 0, 64)
        machines.now += jump
        assert await other.has_more(PENDING)
        (again,) = await other.claim(PENDING, 0, 64)
        assert [await working.intend(intent_of(claim)), await other.intend(intent_of(again))] == [False, True]


async def test_blocks_become_small_when_little_is_left(machines: Machines) -> None:
    """Nobody sits on the last rows while others have none."""
    entries = [entry(number) for number in range(40)]
    working = [await machines.start(entries) for _ in range(4)]
    sizes: list[int] = []
    while claims := await working[len(sizes) % 4].claim(PENDING, 0, 64):
        sizes.append(len(claims))
    assert sum(sizes) == 40
    assert sizes == sorted(sizes, reverse=True)
    assert (sizes[0], sizes[-1]) == (5, 1)


async def test_a_process_that_registers_takes_nothing_from_others(machines: Machines) -> None:
    """Rows are there once; what is dropped because it was replaced, or never compared, is nobody else's."""
    entries = [entry(number) for number in range(3)]
    first = await machines.start()
    rows = await first.register(entries)
    second = await machines.start(entries[:2])
    assert [row.id for row in rows] == [claim.id for claim in await second.claim(PENDING, 0, 64)] + [2, 3]
    await first.aclose()
    machines.opened.remove(first)
    assert await names_of(second) == ["0.png", "1.png"]
    other = await machines.start()
    await other.register([evolve(entry(7), path="/photos/1.png")])
    assert await other.finish_registration(again=False) is None
    assert await names_of(second) == ["0.png", "1.png", "7.png"]


async def test_options_that_differ_from_those_of_a_living_process_are_told(machines: Machines) -> None:
    """Of two processes with different options for the same image, the one that comes later stops, before both send."""
    first, second, third = [await machines.start() for _ in range(3)]
    for ledger, fields in ((first, "n=1"), (second, "n=2"), (third, "n=2")):
        await ledger.register([entry(1, fields=fields)])
    assert await first.finish_registration(again=False) is None
    difference = await second.finish_registration(again=False)
    assert difference is not None
    assert (difference.old_fields, difference.fields) == ({"user": "n=1"}, {"user": "n=2"})
    await second.aclose()
    machines.opened.remove(second)
    assert await third.finish_registration(again=False) is not None
    assert await third.finish_registration(again=True) is None
    assert [claim.fields for claim in await third.claim(PENDING, 0, 64)] == [{"user": "n=2"}]


async def test_a_process_that_stood_still_while_it_registered_says_so(machines: Machines) -> None:
    """What it had registered is gone, so it ends in one line; run again, it registers all."""
    late = await machines.start()
    await late.register([entry(1)])
    machines.now += leases.LEASE_SECONDS + 1
    await machines.start()
    with pytest.raises(LeaseLostError, match="run the same command again"):
        await late.register([entry(2)])
    with pytest.raises(LeaseLostError, match="run the same command again"):
        await late.finish_registration(again=False)


async def test_retries_that_share_a_ledger_try_a_row_once(machines: Machines) -> None:
    """What one of them has tried, without success, is not tried again by the others, nor by one that joins them."""
    entries = [entry(1)]
    batch = await machines.start(entries)
    (claim,) = await batch.claim(PENDING, 0, 64)
    await batch.intend(intent_of(claim))
    await batch.record(evolve(done(claim), state="unknown", billed="unknown"))
    unknown = Wish(("unknown",))
    first, second = await machines.start(), await machines.start()
    for retry in (first, second):
        await retry.want(unknown)
    (claim,) = await first.claim(unknown, 0, 64)
    await first.intend(intent_of(claim))
    await first.record(evolve(done(claim), state="unknown", billed="unknown"))
    third = await machines.start()
    await third.want(unknown)
    assert [await retry.claim(unknown, 0, 64) for retry in (first, second, third)] == [[], [], []]


@pytest.fixture
def connection() -> Connection:
    """A ledger in memory."""
    connection = create_engine("sqlite://").connect()
    schema.migrate(connection)
    return connection


def test_all_processes_together_start_no_more_than_the_rate(connection: Connection) -> None:
    """Starts are reserved in blocks, one after the other, and no burst is larger than one second's share."""
    for _ in range(4):
        leases.join(connection, 0.0, 1200)
    starts = sorted(start for _ in range(12) for start in rates.reserve(connection, 100.0))
    assert len(starts) == 60  # 12 blocks of a fourth of a second's 20
    assert starts == pytest.approx([index / 20 for index in range(60)])
    later = [start for _ in range(4) for start in rates.reserve(connection, 200.0)]
    assert later == pytest.approx([max(0.0, index / 20 - 0.95) for index in range(20)])


def test_the_least_rate_counts(connection: Connection) -> None:
    """If processes were told different rates, or some none, the least that was told holds for all of them."""
    assert rates.reserve(connection, 0.0) == []
    for rate in (None, 600, 60):
        leases.join(connection, 0.0, rate)
    assert rates.find_rate(connection) == 60
    assert [rates.reserve(connection, 0.0) for _ in range(3)] == [[0.0], [1.0], [2.0]]


def test_a_clock_that_is_set_back_holds_no_start_up(connection: Connection) -> None:
    """What is reserved comes along: nobody waits for an hour, and the rate holds."""
    leases.join(connection, 0.0, 60)
    assert [rates.reserve(connection, 3600.0), rates.reserve(connection, 3600.5)] == [[0.0], [0.5]]
    assert [rates.reserve(connection, 0.0), rates.reserve(connection, 0.0)] == [[1.5], [2.5]]


async def test_a_rate_above_what_anybody_can_send_is_kept(machines: Machines) -> None:
    """It takes neither memory for all its starts, nor a number that a database cannot hold."""
    ledger = await machines.start(max_per_minute=10**30)
    assert ledger.rate == 2**31 - 1
    assert len(await ledger.reserve_starts()) == 1000


@pytest.mark.parametrize("rate", [0, -1])
async def test_a_rate_of_nothing_is_refused(tmp_path: Path, rate: int) -> None:
    """A program that computes its rate is told, before anything is sent."""
    async with Client(base_url="http://127.0.0.1:9") as client:
        with pytest.raises(UsageError, match=f"at least 1, and is {rate}"):
            await run_batch(client, draw_images(tmp_path / "in", 1), tmp_path / "out", max_per_minute=rate)


async def test_nothing_is_sent_if_no_start_can_be_reserved(
    scripted: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ledger that fails while requests wait for their turns does not let them go without."""
    scripted.script = (ONE_IMAGE,)

    def fail(connection: Connection, now: float) -> list[float]:
        raise LedgerError("the ledger is broken")

    monkeypatch.setattr(rates, "reserve", fail)
    async with QuickClient(base_url=scripted.base_url) as client:
        with pytest.raises(LedgerError, match="the ledger is broken"):
            await run_batch(client, draw_images(tmp_path / "in", 2), tmp_path / "out", max_per_minute=60)
    assert scripted.posts == 0


class Reserved:
    """A ledger that has reserved starts."""

    def __init__(self, *blocks: list[float]) -> None:
        self.blocks = list(blocks)

    @property
    def rate(self) -> int | None:
        """How many requests may start in a minute."""
        return 60

    async def reserve_starts(self) -> list[float]:
        """Reserve the next starts."""
        return self.blocks.pop(0)


async def test_requests_start_when_it_is_their_turn() -> None:
    """A process uses the starts that it has reserved, and none that it reserved long ago."""
    hand = HandClock()
    pace = Pace(Reserved([0.0, 0.5, 1.0], [0.0]), hand.clock)
    assert pace.is_limited
    await pace.wait()
    waiting = asyncio.create_task(pace.wait())
    await hand.until_asleep()
    hand.move(0.5)
    await waiting
    hand.move(60)
    await pace.wait()
    assert hand.slept == [0.5]


class SlowlyReserved(Reserved):
    """The same, of which each response takes 0.9 s."""

    def __init__(self, hand: HandClock, *blocks: list[float]) -> None:
        super().__init__(*blocks)
        self.hand = hand

    async def reserve_starts(self) -> list[float]:
        """Reserve the next starts."""
        self.hand.move(0.9)
        return await super().reserve_starts()


async def test_a_ledger_that_takes_its_time_makes_no_burst() -> None:
    """Starts count from when they were reserved, and not from when they were asked for."""
    hand = SleeplessClock()
    pace = Pace(SlowlyReserved(hand, [0.0, 0.5, 1.0]), hand.clock)
    starts: list[float] = []
    for _ in range(3):
        await pace.wait()
        starts.append(hand.now)
    assert [later - earlier for earlier, later in pairwise(starts)] == pytest.approx([0.5, 0.5])


async def test_rows_that_a_dead_process_leaves_are_taken(scripted: ScriptedServer, tmp_path: Path) -> None:
    """A process that waits for the rows of another one sends them if that one dies."""
    scripted.script = (ONE_IMAGE,)
    out, waits = tmp_path / "out", asyncio.Event()
    sources = draw_images(tmp_path / "in", 3)
    async with QuickClient(base_url=scripted.base_url) as client:
        await run_batch(client, sources, out, limit=0)
        locks = ProcessLocks(out / FILE_NAME)
        dead = SqlLedger(SqliteDatabase(out / FILE_NAME), locks)
        await dead.join()
        with closing(sqlite3.connect(out / FILE_NAME)) as ledger, ledger:
            ledger.execute("UPDATE rows SET owner = ?", (dead.process,))

        def take(event: Event) -> None:
            if isinstance(event, BatchWaits):
                waits.set()

        running = asyncio.create_task(run_batch(client, sources, out, on_event=take))
        await waits.wait()
        assert scripted.posts == 0
        locks.let_go(dead.process)
        assert (await running).counts.done == 3
        await dead.aclose()


MOUNTS = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:40 / /mnt/shared\\040photos rw,relatime shared:2 - nfs4 server:/photos rw,vers=4.2
31 30 254:1 / /mnt/shared\\040photos/local rw,relatime - xfs /dev/vdb rw
32 22 0:41 / /home rw,relatime master:3 - fuse.sshfs me@host: rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/out", "ext4"),
        ("/mnt/shared photos/out", "nfs4"),
        ("/mnt/shared photos/local/out", "xfs"),
        ("/mnt/shared photos and more", "ext4"),
        ("/home", "fuse.sshfs"),
    ],
)
def test_the_type_of_a_file_system_is_that_of_the_longest_mount_point(path: str, kind: str) -> None:
    """Mount points are compared by whole names, and may have escapes."""
    assert file_systems.find_type(Path(path), MOUNTS) == kind


async def test_a_ledger_on_a_network_file_system_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line says what to do, and nothing is left there; what is there can be read."""
    (tmp_path / "old").mkdir()
    await (await open_ledger(tmp_path / "old", create=True)).aclose()
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"22 1 0:40 / / rw - ext4 /dev/vda rw\n30 22 0:40 / {tmp_path} rw - cifs //server/photos rw\n")
    monkeypatch.setattr(file_systems, "_MOUNTS", mounts)
    file_systems.refuse_network.cache_clear()
    with pytest.raises(LedgerError, match=r"network file system \(cifs\).*--ledger postgresql://"):
        await open_ledger(tmp_path / "out", create=True)
    assert not (tmp_path / "out").exists()
    assert await read_rows(tmp_path / "old") == []
    async with await open_ledger(tmp_path / "old") as ledger:
        with pytest.raises(LedgerError, match="network file system"):
            await ledger.join()


async def test_a_ledger_that_is_removed_in_the_middle_is_not_gone_on_with(
    scripted: ScriptedServer, tmp_path: Path
) -> None:
    """Another process would make a new one, and pay again: the batch sends nothing more, and says what is lost."""
    scripted.script = (ONE_IMAGE,)
    out = tmp_path / "out"

    def remove(event: Event) -> None:
        if isinstance(event, RowStarted):
            (out / FILE_NAME).unlink()

    async with QuickClient(base_url=scripted.base_url) as client:
        with pytest.raises(LedgerError, match=r"removed or replaced.*; the outcome of a request is not in the ledger"):
            await run_batch(client, draw_images(tmp_path / "in", 3), out, concurrency=1, on_event=remove)
    assert scripted.posts == 1


async def test_a_ledger_that_is_replaced_is_not_written(tmp_path: Path) -> None:
    """A process that works on the file that was there before ends, and the new one is not its own."""
    await (await open_ledger(tmp_path / "new", create=True)).aclose()
    async with await open_ledger(tmp_path, create=True) as ledger:
        await ledger.join()
        (tmp_path / "new" / FILE_NAME).rename(tmp_path / FILE_NAME)
        with pytest.raises(LedgerError, match="moved, removed or replaced"):
            await ledger.register([entry(1)])


async def test_a_ledger_of_two_names_is_read_alone(tmp_path: Path) -> None:
    """SQLite keeps a journal for each name, so that processes would not see what others write by another one."""
    await (await open_ledger(tmp_path, create=True)).aclose()
    (tmp_path / "link.sqlite3").hardlink_to(tmp_path / FILE_NAME)
    for name in (FILE_NAME, "link.sqlite3"):
        async with await open_ledger(tmp_path, ledger=str(tmp_path / name)) as ledger:
            assert (await ledger.count()).rows == 0
            with pytest.raises(LedgerError, match="hard links"):
                await ledger.join()


async def test_a_process_is_known_to_be_dead_by_whatever_path_the_ledger_is_found(tmp_path: Path) -> None:
    """A ledger that is a symbolic link is the same one, also for the files that tell who lives."""
    link = tmp_path / "link.sqlite3"
    link.symlink_to(tmp_path / "out" / FILE_NAME)
    async with await open_ledger(tmp_path / "out", create=True) as ledger:
        await ledger.join()
        assert ProcessLocks(link).is_held(ledger.process) is True


async def test_the_number_of_a_process_of_another_ledger_is_no_trouble(tmp_path: Path) -> None:
    """A ledger that was removed leaves the locked file of a process that lives: a new one has its numbers again."""
    async with await open_ledger(tmp_path, create=True) as old:
        await old.join()
        for name in (FILE_NAME, f"{FILE_NAME}-wal", f"{FILE_NAME}-shm"):
            (tmp_path / name).unlink()
        async with await open_ledger(tmp_path, create=True) as new:
            await new.join()
            assert new.process == old.process
            await new.register([entry(1)])


async def test_a_program_that_does_not_share_the_ledger_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If another program holds the file for longer than the busy timeout, the command ends with 11."""
    await (await open_ledger(tmp_path, create=True)).aclose()
    monkeypatch.setattr(sqlite, "_BUSY_SECONDS", 0.1)
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        async with await open_ledger(tmp_path) as ledger:
            with pytest.raises(LedgerLockedError, match="another program holds the ledger") as caught:
                await ledger.join()
    assert caught.value.exit_status == 11


VERSION_1 = """
DELETE FROM processes;
DROP TABLE starts;
ALTER TABLE processes DROP COLUMN max_per_minute;
ALTER TABLE processes ADD COLUMN has_registered INTEGER NOT NULL DEFAULT 0;
ALTER TABLE wanted DROP COLUMN attempts;
UPDATE schema_version SET version = 1;
UPDATE rows SET registered_by = 7;
INSERT INTO processes (id, host, pid, beat, has_registered) VALUES (7, 'host', 123, 1.0, 1);
"""


async def test_a_ledger_of_one_process_becomes_one_that_several_share(scripted: ScriptedServer, tmp_path: Path) -> None:
    """A ledger of the first version goes on with what it knows, unless a process of that version works on it."""
    scripted.script = (ONE_IMAGE,)
    sources = draw_images(tmp_path / "in", 2)
    out = tmp_path / "out"
    async with QuickClient(base_url=scripted.base_url) as client:
        await run_batch(client, sources, out, limit=1)
        with closing(sqlite3.connect(out / FILE_NAME)) as ledger:
            ledger.executescript(VERSION_1)
        locks = ProcessLocks(out / FILE_NAME)
        locks.take(7)
        with pytest.raises(LedgerLockedError, match=r"older version \(123\)"):
            await run_batch(client, sources, out)
        locks.let_go(7)
        assert (await run_batch(client, sources, out)).counts.done == 2
        with pytest.raises(DifferentOptionsError):
            await run_batch(client, sources, out, fields={"n": 2})
    assert scripted.posts == 2


async def test_processes_that_begin_together_share_a_new_ledger(tmp_path: Path) -> None:
    """The one that makes the ledger may work on it before the others see it, and none of them is turned away."""
    all_are_there = asyncio.Barrier(12)

    async def begin() -> None:
        async with await open_ledger(tmp_path, create=True) as ledger:
            await ledger.join()
            await all_are_there.wait()

    await asyncio.gather(*(begin() for _ in range(12)))


async def test_a_process_waits_for_another_that_makes_the_ledger(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """SQLite refuses at once to set the journal of a file that another process is about to write: it is set later."""
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None, check_same_thread=False)) as other:

        def end_the_other(seconds: float) -> None:
            other.execute("ROLLBACK")

        other.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr(sqlite, "sleep", end_the_other)
        async with await open_ledger(tmp_path, create=True) as ledger:
            await ledger.join()


async def test_a_registration_is_accepted_in_a_time_that_grows_with_its_rows(tmp_path: Path) -> None:
    """Twice the rows take SQLite about twice the steps, and not four times."""
    steps: list[int] = []
    for number in (300, 600):
        async with await open_ledger(tmp_path / str(number), create=True) as ledger:
            await ledger.join()
            await ledger.register([entry(each) for each in range(number)])
            ticks: list[None] = []
            await ledger.database.write(partial(count_steps, ticks=ticks))
            await ledger.finish_registration(again=False)
            steps.append(len(ticks))
    assert 0 < steps[1] < 3 * steps[0]
