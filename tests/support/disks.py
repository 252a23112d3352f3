"""Disks for tests: one that fails, and what a process has open of one, as Linux tells."""

import asyncio
import os
import resource
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn


class Failing:
    """A function that fails with an error of the system, whatever it is given."""

    def __init__(self, code: int) -> None:
        self._code = code

    def __call__(self, *_: object, **__: object) -> NoReturn:
        """Raise the error."""
        raise OSError(self._code, os.strerror(self._code))


@contextmanager
def largest_file(size: int) -> Generator[None]:
    """Let this process write no larger file (setrlimit(2)); Python ignores the signal that goes with it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def sizes_of_open_files(directory: Path, process: int | None = None) -> list[int]:
    """The sizes of the files in a directory that a process has open, with or without a name: this one, or another."""
    descriptors = Path("/proc") / str(process or os.getpid()) / "fd"
    sizes: list[int] = []
    for descriptor in descriptors.iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            if descriptor.readlink().parent == directory:
                sizes.append(descriptor.stat().st_size)
    return sizes


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what happens in a thread, on the disk."""
    while not condition():  # noqa: ASYNC110  # the disk sets no event
        await asyncio.sleep(0.001)
