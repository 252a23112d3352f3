"""From the keywords of a schema to the validators that the generated model carries."""

from collections.abc import Iterable, Mapping
from typing import cast

from tools.document import NULLABLE, Node, is_node, node, nodes, resolved

_TYPED_FORMATS = {"date": "date", "date-time": "date-time", "uuid": "uuid"}

_KEYWORDS: Mapping[str, str] = {
    "minimum": "Minimum",
    "exclusiveMinimum": "ExclusiveMinimum",
    "maximum": "Maximum",
    "exclusiveMaximum": "ExclusiveMaximum",
    "multipleOf": "MultipleOf",
    "minLength": "MinLength",
    "maxLength": "MaxLength",
    "pattern": "Pattern",
    "minItems": "MinItems",
    "maxItems": "MaxItems",
}


def rules_of(document: Node, schema: object) -> list[str]:
    """The expressions that make a schema's rules, found through `$ref`, `allOf` and `anyOf`."""
    rules = _rules(document, schema)
    # An enum's values have the type already, and "must be 'a' or 'b'" tells more.
    has_enum = any(rule.startswith("rules.Enum(") for rule in rules)
    return [rule for rule in dict.fromkeys(rules) if not (has_enum and rule.startswith("rules.Type("))]


def is_nullable(document: Node, schema: object) -> bool:
    """Whether null is a value of its own by the document."""
    return resolved(document, schema).get(NULLABLE) is True


def _rules(document: Node, unresolved: object) -> list[str]:
    schema = resolved(document, unresolved)
    rules = [*_type_rules(schema), *_value_rules(schema)]
    rules += [f"rules.{name}({schema[keyword]!r})" for keyword, name in _KEYWORDS.items() if _is_set(schema, keyword)]
    if schema.get("contentMediaType") == "image/png":
        rules.append("rules.Png()")
    if schema.get("x-square") is True:
        rules.append("rules.Square()")
    if schema.get("uniqueItems") is True:
        rules.append("rules.UniqueItems()")
    if is_node(schema.get("items")) and (inner := rules_of(document, schema["items"])):
        rules.append(f"rules.Items({tuple_of(inner)})")
    for part in nodes(schema.get("allOf")):
        rules += _rules(document, part)
    return rules + _union_rules(document, schema)


def _is_set(schema: Node, keyword: str) -> bool:
    value = schema.get(keyword)
    return isinstance(value, int | float | str) and not isinstance(value, bool)


def _type_rules(schema: Node) -> list[str]:
    types = schema.get("type")
    if isinstance(types, list):
        names = [name for name in cast("list[object]", types) if name != "null"]
        rules = [f"rules.Type({name!r})" for name in names]
        return rules if len(rules) < 2 else [f"rules.AnyOf({tuple_of(map(_single, rules))})"]
    # A file's type is not its content's: whatever can be read stands for it.
    if not isinstance(types, str) or types == "null" or schema.get("format") == "binary":
        return []
    if types == "string" and schema.get("format") in _TYPED_FORMATS:
        return [f"rules.Type({_TYPED_FORMATS[str(schema['format'])]!r})"]
    return [f"rules.Type({types!r})"]


def _value_rules(schema: Node) -> list[str]:
    if "const" in schema:
        return [f"rules.Enum({_single(repr(schema['const']))})"]
    values = schema.get("enum")
    if not isinstance(values, list):
        return []
    allowed = [repr(value) for value in cast("list[object]", values) if value is not None]
    return [f"rules.Enum({tuple_of(allowed)})"]


def _branches(schema: Node) -> list[Node]:
    return nodes(schema.get("anyOf")) + nodes(schema.get("oneOf"))


def _union_rules(document: Node, schema: Node) -> list[str]:
    branches = [
        _rules(document, branch) for branch in _branches(schema) if resolved(document, branch).get("type") != "null"
    ]
    if len(branches) < 2:
        return [rule for branch in branches for rule in branch]
    # A branch whose rules another branch asks for anyway adds nothing: "any string" covers an enum of strings.
    needed = [rules for rules in branches if not any(set(other) < set(rules) for other in branches)]
    if [] in needed:
        return []
    return needed[0] if len(needed) == 1 else [f"rules.AnyOf({tuple_of(map(tuple_of, needed))})"]


def _single(expression: str) -> str:
    return f"({expression},)"


def tuple_of(expressions: Iterable[str]) -> str:
    """The expression of a tuple."""
    items = list(expressions)
    return f"({', '.join(items)}{',' if len(items) == 1 else ''})"


def media_types_of(document: Node, body_schema: object, encoding: object) -> dict[str, str]:
    """The media type of each field of a multipart body that is a file.

    `encoding` says it first, then the schema's own `contentMediaType` (OpenAPI 3.1, section 4.8.15).
    """
    found: dict[str, str] = {}
    schema = resolved(document, body_schema)
    parts = [schema, *(resolved(document, part) for part in nodes(schema.get("allOf")))]
    for name, raw in ((name, raw) for part in parts for name, raw in node(part.get("properties")).items()):
        field = _file_schema(document, raw)
        if field is None:
            continue
        named = node(node(encoding).get(name)).get("contentType") or field.get("contentMediaType")
        first = str(named or "application/octet-stream").split(",")[0].strip()
        found[name] = first if "*" not in first else "application/octet-stream"
    return found


def _file_schema(document: Node, raw: object) -> Node | None:
    """The schema of a file: the field's own, or its items'."""
    schema = resolved(document, raw)
    if schema.get("format") == "binary":
        return schema
    inner = [*_branches(schema), *nodes([schema.get("items")])]
    return next((found for part in inner if (found := _file_schema(document, part))), None)
