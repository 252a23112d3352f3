"""Who lives, told by the operating system: a lock ends with its process, however that ends."""

import fcntl
import os
import socket
from contextlib import suppress
from functools import cache
from pathlib import Path

from attrs import define, field


@cache
def machine_name() -> str:
    """Return a name for this machine that changes when it boots. Locks of other machines cannot be seen here."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        boot = ""
    return f"{socket.gethostname()} {boot}".strip()


def _resolve(path: Path) -> Path:
    return path.resolve()  # a ledger that is found by a link has the same files


@define(eq=False)
class ProcessLocks:
    """Locked files beside a ledger, one for each process that works on it.

    Attributes:
        is_watching: Whether only to look at those of others.
    """

    ledger: Path = field(converter=_resolve)
    is_watching: bool = False
    _held: dict[int, int] = field(factory=dict[int, int], init=False)

    def take(self, process: int) -> None:
        """Say that a process lives, until it ends or lets go. Its id must not be known to others yet.

        Where no file can be locked, its lease says so alone. Nor does it matter if a process of another ledger has the
        file: one that was here before, or that of another server with the same URL.
        """
        if self.is_watching:
            return
        with suppress(OSError):
            descriptor = os.open(self._path(process), os.O_RDWR | os.O_CREAT, 0o666)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(descriptor)
                raise
            self._held[process] = descriptor

    def is_held(self, process: int) -> bool | None:
        """Return whether a process lives; None if this machine has no file of it."""
        try:
            descriptor = os.open(self._path(process), os.O_RDONLY)
        except OSError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(descriptor)
        return False

    def let_go(self, process: int) -> None:
        """Say that a process has ended."""
        if (descriptor := self._held.pop(process, None)) is not None:
            os.close(descriptor)

    def forget(self, process: int) -> None:
        """Forget a process that the ledger does not know any more."""
        if not self.is_watching:
            with suppress(OSError):
                self._path(process).unlink()
        self.let_go(process)

    def _path(self, process: int) -> Path:
        return self.ledger.with_name(f"{self.ledger.name}-lock-{process}")
