"""What a survey finds: how far each operation came, and why it came no further."""

import re
from collections.abc import Sequence

from attrs import frozen

STAGES = ("pin", "generate", "import", "type", "round_trip")
"""What an operation goes through, in this order."""

REACHED = dict(zip(STAGES, ("pinned", "generated", "imported", "typed", "round_trips"), strict=True))
"""What is counted for each stage."""

_ENTRY = re.compile(r"\S*/\S*|[A-Z]+ /\S+")
"""A place in a document, at the beginning of a message."""


@frozen
class Refusal:
    """Why an operation falls short.

    Attributes:
        operation: Its name.
        stage: Where it fell short.
        place: Where in the document, if that is known, or the operation's own place.
        reason: Why, in a line.
    """

    operation: str
    stage: str
    place: str
    reason: str

    @property
    def kind(self) -> str:
        """The reason without what differs from one operation to the next."""
        text = re.sub(r"""'[^']*'|"[^"]*"|`[^`]*`""", "…", self.reason)
        text = re.sub(r"[\w.#{}-]*/[\w.#{}~/<>-]+|\b\d[\d.]*\b", "…", text)
        return re.sub(r"\b\w*[a-z][A-Z]\w*\b", "…", text)[:160]


@frozen
class Finding:
    """What became of one operation.

    Attributes:
        refusals: Where it falls short; none, if it passes every stage.
        untyped_members: Members that the document types and the client reads as any value.
        is_tried: Whether a call was made.
        stream_field: The field that asks for events which the document does not describe.
    """

    operation: str
    refusals: tuple[Refusal, ...]
    untyped_members: tuple[str, ...] = ()
    is_tried: bool = False
    stream_field: str | None = None

    def passes(self, stage: str) -> bool:
        """Return whether it came through a stage, which asks for the package that the stages up to `import` make."""
        asked_for = {*STAGES[: min(STAGES.index(stage), STAGES.index("import") + 1)], stage}
        is_run = stage != "round_trip" or self.is_tried
        return is_run and not any(refusal.stage in asked_for for refusal in self.refusals)


def refusal_of(operation: str, stage: str, message: str, place: str) -> Refusal:
    """Make a refusal of a message that may begin with a place of the document.

    Args:
        operation: The operation's name.
        stage: Where it falls short.
        message: What was said.
        place: The operation's own place.
    """
    text = " ".join(message.split())
    start, separator, rest = text.partition(": ")
    if separator and _ENTRY.fullmatch(start):
        return Refusal(operation, stage, start, rest)
    return Refusal(operation, stage, place, text)


def grouped(refusals: Sequence[Refusal]) -> dict[tuple[str, str], list[Refusal]]:
    """Group refusals by stage and kind, those that stop most operations first within a stage."""
    found: dict[tuple[str, str], list[Refusal]] = {}
    for refusal in refusals:
        found.setdefault((refusal.stage, refusal.kind), []).append(refusal)
    return dict(sorted(found.items(), key=lambda entry: (STAGES.index(entry[0][0]), -len(entry[1]), entry[0][1])))
