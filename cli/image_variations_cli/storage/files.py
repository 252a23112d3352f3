"""Images to files of a directory: whole, on the disk for good, and never in the place of another file."""

import asyncio
import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
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

MAX_FILE_SIZE = 256 * 1024 * 1024
"""Bytes: what is larger is not read."""


@define(eq=False)
class Directory:
    """A directory on a disk."""

    path: Path
    _threads: ThreadPoolExecutor = field(init=False)
    _needs_names: bool = field(default=True, init=False)
    _syncing: "asyncio.Future[None] | None" = field(default=None, init=False)
    _next_sync: "asyncio.Task[None] | None" = field(default=None, init=False)

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
        await self._run(lambda: self._write(files))
        await self._sync()

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

    async def _sync(self) -> None:
        """Sync the directory, once for all that wait. A sync that began earlier may miss the newest name."""
        if self._next_sync is None:
            self._next_sync = asyncio.create_task(self._sync_after(self._syncing))
        await asyncio.shield(self._next_sync)

    async def _sync_after(self, earlier: "asyncio.Future[None] | None") -> None:
        if earlier is not None:
            await asyncio.wait([earlier])
        self._syncing, self._next_sync = self._next_sync, None
        await self._run(self._sync_directory)

    def _sync_directory(self) -> None:
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


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
