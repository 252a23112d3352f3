# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Files that appear whole or not at all. These functions block; they are run off the event loop."""

import errno
import os
import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from io import FileIO
from pathlib import Path

from attrs import define, field

EXTENSIONS = ("png", "jpeg", "webp", "bin")
"""Of the formats that servers send; the last is for one that is none of them."""

_HEAD_SIZE = 12
"""Bytes that tell the formats apart."""

_NO_HARD_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


def extension_of(head: bytes) -> str:
    """The file name's extension by an image's first bytes, whatever the server called it."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    return "bin"


def prepare_directory(directory: Path, name: str, needed: Sequence[str] = (), *, overwrite: bool = False) -> None:
    """Make a directory, and see that a file with this name can be written there.

    Raises:
        OSError: It cannot, or something has one of the names `needed`, whatever its extension, and
            is not to be replaced, or is a directory.
    """
    _make_directory(directory)
    for path in (directory / f"{other}.{extension}" for other in needed for extension in EXTENSIONS):
        if overwrite and path.is_dir() and not path.is_symlink():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not overwrite and os.path.lexists(path):  # a link that leads nowhere is in the way too
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    probe = PendingFile(directory, name, overwrite=False)
    try:
        probe.write(())
    finally:
        probe.discard()


@define
class PendingFile:
    """An image on its way to the disk: under another name until it is whole.

    Attributes:
        directory: Where it goes.
        name: Its name without the extension, which its bytes decide.
        overwrite: Whether it may take the place of a file.
    """

    directory: Path
    name: str
    overwrite: bool
    _handle: FileIO | None = field(default=None, init=False, repr=False)
    _path: Path | None = field(default=None, init=False)
    _head: bytes = field(default=b"", init=False, repr=False)

    @property
    def is_pending(self) -> bool:
        """Whether there is something on the disk that has not got its name."""
        return self._path is not None

    def write(self, pieces: Iterable[bytes]) -> None:
        """Write on.

        Raises:
            OSError: It cannot be written.
        """
        if self._handle is None:
            _make_directory(self.directory)
            # Not tempfile's: its files are for their owner alone, and stay so when they are renamed.
            self._path = self.directory / f".{self.name}.{secrets.token_hex(8)}.part"
            self._handle = FileIO(self._path, "xb")
        for piece in pieces:
            if len(self._head) < _HEAD_SIZE:
                self._head += piece[: _HEAD_SIZE - len(self._head)]
            rest = memoryview(piece)
            while rest:  # unbuffered: a write may take less than it was given
                rest = rest[self._handle.write(rest) or 0 :]

    def finish(self, pieces: Iterable[bytes]) -> Path:
        """Write the last, give the file its name, and return where it is.

        Raises:
            OSError: It cannot be written, or a file of that name is there.
        """
        self.write(pieces)
        assert self._handle is not None and self._path is not None  # noqa: S101, PT018  # it was written to
        self._handle.close()
        target = self.directory / f"{self.name}.{extension_of(self._head)}"
        if self.overwrite:
            self._path.replace(target)
        else:
            _link(self._path, target)
        self._path = None
        return target

    def discard(self) -> None:
        """Leave nothing behind, unless it was committed."""
        if self._handle is not None:
            with suppress(OSError):  # what it says of the file is of no interest any more
                self._handle.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            self._path = None


def _make_directory(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:  # what is there is something else, and no file that could be replaced
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(directory)) from error


def _link(source: Path, target: Path) -> None:
    """Rename, and fail where the target exists: a rename would replace it."""
    try:
        os.link(source, target)
    except FileExistsError as error:
        # Without the name of the source, which nobody has chosen.
        raise FileExistsError(error.errno, error.strerror, str(target)) from None
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        target.open("xb").close()  # the name is ours now, so nothing is replaced but our own empty file
        try:
            source.replace(target)
        except OSError:
            target.unlink()
            raise
    else:
        source.unlink()
