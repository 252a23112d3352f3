"""Files that appear whole, or not at all."""

import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ..errors import BatchError


@contextmanager
def open_whole(path: Path) -> Generator[BinaryIO]:
    """Open a file for writing that takes its name when the `with` block ends well, in place of one that has it.

    Raises:
        BatchError: It cannot be written.
    """
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise _refuse(path, error) from error
    try:
        with open(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            # As `open` would have made it: what mkstemp makes, nobody else may read.
            os.fchmod(file.fileno(), 0o666 & ~_read_umask())
        os.replace(name, path)
    except BaseException as error:
        with suppress(OSError):
            os.unlink(name)
        if isinstance(error, OSError):
            raise _refuse(path, error) from error
        raise


def _read_umask() -> int:
    umask = os.umask(0o022)
    os.umask(umask)
    return umask


def _refuse(path: Path, error: OSError) -> BatchError:
    return BatchError(f"{path} cannot be written: {error.strerror or error}; nothing was written there")
