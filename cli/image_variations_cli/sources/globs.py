"""Globs that no shell has expanded."""

import fnmatch
import os
import re
from collections.abc import Iterator
from pathlib import Path

from ..rows import Source
from .files import is_image_name, make_problem, make_source
from .folders import Walker

_MAGIC = re.compile(r"[*?[]")


def is_glob(argument: str) -> bool:
    """Return whether an argument is a pattern. A file with such a name is a file."""
    return _MAGIC.search(argument) is not None


def find_matches(pattern: str, walker: Walker) -> Iterator[Path]:
    """Yield the files and folders that match a pattern, sorted within each folder.

    As in shells, `*` matches no hidden entry, and `**` any folders. In the output directory nothing matches.
    """
    path = Path(pattern)
    yield from _match(Path(path.anchor), path.relative_to(path.anchor).parts, walker)


def take_matches(pattern: str, walker: Walker) -> Iterator[Source]:
    """Yield the sources that a pattern stands for.

    A pattern that spells out its extension names its files; of any other, images alone are taken, as of a folder.
    """
    extension = Path(pattern).suffix
    named = extension != "" and not is_glob(extension)
    matched = False
    for match in find_matches(pattern, walker):
        matched = True
        if os.path.isdir(match):
            # What `**` finds below a folder matches itself.
            if "**" not in Path(pattern).parts:
                yield from walker.walk(match)
        elif not named and not is_image_name(match.name):
            walker.left_out.others += 1
        elif walker.is_new(match):
            yield make_source(match)
    if not matched:
        yield make_problem(pattern, "glob", "no file matches it")


def _match(folder: Path, parts: tuple[str, ...], walker: Walker) -> Iterator[Path]:
    """Yield what matches the parts of a pattern below a folder."""
    part, rest = parts[0], parts[1:]
    if part == "**":
        yield from _match(folder, rest or ("*",), walker)
        for below in _list_folders(folder, walker):
            yield from _match(below, parts, walker)
    elif not is_glob(part):
        yield from _go_on(folder / part, rest, walker)
    elif not walker.is_output(folder):
        for entry in walker.list_folder(folder):
            if isinstance(entry, Path) and fnmatch.fnmatchcase(entry.name, part):
                yield from _go_on(entry, rest, walker)


def _go_on(entry: Path, rest: tuple[str, ...], walker: Walker) -> Iterator[Path]:
    """Yield an entry that matched so far, or what matches the rest of the pattern below it."""
    if rest:
        if os.path.isdir(entry):
            yield from _match(entry, rest, walker)
    elif os.path.lexists(entry):
        yield entry


def _list_folders(folder: Path, walker: Walker) -> Iterator[Path]:
    """Yield the folders in a folder that `**` goes into: no links, which may lead back."""
    for entry in walker.list_folder(folder):
        if not isinstance(entry, Path) or not os.path.isdir(entry) or os.path.islink(entry):
            continue
        if walker.holds_output(entry):
            walker.left_out.outputs += 1
        else:
            yield entry
