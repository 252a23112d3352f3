"""Places in a document, as messages name them."""

from typing import TypeAlias

from tools.openapi.document import METHODS

Place: TypeAlias = tuple[str, ...]
"""The keys that lead from the document to a value."""


def describe_pointer(pointer: object) -> str:
    """Describe the place that a JSON pointer of the document leads to."""
    steps = str(pointer).removeprefix("#/").split("/")
    return describe_place(tuple(step.replace("~1", "/").replace("~0", "~") for step in steps))


def describe_place(place: Place) -> str:
    """Describe a place: an operation by its method and path, and the keys that lead on from there."""
    if place[:1] == ("paths",) and len(place) > 2:
        method = place[2].upper() if place[2] in METHODS else place[2]
        return "/".join((f"{method} {place[1]}", *place[3:]))
    return "/".join(place)
