"""Thousands of images through `POST /images/variations`, with a ledger that knows what was paid.

The command `image-variations` is built on this package, and a service can call the same functions. It needs the extra
`cli`: `pip install "image-variations[cli]"`.

    from image_variations_cli import Source, run_batch

    async with Client() as client:
        summary = await run_batch(client, [Source("otter", "otter", Path("otter.png"))], "out", fields={"n": 2})
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .batch import FitImage, Fitted, Summary, retry_batch, run_batch
    from .errors import BatchError, DifferentOptionsError, ImageRefusedError, LedgerError, LedgerLockedError, UsageError
    from .events import (
        BatchPaused,
        BatchResumed,
        BatchStopped,
        BatchWaits,
        Event,
        RowDone,
        RowFailed,
        RowsFound,
        RowStarted,
        RowUnknown,
        RowWaits,
    )
    from .ledger import SqlLedger, open_ledger
    from .rows import Counts, Row, Source

__all__ = [
    "BatchError",
    "BatchPaused",
    "BatchResumed",
    "BatchStopped",
    "BatchWaits",
    "Counts",
    "DifferentOptionsError",
    "Event",
    "FitImage",
    "Fitted",
    "ImageRefusedError",
    "LedgerError",
    "LedgerLockedError",
    "Row",
    "RowDone",
    "RowFailed",
    "RowStarted",
    "RowUnknown",
    "RowWaits",
    "RowsFound",
    "Source",
    "SqlLedger",
    "Summary",
    "UsageError",
    "open_ledger",
    "retry_batch",
    "run_batch",
]

_MODULES = (".batch", ".ledger", ".events", ".rows", ".errors")


def __getattr__(name: str) -> object:
    """Import a public name when it is first used (PEP 562): without the extra, the command can still say so."""
    if name in __all__:
        for module in _MODULES:
            if hasattr(found := import_module(module, __name__), name):
                globals()[name] = value = getattr(found, name)
                return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
