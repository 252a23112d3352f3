"""A model of the ledger: workers that claim, send, die, lose their claims while they work, and come back late.

Whatever they do, no row is sent by two of them, and none is done without an outcome that says so.
"""

from collections.abc import Callable, Iterator

import pytest
from attrs import define, frozen
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from image_variations import Attempt, Outcome
from image_variations_cli.ledger import Claim, Entry, Intent, Record, Wish, registering, schema, working
from image_variations_cli.rows import Billed, State
from sqlalchemy import Connection, create_engine, select, true

PROCESSES = st.integers(1, 3)

ROWS = 3

OUTCOMES: dict[Outcome, tuple[State, Billed]] = {
    Outcome.BILLED: ("done", "yes"),
    Outcome.UNKNOWN: ("unknown", "unknown"),
    Outcome.PERMANENT: ("failed", "no"),
}


@frozen
class Request:
    """A request that a worker sent, and of which no outcome is recorded."""

    process: int
    claim: Claim
    number: int


@define(eq=False)
class Task:
    """What a worker does with a row that it claimed."""

    process: int
    claim: Claim
    is_retry: bool
    sent: Request | None = None


class LedgerModel(RuleBasedStateMachine):
    """Three processes over one ledger. A process may run several tasks, and any of them may be late."""

    def __init__(self) -> None:
        super().__init__()
        self.connection: Connection = create_engine("sqlite://").connect()
        schema.migrate(self.connection)
        self.tasks: list[Task] = []
        self.open: dict[int, list[Request]] = {}
        self.numbers = {1: 1, 2: 2, 3: 3}

    @initialize()
    def register(self) -> None:
        """Each process wants the same rows."""
        entries = [
            Entry(
                digest=f"{index:064}",
                occurrence=0,
                content_digest=str(index),
                fit="refuse",
                fields={},
                name=str(index),
                path=None,
                stem=str(index),
            )
            for index in range(ROWS)
        ]
        for process in (1, 2, 3):
            registering.register(self.connection, process, entries)

    @rule(process=PROCESSES, limit=st.integers(1, ROWS), is_retry=st.booleans())
    def claim(self, process: int, limit: int, is_retry: bool) -> None:
        """Claim rows: those that are pending, or those that are unknown because somebody asked for it."""
        wish, number = Wish(("unknown",)) if is_retry else Wish(), self.numbers[process]
        for claim in working.claim(self.connection, number, wish, 0, limit):
            self.tasks.append(Task(number, claim, is_retry))

    @rule(pick=st.integers(0, 99), is_sent=st.booleans())
    def intend(self, pick: int, is_sent: bool) -> None:
        """Intend a request and send it, or die in between."""
        ready = [task for task in self.tasks if task.sent is None]
        if not ready:
            return
        task = ready[pick % len(ready)]
        number = task.claim.attempts + 1
        if task.claim.id not in working.intend(
            self.connection, task.process, [Intent(task.claim.id, number, "key", None, 0.0)]
        ):
            self.tasks.remove(task)
            return
        requests = self.open.setdefault(task.claim.id, [])
        # Sent twice only if somebody asked for that: the first one's outcome is not known.
        assert task.is_retry or not requests, "two requests of one row"
        if is_sent:
            task.sent = Request(task.process, task.claim, number)
            requests.append(task.sent)
        else:
            self.tasks.remove(task)

    @rule(pick=st.integers(0, 99), outcome=st.sampled_from(list(OUTCOMES)))
    def record(self, pick: int, outcome: Outcome) -> None:
        """Record what came of a request, however late."""
        sent = [task for task in self.tasks if task.sent is not None]
        if not sent:
            return
        task = sent[pick % len(sent)]
        assert task.sent is not None
        self.tasks.remove(task)
        state, billed = OUTCOMES[outcome]
        if task.is_retry and state == "failed":
            state = "unknown"  # as before: that this request was refused says nothing of the first one
        working.record(
            self.connection,
            task.process,
            [
                Record(
                    row=task.claim.id,
                    number=task.sent.number,
                    state=state,
                    billed=billed,
                    attempt=Attempt(task.sent.number, 0.0, 1.0, outcome, 200),
                )
            ],
        )
        if outcome is not Outcome.UNKNOWN:
            self.open[task.claim.id].remove(task.sent)

    @rule(pick=st.integers(0, 99))
    def refuse(self, pick: int) -> None:
        """Fail a row without a request, because its image does not fit."""
        ready = [task for task in self.tasks if task.sent is None]
        if ready:
            task = ready[pick % len(ready)]
            self.tasks.remove(task)
            state: State = "unknown" if task.is_retry else "failed"
            failed = Record(row=task.claim.id, number=task.claim.attempts, state=state, problem="not square")
            owner, before = self._look_at(task.claim.id)
            working.record(self.connection, task.process, [failed])
            assert owner == task.process or self._look_at(task.claim.id) == (owner, before), "another one's row"

    @rule(process=PROCESSES)
    def crash(self, process: int) -> None:
        """Kill a process. Requests that it sent go on."""
        self.tasks = [task for task in self.tasks if task.process != self.numbers[process]]

    @rule(process=PROCESSES)
    def take_back(self, process: int) -> None:
        """Take back what a process claimed, dead or only late. It may work on, and goes on under another number."""
        working.end(self.connection, self.numbers[process])
        self.numbers[process] += 10
        working.want(self.connection, self.numbers[process], Wish(("pending", "unknown", "failed", "done", "intended")))

    @invariant()
    def nothing_sent_is_pending(self) -> None:
        """A row with a request of unknown outcome is intended or unknown, or was settled by another request."""
        for row, requests in self.open.items():
            if requests:
                _, state = self._look_at(row)
                assert state in ("intended", "unknown", "done"), f"a request of a row that is {state}"

    def _look_at(self, row: int) -> tuple[int | None, str]:
        columns = schema.rows.c
        found = self.connection.execute(select(columns.owner, columns.state).where(columns.id == row)).one()
        return found.owner, found.state

    @invariant()
    def done_rows_have_an_outcome(self) -> None:
        """A row that is done has an attempt that was billed."""
        done = self.connection.scalars(select(schema.rows.c.id).where(schema.rows.c.state == "done")).all()
        attempts = schema.attempts.c
        billed = set(self.connection.scalars(select(attempts.row_id).where(attempts.outcome == "billed")))
        assert set(done) <= billed, "done without an outcome"

    def teardown(self) -> None:
        """Close the ledger."""
        self.connection.close()
        self.connection.engine.dispose()


MODEL = settings(max_examples=40, stateful_step_count=40, deadline=None)


def test_no_row_is_sent_by_two_workers() -> None:
    """No sequence of claims, crashes, late outcomes and claims that are taken back breaks the ledger's promise."""
    run_state_machine_as_test(LedgerModel, settings=MODEL)


def send_after_the_claim_was_taken_back(model: LedgerModel) -> None:
    """Have a worker send a row that another one has sent since."""
    model.claim(1, 1, is_retry=False)
    model.take_back(1)
    model.claim(2, 1, is_retry=False)
    model.intend(1, is_sent=True)
    model.intend(0, is_sent=True)


def record_after_another_attempt(model: LedgerModel) -> None:
    """Have a worker come back late with what became of the first of two requests."""
    model.claim(1, 1, is_retry=False)
    model.intend(0, is_sent=True)
    model.take_back(1)
    model.claim(2, 1, is_retry=True)
    model.intend(0, is_sent=True)
    model.record(1, Outcome.UNKNOWN)
    model.record(0, Outcome.PERMANENT)
    model.nothing_sent_is_pending()


def refuse_after_the_claim_was_taken_back(model: LedgerModel) -> None:
    """Have a worker refuse a row that another one has by now."""
    model.claim(1, 1, is_retry=False)
    model.take_back(1)
    model.claim(2, 1, is_retry=False)
    model.refuse(0)


@pytest.fixture
def model() -> Iterator[LedgerModel]:
    """The model, with its rows."""
    model = LedgerModel()
    model.register()
    yield model
    model.teardown()


@pytest.mark.parametrize(
    "sequence",
    [send_after_the_claim_was_taken_back, record_after_another_attempt, refuse_after_the_claim_was_taken_back],
)
def test_late_workers_do_no_harm(model: LedgerModel, sequence: Callable[[LedgerModel], None]) -> None:
    """The sequences against which there is a guard keep the ledger's promise."""
    sequence(model)


def test_an_intent_needs_its_guard(model: LedgerModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the guard of intents two requests of one row are sent."""
    monkeypatch.setattr(working, "_INTEND", working.make_intend(true()))
    monkeypatch.setattr(working, "_FIND_INTENDED", working.make_find_intended(true()))
    with pytest.raises(AssertionError, match="two requests of one row"):
        send_after_the_claim_was_taken_back(model)


@pytest.mark.parametrize(
    ("index", "sequence"), [(0, record_after_another_attempt), (1, refuse_after_the_claim_was_taken_back)]
)
def test_a_record_needs_each_of_its_guards(
    model: LedgerModel, index: int, sequence: Callable[[LedgerModel], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without either guard of records a late worker changes a row that is not its own any more."""
    guards = [guard for position, guard in enumerate(working.RECORD_GUARDS) if position != index]
    monkeypatch.setattr(working, "_RECORD", working.make_record(guards))
    with pytest.raises(AssertionError):
        sequence(model)
