"""One export: rows in, in blocks, and a file or a stream out."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Literal, TypeAlias, get_args

from ..rows import Counts, Row
from .page import PageContext, render_page
from .tables import render_csv, render_jsonl
from .whole_file import open_whole

ExportFormat: TypeAlias = Literal["csv", "jsonl", "html"]
"""What rows are exported as."""

EXPORT_FORMATS: tuple[ExportFormat, ...] = get_args(ExportFormat)


async def export_rows(
    export_format: ExportFormat,
    blocks: AsyncIterable[Sequence[Row]],
    counts: Counts,
    *,
    output_dir: Path,
    to: Path | BinaryIO,
    now: datetime,
) -> None:
    """Write the rows of a ledger.

    Args:
        export_format: `csv` and `jsonl` have a line for each row; `html` is a page that needs no other file to open,
            and links to the images.
        blocks: The rows. One block is in memory at a time.
        counts: How many there are in each state, which the page shows at its top.
        output_dir: The directory that the files of rows are relative to.
        to: A file, which appears whole or not at all, or a stream. The page's links are relative to the file's folder,
            and to `output_dir` if it is a stream.
        now: When it is made, which the page says.

    Raises:
        BatchError: The file cannot be written.
    """
    context = PageContext(output_dir, to.parent if isinstance(to, Path) else output_dir, counts, now)
    renderers: dict[ExportFormat, Callable[[], AsyncIterator[str]]] = {
        "csv": lambda: render_csv(blocks),
        "jsonl": lambda: render_jsonl(blocks),
        "html": lambda: render_page(blocks, context),
    }
    if isinstance(to, Path):
        with open_whole(to) as file:
            await _write(renderers[export_format](), file)
    else:
        await _write(renderers[export_format](), to)


async def _write(pieces: AsyncIterator[str], file: BinaryIO) -> None:
    """Write text as UTF-8, in a thread. What UTF-8 has no place for, half a surrogate pair, is escaped."""
    async for piece in pieces:
        await asyncio.to_thread(file.write, piece.encode("utf-8", "backslashreplace"))
    await asyncio.to_thread(file.flush)
