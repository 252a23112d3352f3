"""A model of the ledger: workers that claim, send, die, lose their claims while they work, and come back late.

Whatever they do, no row is sent by two of them, and none is done without an outcome that says so.
"""

from collections.abc import Sequence

import pytest
from attrs import define, frozen
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from image_variations import Attempt, Outcome
from image_variations_cli.ledger import Claim, Entry, Intent, Record, Wish, registering, schema, working
from image_variations_cli.rows import Billed, State
from sqlalchemy import ColumnElement, Connection, create_engine, select, true

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
        wish = Wish(("unknown",)) if is_retry else Wish()
        for claim in working.claim(self.connection, process, wish, 0, limit):
            self.tasks.append(Task(process, claim, is_retry))

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
        self.tasks = [task for task in self.tasks if task.process != process]

    @rule(process=PROCESSES)
    def take_back(self, process: int) -> None:
        """Take back what a process claimed, whether it is dead or only late. It may work on."""
        working.end(self.connection, process)
        working.want(self.connection, process, Wish(("pending", "unknown", "failed", "done", "intended")))

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


MODEL = settings(max_examples=60, stateful_step_count=40, deadline=None)

HUNT = settings(max_examples=500, stateful_step_count=40, deadline=None, phases=(Phase.generate,))
"""It is enough to find one case: none is made smaller."""


def test_no_row_is_sent_by_two_workers() -> None:
    """No sequence of claims, crashes, late outcomes and claims that are taken back breaks the ledger's promise."""
    run_state_machine_as_test(LedgerModel, settings=MODEL)


def _without(guards: Sequence[ColumnElement[bool]], index: int) -> list[ColumnElement[bool]]:
    return [guard for position, guard in enumerate(guards) if position != index]


@pytest.mark.parametrize("index", range(2))
def test_the_model_needs_each_guard_of_an_intent(index: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a guard of the intent is taken out, the model finds two requests of one row."""
    monkeypatch.setattr(working, "_INTEND", working.make_intend(_without(working.INTEND_GUARDS, index)))
    if index == 0:  # it is looked at twice
        monkeypatch.setattr(working, "_FIND_INTENDED", working.make_find_intended(true()))
    with pytest.raises(AssertionError):
        run_state_machine_as_test(LedgerModel, settings=HUNT)


@pytest.mark.parametrize("index", range(2))
def test_the_model_needs_each_guard_of_a_record(index: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a guard of the record is taken out, the model finds a row whose state another worker's record changed."""
    monkeypatch.setattr(working, "_RECORD", working.make_record(_without(working.RECORD_GUARDS, index)))
    with pytest.raises(AssertionError):
        run_state_machine_as_test(LedgerModel, settings=HUNT)
