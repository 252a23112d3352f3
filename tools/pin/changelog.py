"""The changelog's account of changes that were accepted."""

from collections.abc import Sequence

_UNRELEASED = "## Unreleased"
_CHANGED = "### Changed"


def add_entries(changelog: str, entries: Sequence[str]) -> str:
    """Return a changelog with further entries under "Changed" of the unreleased version.

    Args:
        changelog: Its text, in the form of Keep a Changelog.
        entries: The lines of a list.
    """
    lines = changelog.rstrip("\n").split("\n")
    if _UNRELEASED not in lines:
        first = _next(lines, 0, "## ")
        lines[first:first] = ["", _UNRELEASED, ""] if first == len(lines) else [_UNRELEASED, ""]
    release = lines.index(_UNRELEASED)
    end = _next(lines, release + 1, "## ")
    changed = lines.index(_CHANGED, release, end) if _CHANGED in lines[release:end] else None
    if changed is None:
        place, added = end, [_CHANGED, "", *entries]
    else:
        place, added = _next(lines, changed + 1, "### ", "## "), list(entries)
    before = _stripped(lines[:place])
    # A list goes on without a blank line; a heading begins after one.
    gap = [] if changed is not None and before[-1] != _CHANGED else [""]
    after = ["", *lines[place:]] if place < len(lines) else []
    return "\n".join([*before, *gap, *added, *after]) + "\n"


def _next(lines: Sequence[str], start: int, *headings: str) -> int:
    """Return the first line from `start` on that begins with one of the headings, else the number of lines."""
    return next((index for index in range(start, len(lines)) if lines[index].startswith(headings)), len(lines))


def _stripped(lines: list[str]) -> list[str]:
    """Return the lines without blank ones at the end."""
    while lines and not lines[-1].strip():
        lines.pop()
    return lines
