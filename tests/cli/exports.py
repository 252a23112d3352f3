"""Rows to export, and what is made of them."""

import io
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from image_variations_cli.export import ExportFormat, export_rows
from image_variations_cli.rows import Billed, Counts, FieldValue, Row, State

NOW = datetime(2026, 11, 28, 18, 40, tzinfo=UTC)

BILLED: Mapping[State, Billed] = {"done": "yes", "unknown": "unknown"}


def make_row(
    name: str = "otter.png",
    state: State = "done",
    *,
    number: int = 1,
    problem: str | None = None,
    files: Sequence[str] = (),
    original: Path | None = None,
    fields: Mapping[str, FieldValue] | None = None,
) -> Row:
    """Make a row of a ledger, with the content that its original has now."""
    return Row(
        id=number,
        digest=f"{number:064x}",
        occurrence=0,
        name=name,
        path=None if original is None else str(original),
        stem="otter",
        content_digest="" if original is None else sha256(original.read_bytes()).hexdigest(),
        fit="pad",
        fields=fields or {},
        state=state,
        billed=BILLED.get(state, "no"),
        problem=problem,
        files=tuple(files),
    )


def count(rows: Sequence[Row]) -> Counts:
    """Count rows as the ledger does."""
    states = Counter(row.state for row in rows)
    return Counts(
        done=states["done"],
        failed=states["failed"],
        unknown=states["unknown"],
        pending=states["pending"],
        images=sum(len(row.files) for row in rows),
        requests=len(rows),
    )


async def blocks_of(rows: Sequence[Row], size: int = 3) -> AsyncIterator[Sequence[Row]]:
    """Yield rows in blocks, as the ledger does."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


async def export(rows: Sequence[Row], export_format: ExportFormat, output_dir: Path = Path()) -> str:
    """Return what is written to a stream."""
    stream = io.BytesIO()
    await export_rows(export_format, blocks_of(rows), count(rows), output_dir=output_dir, to=stream, now=NOW)
    return stream.getvalue().decode()


async def export_file(rows: Sequence[Row], export_format: ExportFormat, output_dir: Path, to: Path) -> Path:
    """Write a file, and return its path."""
    await export_rows(export_format, blocks_of(rows), count(rows), output_dir=output_dir, to=to, now=NOW)
    return to
