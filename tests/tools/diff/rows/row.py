"""One row of the table, and the places of tests/documents/gallery.yaml that rows edit."""

from typing import NamedTuple

from tests.support.edits import Edit
from tools.compare.kinds import Breaks

PICTURES = "paths/~1albums~1{album}~1pictures"
DRAW = f"{PICTURES}/post"
ALBUMS = "paths/~1albums"
LIST, STORE = f"{ALBUMS}/get", f"{ALBUMS}/put"
BODY = f"{DRAW}/requestBody/content/multipart~1form-data"
ANSWERS = f"{DRAW}/responses"
SCHEMAS = "components/schemas"
FIELDS = f"{SCHEMAS}/DrawRequest/properties"
DRAWN = f"{SCHEMAS}/Drawn/properties"
STRING = {"type": "string"}
BINARY = {"schema": {"type": "string", "format": "binary"}}
JSON_STRING = {"application/json": {"schema": STRING}}


class Row(NamedTuple):
    """One kind of change.

    Attributes:
        edits: What makes the new document.
        before: What makes the old one.
        also: The ids of the changes that come with it.
    """

    id: str
    breaks: Breaks | None
    text: str
    edits: tuple[Edit, ...]
    before: tuple[Edit, ...] = ()
    also: tuple[str, ...] = ()


def keyword(name: str) -> str:
    """What a sentence about a keyword begins with."""
    return f"draw_picture: the keyword `{name}`"
