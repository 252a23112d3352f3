"""Putting a folder in the place of another, wholly or not at all.

The new folder is written beside the old one, with its content on the disk, and then renamed. Whatever happens before
that leaves the old one as it was. The next run undoes what one that was killed had begun, or finishes it.
"""

import errno
import fcntl
import os
import shutil
import stat
from collections.abc import Collection, Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tools.package.contents import is_cached, is_folder, is_regular, is_same, paths_in
from tools.package.errors import PlaceError, show
from tools.package.manifest import MANIFEST
from tools.package.ownership import generated_in

_CANNOT_LINK = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
"""Errors of file systems without hard links, and of those that refuse a link to another user's file."""


@contextmanager
def locked(folder: Path, *, wait: bool = False) -> Generator[None]:
    """Keep others from replacing what is in a folder while the context lasts.

    Args:
        folder: The folder.
        wait: Whether to wait for another run, which takes a moment.

    Raises:
        PlaceError: Another run is at work, and is not waited for.
    """
    # A lock on the folder itself leaves no file behind, and ends with the process, however that ends.
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise PlaceError(f"{show(folder)}: another `make vendor` or `make generate` is at work here") from error
        yield
    finally:
        os.close(handle)


def recover(folder: Path) -> None:
    """Undo or finish what a run that was killed has begun.

    Raises:
        PlaceError: Something in the folder that was replaced is not known, and has no place in the new one.
    """
    aside, fresh = _aside(folder), _fresh(folder)
    for place in (aside, fresh):
        if os.path.lexists(place) and not is_folder(place):
            raise PlaceError(f"{show(place)}: stands in the way; move it")
    if aside.exists():
        if os.path.lexists(folder):
            _discard(aside, folder, generated_in(aside))
        else:
            aside.rename(folder)
    if fresh.exists():
        _open_up(fresh)
        shutil.rmtree(fresh)
    if aside.exists():
        left = ", ".join(sorted(paths_in(aside)))
        raise PlaceError(f"{show(aside)}: was replaced, and holds what was not of the package; move it: {show(left)}")


def replace(
    folder: Path, files: Mapping[str, bytes], kept: Iterable[str] = (), *, dropped: Collection[str] = ()
) -> None:
    """Make a folder hold these files, and of what it held before what is kept.

    Args:
        folder: The folder; it need not be there.
        files: The contents by their paths.
        kept: The paths of what is taken along.
        dropped: The paths of what is not.
    """
    fresh = _fresh(folder)
    try:
        fresh.mkdir()
        for path, content in files.items():
            _parent_made(fresh / path).write_bytes(content)
        for path in kept:
            _take_along(folder / path, fresh / path)
        # When all is written: the first of these calls then does most of the work of the others.
        for path in files:
            _sync(fresh / path)
        _finish_folders(fresh, folder)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    swap(fresh, folder, dropped)


def swap(fresh: Path, folder: Path, dropped: Collection[str] = ()) -> None:
    """Put one folder in the place of another, which is removed."""
    aside = _aside(folder)
    try:
        if folder.exists():
            folder.rename(aside)
        fresh.rename(folder)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        recover(folder)
        raise
    # What cannot be removed, such as another user's caches, does no harm; the next run tries again.
    with suppress(OSError):
        _sync(folder.parent)
        if aside.exists():
            _discard(aside, folder, dropped)


def _discard(aside: Path, folder: Path, dropped: Collection[str]) -> None:
    """Remove a folder that was replaced.

    A file that is neither to be dropped nor in the new folder was written in between: it is moved there, or stays
    where it is if its name is taken.
    """
    _open_up(aside)
    # The manifest last: if this is interrupted, it says what the rest is.
    for path in sorted(paths_in(aside), key=lambda path: (path == MANIFEST, path)):
        old, new = aside / path, folder / path
        if path in dropped or is_same(old, new):
            _remove(old)
        elif not os.path.lexists(new):
            old.rename(_parent_made(new))
    for directory, _, names in os.walk(aside, topdown=False):
        for cache in filter(is_cached, (Path(directory, name) for name in names)):
            cache.unlink()
        if not os.listdir(directory):
            os.rmdir(directory)


def _open_up(folder: Path) -> None:
    """Make it possible to remove what is in the folders that somebody has write-protected."""
    for directory, _, _ in os.walk(folder):
        if not os.stat(directory).st_mode & stat.S_IWUSR:
            with suppress(PermissionError):
                os.chmod(directory, 0o700)


def _remove(path: Path) -> None:
    path.rmdir() if is_folder(path) else path.unlink()


def _parent_made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _take_along(source: Path, target: Path) -> None:
    """Give a file a second name, so that what is written to it meanwhile is not lost; or copy it."""
    if is_folder(source):
        target.mkdir(parents=True, exist_ok=True)
        return
    try:
        os.link(source, _parent_made(target), follow_symlinks=False)
    except OSError as error:
        if error.errno not in _CANNOT_LINK:
            raise
        shutil.copy2(source, target, follow_symlinks=False)
        if is_regular(target):
            _sync(target)


def _finish_folders(fresh: Path, folder: Path) -> None:
    """Give new folders the permissions of the old ones, and have them on the disk."""
    for directory, _, _ in os.walk(fresh, topdown=False):
        old = folder / Path(directory).relative_to(fresh)
        if is_folder(old):
            shutil.copymode(old, directory)
        _sync(Path(directory))


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# The names are those of the first version, so that a run of it that was killed is mended too.


def _fresh(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.vendor-new")


def _aside(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.vendor-old")
