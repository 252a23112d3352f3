"""One export: rows in, in blocks, and a file or a stream out."""

import asyncio
import os
from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Literal, TypeAlias, get_args

from ..places import is_url
from ..rows import Counts, Row
from ..storage import open_storage
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
    output_dir: "str | os.PathLike[str]",
    to: Path | BinaryIO,
    now: datetime,
) -> None:
    """Write the rows of a ledger.

    Args:
        export_format: `csv` and `jsonl` have a line for each row; `html` is a page that needs no other file to open,
            and links to the images.
        blocks: The rows. One block is in memory at a time.
        counts: How many there are in each state, which the page shows at its top.
        output_dir: The directory or the URL that the files of rows are relative to.
        to: A file, which appears whole or not at all, or a stream. The page's links are relative to the file's folder,
            and to `output_dir` if it is a stream.
        now: When it is made, which the page says.

    Raises:
        BatchError: The file cannot be written, or the URL cannot be opened.
    """
    storage = open_storage(output_dir)
    try:
        await _export(export_format, blocks, PageContext(storage, _folder_of(to, output_dir), counts, now), to)
    finally:
        storage.close()


async def _export(
    export_format: ExportFormat, blocks: AsyncIterable[Sequence[Row]], context: PageContext, to: Path | BinaryIO
) -> None:
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


def _folder_of(to: Path | BinaryIO, output_dir: "str | os.PathLike[str]") -> Path:
    """Return the folder that the links of a page start from."""
    if isinstance(to, Path):
        return to.parent
    return Path() if is_url(output_dir) else Path(output_dir)


async def _write(pieces: AsyncIterator[str], file: BinaryIO) -> None:
    """Write text as UTF-8, in a thread. What UTF-8 has no place for, half a surrogate pair, is escaped."""
    async for piece in pieces:
        await asyncio.to_thread(file.write, piece.encode("utf-8", "backslashreplace"))
    await asyncio.to_thread(file.flush)
