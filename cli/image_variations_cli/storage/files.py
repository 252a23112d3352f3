"""Images to files of a directory: whole, on the disk for good, and never in the place of another file."""

import asyncio
import os
import stat
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import count
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from attrs import define, field
from image_variations._runtime.images.files import PendingFile, names_in, prepare_directory

from .storage import ImageFiles

T = TypeVar("T")

_THREADS = 8
"""So many files are synced at once: journals of file systems commit them together."""

_GROUP = 2
"""So many rows that come at the same time are written in one go, with one sync of the directory."""

_COMPANY_SECONDS = 0.005
"""How long a row waits for others. Meanwhile the next requests leave, which is more urgent."""

MAX_FILE_SIZE = 256 * 1024 * 1024
"""Bytes: what is larger is not read."""


@define(eq=False)
class Directory:
    """A directory on a disk."""

    path: Path
    _threads: ThreadPoolExecutor = field(init=False)
    _needs_names: bool = field(default=True, init=False)
    _waiting: "list[tuple[ImageFiles, asyncio.Future[None]]]" = field(
        factory=list["tuple[ImageFiles, asyncio.Future[None]]"], init=False
    )

    remedy = "Free some space there"

    def __attrs_post_init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="files")

    def __str__(self) -> str:
        return str(self.path)

    @property
    def title(self) -> str:
        """The name of the directory."""
        return self.path.absolute().name or str(self.path)

    async def prepare(self) -> None:
        """See that files can be written there.

        Raises:
            OSError: They cannot.
        """
        self._needs_names = await self._run(lambda: prepare_directory(self.path, names_in(self.path)))

    async def write(self, files: ImageFiles) -> None:
        """Write the images of a row that are not written yet. When this returns they survive a power cut.

        Raises:
            OSError: One could not be written. It may be tried again.
        """
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_later(_COMPANY_SECONDS, self._write_waiting)
        future: asyncio.Future[None] = loop.create_future()
        self._waiting.append((files, future))
        await future

    async def read(self, name: str) -> bytes:
        """Return the content of a file; nothing of one that is too large.

        Raises:
            OSError: It cannot be read.
        """
        return await self._run(lambda: read_file(self.path / name))

    def link(self, name: str, folder: Path) -> str | None:
        """Return the URL of a file, relative to a folder."""
        return link_to(self.path / name, folder)

    def close(self) -> None:
        """End the threads, when they have done what they do."""
        self._threads.shutdown(wait=False)

    async def _run(self, function: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function)

    def _write_waiting(self) -> None:
        """Write what waits, in groups, each of them in a thread."""
        rows = [(files, future) for files, future in self._waiting if not future.done()]  # they may be cancelled
        self._waiting.clear()
        for start in range(0, len(rows), _GROUP):
            group = rows[start : start + _GROUP]
            loop = asyncio.get_running_loop()
            writing = loop.run_in_executor(self._threads, self._write_group, [files for files, _ in group])
            writing.add_done_callback(partial(_tell, [future for _, future in group]))

    def _write_group(self, group: Sequence[ImageFiles]) -> list[OSError | None]:
        """Write the images of some rows, and sync the directory once. Return what each row failed with."""
        errors = [_catch(lambda: self._write(files)) for files in group]  # noqa: B023  # it is called at once
        failure = _catch(self._sync_directory)
        return [error or failure for error in errors]

    def _write(self, files: ImageFiles) -> None:
        for image in files.images[len(files.names) :]:
            file = PendingFile(self.path, self._needs_names)
            try:
                file.write([image])
                file.sync()
                files.names.append(self._name(file, files))
            finally:
                file.discard()

    def _name(self, file: PendingFile, files: ImageFiles) -> str:
        """Give a file the first number that is free. A name that is taken stays with its file."""
        for number in count(len(files.names) + 1):
            name = f"{files.stem}-{number}.{file.extension}"
            with suppress(FileExistsError):
                if not file.link(self.path / name):
                    file.replace(self.path / name)
                return name
        raise AssertionError  # numbers do not end

    def _sync_directory(self) -> None:
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _catch(function: Callable[[], object]) -> OSError | None:
    """Call a function. Return what the system refuses."""
    try:
        function()
    except OSError as error:
        return error
    return None


def _tell(waiting: "Sequence[asyncio.Future[None]]", written: "asyncio.Future[list[OSError | None]]") -> None:
    """Tell rows that wait what became of their images."""
    failure = written.exception()
    errors = written.result() if failure is None else [failure] * len(waiting)
    for future, error in zip(waiting, errors, strict=True):
        if future.done():
            continue
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)


def read_file(path: Path) -> bytes:
    """Return the content of a file. What is no file, or too large, has none.

    Raises:
        OSError: It cannot be read.
    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_FILE_SIZE:
        return b""
    return path.read_bytes()


def link_to(path: Path, folder: Path) -> str:
    """Return the URL of a file, relative to a folder. Bytes that are no UTF-8 are quoted as they are."""
    relative = os.path.relpath(os.path.abspath(path), os.path.abspath(folder))
    return quote(os.fsencode(relative.replace(os.sep, "/")))
