"""A copy of the checkout in which the new pin is tried."""

import os
import shutil
import subprocess
from pathlib import Path

_LEFT_OUT = shutil.ignore_patterns(".git", ".venv*", ".*_cache", ".hypothesis", "dist", ".coverage*")


def copy_checkout(root: Path, folder: Path) -> None:
    """Copy a checkout as it is, with edits that are not committed, into a folder that is not there.

    The copy of a git repository has its history, since `make diff AGAINST=` and some tests read it.
    """
    if not _is_repository(root):
        shutil.copytree(root, folder, ignore=_LEFT_OUT, symlinks=True)
        return
    _git(root, "clone", "--quiet", "--shared", "--no-checkout", str(root), str(folder))
    _git(folder, "reset", "--quiet")
    listed = _git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        source, target = root / name, folder / name
        if os.path.lexists(source) and not source.is_dir():
            target.parent.mkdir(parents=True, exist_ok=True)
            # Times too: make compares that of the lock with the environment's.
            shutil.copy2(source, target, follow_symlinks=False)


def _is_repository(root: Path) -> bool:
    try:
        return Path(_git(root, "rev-parse", "--show-toplevel").strip()) == root
    except (OSError, subprocess.CalledProcessError):
        return False


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout
