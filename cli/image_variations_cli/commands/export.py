"""`image-variations export`: the rows of a ledger as a table or as a page."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from ..export import ExportFormat, export_rows
from . import exits
from .output import Output, tolerate_readers
from .work import Place, count, members_of

_STDOUT = Path("-")


def export(export_format: ExportFormat, place: Place, to: Path | None, output: Output) -> int:
    """Write the rows of a ledger to a file, or to standard output. Return the exit status.

    Args:
        export_format: What they are written as.
        place: Where the ledger is.
        to: Where they go, `-` for standard output; by default a file beside the ledger.
        output: Where it is said.
    """
    return asyncio.run(_export(export_format, place, to or place.folder / f"variations.{export_format}", output))


async def _export(export_format: ExportFormat, place: Place, to: Path, output: Output) -> int:
    async with await place.open_ledger() as ledger:
        counts = await ledger.count()
        stream = sys.stdout.buffer if to == _STDOUT else to
        with tolerate_readers():
            await export_rows(
                export_format, ledger.rows(), counts, output_dir=place.output_dir, to=stream, now=datetime.now(UTC)
            )
    if to != _STDOUT:
        output.print(str(to))
        output.event("file", path=str(to))
        output.note(f"{count(counts.rows, 'row')} written")
    output.summary(**members_of(counts))
    return exits.OK
