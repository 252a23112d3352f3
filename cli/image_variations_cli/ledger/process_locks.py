"""Who lives, told by the operating system: a lock ends with its process, however that ends."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from attrs import define, field


@define(eq=False)
class ProcessLocks:
    """Locked files beside a ledger, one for each process that works on it."""

    ledger: Path
    _held: dict[int, int] = field(factory=dict[int, int], init=False)

    def take(self, process: int) -> None:
        """Say that a process lives, until it ends or lets go. Its id must not be known to others yet.

        Raises:
            OSError: The file system has no locks.
        """
        descriptor = os.open(self._path(process), os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise
        self._held[process] = descriptor

    def is_alive(self, process: int) -> bool:
        """Return whether a process still lives."""
        try:
            descriptor = os.open(self._path(process), os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def release(self, process: int) -> None:
        """Let go, and forget a process that has ended."""
        with suppress(OSError):
            self._path(process).unlink()
        if (descriptor := self._held.pop(process, None)) is not None:
            os.close(descriptor)

    def _path(self, process: int) -> Path:
        return self.ledger.with_name(f"{self.ledger.name}-lock-{process}")
