"""Putting a folder in the place of another, wholly or not at all.

The new folder is written beside the old one and then renamed. Whatever happens before that leaves the
old one as it was; where a run was killed between the two renames, the next one puts it back.
"""

import fcntl
import os
import shutil
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path

from tools.vendoring.errors import VendorError, shown


@contextmanager
def locked(folder: Path) -> Generator[None]:
    """Keep others from replacing what is in a folder while the context lasts.

    Raises:
        VendorError: Another run is at work.
    """
    # A lock on the folder itself leaves no file behind, and ends with the process, however that ends.
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise VendorError(f"{shown(folder)}: another `make vendor` is at work here") from error
        yield
    finally:
        os.close(handle)


def recover(folder: Path) -> None:
    """Undo what a run that was killed has left half done."""
    aside, fresh = _aside(folder), _fresh(folder)
    if os.path.lexists(aside):
        if os.path.lexists(folder):
            shutil.rmtree(aside)
        else:
            aside.rename(folder)
    if os.path.lexists(fresh):
        shutil.rmtree(fresh)


def replace(folder: Path, files: Mapping[str, bytes], kept: Iterable[str] = ()) -> None:
    """Make a folder hold these files, and of what it held before what is kept.

    Args:
        folder: The folder; it need not be there.
        files: The contents by their paths.
        kept: The paths of files and links that are taken along.
    """
    fresh = _fresh(folder)
    try:
        for path, content in files.items():
            _parent_made(fresh / path).write_bytes(content)
        for path in kept:
            shutil.copy2(folder / path, _parent_made(fresh / path), follow_symlinks=False)
        swap(fresh, folder)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def swap(fresh: Path, folder: Path) -> None:
    """Put one folder in the place of another, which is removed."""
    aside = _aside(folder)
    try:
        if folder.exists():
            folder.rename(aside)
        fresh.rename(folder)
    except BaseException:
        recover(folder)
        raise
    # What cannot be removed, such as another user's caches, does no harm; the next run tries again.
    shutil.rmtree(aside, ignore_errors=True)


def _parent_made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _fresh(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.vendor-new")


def _aside(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.vendor-old")
