"""One change, as a value and as a sentence."""

import json
from collections.abc import Iterable

from attrs import frozen

from tools.compare.kinds import KINDS, Breaks

MAX_LENGTH = 60
"""The number of characters of a value within a sentence."""


@frozen
class Change:
    """One change.

    Attributes:
        id: Its kind, one of `KINDS`.
        place: The part of the client that changes, such as `create_image_variation(n)` or `Image.url`.
        pointer: The place in the new document, or in the old one for what is gone.
        old: What was there, as JSON; `None` for nothing.
        new: What is there now, likewise.
        breaks: Whose work it breaks, if anybody's.
        text: A sentence. What the document says stands between backticks in it, and in one line.
    """

    id: str
    place: str
    pointer: str
    old: object
    new: object
    breaks: Breaks | None
    text: str


def change(kind: str, place: str, pointer: str, old: object, new: object, **gaps: str) -> Change:
    """Make a change of a kind.

    Args:
        kind: Its id.
        place: The part of the client that changes.
        pointer: The place in the document.
        old: The old value.
        new: The new value.
        gaps: The other gaps of the sentence.
    """
    found = KINDS[kind]
    text = found.sentence.format_map({"old": quoted(old), "new": quoted(new), **gaps})
    return Change(kind, place, pointer, old, new, found.breaks, text)


def is_breaking(changes: Iterable[Change]) -> bool:
    """Return whether one of them breaks anybody's work."""
    return any(found.breaks for found in changes)


def quoted(value: object) -> str:
    """Return a value for a sentence: in one line, of bounded length, harmless to a terminal."""
    if value is None or isinstance(value, bool | int | float):
        return json.dumps(value)
    text = value if isinstance(value, str) and value and value == value.strip() else json.dumps(value)
    shown = "".join(_shown(character) for character in text[: MAX_LENGTH + 1])
    return f"`{shown if len(shown) <= MAX_LENGTH else f'{shown[: MAX_LENGTH - 1]}…'}`"


def _shown(character: str) -> str:
    if character == "`":
        return "'"
    return character if character.isprintable() else character.encode("unicode_escape").decode()


def quoted_list(values: Iterable[object], most: int = 6) -> str:
    """Return values for a sentence, and the number of those that it leaves out."""
    shown = [quoted(value) for value in values]
    rest = len(shown) - most
    shown = [*shown[:most], f"{rest} more"] if rest > 1 else shown
    return " and ".join(shown) if len(shown) < 3 else f"{', '.join(shown[:-1])} and {shown[-1]}"
