"""Values that a schema takes, made by rule and not by chance: the same ones each time."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TypeVar, cast

from attrs import Factory, evolve, field, frozen

from tools.openapi.document import Node, is_node, node, nodes, resolve, texts
from tools.samples.scalars import number, text
from tools.samples.validity import Judge, is_condition

T = TypeVar("T")

UNKNOWN = "x_unknown_member"
"""A member that no document declares."""

MIN_WIDTH = 5
"""How many variants there are at least, so that scalars show their range."""

_MAX_WIDTH = 40
_MAX_DEPTH = 8
_MAX_TRIES = 60
_UNIONS = ("anyOf", "oneOf")
_EACH = frozenset({"properties", "additionalProperties", "unevaluatedProperties"})
"""Keywords that say something of each member by itself."""


@frozen
class Samples:
    """Values for the schemas of a document.

    Attributes:
        document: A document in the terms of OpenAPI 3.1.
        variant: Which branch of each union, value of each enum and kind of each scalar is taken, counted around.
        unknown: Whether objects get a member that is not declared.
        has_files: Whether a string of `format: binary` is the content of a file, as it is outside of JSON.
        is_member: Whether the value is a member. An object that is one has no files, since it is JSON within a form.
        is_plain: Whether strings are such as any part of a request can carry.
        is_least: Whether objects have the members alone that they must have, and arrays the items.
        judge: Tells which values the document allows.
    """

    document: Node
    variant: int = 0
    unknown: bool = False
    has_files: bool = False
    is_member: bool = False
    is_plain: bool = False
    is_least: bool = False
    judge: Judge = field(default=Factory(lambda self: Judge.of(self.document), takes_self=True), repr=False)

    def of(self, schema: object, depth: int = 0) -> object:
        """Return a value for a schema."""
        found = self.whole(schema, depth)
        if "const" in found:
            return found["const"]
        if isinstance(values := found.get("enum"), list) and values:
            return self._pick(cast("list[object]", values))
        for keyword in _UNIONS:
            if branches := self._branches(found, keyword, depth):
                # What is left of the variant tells the unions within the branch apart.
                inner = evolve(self, variant=self.variant // len(branches))
                beside = {name: part for name, part in found.items() if name != keyword}
                return inner.of(_both(beside, self.whole(self._pick(branches), depth)), depth + 1)
        return self._by_type(found, depth)

    def whole(self, schema: object, depth: int = 0) -> Node:
        """Return a schema with the parts of its `allOf` in one."""
        found = resolve(self.document, schema)
        result: Node = {name: part for name, part in found.items() if name != "allOf"}
        for part in nodes(found.get("allOf")) if depth <= _MAX_DEPTH * 3 else ():
            result = _both(self.whole(part, depth + 1), result)
        return result

    def width(self, schema: object, depth: int = 0) -> int:
        """Return how many variants show every value of enums and every branch of unions, as deep as values go."""
        found = self.whole(schema)
        if isinstance(values := found.get("enum"), list):
            return len(cast("list[object]", values))
        widths = [1]
        if depth < 4:
            parts = [*node(found.get("properties")).values(), found.get("items"), found.get("additionalProperties")]
            widths += [self.width(part, depth + 1) for part in parts if is_node(part)]
        for keyword in _UNIONS:
            branches = [branch for branch in nodes(found.get(keyword)) if not is_condition(branch)]
            inner = max((self.width(branch, depth + 1) for branch in branches), default=1) if depth < 4 else 1
            widths.append(min(len(branches) * inner, max(_MAX_WIDTH, len(branches), inner)))
        return max(widths)

    def takes_null(self, schema: object, depth: int = 0) -> bool:
        """Return whether a schema takes null."""
        found = self.whole(schema)
        if "const" in found or "enum" in found:
            return found.get("const", 0) is None or None in cast("list[object]", found.get("enum", []))
        branches = [branch for keyword in _UNIONS for branch in nodes(found.get(keyword))]
        if any(self.takes_null(branch, depth + 1) for branch in branches if depth < 4 and not is_condition(branch)):
            return True
        return "null" in (found.get("type"), *texts(found.get("type")))

    def _pick(self, values: Sequence[T]) -> T:
        return values[self.variant % len(values)]

    def _branches(self, schema: Node, keyword: str, depth: int) -> list[Node]:
        every = [branch for branch in nodes(schema.get(keyword)) if not is_condition(branch)]
        branches = [branch for branch in every if _common_kinds(schema, self.whole(branch, depth)) != []]
        if depth <= _MAX_DEPTH:
            return branches
        scalars = [branch for branch in branches if self._is_shallow(branch)]
        return scalars or branches

    def _is_shallow(self, branch: Node) -> bool:
        return self.whole(branch).get("type") not in (None, "object", "array")

    def _by_type(self, schema: Node, depth: int) -> object:
        kinds = schema.get("type")
        names = [kinds] if isinstance(kinds, str) else texts(kinds)
        kind = self._pick(names) if names else "object" if "properties" in schema else "string"
        if kind == "object":
            members = evolve(self, is_member=True, has_files=self.has_files and not self.is_member)
            return members._object(schema, depth)
        if kind == "array":
            return self._array(schema, depth)
        if kind in ("integer", "number"):
            return number(schema, self.variant, is_whole=kind == "integer")
        if kind == "boolean":
            return self.variant % 2 == 0
        if kind == "null":
            return None
        return text(schema, self.variant, has_files=self.has_files, is_plain=self.is_plain)

    def _object(self, schema: Node, depth: int) -> dict[str, object]:
        if depth > _MAX_DEPTH * 2:  # its members need one another without end: no value is whole
            return {}
        required = texts(schema.get("required"))
        declared = node(schema.get("properties"))
        asked = [*required, *_asked(schema)]
        names = [name for name in declared if name in asked or (depth <= _MAX_DEPTH // 2 and not self.is_least)]
        found = {name: self.of(declared[name], depth + 1) for name in names}
        further = schema.get("additionalProperties")
        for name in required:
            found.setdefault(name, self.of(further, depth + 1) if is_node(further) and further else "required")
        if "propertyNames" in schema:  # not any name will do
            return self._fitted(schema, found)
        if is_node(further) and further and depth <= _MAX_DEPTH and not self.is_least:
            more = evolve(self, variant=self.variant + 1)
            found |= {f"{UNKNOWN}_typed": self.of(further, depth + 1), f"{UNKNOWN} two": more.of(further, depth + 1)}
            if self.takes_null(further) and self.judge.accepts(further, None):
                found[f"{UNKNOWN}_null"] = None
        elif self.unknown and further is not False and not node(further):
            found[UNKNOWN] = {"of": ["any", 1]}
        return self._fitted(schema, found)

    def _fitted(self, schema: Node, value: dict[str, object]) -> dict[str, object]:
        """Leave out members until what the schema says of them together is kept, the fewest that do."""
        together = {name: part for name, part in schema.items() if name not in _EACH}
        if not _restricts_members(schema) or self.judge.accepts(together, value):
            return value
        optional = [name for name in value if name not in texts(schema.get("required"))]
        ways = (left_out for count in range(1, len(optional) + 1) for left_out in combinations(optional, count))
        lean = ({*optional} - {name} for name in optional)
        for left_out in _some([*lean, {*optional}], ways):
            fewer = {name: member for name, member in value.items() if name not in left_out}
            if self.judge.accepts(together, fewer):
                return fewer
        return value

    def _array(self, schema: Node, depth: int) -> list[object]:
        least = cast(int, schema.get("minItems", 0))
        most = cast(int, schema.get("maxItems", 4))
        items = schema.get("items", {})
        if first := nodes(schema.get("prefixItems")):
            kinds = [*first, *[items] * (least - len(first))][: max(least, min(most, len(first)))]
            return [self.of(kind, depth + 1) for kind in kinds]
        if depth > _MAX_DEPTH or self.is_least:
            return [self.of(items, depth + 1)] * least
        width = max(least, min(most, 3 if depth == 0 else 2 if depth <= 2 else 1))
        made = [evolve(self, variant=self.variant + more).of(items, depth + 1) for more in range(width)]
        if self.takes_null(items) and None not in made and self.judge.accepts(items, None):
            made = [*made[: most - 1], None]
        if schema.get("uniqueItems") is True:
            made = self._distinct(items, made, least, depth)
        return (made * max(1, least))[: max(least, len(made))]

    def _distinct(self, schema: object, made: Sequence[object], least: int, depth: int) -> list[object]:
        """Return each item once, and further ones if there have to be more."""
        found = [value for index, value in enumerate(made) if value not in made[:index]]
        for more in range(len(made), _MAX_TRIES):
            if len(found) >= least:
                break
            value = evolve(self, variant=self.variant + more).of(schema, depth + 1)
            found += [] if value in found else [value]
        return found


def _some(first: Sequence[set[str]], ways: Iterator[tuple[str, ...]]) -> Iterator[set[str]]:
    """Yield ways to leave out members: single ones, then all but single ones, then more and more of them."""
    singles: list[set[str]] = []
    for way in ways:
        if len(way) > 1:
            break
        singles.append({*way})
    yield from singles
    yield from first
    for _, way in zip(range(_MAX_TRIES), ways, strict=False):
        yield {*way}


def _restricts_members(schema: Node) -> bool:
    unions = [branch for keyword in (*_UNIONS, "allOf") for branch in nodes(schema.get(keyword))]
    limits = {"not", "if", "minProperties", "maxProperties", "patternProperties"}
    limits |= {"dependentRequired", "dependentSchemas"}
    return not limits.isdisjoint(schema) or any(is_condition(branch) for branch in unions)


def _asked(schema: Node) -> list[str]:
    """Return the members that the first of the conditions of each union wants."""
    unions = [[branch for branch in nodes(schema.get(keyword)) if is_condition(branch)] for keyword in _UNIONS]
    return [name for conditions in unions for branch in conditions[:1] for name in texts(branch.get("required"))]


def _common_kinds(first: Node, second: Node) -> object:
    """Return the types that two schemas take both, an empty list for none, or None if neither has one."""
    if "type" not in first or "type" not in second:
        return first.get("type", second.get("type"))
    every = [[kind] if isinstance(kind, str) else texts(kind) for kind in (first["type"], second["type"])]
    common = [kind for kind in every[0] if kind in every[1]]
    if not common and {"integer", "number"} <= {*every[0], *every[1]}:
        common = ["integer"]
    return common[0] if len(common) == 1 else common


def _both(first: Node, second: Node) -> Node:
    members = {**node(first.get("properties"))}
    for name, part in node(second.get("properties")).items():
        members[name] = {"allOf": [members[name], part]} if name in members else part
    required = list(dict.fromkeys([*texts(first.get("required")), *texts(second.get("required"))]))
    values = [cast("list[object]", schema["enum"]) for schema in (first, second) if "enum" in schema]
    common = [value for value in values[0] if value in values[-1]] if values else []
    kinds = _common_kinds(first, second)
    # Conditions of both hold: those of the first go beside.
    conditions = [{name: first[name]} for name in (*_UNIONS, "not") if name in first and name in second]
    return {
        **first,
        **second,
        **({"type": kinds} if kinds else {}),
        **({"properties": members} if members else {}),
        **({"required": required} if required else {}),
        **({"enum": common} if common else {}),
        **({"allOf": [*nodes(second.get("allOf")), *conditions]} if conditions else {}),
    }
