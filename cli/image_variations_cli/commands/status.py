"""`image-variations status`: what the ledger knows."""

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime

from ..ledger import SqlLedger
from ..rows import Row, State
from . import exits
from .cost import all_paid_images
from .output import Output
from .work import Place, advise, count, describe_counts, members_of, report_cost


def status(place: Place, output: Output, *, is_all: bool = False) -> int:
    """Show what became of the rows of a ledger. Return the exit status that they give.

    Args:
        place: Where the ledger is.
        output: Where it is shown.
        is_all: Whether to show every row, not only those that failed or are unknown.
    """
    return asyncio.run(_status(place, output, None if is_all else ("failed", "unknown")))


async def _status(place: Place, output: Output, states: Collection[State] | None) -> int:
    async with await place.open_ledger() as ledger:
        counts = await ledger.count()
        await _show_rows(ledger, output, states)
        output.print(describe_counts(counts))
        output.print(f"{count(counts.images, 'image')}, {count(counts.requests, 'request')}")
        if place.price is not None:
            report_cost(await all_paid_images(ledger), place.price, output)
    advise(counts, place, output)
    output.summary(**members_of(counts))
    return exits.status_of(counts)


async def _show_rows(ledger: SqlLedger, output: Output, states: Collection[State] | None) -> None:
    now = datetime.now(UTC)
    async for block in ledger.rows(states):
        for row in block:
            output.print(_describe(row, now))
            output.event(
                "row",
                row=row.id,
                state=row.state,
                name=row.name,
                path=row.path,
                problem=row.problem,
                note=row.note,
                billed=row.billed,
                files=list(row.files),
                attempts=len(row.attempts),
                idempotency_key=row.idempotency_key,
                key_minted=None if row.key_minted is None else row.key_minted.isoformat(),
            )


def _describe(row: Row, now: datetime) -> str:
    parts = [f"{row.state:8} {row.name}"]
    if row.problem:
        parts.append(row.problem)
    if row.files:
        parts.append(", ".join(row.files))
    if row.state == "failed" and row.billed != "no":
        parts.append(exits.COSTS[row.billed])
    if row.state == "unknown" and row.key_minted is not None:
        parts.append(f"its idempotency key is {_format_age((now - row.key_minted).total_seconds())} old")
    return ": ".join(parts[:2]) + "".join(f"; {part}" for part in parts[2:])


def _format_age(seconds: float) -> str:
    """Return a time in its largest unit; a clock that was set back makes it 0."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(0, seconds):.0f} s"
