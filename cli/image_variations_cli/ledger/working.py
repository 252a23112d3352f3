"""Statements by which a process says what it does with rows that it claimed. They run in a transaction, and block.

Guards keep a row from being sent twice, beside those of `claiming`. A row is intended only if its owner is still the
process that claimed it. What became of an attempt counts only if no later one was intended, no other process has the
row, and no other one intended the attempt.
"""

import json
from collections.abc import Collection, Iterable, Sequence

from attrs import frozen
from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    null,
    or_,
    select,
    update,
)

from .entries import Claim, Intent, Record
from .prepared import Prepared
from .schema import OWNED, STATE_OF_FOUND, attempts, rows

INTERRUPTED = "the process ended, or stood still, before the response came"


IS_OWNER = rows.c.owner == bindparam("process")
"""The claim was not taken back meanwhile. A process whose claims are taken back goes on under another number."""

_IS_INTENDER = attempts.c.process == bindparam("process")

_HAS_INTENDED = exists().where(attempts.c.row_id == rows.c.id, attempts.c.number == bindparam("at"), _IS_INTENDER)
"""The attempt is of the process itself, and not of another one that took the row meanwhile."""

RECORD_GUARDS = (
    rows.c.attempts == bindparam("at"),  # no later attempt is under way
    or_(IS_OWNER, and_(rows.c.state == "unknown", _HAS_INTENDED)),  # nor does another process have the row
)


def make_intend(guard: ColumnElement[bool]) -> Prepared:
    """Return the statement that intends a request, if the guard lets it."""
    return Prepared(
        update(rows)
        .where(rows.c.id == bindparam("row"), guard)
        .values(
            state="intended",
            attempts=bindparam("number"),
            idempotency_key=bindparam("key"),
            key_minted=func.coalesce(bindparam("minted", type_=rows.c.key_minted.type), rows.c.key_minted),
        )
    )


HAS_LEASE = rows.c.owner == bindparam("keeper", type_=rows.c.owner.type)
"""A process may keep a row for another attempt. A row that was taken back stays without an owner."""


def make_record(guards: Iterable[ColumnElement[bool]], keeps: ColumnElement[bool]) -> Prepared:
    """Return the statement that records what became of a row, and whose it is now, if the guards let it."""
    keeper = case((keeps, bindparam("keeper", type_=rows.c.owner.type)))
    return Prepared(
        update(rows).where(rows.c.id == bindparam("row"), *guards).values(owner=keeper),
        ("state", "billed", "problem", "note", "files", "images"),
    )


_INTEND = make_intend(IS_OWNER)

_RECORD = make_record(RECORD_GUARDS, HAS_LEASE)

_BEGIN_ATTEMPT = Prepared(
    insert(attempts).from_select(
        ["row_id", "number", "process", "start"],
        select(rows.c.id, rows.c.attempts, rows.c.owner, bindparam("begin", type_=attempts.c.start.type)).where(
            rows.c.id == bindparam("row"),
            IS_OWNER,
            STATE_OF_FOUND == "intended",
            rows.c.attempts == bindparam("number"),
            ~exists().where(attempts.c.row_id == rows.c.id, attempts.c.number == rows.c.attempts),
        ),
    )
)


@frozen
class Intended:
    """A request that is intended: for which process, and which attempt of its row it is."""

    owner: int
    number: int

    def is_of(self, intent: Intent) -> bool:
        """Return whether it is that of an intent, and not that of another process or task."""
        return (self.owner, self.number) == (intent.process, intent.number)


_FIND_INTENDED = select(rows.c.owner, rows.c.id, rows.c.attempts).where(
    rows.c.id.in_(bindparam("ids", expanding=True)), rows.c.state == "intended"
)


def intend(connection: Connection, intents: Sequence[Intent]) -> set[Intent]:
    """Note that requests are to be sent. Return those for which that holds: the rows of the others were taken away.

    Doing it again changes nothing.
    """
    if not intents:
        return set()
    values = [
        {
            "row": one.row,
            "process": one.process,
            "number": one.number,
            "key": one.key,
            "minted": one.key_minted,
            "begin": one.start,
        }
        for one in intents
    ]
    met = _INTEND.execute(connection, values)
    _BEGIN_ATTEMPT.execute(connection, values)
    if met == len(intents):
        return set(intents)
    found = connection.execute(_FIND_INTENDED, {"ids": [one.row for one in intents]})
    intended = {row.id: Intended(row.owner, row.attempts) for row in found}
    return {one for one in intents if one.row in intended and intended[one.row].is_of(one)}


def make_end_attempt(guard: ColumnElement[bool]) -> Prepared:
    """Return the statement that ends an attempt, if the guard lets it."""
    return Prepared(
        update(attempts).where(attempts.c.row_id == bindparam("row"), attempts.c.number == bindparam("at"), guard),
        ("end", "outcome", "status_code", "request_id", "wait", "retry_after", "is_final"),
    )


_END_ATTEMPT = make_end_attempt(_IS_INTENDER)


def record(connection: Connection, records: Collection[Record]) -> None:
    """Note what became of rows and of attempts."""
    if tried := [_attempt_values(one) for one in records if one.attempt is not None]:
        _END_ATTEMPT.execute(connection, tried)
    if records:
        _RECORD.execute(connection, [_row_values(one) for one in records])


def _attempt_values(one: Record) -> dict[str, object]:
    attempt = one.attempt
    assert attempt is not None  # noqa: S101  # chosen so
    return {
        "row": one.row,
        "process": one.process,
        "at": one.number,
        "end": attempt.end,
        "outcome": attempt.outcome.value,
        "status_code": attempt.status_code,
        "request_id": attempt.request_id,
        "wait": attempt.wait,
        "retry_after": attempt.retry_after,
        "is_final": int(attempt.is_final),
    }


def _row_values(one: Record) -> dict[str, object]:
    return {
        "row": one.row,
        "process": one.process,
        "at": one.number,
        "state": one.state,
        "keeper": one.process if one.is_held else None,
        "billed": one.billed,
        "problem": one.problem,
        "note": one.note,
        "files": json.dumps(one.files),
        "images": len(one.files),
    }


def make_release(guard: ColumnElement[bool]) -> Prepared:
    """Return the statement that gives a row back, if the guard lets it."""
    return Prepared(update(rows).where(rows.c.id == bindparam("row"), guard).values(owner=null()))


_RELEASE = make_release(IS_OWNER)


def release(connection: Connection, claims: Collection[Claim]) -> None:
    """Give rows back that were claimed and not sent."""
    if claims:
        _RELEASE.execute(connection, [{"row": one.id, "process": one.process} for one in claims])


IS_INTENDED = rows.c.state == "intended"
"""A row that is taken back becomes unknown."""


def take_back(connection: Connection, process: int) -> None:
    """Free what a process has claimed that has no lease any more. What it had intended is unknown."""
    columns = rows.c
    # In one statement: a row may become intended between two.
    connection.execute(
        update(rows)
        .where(columns.owner == process, columns.state.in_(OWNED))
        .values(
            owner=None,
            state=case((IS_INTENDED, "unknown"), else_=columns.state),
            problem=case((IS_INTENDED, INTERRUPTED), else_=columns.problem),
            billed=case((and_(IS_INTENDED, columns.billed != "yes"), "unknown"), else_=columns.billed),
        )
    )
