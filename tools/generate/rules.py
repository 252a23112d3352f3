"""From the keywords of a schema to the validators that the generated model carries."""

import math
from collections.abc import Iterable, Mapping
from typing import cast

from tools.generate.patterns import EXPRESSION
from tools.openapi.document import DocumentError, Node, node, nodes, resolve
from tools.openapi.media import OCTETS
from tools.openapi.schemas import NULLABLE, VALUES

_TYPED_FORMATS = frozenset({"binary", "date", "date-time", "uuid"})
"""Formats of strings that have a type of their own in Python."""

_KEYWORDS: Mapping[str, str] = {
    "minimum": "number_rules.Minimum",
    "exclusiveMinimum": "number_rules.ExclusiveMinimum",
    "maximum": "number_rules.Maximum",
    "exclusiveMaximum": "number_rules.ExclusiveMaximum",
    "multipleOf": "number_rules.MultipleOf",
    "minLength": "string_rules.MinLength",
    "maxLength": "string_rules.MaxLength",
    "pattern": "string_rules.Pattern",
    "minItems": "array_rules.MinItems",
    "maxItems": "array_rules.MaxItems",
}
"""The rule of each keyword, with its module: a package has only those that it names."""

_LENGTHS = ("minLength", "maxLength")


def rules_of(document: Node, schema: object) -> list[str]:
    """Return the expressions that make a schema's rules, found through `$ref`, `allOf` and `anyOf`.

    Raises:
        DocumentError: A limit is not a number.
    """
    return _shown(_rules(document, schema))


def is_nullable(document: Node, schema: object) -> bool:
    """Return whether the document allows null."""
    found = resolve(document, schema)
    return found.get(NULLABLE) is True or any(is_nullable(document, branch) for branch in _branches(found))


def _rules(document: Node, unresolved: object) -> list[str]:
    schema = resolve(document, unresolved)
    rules = [*_type_rules(schema), *_value_rules(schema), *_limits(schema)]
    if schema.get("contentMediaType") == "image/png":
        rules.append("image_rules.Png()")
    if schema.get("x-square") is True:
        rules.append("image_rules.Square()")
    if schema.get("uniqueItems") is True:
        rules.append("array_rules.UniqueItems()")
    if (item := _item(schema)) and (inner := rules_of(document, item)):
        rules.append(f"nested_rules.Items({tuple_of(inner)})")
    for part in nodes(schema.get("allOf")):
        rules += _rules(document, part)
    return list(dict.fromkeys(rules + _union_rules(document, schema)))


def _item(schema: Node) -> Node:
    """Return what each item of an array is: one of the first, which have schemas of their own, or one of the rest."""
    first, rest = nodes(schema.get("prefixItems")), nodes([schema.get("items")])
    return {"anyOf": [*first, *rest]} if first and rest else rest[0] if rest else {}


def _shown(rules: list[str]) -> list[str]:
    # An enum's values have the type already, and "must be 'a' or 'b'" tells more.
    has_enum = any(rule.startswith("rules.Enum(") for rule in rules)
    return [rule for rule in rules if not (has_enum and rule.startswith("rules.Type("))]


def _type_rules(schema: Node) -> list[str]:
    types = schema.get("type")
    if isinstance(types, list):
        rules = [f"rules.Type({name!r})" for name in cast("list[object]", types)]
        return [f"nested_rules.AnyOf({tuple_of(tuple_of([rule]) for rule in rules)})"]
    if not isinstance(types, str):
        return []
    has_format = types == "string" and schema.get("format") in _TYPED_FORMATS
    name = schema["format"] if has_format else types
    return [f"rules.Type({name!r})"]


def _value_rules(schema: Node) -> list[str]:
    values = [schema["const"]] if "const" in schema else schema.get("enum", schema.get(VALUES))
    return [f"rules.Enum({tuple_of(map(repr, cast('list[object]', values)))})"] if isinstance(values, list) else []


def _limits(schema: Node) -> list[str]:
    limits = {keyword: schema[keyword] for keyword in _KEYWORDS if keyword in schema}
    for keyword, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        # OpenAPI 3.0 says by a boolean that the limit beside it is exclusive.
        if isinstance(is_exclusive := limits.get(exclusive), bool):
            del limits[exclusive]
            if is_exclusive and keyword in limits:
                limits[exclusive] = limits.pop(keyword)
    _check_limits(limits)
    unit = ", 'byte'" if schema.get("format") == "binary" else ""
    has_another = schema.get(EXPRESSION, schema.get("pattern")) != schema.get("pattern")
    expression = f", {schema[EXPRESSION]!r}" if has_another else ""
    more = {"pattern": expression, **dict.fromkeys(_LENGTHS, unit)}
    return [f"{_KEYWORDS[keyword]}({_number(value)!r}{more.get(keyword, '')})" for keyword, value in limits.items()]


def _check_limits(limits: Node) -> None:
    for keyword, limit in limits.items():
        if keyword != "pattern" and not (isinstance(limit, int | float) and math.isfinite(limit)):
            raise DocumentError(f"{keyword}: {limit!r} is not a number")


def _number(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _branches(schema: Node) -> list[Node]:
    return nodes(schema.get("anyOf")) + nodes(schema.get("oneOf"))


def _union_rules(document: Node, schema: Node) -> list[str]:
    branches: list[list[str]] = []
    for branch in _branches(schema):
        if (rules := _rules(document, branch)) not in branches:
            branches.append(rules)
    # A branch whose rules another branch asks for anyway adds nothing: "any string" covers an enum of strings.
    needed = [rules for rules in branches if not any(set(other) < set(rules) for other in branches)]
    if len(needed) < 2:
        return [rule for rules in needed for rule in rules]
    return [f"nested_rules.AnyOf({tuple_of(tuple_of(_shown(rules)) for rules in needed)})"]


def tuple_of(expressions: Iterable[str]) -> str:
    """Return the expression of a tuple."""
    items = list(expressions)
    return f"({', '.join(items)}{',' if len(items) == 1 else ''})"


def media_types_of(document: Node, body_schema: object, encoding: object) -> dict[str, str]:
    """Return the media type of each field of a multipart body that is a file.

    `encoding` says it first, then the schema's own `contentMediaType` (OpenAPI 3.1, section 4.8.15).
    """
    found: dict[str, str] = {}
    schema = resolve(document, body_schema)
    parts = [schema, *(resolve(document, part) for part in (*nodes(schema.get("allOf")), *_branches(schema)))]
    for name, raw in ((name, raw) for part in parts for name, raw in node(part.get("properties")).items()):
        field = _file_schema(document, raw)
        if field is None:
            continue
        named = node(node(encoding).get(name)).get("contentType") or field.get("contentMediaType")
        first = str(named or OCTETS).split(",")[0].strip()
        found[name] = first if "*" not in first else OCTETS
    return found


def _file_schema(document: Node, raw: object) -> Node | None:
    """Return the schema of a file: the field's own, or its items'."""
    schema = resolve(document, raw)
    if schema.get("format") == "binary":
        return schema
    inner = [*_branches(schema), *nodes([schema.get("items")])]
    return next((found for part in inner if (found := _file_schema(document, part))), None)
