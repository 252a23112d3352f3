"""Walk folders: one of them in memory at a time, in an order that stays."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from attrs import field, frozen

from ..rows import Source
from .files import describe_error, is_image_name, make_problem, make_source
from .left_out import LeftOut

LEDGER_NAME = "ledger.sqlite3"
"""What an output directory is known by. The images in it are results: only who names the files wants to vary them."""


@frozen
class Walker:
    """A way through folders that takes each folder once, and leaves out hidden entries and the output of batches.

    Attributes:
        output_dir: The output directory of the batch.
        left_out: Counts what is left out.
        is_new: Returns whether no argument led to a file before.
    """

    output_dir: Path
    left_out: LeftOut
    is_new: Callable[[Path], bool]
    _visited: set[tuple[int, int]] = field(factory=set[tuple[int, int]])

    def walk(self, folder: Path) -> Iterator[Source]:
        """Yield the images in a folder and in those below it, sorted by name within each."""
        pending = [self.list_folder(folder)] if self.enter(folder) else []
        while pending:
            entry = next(pending[-1], None)
            if entry is None:
                pending.pop()
            elif isinstance(entry, Source):
                yield entry
            elif os.path.isdir(entry):
                if self.enter(entry):
                    pending.append(self.list_folder(entry))
            elif not is_image_name(entry.name):
                self.left_out.others += 1
            elif self.is_new(entry):
                yield make_source(entry)

    def list_folder(self, folder: Path) -> Iterator[Path | Source]:
        """Yield the entries of a folder that are not hidden, sorted; or why it cannot be read."""
        try:
            names = sorted(name for name in os.listdir(folder) if not name.startswith("."))
        except OSError as error:
            yield make_problem(str(folder), folder.name, describe_error(error))
            return
        yield from (folder / name for name in names)

    def enter(self, folder: Path) -> bool:
        """Return whether a folder is still to be walked, and has no output of a batch."""
        try:
            status = folder.stat()
        except OSError:
            return True  # listing it says why
        identity = (status.st_dev, status.st_ino)
        if self.holds_output(folder):
            self.left_out.outputs += 1
        elif identity in self._visited:
            self.left_out.repeated += 1
        else:
            self._visited.add(identity)
            return True
        return False

    def holds_output(self, folder: Path) -> bool:
        """Return whether a folder is the output directory of this batch, or of another."""
        return self.is_output(folder) or os.path.exists(folder / LEDGER_NAME)

    def is_output(self, folder: Path) -> bool:
        """Return whether a folder is the output directory of the batch."""
        try:
            return folder.samefile(self.output_dir)
        except OSError:
            return False
