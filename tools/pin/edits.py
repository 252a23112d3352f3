"""Edits of the pin that were made by hand, and whether the overlay explains them.

An edit is explained if the pin that is about to be written says the same at that place.
"""

import difflib
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from tools.openapi.document import DocumentError, node, parse_document
from tools.openapi.provenance import comments_in, is_untouched, record_in

_MAX_COMMITS = 50
"""The number of commits in which the pin is looked for as it was written."""


def find_unexplained(path: Path, current: str, fresh: str) -> str | None:
    """Return the edits of a pin that would be lost, as a unified diff.

    Args:
        path: The pin.
        current: Its text.
        fresh: What is about to be written.

    Returns:
        `None` if nothing would be lost.
    """
    if is_untouched(current) or current == fresh:
        return None
    written = _as_written(path, current)
    if _is_explained(current, fresh, fresh if written is None else written):
        return None
    before, name = (written, "as it was written") if written is not None else (fresh, "as it would be written")
    lines = difflib.unified_diff(
        before.splitlines(), current.splitlines(), f"{path.name} ({name})", f"{path.name} (as it is)", lineterm=""
    )
    return "\n".join(lines)


def _as_written(path: Path, current: str) -> str | None:
    """Return the pin before it was edited, if git has it."""
    record = record_in(current)
    for revision in _git(path.parent, "log", f"-{_MAX_COMMITS}", "--format=%H", "--", path.name).split():
        text = _git(path.parent, "show", f"{revision}:./{path.name}")
        if is_untouched(text) and record in (None, record_in(text)):
            return text
    return None


def _git(folder: Path, *arguments: str) -> str:
    """Return the output of git, or nothing if there is no git or it fails."""
    command = ["git", *arguments]
    try:
        result = subprocess.run(
            command, cwd=folder, check=False, capture_output=True, encoding="utf-8", errors="replace"
        )
    except OSError:
        return ""
    return result.stdout if result.returncode == 0 else ""


def _is_explained(current: str, fresh: str, written: str) -> bool:
    try:
        now, then, soon = (dict(_leaves(parse_document(text, "the pin"))) for text in (current, written, fresh))
    except DocumentError:
        return False
    edited = [place for place in now.keys() | then.keys() if now.get(place) != then.get(place)]
    comments = comments_in(current) - comments_in(written)
    return comments <= comments_in(fresh) and all(now.get(place) == soon.get(place) for place in edited)


def _leaves(value: object, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield every value that holds no other, an empty container too, by its place."""
    parts = _parts(value)
    if not parts:
        yield place, repr(value)
    for name, part in parts:
        yield from _leaves(part, (*place, name))


def _parts(value: object) -> list[tuple[str, object]]:
    if isinstance(value, list):
        return [(str(index), part) for index, part in enumerate(cast("list[object]", value))]
    return list(node(value).items())
