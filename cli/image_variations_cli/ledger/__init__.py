"""The ledger of a batch: the only truth about what was sent, and what it cost.

IN entries with their digests, claims, intents and records. OUT rows, counts. NOT requests, files, what is shown.
"""

from .claiming import Wish
from .database import AWAY_SECONDS
from .entries import Claim, Difference, Entry, Intent, Record, Registered
from .hashes import FileHash
from .ledger import Ledger, SqlLedger
from .opening import FILE_NAME, open_copy, open_ledger, show_url

__all__ = [
    "AWAY_SECONDS",
    "FILE_NAME",
    "Claim",
    "Difference",
    "Entry",
    "FileHash",
    "Intent",
    "Ledger",
    "Record",
    "Registered",
    "SqlLedger",
    "Wish",
    "open_copy",
    "open_ledger",
    "show_url",
]
