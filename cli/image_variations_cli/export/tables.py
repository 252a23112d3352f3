"""Rows as lines of a table."""

import csv
import io
import json
from collections.abc import AsyncIterable, AsyncIterator, Mapping, Sequence
from typing import TypeAlias

from image_variations import Attempt

from ..rows import Row

Json: TypeAlias = str | int | float | bool | Sequence["Json"] | Mapping[str, "Json"] | None

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What spreadsheets take for the beginning of a formula, also in the width of Chinese characters."""


def describe_row(row: Row) -> dict[str, Json]:
    """Return a row's members by their names, which stay as they are: new ones may come behind them."""
    return {
        "name": row.name,
        "state": row.state,
        "billed": row.billed,
        "problem": row.problem,
        "files": list(row.files),
        "fit": row.fit,
        "note": row.note,
        "fields": dict(row.fields),
        "attempts": [_describe_attempt(attempt) for attempt in row.attempts],
        "idempotency_key": row.idempotency_key,
        "key_minted": row.key_minted.isoformat() if row.key_minted else None,
        "path": row.path,
        "content_digest": row.content_digest,
        "digest": row.digest,
        "occurrence": row.occurrence,
    }


def _describe_attempt(attempt: Attempt) -> dict[str, Json]:
    return {
        "number": attempt.number,
        "start": attempt.start,
        "end": attempt.end,
        "outcome": attempt.outcome.value,
        "billed": attempt.billed,
        "status_code": attempt.status_code,
        "request_id": attempt.request_id,
    }


async def render_jsonl(blocks: AsyncIterable[Sequence[Row]]) -> AsyncIterator[str]:
    """Yield a JSON object in a line for each row."""
    async for block in blocks:
        # ASCII alone: half a surrogate pair, in a name that is no UTF-8, has no other spelling.
        yield "".join(f"{json.dumps(describe_row(row))}\n" for row in block)


COLUMNS = (
    *("name", "state", "billed", "problem", "files", "fit", "note", "fields", "attempts", "request_ids"),
    *("idempotency_key", "key_minted", "path", "content_digest", "digest", "occurrence"),
)
"""The columns of CSV, in their order."""


async def render_csv(blocks: AsyncIterable[Sequence[Row]]) -> AsyncIterator[str]:
    """Yield a header and a line for each row, as RFC 4180 has them."""
    yield _write_line(COLUMNS)
    async for block in blocks:
        yield "".join(_write_line([_defuse(cell) for cell in _make_cells(row)]) for row in block)


def _make_cells(row: Row) -> Sequence[str]:
    """Return a row's cells: lists have a line for each entry, and fields are one JSON object."""
    described = describe_row(row)
    described["files"] = "\n".join(row.files)
    described["fields"] = json.dumps(dict(row.fields), ensure_ascii=False, sort_keys=True) if row.fields else None
    described["attempts"] = len(row.attempts)
    described["request_ids"] = "\n".join(attempt.request_id for attempt in row.attempts if attempt.request_id)
    return ["" if (value := described[name]) is None else str(value) for name in COLUMNS]


def _defuse(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would take for a formula: a file may be called `=cmd|...`."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _write_line(cells: Sequence[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()
