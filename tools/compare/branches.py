"""One kind of value that a schema allows by its own keywords, without what it refers to or is put together from."""

import json
from collections.abc import Mapping, Sequence
from typing import cast

from attrs import field, frozen

from tools.compare.naming import class_name
from tools.openapi.document import Node, is_node, node, nodes, texts
from tools.openapi.media import Kind, kind_of
from tools.openapi.schemas import escaped

LOWER_LIMITS = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"})
UPPER_LIMITS = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"})

_RULES: Mapping[str, frozenset[str]] = {
    "number": frozenset({"minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf", "format"}),
    "string": frozenset(
        {"minLength", "maxLength", "pattern", "format", "contentMediaType", "contentEncoding", "x-square"}
    ),
    "array": frozenset({"minItems", "maxItems", "uniqueItems"}),
    "object": frozenset({"minProperties", "maxProperties"}),
}
_ANY_RULES: frozenset[str] = frozenset(name for names in _RULES.values() for name in names)
_NO_RULES: frozenset[str] = frozenset()
TYPED_FORMATS: Mapping[str, str] = {"binary": "FileInput", "date": "date", "date-time": "datetime", "uuid": "UUID"}
_PYTHON: Mapping[str, str] = {"integer": "int", "number": "float", "boolean": "bool", "string": "str", "any": "object"}

_STRUCTURE = frozenset(
    (
        *("$ref", "allOf", "anyOf", "oneOf", "type", "enum", "const", "nullable"),
        *("properties", "required", "items", "additionalProperties"),
    )
)
ANNOTATIONS = frozenset(
    (
        *("$comment", "$defs", "$id", "$schema", "contentSchema", "default", "deprecated", "description"),
        *("discriminator", "example", "examples", "externalDocs", "readOnly", "title", "writeOnly", "xml"),
    )
)


@frozen(eq=False)
class Site:
    """A schema in its place.

    Attributes:
        pointer: The place.
        parent: The class or function that it is within.
        name: What it is called there: the names of classes are made of both.
    """

    raw: object
    pointer: str
    parent: str
    name: str

    def within(self, *steps: str, raw: object, name: str | None = None, parent: str | None = None) -> "Site":
        """Return a schema within this one."""
        pointer = "/".join((self.pointer, *map(escaped, steps)))
        return Site(raw, pointer, self.parent if parent is None else parent, self.name if name is None else name)


@frozen
class Branch:
    """One kind of value.

    Attributes:
        type: Its JSON type, or "any".
        class_name: Its class if it is an object, or the alias of its values if it is an enum.
        rules: The rules of the value, by keyword.
        values: The only ones that it has.
        known: The values that are named beside "any text".
        aliases: The types that the client exports for such values.
        fields: The members of an object.
        extra: The schema of its other members, or whether it may have any.
        tags: The values of its members that a discriminator knows it by.
        conditions: Keywords that the client does not check.
    """

    type: str
    class_name: str
    pointer: str
    rules: Mapping[str, object] = field(factory=dict[str, object])
    values: tuple[object, ...] | None = None
    known: tuple[object, ...] = ()
    aliases: tuple[str, ...] = ()
    fields: Mapping[str, Site] = field(factory=dict[str, Site])
    required: frozenset[str] = frozenset()
    items: Site | None = None
    extra: Site | bool = True
    usable: object = None
    tags: Mapping[str, tuple[str, ...]] = field(factory=dict[str, tuple[str, ...]])
    conditions: Mapping[str, object] = field(factory=dict[str, object])

    @property
    def is_open(self) -> bool:
        """Whether any value of the type will do."""
        return not self.rules and self.values is None and not self.conditions


def canonical(value: object) -> str:
    """Return a text that is the same for values that mean the same."""
    return json.dumps(_plain_numbers(value), sort_keys=True)


def _plain_numbers(value: object) -> object:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list | tuple):
        return [_plain_numbers(part) for part in cast("Sequence[object]", value)]
    return {name: _plain_numbers(part) for name, part in value.items()} if is_node(value) else value


def type_name(branch: Branch) -> str:
    """Return the Python type of one kind of value; of a list, the name "array"."""
    if branch.type == "object":
        return branch.class_name
    typed = TYPED_FORMATS.get(str(branch.rules.get("format"))) if branch.type == "string" else None
    return typed or _PYTHON.get(branch.type, branch.type)


def own_branches(site: Site, raw: Node) -> tuple[list[Branch], bool]:
    """Return the branches that a schema has by its own keywords, and whether they allow null."""
    named = raw.get("type")
    types = [named] if isinstance(named, str) else texts(named)
    values = _values(raw)
    is_nullable = raw.get("nullable") is True or "null" in types or (values is not None and None in values)
    if values is not None:
        values = [value for value in values if value is not None]
    kinds = [name for name in dict.fromkeys(types) if name != "null"]
    if not kinds and not types:
        kinds = [*dict.fromkeys(map(_json_type, values or []))] or (["object"] if "properties" in raw else ["any"])
    return [_branch(site, raw, kind, values, alone=len(kinds) == 1) for kind in kinds], is_nullable


def _values(raw: Node) -> list[object] | None:
    if "const" in raw:
        return [raw["const"]]
    enum = raw.get("enum")
    return cast("list[object]", enum) if isinstance(enum, list) and enum else None


def _json_type(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    names: Mapping[type, str] = {int: "integer", float: "number", str: "string", list: "array"}
    return names.get(type(value), "object")


def _branch(site: Site, raw: Node, kind: str, values: list[object] | None, *, alone: bool) -> Branch:
    fits = values if values is None or alone else [value for value in values if _json_type(value) == kind]
    name = class_name(site.parent, site.name)
    return Branch(
        type=kind,
        class_name=name,
        pointer=site.pointer,
        rules=_rules(raw, kind),
        values=None if fits is None else tuple(fits),
        aliases=(name,) if "enum" in raw and fits and kind in ("string", "integer") else (),
        fields=_fields(site, raw, name) if kind == "object" else {},
        required=frozenset(texts(raw.get("required"))) if kind == "object" else frozenset(),
        items=_items(site, raw) if kind == "array" else None,
        extra=_extra(site, raw, name) if kind == "object" else True,
        usable=raw.get("x-usable-answer"),
        conditions={
            name: part
            for name, part in raw.items()
            if name not in _STRUCTURE | ANNOTATIONS | _ANY_RULES and not name.startswith("x-")
        },
    )


def _fields(site: Site, raw: Node, parent: str) -> dict[str, Site]:
    return {
        name: site.within("properties", name, raw=part, name=name, parent=parent)
        for name, part in node(raw.get("properties")).items()
    }


def _items(site: Site, raw: Node) -> Site | None:
    prefixes = nodes(raw.get("prefixItems"))
    listed: list[tuple[tuple[str, ...], object]]
    listed = [(("prefixItems", str(index)), part) for index, part in enumerate(prefixes)]
    listed += [(("items",), raw["items"])] if "items" in raw else []
    name = f"{site.name}_item"
    if len(listed) == 1:
        [(steps, part)] = listed
        return site.within(*steps, raw=part, name=name)
    return site.within(raw={"anyOf": [part for _, part in listed]}, name=name) if listed else None


def _extra(site: Site, raw: Node, parent: str) -> Site | bool:
    extra = raw.get("additionalProperties", True)
    if not is_node(extra) or not extra:
        return extra is not False
    return site.within("additionalProperties", raw=extra, name="AdditionalProperty", parent=parent)


def _rules(raw: Node, kind: str) -> dict[str, object]:
    names = _ANY_RULES if kind == "any" else _RULES.get("number" if kind == "integer" else kind, _NO_RULES)
    found = {name: raw[name] for name in names if _says_something(name, raw.get(name))}
    for limit, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        # OpenAPI 3.0 says by a boolean that the limit beside it is exclusive.
        if found.get(exclusive) is True:
            del found[exclusive]
            if limit in found:
                found[exclusive] = found.pop(limit)
    if kind == "integer":
        found = _with_closed_limits(found)
    if kind == "string" and _is_file(found):
        found["format"] = "binary"
    if kind == "string" and found.get("format") == "byte":  # as OpenAPI 3.0 says it
        del found["format"]
        found.setdefault("contentEncoding", "base64")
    return dict(sorted(found.items()))


def _says_something(name: str, value: object) -> bool:
    is_trivial = value == 0 and name in ("minLength", "minItems", "minProperties")
    return value is not None and value is not False and not is_trivial


def _with_closed_limits(rules: Mapping[str, object]) -> dict[str, object]:
    """Turn the exclusive limits of whole numbers into others: "more than 0" is "at least 1"."""
    found = dict(rules)
    for limit, exclusive, step in (("minimum", "exclusiveMinimum", 1), ("maximum", "exclusiveMaximum", -1)):
        if isinstance(value := found.get(exclusive), int):
            del found[exclusive]
            found[limit] = tighter(limit, found.get(limit), value + step)
    return found


def _is_file(rules: Node) -> bool:
    media_type = rules.get("contentMediaType")
    return isinstance(media_type, str) and "contentEncoding" not in rules and kind_of(media_type) is Kind.BINARY


def tighter(name: str, one: object, other: object) -> object:
    """Return the limit that allows less, or both values if the rule has no order."""
    if one is None or other is None or canonical(one) == canonical(other):
        return other if one is None else one
    if isinstance(one, int | float) and isinstance(other, int | float) and name in LOWER_LIMITS | UPPER_LIMITS:
        return max(one, other) if name in LOWER_LIMITS else min(one, other)
    return sorted([one, other], key=canonical)
