"""The batch: many rows at once, each sent once.

IN sources, fields, a client. OUT files, rows of the ledger, events. NOT what is shown, where sources are from.
"""

from .contents import FitImage, Fitted
from .run import Summary, retry_batch, run_batch
from .tally import OnEvent

__all__ = ["FitImage", "Fitted", "OnEvent", "Summary", "retry_batch", "run_batch"]
