"""Statements that register sources as rows. They run in a transaction, and block."""

import re
from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen
from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from ..rows import FieldValue
from .claiming import want_rows
from .columns import encode_fields, encode_path, read_fields, read_fit, read_state, stem_key
from .entries import Difference, Entry, Registered
from .leases import hold
from .schema import rows, wait_for_turn, wanted

_MAX_EXPECTED = 1_000_000
"""Images of a request. No rule lets a larger number be sent, and the column and sums of it have an end."""

_NUMBERED = re.compile(r"~[0-9]+\Z")


def register(connection: Connection, process: int, entries: Sequence[Entry]) -> list[Registered]:
    """Find the row of each entry, or make one, and note that the process wants them.

    Raises:
        LeaseLostError: The process has no lease any more.
    """
    wait_for_turn(connection)
    hold(connection, process)
    known = _find(connection, entries)
    new = [entry for entry in entries if (entry.digest, entry.occurrence) not in known]
    if new:
        stems = _StemNumbers(connection, new)
        connection.execute(insert(rows), [_values(process, entry, *stems.take(entry.stem)) for entry in new])
        known = _find(connection, entries)
    moved = [entry for entry in entries if known[entry.digest, entry.occurrence].place != _place(entry)]
    if moved:
        connection.execute(
            update(rows).where(rows.c.id == bindparam("row")),
            [
                {
                    "row": known[entry.digest, entry.occurrence].row.id,
                    "name": entry.name,
                    "path": encode_path(entry.path),
                }
                for entry in moved
            ],
        )
    found = [known[entry.digest, entry.occurrence].row for entry in entries]
    want_rows(connection, process, [(row.id, None) for row in found])
    return found


def _place(entry: Entry) -> tuple[str, bytes | None]:
    return entry.name, encode_path(entry.path)


@frozen
class _Found:
    row: Registered
    place: tuple[str, bytes | None]


def _find(connection: Connection, entries: Iterable[Entry]) -> dict[tuple[str, int], _Found]:
    columns = rows.c
    found = connection.execute(
        select(columns.digest, columns.occurrence, columns.id, columns.state, columns.name, columns.path).where(
            columns.digest.in_({entry.digest for entry in entries})
        )
    )
    return {
        (digest, occurrence): _Found(Registered(id_, read_state(state)), (name, path))
        for digest, occurrence, id_, state, name, path in found
    }


def _values(process: int, entry: Entry, stem: str, number: int) -> dict[str, object]:
    return {
        "digest": entry.digest,
        "occurrence": entry.occurrence,
        "content_digest": entry.content_digest,
        "fit": entry.fit,
        "fields": encode_fields(entry.fields),
        "expected": _expected(entry.fields),
        "name": entry.name,
        "path": encode_path(entry.path),
        "stem": stem,
        "stem_key": stem_key(stem),
        "stem_number": number,
        "state": "failed" if entry.problem else "pending",
        "problem": entry.problem,
        "registered_by": process,
    }


def _expected(fields: Mapping[str, FieldValue]) -> int:
    """Return how many images a request asks for."""
    n = fields.get("n", 1)
    return n if isinstance(n, int) and 0 < n <= _MAX_EXPECTED else 1


class _StemNumbers:
    """Numbers that tell equal stems apart. Case does not count, as on many disks."""

    def __init__(self, connection: Connection, entries: Iterable[Entry]) -> None:
        stems = {stem_key(entry.stem) for entry in entries}
        highest = select(rows.c.stem_key, func.max(rows.c.stem_number)).where(rows.c.stem_key.in_(stems))
        self._highest: dict[str, int] = {}
        for stem, number in connection.execute(highest.group_by(rows.c.stem_key)):
            self._highest[stem] = number

    def take(self, stem: str) -> tuple[str, int]:
        key = stem_key(stem)
        # A stem that ends like a number of ours always gets one: no two names are the same.
        number = self._highest.get(key, 1 if _NUMBERED.search(stem) else 0) + 1
        self._highest[key] = number
        return stem, number


def finish(connection: Connection, process: int, *, again: bool) -> Difference | None:
    """Compare what the process registered with the ledger, once all sources are registered, and let it be sent.

    Returns:
        A row that is not to be sent unless `again` says so, because other options were used for its bytes before.

    Raises:
        LeaseLostError: The process has no lease any more.
    """
    wait_for_turn(connection)
    hold(connection, process)
    difference = None if again else _find_difference(connection, process)
    if difference is None:
        mine = select(wanted.c.row_id).where(wanted.c.process == process)
        connection.execute(update(rows).where(rows.c.id.in_(mine), rows.c.registered_by != 0).values(registered_by=0))
        _drop_replaced(connection, process)
    return difference


def _find_difference(connection: Connection, process: int) -> Difference | None:
    """Return a row that the process wants and that is new, although other options were used for its bytes before.

    Those that the process wants too do not count, nor those that cost nothing, unless another process is to send them.
    """
    new, old, same = rows.alias(), rows.alias(), rows.alias()
    is_mine = exists().where(wanted.c.process == process, wanted.c.row_id == new.c.id)
    is_wanted = exists().where(wanted.c.process == process, wanted.c.row_id == old.c.id)
    is_others = exists().where(wanted.c.process != process, wanted.c.row_id == old.c.id)
    is_known = exists().where(same.c.digest == new.c.digest, same.c.registered_by == 0)
    found = connection.execute(
        select(new.c.name, old.c.fit, old.c.fields, new.c.fit, new.c.fields)
        .join_from(new, old, and_(old.c.content_digest == new.c.content_digest, old.c.digest != new.c.digest))
        .where(
            new.c.content_digest != "",
            new.c.registered_by != 0,
            is_mine,
            old.c.registered_by == 0,
            or_(_costs(old.c.state, old.c.billed, old.c.owner), is_others),
            ~is_wanted,
            ~is_known,
        )
        .order_by(new.c.id)
        .limit(1)
    ).first()
    if found is None:
        return None
    name, old_fit, old_fields, fit, fields = found
    return Difference(name, read_fit(old_fit), read_fields(old_fields), read_fit(fit), read_fields(fields))


def _drop_replaced(connection: Connection, process: int) -> None:
    """Drop rows that an input replaces at no cost: it has their bytes or their path in another row.

    They are of files that were edited before they were sent, or that did not fit and do now. Lines and patterns that
    led to no file are known by their place alone, so none is kept that this input does not have. What another process
    wants stays.
    """
    kept = rows.alias()
    is_mine = exists().where(wanted.c.process == process, wanted.c.row_id == kept.c.id)
    has_content = exists().where(kept.c.content_digest == rows.c.content_digest, kept.c.content_digest != "", is_mine)
    has_path = exists().where(kept.c.path == rows.c.path, is_mine)
    is_line = and_(rows.c.content_digest == "", rows.c.path.is_(None))
    connection.execute(
        delete(rows).where(
            ~_costs(rows.c.state, rows.c.billed, rows.c.owner),
            ~exists().where(wanted.c.row_id == rows.c.id),
            or_(has_content, has_path, is_line),
        )
    )


def forget(connection: Connection, process: int) -> None:
    """Leave the ledger as it was before a process that ends, and has not compared what it registered.

    A row that another process wants is that one's from now on.
    """
    is_others = and_(wanted.c.process != process, wanted.c.row_id == rows.c.id)
    connection.execute(delete(rows).where(rows.c.registered_by == process, ~exists().where(is_others)))
    other = select(func.min(wanted.c.process)).where(is_others).scalar_subquery()
    connection.execute(update(rows).where(rows.c.registered_by == process).values(registered_by=other))


def _costs(state: ColumnElement[str], billed: ColumnElement[str], owner: ColumnElement[int]) -> ColumnElement[bool]:
    """Return whether a row cost something, may have, or is under way."""
    return or_(state.not_in(("pending", "failed")), billed != "no", owner.is_not(None))
