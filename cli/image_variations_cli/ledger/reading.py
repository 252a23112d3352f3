"""Statements that read a ledger, for people and for pages. They run in a transaction, and block."""

from collections import defaultdict
from collections.abc import Collection
from datetime import UTC, datetime

from attrs import evolve
from image_variations import Attempt, Outcome
from sqlalchemy import ColumnElement, Connection, and_, case, false, func, or_, select

from ..rows import Counts, Row, State
from .columns import (
    file_stem,
    read_attempt,
    read_billed,
    read_fields,
    read_files,
    read_fit,
    read_path,
    read_state,
)
from .schema import attempts, rows, wanted
from .working import INTERRUPTED


def count(connection: Connection, living: Collection[int], process: int | None = None) -> Counts:
    """Count the rows of the ledger, or those that a process wants. Requests are counted for the whole ledger.

    What a process has intended that is not among the living is unknown.
    """
    columns = rows.c
    billed = case((and_(columns.state == "failed", columns.billed != "no"), 1), else_=0)
    sums = (func.count(), func.sum(columns.images), func.sum(billed), func.sum(columns.expected))
    groups = select(columns.state, columns.owner, *sums)
    if process is not None:
        groups = groups.join_from(rows, wanted, wanted.c.row_id == columns.id).where(wanted.c.process == process)
    numbers = {"pending": 0, "done": 0, "failed": 0, "unknown": 0}
    images = billed_failures = images_pending = 0
    for state, owner, number, made, failures, expected in connection.execute(
        groups.group_by(columns.state, columns.owner)
    ):
        is_lost = state == "intended" and owner not in living
        shown = "unknown" if is_lost else read_state(state)
        numbers[shown] += number
        images += made
        billed_failures += failures
        images_pending += expected if shown == "pending" else 0
    requests = _count_requests(connection)
    return Counts(
        **numbers,
        images=images,
        requests=sum(number for number, _ in requests.values()),
        billed_failures=billed_failures,
        images_pending=images_pending,
        images_billed=requests[Outcome.BILLED.value][1],
        images_unknown=requests[Outcome.UNKNOWN.value][1] + requests[None][1],
    )


def _count_requests(connection: Connection) -> defaultdict[str | None, tuple[int, int]]:
    """Count the requests, and the images that they ask for, by their outcome."""
    groups = select(attempts.c.outcome, func.count(), func.sum(rows.c.expected)).join(rows).group_by(attempts.c.outcome)
    counted = defaultdict[str | None, tuple[int, int]](lambda: (0, 0))
    for outcome, number, images in connection.execute(groups):
        counted[outcome] = number, images
    return counted


def read_rows(
    connection: Connection, living: Collection[int], states: Collection[State] | None, after: int, limit: int
) -> list[Row]:
    """Read the first rows after one, with their attempts. What a process has intended that is not alive is unknown."""
    lost = and_(rows.c.state == "intended", rows.c.owner.not_in(living))
    found = select(rows, lost.label("is_lost")).where(rows.c.id > after, _has_state(states, lost))
    records = connection.execute(found.order_by(rows.c.id).limit(limit)).all()
    tried: defaultdict[int, list[Attempt]] = defaultdict(list)
    ids = [record.id for record in records]
    for attempt in connection.execute(select(attempts).where(attempts.c.row_id.in_(ids)).order_by(attempts.c.number)):
        tried[attempt.row_id].append(read_attempt(attempt))
    return [
        _as_lost(
            Row(
                id=record.id,
                digest=record.digest,
                occurrence=record.occurrence,
                name=record.name,
                path=read_path(record.path),
                stem=file_stem(record.stem, record.stem_number),
                content_digest=record.content_digest,
                fit=read_fit(record.fit),
                fields=read_fields(record.fields),
                state=read_state(record.state),
                billed=read_billed(record.billed),
                problem=record.problem,
                note=record.note,
                files=read_files(record.files),
                attempts=tuple(tried[record.id]),
                idempotency_key=record.idempotency_key,
                key_minted=None if record.key_minted is None else datetime.fromtimestamp(record.key_minted, UTC),
            ),
            is_lost=record.is_lost,
        )
        for record in records
    ]


def _as_lost(row: Row, *, is_lost: bool) -> Row:
    """Return a row as it is known once its process is dead."""
    if not is_lost:
        return row
    return evolve(row, state="unknown", billed="yes" if row.billed == "yes" else "unknown", problem=INTERRUPTED)


def _has_state(states: Collection[State] | None, lost: ColumnElement[bool]) -> ColumnElement[bool]:
    if states is None:
        return rows.c.id.is_not(None)
    parts: list[ColumnElement[bool]] = [rows.c.state.in_(states)]
    parts.append(lost if "unknown" in states else false())
    if "pending" in states:
        parts.append(and_(rows.c.state == "intended", ~lost))
    return or_(*parts)
