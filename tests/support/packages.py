"""Packages in folders: made without generating them anew, and all that is in a folder."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tests.support.generation import COMMITTED
from tools.check.files import files_in
from tools.generate.write import check_place, write


@cache
def pins_files() -> Mapping[str, bytes]:
    """The files of the package that the pin generates."""
    return files_in(COMMITTED)


def put(out: Path, files: Mapping[str, bytes] | None = None, *, force: bool = False) -> tuple[str, ...]:
    """Do what `make generate` does when it has the files of the package, those of the pin's if none are given."""
    check_place(out)
    return tuple(write(out, pins_files() if files is None else files, force=force))


def tree(folder: Path) -> dict[str, object]:
    """All that is below a folder: contents, targets of links, and kinds of what is neither."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = path.readlink()
        else:
            found[name] = path.read_bytes() if path.is_file() else path.stat().st_mode
    return found
