# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Files of images before they have their names. These functions block; they are run off the event loop."""

import errno
import os
import re
from collections.abc import Iterable
from contextlib import suppress
from io import FileIO
from pathlib import Path

from attrs import define, field

from .formats import JPEG, PNG, RIFF

EXTENSIONS = ("png", "jpeg", "webp", "bin")
"""Of the formats that servers send; the last is for one that is none of them."""

_HEAD_SIZE = 12
"""Bytes that tell the formats apart."""

_PART = re.compile(r"\.image-[0-9a-f]{32}\.part")
"""The names of our temporary files. Whoever writes one holds a lock on it."""


def extension_of(head: bytes) -> str:
    """Return the file name's extension by an image's first bytes, whatever the server called it."""
    if head.startswith(PNG):
        return "png"
    if head.startswith(JPEG):
        return "jpeg"
    return "webp" if head.startswith(RIFF) and head[8:12] == b"WEBP" else "bin"


@define(eq=False)
class PendingFile:
    """An image on its way to the disk, which nobody sees before it is whole.

    On Linux it needs no name until then, so that nothing is left if the process is killed. Elsewhere
    it is a hidden `.part` file.

    Attributes:
        directory: Where it goes.
        is_named: Whether it needs a name from the beginning.
        size: The bytes that `write` was given.
    """

    directory: Path
    is_named: bool
    size: int = field(default=0, init=False)
    _handle: FileIO | None = field(default=None, init=False, repr=False)
    _part: str | None = field(default=None, init=False)
    _head: bytes = field(default=b"", init=False, repr=False)
    _unwritten: bytes = field(default=b"", init=False, repr=False)

    @property
    def is_pending(self) -> bool:
        """Whether something has to be finished or discarded."""
        return self._handle is not None

    @property
    def extension(self) -> str:
        """What the file name ends with."""
        return extension_of(self._head)

    def write(self, pieces: list[bytes]) -> None:
        """Write more of the image, and empty the list: the thread that this runs in may hold it for a while.

        Raises:
            OSError: It cannot be written. `take_back` returns all of it.
        """
        self.size += sum(map(len, pieces))
        remaining = iter(pieces)
        rest = memoryview(b"")
        try:
            handle = self._open()
            for piece in remaining:
                if len(self._head) < _HEAD_SIZE:
                    self._head += piece[: _HEAD_SIZE - len(self._head)]
                rest = memoryview(piece)
                while rest:  # unbuffered: a write may take less than it was given
                    rest = rest[handle.write(rest) or 0 :]
        except OSError:
            self._unwritten = b"".join([rest, *remaining])
            raise
        finally:
            pieces.clear()

    def sync(self) -> None:
        """Wait until the disk has it: a name must never lead to a file that a power cut has emptied.

        Raises:
            OSError: The disk could not take it.
        """
        try:
            os.fsync(self._open())
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS):  # file systems that cannot
                raise

    def link(self, target: Path) -> bool:
        """Claim a name. Return False if it now belongs to an empty file, because there are no hard links.

        Raises:
            FileExistsError: The name is taken.
            OSError: No file can be made there.
        """
        try:
            self._link(target)
        except FileExistsError:
            raise
        except OSError:  # file systems say this in many ways
            target.open("xb").close()
            return False
        return True

    def replace(self, target: Path) -> None:
        """Take a name, and the place of the file that has it.

        Raises:
            OSError: The name cannot be had, for example because it is a directory's.
        """
        if self._part is None:
            part = _part_in(self.directory)
            _lock(self._open())
            self._link(part)
            self._part = part
        if os.name == "nt":
            self._open().close()  # Windows renames no open file
        os.replace(self._part, target)
        self._part = None

    def take_back(self) -> bytes:
        """Return all that was given to `write`, and leave nothing on the disk.

        Raises:
            OSError: The disk does not give it back.
        """
        try:
            return self._written() + self._unwritten
        finally:
            self.discard()

    def discard(self) -> None:
        """Leave nothing but the names that it was given."""
        handle, self._handle = self._handle, None
        part, self._part = self._part, None
        if handle is not None:
            with suppress(OSError):  # it was synced, or is of no interest any more
                handle.close()
        if part is not None:
            with suppress(OSError):  # the directory may be gone
                os.unlink(part)

    def _open(self) -> FileIO:
        if self._handle is None:
            if self.is_named:
                self._part, self._handle = _locked_part(self.directory)
            else:
                self._handle = _unnamed(self.directory)
        return self._handle

    def _link(self, target: str | Path) -> None:
        if self._part is not None:
            os.link(self._part, target)
        else:
            _link_unnamed(self._open(), target)

    def _written(self) -> bytes:
        if self._handle is None:
            return b""
        if self._handle.closed and self._part is not None:
            return Path(self._part).read_bytes()
        self._handle.seek(0)
        return self._handle.readall()


def prepare_directory(directory: Path, names: Iterable[str]) -> bool:
    """See that files can be written to a directory that has these names. Return whether they need names at once.

    Raises:
        OSError: They cannot be written.
    """
    remove_abandoned(directory, names)
    is_named = not can_name_later(directory)
    probe = PendingFile(directory, is_named)
    try:
        probe.write([b"\0"])  # a full disk may still take an empty file
    finally:
        probe.discard()
    return is_named


def names_in(directory: Path) -> list[str]:
    """Return the names in a directory, or none if it can be written to and not read."""
    try:
        return os.listdir(directory)
    except PermissionError:
        return []


def can_name_later(directory: Path) -> bool:
    """Tell whether a file in this directory can do without a name until it is whole."""
    part = _part_in(directory)
    try:
        with _unnamed(directory) as file:
            _link_unnamed(file, part)
            os.unlink(part)
    except (AttributeError, OSError):  # not on this system; not in this file system
        return False
    return True


def remove_abandoned(directory: Path, names: Iterable[str]) -> None:
    """Remove our `.part` files that nobody writes any more, which is certain: a lock ends with its process."""
    # Locks of some network file systems are not seen by other machines. A writer there that loses its
    # file can still read it, and its error has the image.
    for part in (directory / name for name in names if _PART.fullmatch(name)):
        with suppress(OSError), FileIO(part, "r+b") as file:
            if _lock(file):
                part.unlink()


def _part_in(directory: Path) -> str:
    # No Path: it would put each random name into the interpreter's table of interned strings.
    return os.path.join(directory, f".image-{os.urandom(16).hex()}.part")


def _unnamed(directory: Path) -> FileIO:
    return FileIO(os.open(directory, os.O_TMPFILE | os.O_RDWR, 0o666), "r+b")


def _link_unnamed(file: FileIO, target: str | Path) -> None:
    # As open(2) shows it. The path is absolute, but without `src_dir_fd` Python 3.11 would not follow it.
    os.link(f"/proc/self/fd/{file.fileno()}", target, src_dir_fd=file.fileno())


def _locked_part(directory: Path) -> tuple[str, FileIO]:
    while True:
        part = _part_in(directory)
        # Not tempfile's: its files are for their owner alone, and stay so when they are renamed.
        file = FileIO(part, "x+b")
        with suppress(BlockingIOError):
            if not _lock(file) or os.path.exists(part):
                return part, file
        file.close()  # another process took it for abandoned before it was locked


def _lock(file: FileIO) -> bool:
    """Lock a file until it is closed. Return False if there are no locks.

    Raises:
        BlockingIOError: Another process has locked it.
    """
    try:
        import fcntl  # not on Windows

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except (ImportError, OSError):
        return False
    return True
