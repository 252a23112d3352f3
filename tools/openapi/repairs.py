"""What documents write wrongly and can only mean one thing, mended while an operation is taken out.

Each repair is noted with its place. What can mean two things is left for the validator to refuse.
"""

import json
from collections.abc import Iterator, Sequence
from typing import cast

from openapi_schema_validator import OAS31Validator

from tools.openapi.document import Node, node
from tools.openapi.places import Place, describe_place
from tools.openapi.upgrade import NULLABLE_ALONE
from tools.openapi.walk import EXTENSIONS, FIELDS, walk

_LIMITS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
_COUNTS = frozenset(
    {"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains", "maxContains"}
)
_EARLIER = frozenset({"$recursiveAnchor", "$dynamicAnchor", "$anchor", "$id", "$schema", "$vocabulary"})
"""Keywords that only name a place for references that are said otherwise here."""

_BESIDE_MEDIA = frozenset({"description", "example", "examples", "headers", "schema"})
"""Fields that belong to a media type or a response."""

_LONGEST = 60


def repair(kind: str, value: dict[str, object], place: Place, notes: list[str]) -> dict[str, object]:
    """Mend one object, whose fields are mended already.

    Args:
        kind: What it is (see `FIELDS`).
        value: The object.
        place: Where it stands.
        notes: What is mended is said here.
    """
    if kind == "schema":
        return _schema(value, place, notes)
    if kind == "requirement" or "$ref" in value:
        return value
    if FIELDS[kind].get("content") == "{media}":
        value = _without_strays(value, place, notes)
    unknown = [name for name in value if name not in FIELDS[kind] and not name.startswith(EXTENSIONS)]
    for name in unknown:
        notes.append(f"{describe_place(place)}: OpenAPI knows no {name} here; it is left out")
    return {name: part for name, part in value.items() if name not in unknown}


def _without_strays(value: dict[str, object], place: Place, notes: list[str]) -> dict[str, object]:
    """Return what has content without fields of a media type that stand beside the media types."""
    content = node(value.get("content"))
    kept = {name: part for name, part in content.items() if "/" in name or name not in _BESIDE_MEDIA}
    if not kept or len(kept) == len(content):
        return value
    strays = ", ".join(name for name in content if name not in kept)
    notes.append(f"{describe_place(place)}/content: {strays} is no media type; it is left out")
    return {**value, "content": kept}


def drop_wrong_defaults(document: Node, notes: list[str]) -> Node:
    """Return the document without defaults that their own schemas refuse; a client sends none.

    Args:
        document: A document in the terms of OpenAPI 3.1.
        notes: What is left out is said here.
    """
    components = document.get("components", {})

    def visit(kind: str, value: dict[str, object], place: Place) -> object:
        if kind == "schema" and value == NULLABLE_ALONE:
            return {}
        if kind != "schema" or "default" not in value or _accepts(value, components):
            return value
        notes.append(
            f"{describe_place(place)}/default: {_text(value['default'])} breaks its own schema; it is left out"
        )
        return {name: part for name, part in value.items() if name != "default"}

    return cast(Node, walk(document, "document", (), visit, {}))


def _accepts(schema: Node, components: object) -> bool:
    whole = {"allOf": [schema], "components": components}
    try:
        return bool(OAS31Validator(whole).is_valid(schema["default"]))
    except Exception:  # a schema that cannot be used at all is another complaint
        return True


def drop_repeated_tags(tags: Sequence[Node], notes: list[str]) -> list[Node]:
    """Return tags, each declared once."""
    found: dict[object, Node] = {}
    for tag in tags:
        if tag.get("name") in found:
            notes.append(f"tags: {tag.get('name')} is declared twice; the first counts")
        found.setdefault(tag.get("name"), tag)
    return list(found.values())


def _schema(value: dict[str, object], place: Place, notes: list[str]) -> dict[str, object]:
    result: dict[str, object] = {}
    for name, part in value.items():
        if name in ("$recursiveRef", "$dynamicRef") and isinstance(part, str):
            result["$ref"] = part
            notes.append(f"{describe_place(place)}/{name}: is taken as $ref: {result['$ref']}")
        elif name in _EARLIER:
            notes.append(f"{describe_place(place)}/{name}: is not needed in OpenAPI 3.1; it is left out")
        elif name == "enum" and part == []:
            notes.append(f"{describe_place(place)}/{name}: has no value; it is left out")
        elif name in ("required", "enum") and isinstance(part, list):
            result[name] = _unique(cast("list[object]", part), (*place, name), notes)
        elif name in _LIMITS | _COUNTS and isinstance(part, str):
            result |= _number(name, part, place, notes)
        else:
            result[name] = part
    return result


def _unique(items: list[object], place: Place, notes: list[str]) -> list[object]:
    found: list[object] = []
    for item in items:
        if any(type(item) is type(other) and item == other for other in found):
            notes.append(f"{describe_place(place)}: {_text(item)} is there twice")
        else:
            found.append(item)
    return found


def _number(name: str, text: str, place: Place, notes: list[str]) -> Iterator[tuple[str, object]]:
    try:
        number = int(text) if name in _COUNTS or text.strip().lstrip("+-").isdecimal() else float(text)
    except ValueError:
        notes.append(f"{describe_place(place)}/{name}: {_text(text)} is not a number; it is left out")
        return
    notes.append(f"{describe_place(place)}/{name}: {_text(text)} is taken as the number {number}")
    yield name, number


def _text(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    return repr(text) if isinstance(value, str) else text
