"""Statements by which a process wants rows, and claims them. They run in a transaction, and block.

Only a process that has a lease claims rows, and only those without an owner.
"""

from collections.abc import Iterable

from attrs import frozen
from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from .columns import file_stem, read_billed, read_fields, read_files, read_fit, read_path, read_state
from .entries import Claim
from .leases import hold
from .prepared import Prepared
from .schema import OWNED, STATE_OF_FOUND, processes, read_in_order, rows, wanted


@frozen
class Wish:
    """Which rows are to be sent."""

    states: tuple[str, ...] = ("pending",)
    is_billed: bool | None = None
    """Whether they were billed, if only those are meant that were, or were not."""

    def condition(self, state: ColumnElement[str] = rows.c.state) -> ColumnElement[bool]:
        """Return the condition that such rows meet."""
        # A line of a list that names no file has nothing to send.
        is_source = or_(rows.c.content_digest != "", rows.c.path.is_not(None))
        conditions: list[ColumnElement[bool]] = [state.in_(self.states), is_source]
        if self.is_billed is not None:
            conditions.append(rows.c.billed != "no" if self.is_billed else rows.c.billed == "no")
        return and_(*conditions)


def want(connection: Connection, process: int, wish: Wish) -> list[tuple[int, int]]:
    """Note that a process wants to try the rows again that a wish means. Return them, with their attempts so far.

    Those that another process has just tried for such a wish are not meant.
    """
    hold(connection, process)
    other = wanted.alias()
    is_tried = exists().where(other.c.row_id == rows.c.id, other.c.attempts < rows.c.attempts)
    meant = connection.execute(
        select(rows.c.id, rows.c.attempts).where(wish.condition(), rows.c.registered_by == 0, ~is_tried)
    ).all()
    found = [(row.id, row.attempts) for row in meant]
    want_rows(connection, process, found)
    return found


def want_rows(connection: Connection, process: int, meant: Iterable[tuple[int, int | None]]) -> None:
    """Note that a process wants rows, or some of them that have so many attempts. Doing it again changes nothing."""
    if values := [{"process": process, "row": row, "attempts": attempts} for row, attempts in meant]:
        _WANT.execute(connection, values)


_WANT = Prepared(
    insert(wanted).from_select(
        ["process", "row_id", "attempts"],
        select(
            bindparam("process", type_=wanted.c.process.type),
            rows.c.id,
            bindparam("attempts", type_=wanted.c.attempts.type),
        ).where(
            rows.c.id == bindparam("row"),
            ~exists().where(wanted.c.process == bindparam("process"), wanted.c.row_id == rows.c.id),
        ),
    )
)

HAS_NO_OWNER = rows.c.owner.is_(None)

IS_UNTRIED = or_(wanted.c.attempts.is_(None), wanted.c.attempts == rows.c.attempts)
"""A row that is to be tried again was not tried since by another process."""


def _is_free(process: int, is_meant: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition that a row meets which a process wants and may claim."""
    return and_(wanted.c.process == process, wanted.c.row_id == rows.c.id, HAS_NO_OWNER, IS_UNTRIED, is_meant)


def has_more(connection: Connection, process: int, wish: Wish) -> bool:
    """Return whether a row that a process wants is free, or may still become free because another one has it."""
    is_wanted = exists().where(wanted.c.process == process, wanted.c.row_id == rows.c.id)
    is_held = exists().where(rows.c.state.in_(OWNED), rows.c.owner != process, is_wanted)
    return bool(connection.scalar(select(or_(is_held, exists().where(_is_free(process, wish.condition()))))))


def claim(connection: Connection, process: int, wish: Wish, after: int, limit: int) -> list[Claim]:
    """Claim rows that a process wants and nobody owns: the first ones after a row.

    They are fewer than asked for if little is left for all.

    Raises:
        LeaseLostError: The process has no lease any more.
    """
    hold(connection, process)
    columns = rows.c
    # The first look goes by the state: few rows may be left. Those after it go on from row to row, and read no others.
    if after:
        read_in_order(connection)
    is_meant = wish.condition(STATE_OF_FOUND) if after else wish.condition()
    free = select(rows).where(_is_free(process, is_meant), wanted.c.row_id > after).order_by(wanted.c.row_id)
    sharing = connection.scalar(select(func.count()).select_from(processes)) or 1
    if sharing > 1:
        ahead = free.with_only_columns(columns.id).limit(2 * sharing * limit).subquery()
        left = connection.scalar(select(func.count()).select_from(ahead)) or 0
        limit = max(1, left // (2 * sharing))
    found = [
        Claim(
            process=process,
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
        for row in connection.execute(free.limit(limit).with_for_update(of=rows, skip_locked=True))
    ]
    if found:
        ids = [row.id for row in found]
        connection.execute(update(rows).where(columns.id.in_(ids)).values(owner=process))
        # This process tries a row once, also if nothing is sent.
        is_retry = and_(wanted.c.process == process, wanted.c.row_id.in_(ids), wanted.c.attempts.is_not(None))
        connection.execute(update(wanted).where(is_retry).values(attempts=-1))
    return found
