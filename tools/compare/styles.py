"""How the values of parameters and of forms are written, as far as that is not as usual."""

from collections.abc import Mapping

from tools.compare.changes import quoted
from tools.compare.shapes import Shape
from tools.openapi.document import Node
from tools.openapi.media import OCTETS

_STYLES = {"query": "form", "cookie": "form", "part": "form"}
_STYLING = frozenset({"style", "explode", "allowReserved"})


def words_of_style(style: Mapping[str, object]) -> str:
    """Return a style in words."""
    said = [
        quoted(f"{name}: {str(value).lower() if value in (True, False) else value}") for name, value in style.items()
    ]
    return f"with {' and '.join(said)}" if said else "in the usual style"


def style_of(shape: Shape, said: Node, location: str) -> Mapping[str, object]:
    """Return what differs from the usual style of a place (OpenAPI 3.1, section 4.8.12).

    Args:
        shape: The shape of the value: what a list or an object is put together by says nothing of other values.
        said: A parameter, or what is said of a field.
        location: Where it goes.
    """
    usual = _STYLES.get(location, "simple")
    style = said.get("style", usual)
    has_parts = any(branch.type in ("array", "object") for branch in shape.branches)
    found: dict[str, object] = {}
    if style != usual and (has_parts or style in ("label", "matrix")):
        found["style"] = style
    if has_parts and said.get("explode", style == "form") is not (style == "form"):
        found["explode"] = said["explode"]
    if said.get("allowReserved") is True and location == "query":
        found["allowReserved"] = True
    return found


def style_of_field(shape: Shape, said: Node, location: str) -> Mapping[str, object]:
    """Return the style of a field of a form; one that has none is written as is usual for its type.

    Args:
        shape: The shape of the value.
        said: What the document says of the field (OpenAPI 3.1, section 4.8.15).
        location: "query" if it is percent-encoded, else "part".
    """
    if not said.keys() & _STYLING:
        return {}
    found = style_of(shape, {"style": "form", **said}, location)
    # An object with the usual style has a pair for each member; without any it is JSON.
    is_object = any(branch.type == "object" for branch in shape.branches)
    return found or ({"style": "form"} if is_object else {})


def first_media_type(media_types: object) -> str | None:
    """Return the first media type that a part may have, if one is named."""
    if not media_types:
        return None
    first = str(media_types).split(",")[0].strip()
    return OCTETS if "*" in first else first
