"""Where the file of a response goes. These functions block; they are run off the event loop."""

import errno
import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from attrs import frozen

from ..errors import InvalidRequestError
from ..images.files import PendingFile, names_in, prepare_directory


@frozen
class Target:
    """The path that a file gets once it is whole.

    Attributes:
        path: The path.
        overwrite: Whether it may be another file's until then.
    """

    path: Path
    overwrite: bool

    @classmethod
    def checked(cls, path: "os.PathLike[str]", *, overwrite: bool) -> "Target":
        """Make one.

        Raises:
            InvalidRequestError: `path` is not a path, or names no file.
        """
        try:
            target = cls(Path(path), overwrite)
        except TypeError as error:
            raise InvalidRequestError("path", path, "must be a path") from error
        if not target.path.name:
            raise InvalidRequestError("path", target.path, "must name a file")
        return target

    def prepare(self) -> PendingFile:
        """Make the directory, see that a file can be written there, and return one without a name.

        Raises:
            OSError: None can, or the path is taken.
            ValueError: No file system has such a path.
        """
        directory = self.path.parent
        directory.mkdir(parents=True, exist_ok=True)
        self._check_free()
        return PendingFile(directory, prepare_directory(directory, names_in(directory)))

    def finish(self, file: PendingFile) -> Path:
        """Give a file its path: one with a number if another file has taken it meanwhile. What is paid for is saved.

        Raises:
            OSError: No path can be had.
        """
        file.sync()
        path = self._replace(file) or self._take_name(file)
        file.discard()
        return path

    def _check_free(self) -> None:
        try:
            os.lstat(self.path)
        except FileNotFoundError:
            return
        if not self.overwrite:
            raise FileExistsError(errno.EEXIST, "the file is there already, and overwrite is not set")
        if self.path.is_dir() and not self.path.is_symlink():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))

    def _replace(self, file: PendingFile) -> Path | None:
        if not self.overwrite:
            return None
        try:
            file.replace(self.path)
        except (IsADirectoryError, PermissionError):
            return None
        return self.path

    def _take_name(self, file: PendingFile) -> Path:
        for path in self._paths():
            try:
                is_linked = file.link(path)
            except FileExistsError:
                continue
            if not is_linked:
                self._fill(path, file)
            return path
        raise AssertionError  # there is always another number

    def _fill(self, path: Path, file: PendingFile) -> None:
        """Replace the empty file that holds a path."""
        try:
            file.replace(path)
        except OSError:
            path.unlink(missing_ok=True)
            raise

    def _paths(self) -> Iterator[Path]:
        yield self.path
        yield from (self.path.with_name(f"{self.path.stem}-{number}{self.path.suffix}") for number in count(2))
