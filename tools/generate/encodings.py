"""The fields of forms that are not written as is usual, by their Encoding Objects (OpenAPI 3.1, section 4.8.15)."""

from collections.abc import Collection, Iterator

from tools.generate.rules import tuple_of
from tools.openapi.document import Node, node, nodes, resolve
from tools.openapi.media import Kind, kind_of

_STYLING = ("style", "explode", "allowReserved")


def styled_fields(document: Node, content: Node, location: str, files: Collection[str] = ()) -> str:
    """Return the expression of the fields that have a style, or an empty one if none has.

    Args:
        document: The document.
        content: What it says of the body.
        location: "query" for fields that are percent-encoded, and "part" for others.
        files: The fields that are files, which have no style.
    """
    found = [
        f"Parameter({', '.join([repr(name), repr(location), *_options(encoding, location)])})"
        for name, encoding in _encodings(document, content)
        if encoding.keys() & set(_STYLING) and name not in files
    ]
    return tuple_of(found) if found else ""


def _options(encoding: Node, location: str) -> Iterator[str]:
    style = encoding.get("style", "form")
    if style != "form":
        yield f"style={style!r}"
    explode = encoding.get("explode", style == "form")
    if explode is not (style == "form"):
        yield f"explode={explode!r}"
    if encoding.get("allowReserved") is True and location == "query":
        yield "allow_reserved=True"


def part_types_of(document: Node, content: Node, files: Collection[str]) -> dict[str, str]:
    """Return the media type of each field that is no file, if the document names one for it."""
    return {
        name: media_type
        for name, encoding in _encodings(document, content)
        if name not in files and (media_type := _media_type(encoding)) and not _is_beyond_json(document, content, name)
    }


def left_out(document: Node, content: Node) -> Iterator[str]:
    """Yield a line for each thing that is said of a field and that the client does not do."""
    for name, encoding in _encodings(document, content):
        if encoding.get("headers"):
            yield f"the headers of the field {name} are left out"
        if _is_beyond_json(document, content, name):
            yield f"the field {name} is sent as JSON, and not as {_media_type(encoding)}"


def _encodings(document: Node, content: Node) -> Iterator[tuple[str, Node]]:
    members = _members(document, content.get("schema"))
    return ((name, node(part)) for name, part in node(content.get("encoding")).items() if name in members)


def _members(document: Node, schema: object, depth: int = 5) -> dict[str, object]:
    found = resolve(document, schema)
    parts = [part for name in ("allOf", "anyOf", "oneOf") for part in nodes(found.get(name))]
    inherited = [_members(document, part, depth - 1) for part in parts] if depth else []
    return {name: part for members in (*inherited, node(found.get("properties"))) for name, part in members.items()}


def _media_type(encoding: Node) -> str | None:
    """Return the first media type that is named. What has a style has none (OpenAPI 3.1, section 4.8.15.1)."""
    first = str(encoding.get("contentType", "")).partition(",")[0].strip()
    return first if first and "*" not in first and not encoding.keys() & set(_STYLING) else None


def _is_beyond_json(document: Node, content: Node, name: str) -> bool:
    """Return whether a field is an object, or an array of some, in a media type that the client cannot write it in."""
    media_type = _media_type(node(node(content.get("encoding"))[name]))
    schema = resolve(document, _members(document, content.get("schema"))[name])
    schemas = [schema, resolve(document, schema.get("items"))]
    is_object = any(found.get("type") == "object" or "properties" in found for found in schemas)
    return is_object and media_type is not None and kind_of(media_type) is not Kind.JSON
