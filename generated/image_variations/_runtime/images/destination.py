# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Where the images of one response go, and the names that they get there."""

import errno
import os
import re
from contextlib import suppress
from itertools import count, filterfalse, islice
from pathlib import Path
from threading import Lock

from attrs import define, field

from ..errors import InvalidRequestError
from .files import EXTENSIONS, PendingFile, names_in, prepare_directory
from .streamed_image import StreamedImage

_LARGE_NUMBER = 10**9
"""A number with more digits than those of files have: if its name is not too long, none is."""


@define(eq=False)
class Destination:
    """A directory, and the numbers that the images of one response get in it.

    The n-th image gets the n-th number that was free before the call, or a later one if that was taken
    since. A number is taken by any file `{stem}-{number}` or `{stem}-{number}.…`.

    Two processes that find the same number free at the same time never both get it, without a lock that
    one of them could forget: an image claims its name by a hard link, which fails if the name is taken,
    and then looks for a file with the number and another extension. Whoever finds one moves on. Of two
    claims, the later one finds the earlier one.

    Attributes:
        directory: The directory.
        stem: What each file name begins with; the number and the extension follow.
        overwrite: Whether the n-th image takes the name with the number n from the file that has it.
    """

    directory: Path
    stem: str
    overwrite: bool
    _needs_names: bool = field(default=True, init=False)
    _taken_before: frozenset[int] = field(default=frozenset(), init=False)
    _given: set[str] = field(factory=set[str], init=False)
    _lock: Lock = field(factory=Lock, init=False)

    @classmethod
    def checked(cls, directory: "os.PathLike[str]", stem: str, *, overwrite: bool) -> "Destination":
        """Make one that keeps its files within its directory.

        Raises:
            InvalidRequestError: `stem` is not a plain file name, or `directory` is not a path.
        """
        if not _is_file_name(stem):
            raise InvalidRequestError("stem", stem, "must be a plain file name: files stay within the directory")
        try:
            return cls(Path(directory), stem, overwrite)
        except TypeError as error:
            raise InvalidRequestError("directory", directory, "must be a path") from error

    def prepare(self) -> None:
        """Make the directory, and see that files can be written there. This and what follows block.

        Raises:
            OSError: They cannot.
            ValueError: No file system has such a path.
        """
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
        except FileExistsError as error:
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(self.directory)) from error
        with suppress(FileNotFoundError):
            os.lstat(self._path(_LARGE_NUMBER, max(EXTENSIONS, key=len)))
        names = names_in(self.directory)
        self._taken_before = self._numbers(names)
        self._needs_names = prepare_directory(self.directory, names)

    def file(self) -> PendingFile:
        """Return a file for an image that has no name yet."""
        return PendingFile(self.directory, self._needs_names)

    def position_of(self, image: StreamedImage) -> int:
        """Return the position of an image, counted from 1."""
        return image.index + 1

    def finish(self, file: PendingFile, position: int) -> Path:
        """Give an image its name, the image at this position of the response, counted from 1.

        Raises:
            OSError: No name can be had.
        """
        file.sync()
        with self._lock:
            path = self._replace(file, position) or self._take_number(file, position)
            self._given.add(path.stem)
        file.discard()
        return path

    def _replace(self, file: PendingFile, position: int) -> Path | None:
        path = self._path(position, file.extension)
        if not self.overwrite or path.stem in self._given:  # another image of this response moved on to it
            return None
        try:
            file.replace(path)
        except (IsADirectoryError, PermissionError):
            return None
        return path

    def _take_number(self, file: PendingFile, position: int) -> Path:
        number = self._number(position)
        claims: list[Path] = []
        try:
            while not (path := self._claim(file, number, claims)):
                number = self._next(number)
            claims.remove(path)
            return path
        finally:
            # Only now: a file that was linked and has no name left cannot be linked again.
            for claim in claims:
                with suppress(OSError):
                    claim.unlink()

    def _number(self, position: int) -> int:
        return _free_number(self._taken_before, 1, skip=position - 1)

    def _next(self, number: int) -> int:
        """Return the next number that is free as far as a new look at the directory shows."""
        return _free_number(self._taken_before | self._numbers(names_in(self.directory)), number + 1)

    def _claim(self, file: PendingFile, number: int, claims: list[Path]) -> Path | None:
        path = self._path(number, file.extension)
        if self._has_sibling(path):
            return None
        try:
            is_image = file.link(path)
        except FileExistsError:
            return None
        claims.append(path)
        if self._has_sibling(path):
            return None
        if not is_image:
            file.replace(path)
        return path

    def _has_sibling(self, path: Path) -> bool:
        others = (path.with_suffix(f".{extension}") for extension in EXTENSIONS)
        return any(os.path.lexists(other) for other in others if other != path)

    def _path(self, number: int, extension: str) -> Path:
        return self.directory / f"{self.stem}-{number}.{extension}"

    def _numbers(self, names: list[str]) -> frozenset[int]:
        numbered = re.compile(rf"{re.escape(self.stem)}-([1-9][0-9]*)(\..*)?", re.DOTALL)
        return frozenset(int(match[1]) for match in map(numbered.fullmatch, names) if match)


def _free_number(taken: frozenset[int], start: int, *, skip: int = 0) -> int:
    return next(islice(filterfalse(taken.__contains__, count(start)), skip, None))


def _is_file_name(name: object) -> bool:
    if not isinstance(name, str) or not name or not name.isprintable():
        return False
    return Path(name).name == name and "/" not in name and "\\" not in name
