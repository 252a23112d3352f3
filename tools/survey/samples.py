"""Values that a schema takes, made by rule and not by chance: the same ones each time."""

from collections.abc import Mapping
from typing import cast

import hypothesis
from attrs import frozen
from hypothesis import strategies
from openapi_schema_validator import OAS31Validator

from tools.openapi.document import Node, is_node, node, nodes, resolve, texts

UNKNOWN = "x_unknown_member"
"""A member that no document declares."""

_FORMATS: Mapping[str, str] = {
    "date": "2026-01-02",
    "date-time": "2026-01-02T03:04:05+00:00",
    "uuid": "123e4567-e89b-42d3-a456-426614174000",
    "uri": "https://example.com/a",
    "email": "a@example.com",
}
_DEEPEST = 8
_UNIONS = ("anyOf", "oneOf")


@frozen
class Samples:
    """Values for the schemas of a document.

    Attributes:
        document: A document in the terms of OpenAPI 3.1.
        variant: Which branch of each union is taken, counted around.
        unknown: Whether objects get a member that is not declared.
    """

    document: Node
    variant: int = 0
    unknown: bool = False

    def of(self, schema: object, depth: int = 0) -> object:
        """Return a value for a schema."""
        found = self.whole(schema, depth)
        if "const" in found:
            return found["const"]
        if isinstance(values := found.get("enum"), list) and values:
            return cast("list[object]", values)[self.variant % len(cast("list[object]", values))]
        for keyword in _UNIONS:
            if branches := self._branches(found, keyword, depth):
                branch = branches[self.variant % len(branches)]
                beside = {name: part for name, part in found.items() if name != keyword}
                return self.of(_both(beside, self.whole(branch, depth)), depth + 1)
        return self._by_type(found, depth)

    def whole(self, schema: object, depth: int = 0) -> Node:
        """Return a schema with the parts of its `allOf` in one."""
        found = resolve(self.document, schema)
        result: Node = {name: part for name, part in found.items() if name != "allOf"}
        for part in nodes(found.get("allOf")) if depth <= _DEEPEST * 3 else ():
            result = _both(self.whole(part, depth + 1), result)
        return result

    def width(self, schema: object, depth: int = 0) -> int:
        """Return how many variants show every branch of the schema's unions, as deep as values go."""
        found = self.whole(schema)
        values = found.get("enum")
        widths = [1]
        for keyword in _UNIONS:
            widths.append(len(nodes(found.get(keyword))))
        if depth < 4:
            parts = [*node(found.get("properties")).values(), *nodes([found.get("items")])]
            parts += [branch for keyword in _UNIONS for branch in nodes(found.get(keyword))]
            widths += [self.width(part, depth + 1) for part in parts]
        return min(max(widths), 40) if not isinstance(values, list) else max(widths)

    def _branches(self, schema: Node, keyword: str, depth: int) -> list[Node]:
        branches = [branch for branch in nodes(schema.get(keyword)) if not _is_condition(branch)]
        if depth <= _DEEPEST:
            return branches
        scalars = [branch for branch in branches if self._is_shallow(branch)]
        return scalars or branches

    def _is_shallow(self, branch: Node) -> bool:
        return self.whole(branch).get("type") not in (None, "object", "array")

    def _by_type(self, schema: Node, depth: int) -> object:
        kinds = schema.get("type")
        names = [kinds] if isinstance(kinds, str) else texts(kinds)
        kind = names[self.variant % len(names)] if names else "object" if "properties" in schema else "string"
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            return self._array(schema, depth)
        if kind in ("integer", "number"):
            return _number(schema, is_whole=kind == "integer")
        if kind == "boolean":
            return self.variant % 2 == 0
        return None if kind == "null" else _text(schema)

    def _object(self, schema: Node, depth: int) -> dict[str, object]:
        required = texts(schema.get("required"))
        declared = node(schema.get("properties"))
        names = [name for name in declared if name in required or depth <= _DEEPEST // 2]
        found = {name: self.of(declared[name], depth + 1) for name in names}
        further = schema.get("additionalProperties")
        for name in required:
            found.setdefault(name, self.of(further, depth + 1) if is_node(further) and further else "required")
        if is_node(further) and further and depth <= _DEEPEST:
            found[f"{UNKNOWN}_typed"] = self.of(further, depth + 1)
        elif self.unknown and further is not False:
            found[UNKNOWN] = {"of": ["any", 1]}
        return found

    def _array(self, schema: Node, depth: int) -> list[object]:
        least = cast(int, schema.get("minItems", 0))
        items = schema.get("items", {})
        if depth > _DEEPEST:
            return [self.of(items, depth + 1)] * least
        width = 1 if depth else min(3, cast(int, schema.get("maxItems", 3)))
        made = [Samples(self.document, self.variant + more, self.unknown).of(items, depth + 1) for more in range(width)]
        unique = [value for index, value in enumerate(made) if value not in made[:index]]
        made = unique if schema.get("uniqueItems") is True else made
        return (made * max(1, least))[: max(least, len(made))]


def complaint(document: Node, schema: object, value: object) -> str | None:
    """Return what a schema has against a JSON value, if it has something."""
    whole = {"allOf": [schema], "components": document.get("components", {})}
    error = next(iter(OAS31Validator(whole).iter_errors(value)), None)
    return None if error is None else " ".join(str(error.message).split())[:200]


def _is_condition(branch: Node) -> bool:
    return bool(branch) and branch.keys() <= {"required", "not", "description"}


def _both(first: Node, second: Node) -> Node:
    members = {**node(first.get("properties"))}
    for name, part in node(second.get("properties")).items():
        members[name] = {"allOf": [members[name], part]} if name in members else part
    required = list(dict.fromkeys([*texts(first.get("required")), *texts(second.get("required"))]))
    values = [cast("list[object]", schema["enum"]) for schema in (first, second) if "enum" in schema]
    common = [value for value in values[0] if value in values[-1]] if values else []
    return {
        **first,
        **second,
        **({"properties": members} if members else {}),
        **({"required": required} if required else {}),
        **({"enum": common} if common else {}),
    }


_PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0\0\0\1\0\x08\6\0\0\0"
"""The beginning of a square picture: a file as good as any, where nothing else is asked for."""


def _number(schema: Node, *, is_whole: bool) -> object:
    least = cast("float | None", schema.get("minimum", schema.get("exclusiveMinimum")))
    most = cast("float | None", schema.get("maximum", schema.get("exclusiveMaximum")))
    if is_whole:
        start = 7 if least is None else int(least) + ("exclusiveMinimum" in schema)
        start = start if most is None or start <= most else int(most) - ("exclusiveMaximum" in schema)
        step = cast(int, schema.get("multipleOf", 1))
        return start + (-start % step)
    if least is not None and most is not None:
        return (least + most) / 2
    return 1.5 if least is None and most is None else least + 0.5 if least is not None else cast(float, most) - 0.5


def _text(schema: Node) -> object:
    if schema.get("format") == "binary" or ("contentMediaType" in schema and "contentEncoding" not in schema):
        return _PNG
    least, most = cast(int, schema.get("minLength", 0)), cast("int | None", schema.get("maxLength"))
    if isinstance(pattern := schema.get("pattern"), str):
        return _matching(pattern, least, most)
    made = _FORMATS.get(str(schema.get("format")), "dGV4dA==" if schema.get("contentEncoding") else "text")
    made += "x" * (least - len(made))
    return made if most is None else made[:most]


def _matching(pattern: str, least: int, most: int | None) -> str:
    def fits(text: str) -> bool:
        return len(text) >= least and (most is None or len(text) <= most)

    return hypothesis.find(
        strategies.from_regex(pattern).filter(str.isprintable), fits, settings=hypothesis.settings(database=None)
    )
