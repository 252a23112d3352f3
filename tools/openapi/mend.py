"""Mend: values of another kind than OpenAPI wants, made what they can only mean before the parts of them are visited.

Each is noted with its place. What can mean two things is left for the validator to refuse.
"""

import json
import re
from collections.abc import Mapping
from typing import cast

from tools.openapi.complete import complete, listed
from tools.openapi.document import Node, is_node, node, texts
from tools.openapi.places import Place, describe_place
from tools.openapi.walk import EXTENSIONS, FIELDS, VALUE

_MAY_BE_NULL = frozenset({"default", "const", "enum", "examples", "example", "description", "summary", "security"})
"""Fields in which null is a value, or that are left out in any case, or of which null may mean two things."""

_FILLED = frozenset({"items", "schema"})
"""Fields without which an object says something else than that anything may be there."""

_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)")

_FLAGS = frozenset(
    {"nullable", "deprecated", "readOnly", "writeOnly", "uniqueItems", "explode", "allowReserved", "allowEmptyValue"}
)

_TYPES: Mapping[str, Mapping[str, str]] = {
    **{name: {"type": name} for name in ("string", "integer", "number", "boolean", "array", "object", "null")},
    **{name: {"type": "string"} for name in ("str", "text")},
    **{name: {"type": "integer"} for name in ("int", "long", "int32", "int64")},
    **{name: {"type": "number"} for name in ("float", "double", "decimal")},
    **{name: {"type": "object"} for name in ("dict", "map", "hash")},
    "bool": {"type": "boolean"},
    "list": {"type": "array"},
    "any": {},
    "file": {"type": "string", "format": "binary"},
    "date": {"type": "string", "format": "date"},
    **{name: {"type": "string", "format": "date-time"} for name in ("datetime", "date-time")},
    "uuid": {"type": "string", "format": "uuid"},
}
"""What other languages and earlier versions call types, in the terms of JSON Schema; the keys are in lower case."""


def mend(value: object, kind: str, place: Place, notes: list[str]) -> object:
    """Return a value of the document with every value in it of the kind that OpenAPI wants.

    Args:
        value: The value.
        kind: The kind that it has to have (see `FIELDS`).
        place: Its place in the document.
        notes: What is mended is said here.
    """
    if kind == VALUE or isinstance(value, bool):
        return value
    if kind.startswith("["):
        items = listed(value, kind[1:-1], place, notes)
        return _items(cast("list[object]", items), kind[1:-1], place, notes) if isinstance(items, list) else items
    if value is None and not kind.startswith("{"):
        notes.append(f"{describe_place(place)}: is null; it is taken as one that says nothing")
        value = {}
    if not is_node(value):
        return value
    if kind.startswith("{"):
        # An operation's responses are the one map whose keys may be extensions.
        has_extensions = kind == "{response}" and place[-1] == "responses" and place[0] == "paths"
        names = [name for name in value if not (has_extensions and name.startswith(EXTENSIONS))]
        return {name: mend(value[name], kind[1:-1], (*place, name), notes) for name in names}
    fields = _fields(value, kind, place, notes)
    kinds = FIELDS[kind]
    return {name: mend(part, kinds.get(name, VALUE), (*place, name), notes) for name, part in fields.items()}


def _items(items: list[object], kind: str, place: Place, notes: list[str]) -> list[object]:
    found: list[object] = []
    for index, item in enumerate(items):
        where = (*place, str(index))
        if item is None and kind != "schema":
            notes.append(f"{describe_place(where)}: is null; it is left out")
        else:  # a null among schemas may be one of null, or one of anything
            found.append(None if item is None else mend(item, kind, where, notes))
    return found


def _fields(value: Node, kind: str, place: Place, notes: list[str]) -> dict[str, object]:
    """Return the fields of one object, each of the kind that OpenAPI wants as far as that can be seen in the object."""
    result = dict(value)
    for name, part in value.items():
        where = describe_place((*place, name))
        if part is None and name in FIELDS[kind] and name not in _MAY_BE_NULL | _FILLED | {"type"}:
            notes.append(f"{where}: is null; it is left out")
            del result[name]
        elif isinstance(part, str) and _is_flag(name, kind) and part.lower() in ("true", "false"):
            notes.append(f"{where}: {part!r} is taken as the boolean {part.lower()}")
            result[name] = part.lower() == "true"
    if kind == "server":
        result = _without_open_variables(result, place, notes)
    if kind == "parameter" and result.get("in") == "path" and result.get("required", False) is False:
        notes.append(f"{describe_place(place)}/required: is taken as true, since a path has no place for nothing")
        result["required"] = True
    result = complete(kind, result, place, notes)
    return _schema(result, place, notes) if kind == "schema" else result


def _without_open_variables(server: dict[str, object], place: Place, notes: list[str]) -> dict[str, object]:
    """Return a server without variables that have no default: its URL keeps their names, for the caller to fill in."""
    variables = node(server.get("variables"))
    for name in [name for name, variable in variables.items() if "default" not in node(variable)]:
        notes.append(f"{describe_place((*place, 'variables', name))}: has no default; the caller passes base_url")
        variables = {other: part for other, part in variables.items() if other != name}
    return {**server, "variables": variables} if "variables" in server else server


def _is_flag(name: str, kind: str) -> bool:
    return name in _FLAGS or (name == "required" and kind in ("parameter", "body", "header"))


def _schema(schema: dict[str, object], place: Place, notes: list[str]) -> dict[str, object]:
    result = _with_type(schema, place, notes)
    if is_node(result.get("properties")):
        result = _with_required(result, place, notes)
    for keyword in ("enum", "const"):
        if keyword in result:
            said = result[keyword] if keyword == "enum" else [result[keyword]]
            if not isinstance(said, list):
                continue
            values = cast("list[object]", said)
            mended = _values(values, result.get("type"))
            if list(map(repr, mended)) != list(map(repr, values)):  # to Python True is 1
                meant = f"is taken as {json.dumps(mended)}, of its type {result['type']}"
                notes.append(f"{describe_place((*place, keyword))}: {meant}")
                result[keyword] = mended if keyword == "enum" else mended[0]
    return result


def _with_type(schema: dict[str, object], place: Place, notes: list[str]) -> dict[str, object]:
    said = schema.get("type")
    where = f"{describe_place(place)}/type"
    if isinstance(said, list) and None in cast("list[object]", said):
        notes.append(f"{where}: null is taken as 'null'")
        return {**schema, "type": ["null" if name is None else name for name in cast("list[object]", said)]}
    if "type" in schema and said is None and not schema.keys() - {"type", "description", "title"}:
        notes.append(f"{where}: null is taken as 'null'")
        return {**schema, "type": "null"}
    known = _TYPES.get(said.lower()) if isinstance(said, str) else None
    if known is None or known == {"type": said}:
        return schema
    meant = " and ".join(f"{name} {value}" for name, value in known.items()) or "any type"
    notes.append(f"{where}: {said!r} is taken as {meant}")
    return {**known, **{name: part for name, part in schema.items() if name != "type"}}


def _with_required(schema: dict[str, object], place: Place, notes: list[str]) -> dict[str, object]:
    """Return a schema whose required members are named by itself, and not by booleans in the members."""
    properties = node(schema["properties"])
    said = {name: node(part)["required"] for name, part in properties.items() if _says_required(part)}
    own = schema.get("required")
    if isinstance(own, str) and own in properties:
        notes.append(f"{describe_place(place)}/required: {own!r} is taken as a list of one")
        own = schema["required"] = [own]
    if not said or not isinstance(own, list | None):
        return schema
    for name, is_required in said.items():
        where = describe_place((*place, "properties", name, "required"))
        notes.append(f"{where}: {json.dumps(is_required)} is taken as said of the member by {describe_place(place)}")
    mended = {
        name: {key: part for key, part in node(member).items() if key != "required"} if name in said else member
        for name, member in properties.items()
    }
    names = [*texts(cast(object, own)), *(name for name, is_required in said.items() if is_required)]
    return {**schema, "properties": mended, **({"required": list(dict.fromkeys(names))} if names else {})}


def _says_required(member: object) -> bool:
    return isinstance(node(member).get("required"), bool)


def _values(items: list[object], kind: object) -> list[object]:
    """Return the values of an enum in the type of its schema, as far as there is one way to read each so."""
    if kind == "string":
        return [json.dumps(item) if isinstance(item, int | float) else item for item in items]
    if kind == "boolean":
        return [{"true": True, "false": False}.get(item, item) if isinstance(item, str) else item for item in items]
    if kind in ("integer", "number"):
        return [int(item) if isinstance(item, str) and _WHOLE.fullmatch(item) else item for item in items]
    return items
