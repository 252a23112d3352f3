"""What a folder holds. Links are not followed."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path


def paths_in(folder: Path) -> Iterator[str]:
    """Yield what is below a folder, without what Python caches; folders only if they are empty, with a slash."""
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        with os.scandir(here) as scanned:
            entries = [Path(entry) for entry in scanned]
        if not entries and here != folder:
            yield f"{here.relative_to(folder).as_posix()}/"
        for entry in entries:
            if is_folder(entry):
                waiting.append(entry)
            elif not is_cached(entry):
                yield entry.relative_to(folder).as_posix()


def is_folder(path: Path) -> bool:
    """Return whether a path is a folder itself, and not a link to one."""
    return path.is_dir() and not path.is_symlink()


def is_regular(path: Path) -> bool:
    """Return whether a path is a regular file itself."""
    return stat.S_ISREG(path.lstat().st_mode)


def is_cached(path: Path) -> bool:
    """Return whether a file is what Python caches of a module."""
    # `module.cpython-311.pyc.139895` is one that an interpreter is writing.
    return path.parent.name == "__pycache__" and ".pyc" in path.suffixes


def is_same(one: Path, other: Path) -> bool:
    """Return whether two places have the same file, the same content, or links to the same place."""
    if not (os.path.lexists(one) and os.path.lexists(other)):
        return False
    if os.path.samestat(one.lstat(), other.lstat()):
        return True
    if one.is_symlink() and other.is_symlink():
        return one.readlink() == other.readlink()
    return is_regular(one) and is_regular(other) and one.read_bytes() == other.read_bytes()
