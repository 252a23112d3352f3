"""Images to an object store, or to another file system that fsspec knows: whole, and never in the place of another."""

import asyncio
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Protocol, TypeVar

from attrs import define, field
from image_variations._runtime.images.files import extension_of

from ..errors import BatchError
from ..text import show_text
from .storage import ImageFiles

T = TypeVar("T")

_THREADS = 32
"""So many files are under way at once: an object store takes its time, and many at a time."""

_CREATORS = {"s3", "s3a", "gs", "gcs", "memory"}
"""Where one request makes a whole object, and can be told to fail if there is one."""

_PASSWORD = re.compile(r"://[^/@]*:[^/]*@")


class FileSystem(Protocol):
    """The part of an fsspec file system that is used here."""

    protocol: str | tuple[str, ...]

    def pipe_file(self, path: str, value: bytes, *, mode: str = "overwrite") -> object:
        """Write a file."""
        ...

    def cat_file(self, path: str) -> bytes:
        """Read a file."""
        ...

    def exists(self, path: str) -> bool:
        """Tell whether there is a file."""
        ...

    def mv(self, path1: str, path2: str) -> object:
        """Rename a file."""
        ...

    def rm_file(self, path: str) -> object:
        """Remove a file."""
        ...

    def makedirs(self, path: str, exist_ok: bool = False) -> object:
        """Make a folder."""
        ...

    def invalidate_cache(self) -> object:
        """Forget which files there are."""
        ...


@define(eq=False)
class Objects:
    """A prefix of an object store, or a folder of a file system that is reached over a network.

    Attributes:
        url: Where it is, as people call it.
        files: The file system.
        root: The prefix or the folder, as the file system calls it.
    """

    url: str
    files: FileSystem
    root: str
    _can_create: bool = field(default=False, init=False)
    _threads: ThreadPoolExecutor = field(init=False)

    remedy = "Let it be written to"

    def __attrs_post_init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="objects")

    def __str__(self) -> str:
        return self.url

    @property
    def title(self) -> str:
        """The URL."""
        return self.url

    async def prepare(self) -> None:
        """See that files can be written there, by a probe that is removed again.

        Raises:
            OSError: They cannot.
        """
        await self._run(self._prepare)

    async def write(self, files: ImageFiles) -> None:
        """Write the images of a row that are not written yet. When this returns the store has them.

        Raises:
            OSError: One could not be written. It may be tried again.
        """
        await self._run(lambda: self._write(files))

    async def read(self, name: str) -> bytes:
        """Return the content of a file.

        Raises:
            OSError: It cannot be read.
        """
        return await self._run(lambda: self.files.cat_file(self._path(name)))

    def link(self, name: str, folder: Path) -> str | None:
        """Return None: no browser opens these URLs."""
        return None

    def close(self) -> None:
        """End the threads, when they have done what they do."""
        self._threads.shutdown(wait=False)

    async def _run(self, function: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: _as_os_error(function))

    def _path(self, name: str) -> str:
        return f"{self.root.rstrip('/')}/{name}"

    def _prepare(self) -> None:
        """Write a probe twice: whether the store refuses the second says whether it keeps names from being taken.

        Where that is not so, another one is renamed.
        """
        probe = self._path(f".image-{os.urandom(16).hex()}.probe")
        protocols = self.files.protocol
        self._can_create = not _CREATORS.isdisjoint((protocols,) if isinstance(protocols, str) else protocols)
        if not self._can_create:
            self.files.makedirs(self.root, exist_ok=True)
        self.files.pipe_file(probe, b"\0")
        if self._can_create:
            self._can_create = self._refuses(probe)
        self._remove(probe)
        if not self._can_create:
            self._probe_renaming(f"{probe}.png")

    def _probe_renaming(self, path: str) -> None:
        """See that a file gets its name by renaming. Some cannot, or take characters of the folder for a pattern."""
        try:
            self._create(path, b"\0")
        except Exception:
            if not self.files.exists(path):  # it can have been renamed, and its first name not removed
                raise
        self.files.cat_file(path)
        self._remove(path)

    def _remove(self, path: str) -> None:
        with suppress(Exception):  # some may write, and not remove
            self.files.rm_file(path)

    def _refuses(self, taken: str) -> bool:
        try:
            self.files.pipe_file(taken, b"\0", mode="create")
        except FileExistsError:
            return True
        except Exception:  # it does not know the condition
            return False
        return False

    def _write(self, files: ImageFiles) -> None:
        for image in files.images[len(files.names) :]:
            files.names.append(self._name(image, files))

    def _name(self, image: bytes, files: ImageFiles) -> str:
        """Give an image the first number that is free, or that it has: a store may have taken what it did not confirm.

        No other row has names of this stem. Those that are taken are another program's, or an earlier attempt's.
        """
        for number in count(len(files.names) + 1):
            name = f"{files.stem}-{number}.{extension_of(image)}"
            path = self._path(name)
            try:
                self._create(path, image)
            except FileExistsError:
                if self.files.cat_file(path) != image:
                    continue
            return name
        raise AssertionError  # numbers do not end

    def _create(self, path: str, image: bytes) -> None:
        """Make a file of a name that is free.

        Raises:
            FileExistsError: It is not.
        """
        if self._can_create:
            self.files.pipe_file(path, image, mode="create")
            return
        self.files.invalidate_cache()
        if self.files.exists(path):
            raise FileExistsError(path)
        part = self._path(f".image-{os.urandom(16).hex()}.part")
        try:
            self.files.pipe_file(part, image)
            self.files.mv(part, path)
        except BaseException:
            self._remove(part)  # the first error is the one to tell
            raise


def open_objects(url: str) -> Objects:
    """Open what a URL names.

    Raises:
        BatchError: It cannot be opened, or a package is missing.
    """
    if _PASSWORD.search(url):
        raise BatchError("the URL of --output-dir has a password, which others can see: configure it in fsspec instead")
    try:
        core = import_module("fsspec.core")
    except ModuleNotFoundError:
        raise BatchError(f'{url}: it needs fsspec; run: pip install "image-variations[cli,fsspec]"') from None
    try:
        files, root = core.url_to_fs(url)
    except Exception as error:  # each file system has its own
        raise BatchError(f"{url}: images cannot be written there: {_describe(error)}") from error
    return Objects(url.rstrip("/"), files, root)


def _as_os_error(function: Callable[[], T]) -> T:
    """Call a function of a file system. They raise what their libraries raise, which have no error in common."""
    try:
        return function()
    except OSError:
        raise
    except Exception as error:
        raise OSError(_describe(error)) from error


def _describe(error: Exception) -> str:
    return show_text(str(error).partition("\n")[0]) or type(error).__name__
