"""A copy of a ledger, for a run that is to leave everything as it is."""

import sqlite3
from contextlib import closing
from pathlib import Path

from ..errors import LedgerError
from ..ledger import FILE_NAME


def copy_ledger(output_dir: Path, folder: Path) -> None:
    """Copy the ledger of an output directory into a folder, if there is one; a process may be working on it.

    Raises:
        LedgerError: It cannot be read.
    """
    path = output_dir / FILE_NAME
    if not path.exists():
        return
    try:
        # By its URI, in which a path may have any character, so that it is opened to be read.
        with (
            closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(folder / FILE_NAME)) as copy,
        ):
            source.backup(copy)
    except sqlite3.Error as error:
        raise LedgerError(f"{path}: the ledger cannot be read: {error}") from error
