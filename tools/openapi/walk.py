"""The objects of OpenAPI 3.1, and a walk over them that knows what stands where.

A property may be called `title`, and an enum may hold an object with a `description`: whether
a key is a keyword of OpenAPI's depends on where it stands.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias, cast

from tools.openapi.cost import BILLED, IDEMPOTENT
from tools.openapi.document import METHODS, DocumentError, is_node
from tools.openapi.events import STREAM_FIELD
from tools.openapi.places import Place, describe_place

VALUE = "value"
"""The kind of a value that is kept as it is: a scalar, an example, the value of an extension."""

EXTENSIONS = "x-"
"""The place of the extensions of an object among its fields."""

_SCHEMA_VALUES = (
    *("$ref", "type", "nullable", "format", "contentEncoding", "contentMediaType", "const", "enum"),
    *("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "pattern"),
    *("minItems", "maxItems", "uniqueItems", "minContains", "maxContains", "minProperties", "maxProperties"),
)
_SCHEMA_PARTS = {
    **dict.fromkeys(("prefixItems", "anyOf", "oneOf", "allOf"), "[schema]"),
    **dict.fromkeys(("items", "contains", "not", "if", "then", "else"), "schema"),
}
_SCHEMA_REST = {
    **dict.fromkeys(("default", "deprecated", "readOnly", "writeOnly", EXTENSIONS), VALUE),
    **dict.fromkeys(("examples", "description", "discriminator", "required"), VALUE),
    **dict.fromkeys(("properties", "patternProperties", "dependentSchemas", "$defs"), "{schema}"),
    **dict.fromkeys(("additionalProperties", "propertyNames", "unevaluatedItems"), "schema"),
    **dict.fromkeys(("unevaluatedProperties", "contentSchema"), "schema"),
}
_PARAMETER = {
    **dict.fromkeys(("$ref", "name", "in", "required", "deprecated", "allowEmptyValue"), VALUE),
    **dict.fromkeys(("style", "explode", "allowReserved", EXTENSIONS, "description"), VALUE),
    "schema": "schema",
    "content": "{media}",
}

FIELDS: Mapping[str, Mapping[str, str]] = {
    "document": {
        "openapi": VALUE,
        "info": "info",
        "servers": "[server]",
        "security": "[requirement]",
        "tags": "[tag]",
        "paths": "{path}",
        "components": "components",
    },
    "info": dict.fromkeys(("title", "summary", "description", "version", "license"), VALUE),
    "server": {"url": VALUE, "variables": "{variable}"},
    "variable": dict.fromkeys(("default", "enum"), VALUE),
    "requirement": {},
    "tag": dict.fromkeys(("name", "description"), VALUE),
    "path": {"servers": "[server]", "parameters": "[parameter]", **dict.fromkeys(METHODS, "operation")},
    "operation": {
        **dict.fromkeys(("operationId", "tags", "summary", "description", "deprecated"), VALUE),
        **dict.fromkeys((IDEMPOTENT, BILLED, STREAM_FIELD, EXTENSIONS), VALUE),
        "servers": "[server]",
        "security": "[requirement]",
        "parameters": "[parameter]",
        "requestBody": "body",
        "responses": "{response}",
    },
    "parameter": _PARAMETER,
    "header": _PARAMETER,
    "body": {"$ref": VALUE, "required": VALUE, EXTENSIONS: VALUE, "description": VALUE, "content": "{media}"},
    "media": {"schema": "schema", "encoding": "{encoding}"},
    "encoding": {
        **dict.fromkeys(("contentType", "style", "explode", "allowReserved"), VALUE),
        "headers": "{header}",
    },
    "response": {"$ref": VALUE, "description": VALUE, "headers": "{header}", "content": "{media}"},
    "scheme": dict.fromkeys(("$ref", "type", "scheme", "bearerFormat", "in", "name", "openIdConnectUrl"), VALUE)
    | {"flows": "{flow}"},
    "flow": dict.fromkeys(("authorizationUrl", "tokenUrl", "refreshUrl", "scopes"), VALUE),
    "schema": {**dict.fromkeys(_SCHEMA_VALUES, VALUE), **_SCHEMA_PARTS, **_SCHEMA_REST},
    "components": {
        "securitySchemes": "{scheme}",
        "parameters": "{parameter}",
        "headers": "{header}",
        "requestBodies": "{body}",
        "responses": "{response}",
        "schemas": "{schema}",
    },
}
"""The fields of each kind of object, in the order in which they are written, and the kind of each.

`[kind]` is an array of such, and `{kind}` an object with any keys.
"""

_WORDS = {
    "body": "request body",
    "info": "information",
    "media": "media type",
    "scheme": "security scheme",
    "variable": "variable of a server",
}

Visit: TypeAlias = Callable[[str, dict[str, object], Place], object]
"""Called with each object after its fields were visited: kind, fields and place. Returns the replacement."""


def walk(value: object, kind: str, place: Place, visit: Visit, dropped: Mapping[str, frozenset[str]]) -> object:
    """Make a value anew from its parts up, with the fields of each object in their order.

    Args:
        value: A value of the document.
        kind: The kind that it has to have.
        place: Its place in the document.
        visit: Makes the replacement of each object.
        dropped: The fields of each kind that are skipped, with everything within them. `EXTENSIONS` stands for those
            that `FIELDS` does not name.

    Raises:
        DocumentError: What has to be an object or an array is none.
    """
    if kind == VALUE or (kind == "schema" and isinstance(value, bool)):
        return value
    if kind.startswith("["):
        if not isinstance(value, list):
            raise DocumentError(f"{describe_place(place)} has to be an array, and is {_kind_of(value)}")
        items = cast("list[object]", value)
        return [walk(item, kind[1:-1], (*place, str(index)), visit, dropped) for index, item in enumerate(items)]
    if not is_node(value):
        raise DocumentError(f"{describe_place(place)} has to be an object, and is {_kind_of(value)}")
    if kind.startswith("{"):
        return {name: walk(part, kind[1:-1], (*place, name), visit, dropped) for name, part in value.items()}
    kinds, left_out = FIELDS[kind], dropped.get(kind, frozenset())
    found = {
        name: walk(value[name], kinds.get(name, VALUE), (*place, name), visit, dropped)
        for name in sorted(value, key=_rank_in(kinds))
        if name not in left_out and (name in kinds or EXTENSIONS not in left_out or not name.startswith(EXTENSIONS))
    }
    return visit(kind, found, place)


def kind_at(place: Place) -> str | None:
    """Return the kind of what stands at a place, or None if OpenAPI says nothing of it."""
    kind: str | None = "document"
    for step in place:
        if kind is None or kind == VALUE:
            return kind
        kind = kind[1:-1] if kind[0] in "[{" else FIELDS[kind].get(step)
    return kind


def describe_kind(kind: str | None) -> str:
    """Describe a kind, as messages name it."""
    return _WORDS.get(kind, kind) if kind is not None and kind in FIELDS else "object"


def _rank_in(kinds: Mapping[str, str]) -> Callable[[str], int]:
    """Return a function that ranks the fields of an object; unknown fields come last."""
    order = [*kinds, EXTENSIONS]

    def rank(name: str) -> int:
        known = EXTENSIONS if name not in order and name.startswith(EXTENSIONS) else name
        return order.index(known) if known in order else len(order)

    return rank


def _kind_of(value: object) -> str:
    if value is None:
        return "empty"
    kinds = {"dict": "an object", "list": "an array", "str": "text", "bool": "a boolean"}
    return kinds.get(type(value).__name__, "a number")
