"""Statements by which a process claims rows, and says what it does with them. They run in a transaction, and block.

Two guards keep a row from being sent twice. A row is intended only if its owner is still the process that claimed it,
and only as the next of its attempts. What became of an attempt counts only if no later one was intended.
"""

import json
from collections.abc import Collection, Iterable, Sequence

from attrs import frozen
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from .columns import file_stem, read_billed, read_fields, read_files, read_fit, read_path, read_state
from .entries import Claim, Intent, Record
from .prepared import Prepared
from .schema import attempts, rows, wanted

INTERRUPTED = "the process ended before the response came"


@frozen
class Wish:
    """Which rows are to be sent."""

    states: tuple[str, ...] = ("pending",)
    is_billed: bool | None = None
    """Whether they were billed, if only those are meant that were, or were not."""

    def condition(self) -> ColumnElement[bool]:
        """Return the condition that such rows meet."""
        # A line of a list that names no file has nothing to send.
        is_source = or_(rows.c.content_digest != "", rows.c.path.is_not(None))
        conditions: list[ColumnElement[bool]] = [rows.c.state.in_(self.states), is_source]
        if self.is_billed is not None:
            conditions.append(rows.c.billed != "no" if self.is_billed else rows.c.billed == "no")
        return and_(*conditions)


def want(connection: Connection, process: int, wish: Wish) -> None:
    """Note that a process wants the rows that a wish means."""
    meant = select(literal(process, rows.c.id.type), rows.c.id).where(wish.condition())
    connection.execute(insert(wanted).from_select(["process", "row_id"], meant))


def claim(connection: Connection, process: int, wish: Wish, after: int, limit: int) -> list[Claim]:
    """Claim rows that a process wants and nobody owns: the first ones after a row."""
    columns = rows.c
    free = (
        select(rows)
        .join(wanted, wanted.c.row_id == columns.id)
        .where(wanted.c.process == process, wanted.c.row_id > after, columns.owner.is_(None), wish.condition())
        .order_by(wanted.c.row_id)
        .limit(limit)
        .with_for_update(of=rows, skip_locked=True)
    )
    found = [
        Claim(
            id=row.id,
            name=row.name,
            path=read_path(row.path),
            content_digest=row.content_digest,
            fit=read_fit(row.fit),
            fields=read_fields(row.fields),
            stem=file_stem(row.stem, row.stem_number),
            state=read_state(row.state),
            attempts=row.attempts,
            billed=read_billed(row.billed),
            files=read_files(row.files),
            idempotency_key=row.idempotency_key,
        )
        for row in connection.execute(free)
    ]
    if found:
        ids = [row.id for row in found]
        connection.execute(update(rows).where(columns.id.in_(ids)).values(owner=process))
    return found


INTEND_GUARD = rows.c.owner == bindparam("process")
"""The claim was not taken back meanwhile. A process whose claims are taken back goes on under another number."""

RECORD_GUARDS = (
    rows.c.attempts == bindparam("at"),  # no later attempt is under way
    or_(rows.c.owner == bindparam("process"), rows.c.state == "unknown"),  # nor does another process have the row
)


def make_intend(guard: ColumnElement[bool]) -> Prepared:
    """Return the statement that intends a request, if the guard lets it."""
    return Prepared(
        update(rows)
        .where(rows.c.id == bindparam("row"), rows.c.attempts == bindparam("before"), guard)
        .values(
            state="intended",
            attempts=bindparam("number"),
            idempotency_key=bindparam("key"),
            key_minted=func.coalesce(bindparam("minted", type_=rows.c.key_minted.type), rows.c.key_minted),
        )
    )


def make_record(guards: Iterable[ColumnElement[bool]]) -> Prepared:
    """Return the statement that records what became of a row, if the guards let it."""
    return Prepared(
        update(rows).where(rows.c.id == bindparam("row"), *guards),
        ("state", "owner", "billed", "problem", "note", "files", "images"),
    )


_INTEND = make_intend(INTEND_GUARD)

_RECORD = make_record(RECORD_GUARDS)

_IS_INTENDED = and_(
    rows.c.owner == bindparam("process"), rows.c.state == "intended", rows.c.attempts == bindparam("number")
)

_BEGIN_ATTEMPT = Prepared(
    insert(attempts).from_select(
        ["row_id", "number", "process", "start"],
        select(rows.c.id, rows.c.attempts, rows.c.owner, bindparam("begin", type_=attempts.c.start.type)).where(
            rows.c.id == bindparam("row"),
            _IS_INTENDED,
            ~exists().where(attempts.c.row_id == rows.c.id, attempts.c.number == rows.c.attempts),
        ),
    )
)


def make_find_intended(guard: ColumnElement[bool]) -> Select[int, int]:
    """Return the statement that finds which of some rows are intended now, if the guard lets it."""
    return select(rows.c.id, rows.c.attempts).where(
        rows.c.id.in_(bindparam("ids", expanding=True)), guard, rows.c.state == "intended"
    )


_FIND_INTENDED = make_find_intended(INTEND_GUARD)


def intend(connection: Connection, process: int, intents: Sequence[Intent]) -> set[int]:
    """Note that requests are to be sent. Return the rows for which that holds: the others were taken away.

    Doing it again changes nothing.
    """
    if not intents:
        return set()
    values = [
        {
            "row": one.row,
            "process": process,
            "before": one.number - 1,
            "number": one.number,
            "key": one.key,
            "minted": one.key_minted,
            "begin": one.start,
        }
        for one in intents
    ]
    _INTEND.execute(connection, values)
    _BEGIN_ATTEMPT.execute(connection, values)
    found = connection.execute(_FIND_INTENDED, {"ids": [one.row for one in intents], "process": process})
    numbers = {row.id: row.attempts for row in found}
    return {one.row for one in intents if numbers.get(one.row) == one.number}


_END_ATTEMPT = Prepared(
    update(attempts).where(attempts.c.row_id == bindparam("row"), attempts.c.number == bindparam("at")),
    ("end", "outcome", "status_code", "request_id", "wait", "retry_after", "is_final"),
)


def record(connection: Connection, process: int, records: Collection[Record]) -> None:
    """Note what became of rows and of attempts."""
    if tried := [_attempt_values(one) for one in records if one.attempt is not None]:
        _END_ATTEMPT.execute(connection, tried)
    if records:
        _RECORD.execute(connection, [{"process": process, **_row_values(process, one)} for one in records])


def _attempt_values(one: Record) -> dict[str, object]:
    attempt = one.attempt
    assert attempt is not None  # noqa: S101  # chosen so
    return {
        "row": one.row,
        "at": one.number,
        "end": attempt.end,
        "outcome": attempt.outcome.value,
        "status_code": attempt.status_code,
        "request_id": attempt.request_id,
        "wait": attempt.wait,
        "retry_after": attempt.retry_after,
        "is_final": int(attempt.is_final),
    }


def _row_values(process: int, one: Record) -> dict[str, object]:
    return {
        "row": one.row,
        "at": one.number,
        "state": one.state,
        "owner": process if one.is_held else None,
        "billed": one.billed,
        "problem": one.problem,
        "note": one.note,
        "files": json.dumps(one.files),
        "images": len(one.files),
    }


def release(connection: Connection, process: int, ids: Collection[int]) -> None:
    """Give rows back that were claimed and not sent."""
    connection.execute(update(rows).where(rows.c.id.in_(ids), rows.c.owner == process).values(owner=None))


def end(connection: Connection, process: int) -> None:
    """Give back what a process that is dead, or stops, has claimed. What it had intended is unknown."""
    columns = rows.c
    connection.execute(
        update(rows)
        .where(columns.owner == process, columns.state == "intended")
        .values(
            state="unknown",
            problem=INTERRUPTED,
            owner=None,
            billed=case((columns.billed == "yes", "yes"), else_="unknown"),
        )
    )
    connection.execute(update(rows).where(columns.owner == process).values(owner=None))
    connection.execute(delete(wanted).where(wanted.c.process == process))
