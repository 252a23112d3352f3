"""Changes as text for a terminal, as Markdown for a pull request, and as JSON for programs.

What the documents say is untrusted. In a change's text it stands between backticks, in one
line and without backticks of its own, and that is what these forms build on.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from attrs import asdict

from tools.compare.changes import Change, is_breaking, quoted
from tools.compare.kinds import Breaks

VERSION = 1
"""Of the JSON form; it grows when a member goes or changes its meaning, not when one is added."""

NOTHING = "No change that a user of the client would notice."

_SPAN = re.compile(r"`([^`]*)`")


def as_text(changes: Sequence[Change]) -> str:
    """Render each change in two lines: whom it breaks and what it is, then its id and its pointer."""
    if not changes:
        return NOTHING
    lines: list[str] = []
    for change in changes:
        lines.append(f"{change.breaks or '-':8}  {change.text}")
        lines.append(f"{'':8}  {change.id}  {_one_line(change.pointer)}")
    return "\n".join([*lines, "", summary(changes)])


def as_markdown(changes: Sequence[Change]) -> str:
    """Render a table with a row for each change."""
    if not changes:
        return NOTHING
    rows = [
        f"| {change.breaks or 'nothing'} | {_prose(change.text)} | {_cell(change.old)} | {_cell(change.new)} "
        f"| `{change.id}` |"
        for change in changes
    ]
    header = ["| breaks | what changes | before | now | id |", "|---|---|---|---|---|"]
    return "\n".join([summary(changes), "", *header, *rows])


def as_json(changes: Sequence[Change]) -> str:
    """Render an object with `version`, `breaking`, and `changes`, each with the attributes of `Change`."""
    shown = [asdict(change) for change in changes]
    return json.dumps({"version": VERSION, "breaking": is_breaking(changes), "changes": shown}, indent=2)


FORMATS: Mapping[str, Callable[[Sequence[Change]], str]] = {
    "text": as_text,
    "markdown": as_markdown,
    "json": as_json,
}


def summary(changes: Sequence[Change]) -> str:
    """Count the changes, and those that break somebody's work."""
    counts = Counter(change.breaks for change in changes)
    broken = [f"{counts[name]} {_verb(counts[name])} {whom}" for name, whom in _WHOM.items() if counts[name]]
    total = f"{len(changes)} change{'s' if len(changes) > 1 else ''}"
    return f"{total}: {', '.join(broken) or 'nothing breaks'}."


_WHOM: Mapping[Breaks, str] = {"callers": "callers", "readers": "readers of responses", "wire": "the wire"}


def _verb(count: int) -> str:
    return "breaks" if count == 1 else "break"


def _one_line(text: str) -> str:
    return quoted(text).strip("`") if not text.isprintable() else text


def _prose(text: str) -> str:
    """Escape a sentence for Markdown: outside backticks it has names and our own prose only."""
    parts = _SPAN.split(text)
    return "".join(as_code(part) if index % 2 else part.replace("_", r"\_") for index, part in enumerate(parts))


def _cell(value: object) -> str:
    return "" if value is None else _prose(quoted(value))


def as_code(text: str) -> str:
    """Return one line without backticks as code, in a table too."""
    # In a table a bar ends the cell, in code too, and a backslash may or may not hide it: entities always do.
    if not {"|", "\\"} & set(text):
        return f"`{text}`"
    return f"<code>{''.join(part if part.isalnum() or part == ' ' else f'&#{ord(part)};' for part in text)}</code>"
