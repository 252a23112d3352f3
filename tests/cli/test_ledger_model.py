"""A model of the ledger: workers that claim, send, die, stand still until their lease runs out, and come back late.

Whatever they do, and whatever the clock says, no row is sent by two of them, and none is done without an outcome that
says so. Each guard is taken out in turn, and the model has to notice.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from attrs import define, evolve, field, frozen
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from image_variations import Attempt, Outcome
from image_variations_cli.errors import LeaseLostError
from image_variations_cli.ledger import (
    Claim,
    Entry,
    Intent,
    Record,
    Wish,
    claiming,
    leases,
    membership,
    registering,
    schema,
    working,
)
from image_variations_cli.ledger.process_locks import ProcessLocks
from image_variations_cli.rows import Billed, State
from sqlalchemy import ColumnElement, Connection, create_engine, false, or_, select, true

WORKERS = st.integers(0, 2)

ROWS = 3

NO_LOCKS = ProcessLocks(Path("nowhere"))
"""The workers are on several machines, as far as anybody knows."""

OUTCOMES: dict[Outcome, tuple[State, Billed]] = {
    Outcome.BILLED: ("done", "yes"),
    Outcome.UNKNOWN: ("unknown", "unknown"),
    Outcome.PERMANENT: ("failed", "no"),
    Outcome.REJECTED: ("pending", "no"),
}


@frozen
class Request:
    """A request that was sent, the outcome of which is not known."""

    number: int


@define(eq=False)
class Task:
    """What a worker does with a row that it claimed."""

    claim: Claim
    is_retry: bool
    sent: Request | None = None


@define(eq=False)
class Worker:
    """A process. It may have another number than it knows of: others end its lease."""

    number: int
    tasks: list[Task] = field(factory=list[Task])
    meant: list[tuple[int, int | None]] = field(factory=list[tuple[int, int | None]])
    tried: set[tuple[int, int]] = field(factory=set[tuple[int, int]])
    is_retry: bool = False


class LedgerModel(RuleBasedStateMachine):
    """Three workers over one ledger. Each step is a transaction, after which its worker may be dead."""

    def __init__(self) -> None:
        super().__init__()
        self.connection = self.connect()
        schema.migrate(self.connection)
        self.now = 1000.0
        self.workers = [self.join() for _ in range(3)]
        self.open: dict[int, list[Request]] = {}
        self.sources = ROWS

    def connect(self) -> Connection:
        """Return a connection to an empty database."""
        return create_engine("sqlite://").connect()

    def join(self) -> Worker:
        """Begin a lease."""
        return Worker(leases.join(self.connection, self.now, None))

    @initialize()
    def register(self) -> None:
        """Each worker wants the same rows."""
        for worker in self.workers:
            self.want(worker, is_retry=False)

    def want(self, worker: Worker, *, is_retry: bool) -> None:
        """Want all rows, or those that are unknown now."""
        worker.is_retry = is_retry
        if is_retry:
            worker.meant = [*claiming.want(self.connection, worker.number, Wish(("unknown",)))]
        else:
            found = registering.register(
                self.connection, worker.number, [_entry(index) for index in range(self.sources)]
            )
            assert registering.finish(self.connection, worker.number, again=False) is None
            worker.meant = [(row.id, None) for row in found]

    @rule(index=WORKERS)
    def add_source(self, index: int) -> None:
        """Start a worker in the place of one that dies, with one source more."""
        self.sources += 1
        self.crash(index, is_retry=False)

    @rule(index=WORKERS, limit=st.integers(1, ROWS))
    def claim(self, index: int, limit: int) -> None:
        """Claim rows. A worker whose lease ran out goes on under another number."""
        worker = self.workers[index]
        wish = Wish(("unknown",)) if worker.is_retry else Wish()
        try:
            claims = claiming.claim(self.connection, worker.number, wish, 0, limit)
        except LeaseLostError:
            self.renew(index)
            claims = claiming.claim(self.connection, worker.number, wish, 0, limit)
        living = set(self.connection.scalars(select(schema.processes.c.id)))
        assert worker.number in living, "a worker that does not know that its lease ran out"
        held = {task.claim.id for other in self.workers for task in other.tasks if task.claim.process in living}
        for claim in claims:
            assert claim.id not in held, "two workers with one row"
            if worker.is_retry:
                assert (claim.id, claim.attempts) in worker.meant, "tried again since that was asked for"
                assert (claim.process, claim.id) not in worker.tried, "tried again without end"
                worker.tried.add((claim.process, claim.id))
            worker.tasks.append(Task(claim, worker.is_retry))

    @rule(index=WORKERS)
    def renew(self, index: int) -> None:
        """Renew a lease, or begin another one."""
        worker = self.workers[index]
        if not leases.renew(self.connection, worker.number, self.now):
            worker.number = self.join().number
            claiming.want_rows(self.connection, worker.number, worker.meant)

    @rule(index=WORKERS, pick=st.integers(0, 9), is_sent=st.booleans())
    def intend(self, index: int, pick: int, is_sent: bool) -> None:
        """Intend a request and send it, or forget it in between."""
        worker = self.workers[index]
        ready = [task for task in worker.tasks if task.sent is None]
        if not ready:
            return
        task = ready[pick % len(ready)]
        claim = task.claim
        intent = Intent(claim.process, claim.id, claim.attempts + 1, "key", None, 0.0)
        held = working.intend(self.connection, [intent])
        assert working.intend(self.connection, [intent]) == held, "doing it again, after a commit of unknown outcome"
        if not held:
            worker.tasks.remove(task)
            return
        requests = self.open.setdefault(claim.id, [])
        # Sent twice only if somebody asked for that after the first one: its outcome is not known.
        assert task.is_retry or not requests, "two requests of one row"
        assert not any(request.number == intent.number for request in requests), "two requests of one attempt"
        if is_sent:
            task.sent = Request(intent.number)
            requests.append(task.sent)
        else:
            worker.tasks.remove(task)

    @rule(index=WORKERS, pick=st.integers(0, 9), outcome=st.sampled_from(list(OUTCOMES)))
    def record(self, index: int, pick: int, outcome: Outcome) -> None:
        """Record what came of a request, however late. One that was refused is tried again."""
        worker = self.workers[index]
        sent = [task for task in worker.tasks if task.sent is not None]
        if not sent:
            return
        task = sent[pick % len(sent)]
        assert task.sent is not None
        number, is_refused = task.sent.number, outcome is Outcome.REJECTED
        state, billed = OUTCOMES[outcome]
        if task.is_retry and state != "done":
            state = "unknown"  # as before: that this request was refused says nothing of the first one
        working.record(
            self.connection,
            [
                Record(
                    process=task.claim.process,
                    row=task.claim.id,
                    number=number,
                    state=state,
                    is_held=is_refused,
                    billed=billed,
                    attempt=Attempt(number, 0.0, 1.0, outcome, 200),
                )
            ],
        )
        if outcome is not Outcome.UNKNOWN:
            self.open[task.claim.id].remove(task.sent)
        if is_refused:
            task.claim, task.sent = evolve(task.claim, attempts=number), None
        else:
            worker.tasks.remove(task)

    @rule(index=WORKERS, pick=st.integers(0, 9), is_intended=st.booleans())
    def give_up(self, index: int, pick: int, is_intended: bool) -> None:
        """Take back a request that was not sent, whether its intent is in the ledger or not."""
        worker = self.workers[index]
        ready = [task for task in worker.tasks if task.sent is None]
        if not ready:
            return
        task = ready[pick % len(ready)]
        worker.tasks.remove(task)
        claim, number = task.claim, task.claim.attempts + 1
        if is_intended:
            working.intend(self.connection, [Intent(claim.process, claim.id, number, "key", None, 0.0)])
        before = self._find_outcomes()
        attempt = Attempt(number, 0.0, 1.0, Outcome.NOT_SENT)
        given_up = Record(
            process=claim.process, row=claim.id, number=number, state=claim.state, is_held=True, attempt=attempt
        )
        working.record(self.connection, [given_up])
        assert is_intended or self._find_outcomes() == before, "the outcome of another one's request"

    @rule(index=WORKERS, pick=st.integers(0, 9))
    def refuse(self, index: int, pick: int) -> None:
        """Fail a row without a request, because its image does not fit."""
        worker = self.workers[index]
        ready = [task for task in worker.tasks if task.sent is None]
        if ready:
            task = ready[pick % len(ready)]
            worker.tasks.remove(task)
            claim, state = task.claim, _failure_of(task)
            failed = Record(
                process=claim.process, row=claim.id, number=claim.attempts, state=state, problem="not square"
            )
            owner, before = self._look_at(claim.id)
            working.record(self.connection, [failed])
            assert owner == claim.process or self._look_at(claim.id) == (owner, before), "another one's row"

    @rule(index=WORKERS, pick=st.integers(0, 9))
    def release(self, index: int, pick: int) -> None:
        """Give a row back that was not sent."""
        worker = self.workers[index]
        ready = [task for task in worker.tasks if task.sent is None]
        if ready:
            task = ready[pick % len(ready)]
            worker.tasks.remove(task)
            working.release(self.connection, [task.claim])

    @rule(index=WORKERS, is_retry=st.booleans())
    def crash(self, index: int, is_retry: bool) -> None:
        """Kill a worker, and start another one. Requests that were sent go on, and nobody ends the lease but time."""
        self.workers[index] = self.join()
        self.want(self.workers[index], is_retry=is_retry)

    @rule(seconds=st.sampled_from([1.0, leases.LEASE_SECONDS + 1, 1e6, -1.0, -leases.LEASE_SECONDS - 1, -1e6]))
    def jump(self, seconds: float) -> None:
        """Let time pass, or set the clock."""
        self.now += seconds

    @rule(index=WORKERS)
    def end_others(self, index: int) -> None:
        """End the leases that ran out, of workers that are dead or only late."""
        membership.end_others(self.connection, self.workers[index].number, self.now, NO_LOCKS)

    @invariant()
    def nothing_sent_is_pending(self) -> None:
        """A row with a request of unknown outcome is intended or unknown, or was settled by another request."""
        for row, requests in self.open.items():
            if requests:
                _, state = self._look_at(row)
                assert state in ("intended", "unknown", "done"), f"a request of a row that is {state}"

    @invariant()
    def owners_have_a_lease(self) -> None:
        """No row belongs to a process that nobody could end."""
        owners = set(self.connection.scalars(select(schema.rows.c.owner).where(schema.rows.c.owner.is_not(None))))
        assert owners <= set(self.connection.scalars(select(schema.processes.c.id))), "an owner without a lease"

    @invariant()
    def intended_rows_have_an_owner(self) -> None:
        """A row without an owner is not intended: it would not become unknown any more, nor could it be settled."""
        rows = schema.rows.c
        lost = select(rows.id).where(rows.state == "intended", rows.owner.is_(None))
        assert self.connection.scalar(lost) is None, "an intended row without an owner"

    @invariant()
    def done_rows_have_an_outcome(self) -> None:
        """A row that is done has an attempt that was billed."""
        done = self.connection.scalars(select(schema.rows.c.id).where(schema.rows.c.state == "done")).all()
        attempts = schema.attempts.c
        billed = set(self.connection.scalars(select(attempts.row_id).where(attempts.outcome == "billed")))
        assert set(done) <= billed, "done without an outcome"

    def check(self) -> None:
        """Check what always holds."""
        self.nothing_sent_is_pending()
        self.owners_have_a_lease()
        self.intended_rows_have_an_owner()
        self.done_rows_have_an_outcome()

    def _look_at(self, row: int) -> tuple[int | None, str]:
        columns = schema.rows.c
        found = self.connection.execute(select(columns.owner, columns.state).where(columns.id == row)).one()
        return found.owner, found.state

    def _find_outcomes(self) -> list[str | None]:
        attempts = schema.attempts.c
        found = self.connection.scalars(select(attempts.outcome).order_by(attempts.row_id, attempts.number))
        return [*found]

    def teardown(self) -> None:
        """Close the ledger."""
        self.connection.close()
        self.connection.engine.dispose()


def _entry(index: int) -> Entry:
    return Entry(
        digest=f"{index:064}",
        occurrence=0,
        content_digest=str(index),
        fit="refuse",
        fields={},
        name=str(index),
        path=None,
        stem=str(index),
    )


def _failure_of(task: Task) -> State:
    return "unknown" if task.is_retry else "failed"


MODEL = settings(max_examples=12, stateful_step_count=40, deadline=None)


def test_no_row_is_sent_by_two_workers() -> None:
    """No sequence of claims, crashes, late outcomes, leases that run out and clocks that jump breaks the promise."""
    run_state_machine_as_test(LedgerModel, settings=MODEL)


def stand_still(model: LedgerModel, index: int) -> None:
    """Have a worker's lease run out while it works on."""
    model.jump(leases.LEASE_SECONDS + 1)
    for other in {0, 1, 2} - {index}:
        model.renew(other)
    model.end_others((index + 1) % 3)


def send_after_the_lease_ran_out(model: LedgerModel) -> None:
    """Have a worker come late with a row that another one has by now."""
    model.claim(0, 1)
    stand_still(model, 0)
    model.claim(1, 1)
    model.intend(0, 0, is_sent=True)
    model.intend(1, 0, is_sent=True)
    model.check()


def send_what_another_one_has_sent(model: LedgerModel) -> None:
    """Have a worker come late with a row that another one has sent."""
    model.claim(0, 1)
    stand_still(model, 0)
    model.claim(1, 1)
    model.intend(1, 0, is_sent=True)
    model.intend(0, 0, is_sent=True)


def send_what_is_free_by_now(model: LedgerModel) -> None:
    """Have a worker come late with a row that nobody has."""
    model.claim(0, 1)
    stand_still(model, 0)
    model.intend(0, 0, is_sent=True)
    model.check()


def send_under_two_numbers(model: LedgerModel) -> None:
    """Have a worker send a row that it claimed before and after its lease ran out."""
    model.claim(0, 1)
    stand_still(model, 0)
    model.claim(0, 1)
    model.intend(0, 0, is_sent=True)
    model.intend(0, 0, is_sent=True)


def claim_what_another_one_has(model: LedgerModel) -> None:
    """Have two workers claim a row."""
    model.claim(0, 1)
    model.claim(1, 1)
    model.claim(2, 3)
    model.intend(0, 0, is_sent=True)
    model.check()
    for _ in range(3):
        model.intend(1, 0, is_sent=True)
        model.intend(2, 0, is_sent=True)


def claim_without_a_lease(model: LedgerModel) -> None:
    """Have a worker claim after its lease ran out."""
    stand_still(model, 0)
    model.claim(0, 1)
    model.check()


def claim_what_is_unknown(model: LedgerModel) -> None:
    """Have a worker claim a row that has been sent."""
    model.claim(0, 1)
    model.intend(0, 0, is_sent=True)
    stand_still(model, 0)
    model.claim(1, 3)
    model.claim(2, 3)
    for _ in range(3):
        model.intend(1, 0, is_sent=True)
        model.intend(2, 0, is_sent=True)


def record_after_another_attempt(model: LedgerModel) -> None:
    """Have a worker come back late with what became of the first of two requests."""
    model.claim(0, 1)
    model.intend(0, 0, is_sent=True)
    stand_still(model, 0)
    model.crash(1, is_retry=True)
    model.claim(1, 1)
    model.intend(1, 0, is_sent=True)
    model.record(1, 0, Outcome.UNKNOWN)
    model.record(0, 0, Outcome.PERMANENT)
    model.check()


def give_up_after_another_one_sent(model: LedgerModel) -> None:
    """Have a worker give up a request that it never intended, while another one's has the same number."""
    model.claim(0, 1)
    stand_still(model, 0)
    model.claim(1, 1)
    model.intend(1, 0, is_sent=True)
    stand_still(model, 1)
    model.give_up(0, 0, is_intended=False)
    model.check()


def refuse_after_the_lease_ran_out(model: LedgerModel) -> None:
    """Have a worker refuse a row that another one has by now."""
    model.claim(0, 1)
    stand_still(model, 0)
    model.claim(1, 1)
    model.refuse(0, 0)


def hold_after_the_lease_ran_out(model: LedgerModel) -> None:
    """Have a worker come back late with a request that is to be sent again."""
    model.claim(0, 1)
    model.intend(0, 0, is_sent=True)
    stand_still(model, 0)
    model.record(0, 0, Outcome.REJECTED)
    model.check()


def release_after_the_lease_ran_out(model: LedgerModel) -> None:
    """Have a worker give a row back that another one has sent by now."""
    model.claim(0, 1)
    stand_still(model, 0)
    model.claim(1, 1)
    model.intend(1, 0, is_sent=True)
    model.release(0, 0)
    model.check()


def end_under_way(model: LedgerModel) -> None:
    """Have a worker's lease run out while a request is under way."""
    model.claim(0, 1)
    model.intend(0, 0, is_sent=True)
    stand_still(model, 0)
    model.check()


def retry_what_another_one_tried(model: LedgerModel) -> None:
    """Have two workers asked to try the same row again, one after the other."""
    model.claim(0, 1)
    model.intend(0, 0, is_sent=True)
    stand_still(model, 0)
    model.crash(1, is_retry=True)
    model.crash(2, is_retry=True)
    model.claim(1, 1)
    model.intend(1, 0, is_sent=True)
    model.record(1, 0, Outcome.UNKNOWN)
    model.claim(2, 1)


def register_without_a_lease(model: LedgerModel) -> None:
    """Have a worker register after its lease ran out: nobody could end what it wants."""
    stand_still(model, 0)
    with pytest.raises(LeaseLostError):
        registering.register(model.connection, model.workers[0].number, [_entry(9)])
    with pytest.raises(LeaseLostError):
        registering.finish(model.connection, model.workers[0].number, again=False)


Sequence: TypeAlias = Callable[[LedgerModel], None]


def hold_anyway(intended: working.Intended, intent: Intent) -> bool:
    """Take any request that is intended for that of an intent."""
    return True


def need_no_lease(connection: Connection, process: int) -> None:
    """Let a process go on that has no lease."""


def mean_all(wish: Wish, state: object = None) -> ColumnElement[bool]:
    """Mean all rows, whatever their state."""
    return true()


GUARDS: dict[str, tuple[str, object, Sequence]] = {
    "an intent needs its owner": ("working._INTEND", working.make_intend(true()), send_what_is_free_by_now),
    "an intent holds for its owner": ("working.Intended.is_of", hold_anyway, send_what_another_one_has_sent),
    "a claim leaves rows of others": ("claiming.HAS_NO_OWNER", true(), claim_what_another_one_has),
    "a claim needs a lease": ("claiming.hold", need_no_lease, claim_without_a_lease),
    "a claim leaves what was sent": ("claiming.Wish.condition", mean_all, claim_what_is_unknown),
    "a retry leaves what was tried": ("claiming.IS_UNTRIED", true(), retry_what_another_one_tried),
    "a record is of the last attempt": (
        "working._RECORD",
        working.make_record(working.RECORD_GUARDS[1:], working.HAS_LEASE),
        record_after_another_attempt,
    ),
    "a record leaves rows of others": (
        "working._RECORD",
        working.make_record(working.RECORD_GUARDS[:1], working.HAS_LEASE),
        refuse_after_the_lease_ran_out,
    ),
    "an outcome is of a request of one's own": (
        "working._RECORD",
        working.make_record(
            (working.RECORD_GUARDS[0], or_(working.IS_OWNER, schema.rows.c.state == "unknown")), working.HAS_LEASE
        ),
        give_up_after_another_one_sent,
    ),
    "an attempt ends by who intended it": (
        "working._END_ATTEMPT",
        working.make_end_attempt(true()),
        give_up_after_another_one_sent,
    ),
    "a row is kept under a lease": (
        "working._RECORD",
        working.make_record(working.RECORD_GUARDS, true()),
        hold_after_the_lease_ran_out,
    ),
    "only its owner gives a row back": (
        "working._RELEASE",
        working.make_release(true()),
        release_after_the_lease_ran_out,
    ),
    "what was under way is unknown": ("working.IS_INTENDED", false(), end_under_way),
    "a registration needs a lease": ("registering.hold", need_no_lease, register_without_a_lease),
}
"""Each guard, what takes its place when it is taken out, and a sequence that it is there for."""

MORE = (send_after_the_lease_ran_out, send_under_two_numbers)


@pytest.fixture
def model() -> Iterator[LedgerModel]:
    """The model, with its rows."""
    model = LedgerModel()
    model.register()
    yield model
    model.teardown()


@pytest.mark.parametrize("sequence", dict.fromkeys([*(guard[2] for guard in GUARDS.values()), *MORE]))
def test_late_workers_do_no_harm(model: LedgerModel, sequence: Sequence) -> None:
    """The sequences against which there is a guard keep the ledger's promise."""
    sequence(model)


@pytest.mark.parametrize("guard", GUARDS)
def test_each_guard_is_needed(model: LedgerModel, guard: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any one of the guards the ledger's promise is broken, and the model says so."""
    place, without, sequence = GUARDS[guard]
    monkeypatch.setattr(f"image_variations_cli.ledger.{place}", without)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        sequence(model)
