"""Schemas in the terms that the generator library takes, made before it gets them.

It takes an `allOf` of objects alone, drops the members beside a union, and knows no conditions. Here an `allOf` of
anything else is merged into one schema, each branch of a union gets what stands beside it, and conditions, which say
nothing of types, are left out. What the library takes as it is stays as it is, and so do the names that it gives.
"""

from collections.abc import Mapping, Sequence
from typing import cast

from attrs import evolve, frozen

from tools.generate.allofs import ANNOTATIONS, shortened
from tools.generate.circles import allof_circle, describe_circle
from tools.generate.inner_allofs import with_named_circles
from tools.generate.listed import with_lists, with_own_list
from tools.openapi.document import DocumentError, Node, is_node, node, nodes, resolve, texts
from tools.openapi.places import Place, describe_place
from tools.openapi.schemas import escaped
from tools.openapi.variants import UNIONS, Variants, name_of
from tools.openapi.walk import walk

VARIANT = "x-variant"
"""The name that a discriminator knows a branch of a union by: empty for a base, which stands for any other."""

_CONDITIONS = frozenset({"required", "not", "if", "then", "else", "minProperties", "maxProperties"})
_SHAPE = frozenset({"type", "properties", "required", "additionalProperties", "allOf", "description", "title"})
_SCHEMAS = "#/components/schemas/"
_MOST_NESTED = 12
"""How deep schemas are merged: one that holds itself has no end."""


def lower_schemas(document: Node, notes: list[str]) -> Node:
    """Return a document whose schemas the generator library takes.

    Args:
        document: A document.
        notes: Gets a line for each place whose conditions are left out.

    Raises:
        DocumentError: What has to be an object or an array is none.
    """
    variants = Variants(document)
    try:
        lowered, said = _lower(document, variants)
    except (DocumentError, RecursionError) as refusal:
        if (named := with_named_circles(document)) is document:
            raise
        try:
            lowered, said = _lower(named, variants)
        except (DocumentError, RecursionError):
            raise refusal from None  # it names places of the document
    notes += said
    return with_named_circles(lowered)


def _lower(document: Node, variants: Variants) -> tuple[Node, list[str]]:
    lowering = _Lowering(document, variants, [])

    def visit(kind: str, value: dict[str, object], place: Place) -> object:
        return lowering.schema(value, place) if kind == "schema" else value

    return cast(Node, walk(document, "document", (), visit, {})), lowering.notes


@frozen
class _Lowering:
    """The lowering of a document.

    Attributes:
        owner: The name of the schema that is lowered, if it has one.
    """

    document: Node
    variants: Variants
    notes: list[str]
    owner: str = ""

    def schema(self, value: Node, place: Place) -> Node:
        """Return a schema whose parts are lowered already."""
        try:
            return evolve(self, owner=place[2] if place[:2] == ("components", "schemas") else "")._lowered(value, place)
        except DocumentError as error:
            raise DocumentError(f"{describe_place(place)}: {error}") from error

    def _lowered(self, value: Node, place: Place) -> Node:
        value = with_own_list(self.document, value)
        if "$ref" in value:
            return value if _is_extended(place) else self._with_variants(value)
        if _is_condition(value):
            return value
        if "array" in _kinds(value) and not value.keys() & {"items", "prefixItems"}:
            value = {**value, "items": {}}  # any item may be in it
        for keyword in _conditions_of(value):
            note = f"{describe_place((*place, keyword))}: conditions on members are left out; the server checks them"
            self.notes.extend([] if note in self.notes else [note])
        value = _without_conditions(value)
        value = shortened(value)
        if "$ref" in value:
            return value
        lowered = value
        if "allOf" in value and not self._is_taken(value):
            lowered = self._merged_parts(value, 0)
        if self._holds_members(lowered):
            lowered = self._with_members(lowered)
        return _with_own_part(lowered if lowered is value else self._again(lowered, place))

    def _again(self, schema: Node, place: Place) -> Node:
        """Lower what a schema took over from others, whose own parts were not lowered yet."""

        def visit(kind: str, value: dict[str, object], inner: Place) -> object:
            return self._lowered(value, inner) if kind == "schema" and inner != place else value

        return cast(Node, walk(schema, "schema", place, visit, {}))

    def _with_variants(self, reference: Node) -> Node:
        """Return a reference to a base as the union of its variants, and of the base itself for any other."""
        base = name_of(reference["$ref"])
        variants = [] if VARIANT in reference else self.variants.of(base)
        if not variants:
            return reference
        branches: list[Node] = [{"$ref": f"{_SCHEMAS}{escaped(name)}", VARIANT: name} for name in variants]
        branches.append({"$ref": reference["$ref"], VARIANT: ""})
        beside = {name: part for name, part in reference.items() if name != "$ref"}
        return {"anyOf": branches, "discriminator": self.variants.discriminator(base), **beside}

    def _is_taken(self, schema: Node) -> bool:
        """Return whether the library takes an `allOf`: its parts are objects, or it is one part alone."""
        parts = nodes(schema.get("allOf"))
        if any(keyword in schema for keyword in UNIONS):
            return False
        if len(parts) == 1 and "$ref" in parts[0] and not schema.keys() & {"properties", "additionalProperties"}:
            return not schema.get("required")  # to the library it is that part, whatever is required beside it
        every = [*parts, {name: part for name, part in schema.items() if name != "allOf"}]
        if any(is_node(_followed(self.document, part).get("additionalProperties")) for part in parts):
            return False  # it looks for the type of further members beside the allOf alone
        return all(self._is_object(part) for part in parts) and not self._has_conflict(every)

    def _is_object(self, part: object) -> bool:
        found = _followed(self.document, part)
        if any(keyword in found for keyword in UNIONS) or "null" in texts(found.get("type")):
            return False
        inner = nodes(found.get("allOf"))
        if inner and len(inner) == 1 and "properties" not in found:
            return self._is_object(inner[0])
        return found.get("type", "object") == "object" and bool(found.keys() & (_SHAPE - {"description", "title"}))

    def _has_conflict(self, parts: Sequence[Node]) -> bool:
        """Return whether a member is declared by two parts in ways that the library cannot join."""
        found: dict[str, Node] = {}
        for part in parts:
            for name, member in self._members_of(part, 0).items():
                if name in found and not self._is_joined(found[name], member):
                    return True
                found[name] = member
        return False

    def _members_of(self, part: object, depth: int) -> dict[str, Node]:
        schema = _followed(self.document, part)
        found: dict[str, Node] = {}
        if depth < _MOST_NESTED:
            for inner in nodes(schema.get("allOf")):
                found |= self._members_of(inner, depth + 1)
        for name, member in node(schema.get("properties")).items():
            found[name] = _followed(self.document, member)
        return found

    def _is_joined(self, first: Node, second: Node) -> bool:
        if not first.keys() - ANNOTATIONS or not second.keys() - ANNOTATIONS or first == second:
            return True
        if any(keyword in schema for keyword in (*UNIONS, "allOf") for schema in (first, second)):
            return False
        enums = [set(map(repr, cast("list[object]", s["enum"]))) for s in (first, second) if "enum" in s]
        if len(enums) == 2 and not (enums[0] <= enums[1] or enums[1] <= enums[0]):
            return False
        kinds = {str(first.get("type")), str(second.get("type"))}
        return (len(kinds) == 1 and kinds != {"object"}) or kinds == {"integer", "number"}

    def _merged_parts(self, schema: Node, depth: int) -> Node:
        """Return an `allOf`, and what stands beside it, as one schema."""
        result: Node = {}
        for part in nodes(schema.get("allOf")):
            result = self.merged(result, part, depth)
        return self.merged(result, {name: part for name, part in schema.items() if name != "allOf"}, depth)

    def merged(self, first: Node, second: Node, depth: int) -> Node:
        """Return the schema of the values that two schemas take both."""
        if first == second or not second.keys() - ANNOTATIONS:
            return {**first, **second}
        if not first.keys() - ANNOTATIONS:
            return {**{name: part for name, part in first.items() if name != "title"}, **second}
        if depth > _MOST_NESTED:
            circle = allof_circle(self.document)
            words = "an allOf holds itself, so that it has no end; an overlay can break the circle"
            raise DocumentError(describe_circle(circle) if circle else words)
        first, second = with_lists(self.document, self._whole(first, depth), self._whole(second, depth))
        for one, other in ((first, second), (second, first)):
            for keyword in UNIONS:
                if branches := nodes(one.get(keyword)):
                    beside = {name: part for name, part in one.items() if name not in (keyword, "discriminator")}
                    both = self.merged(beside, other, depth + 1) if beside.keys() - ANNOTATIONS else other
                    return {**self._distributed(one, keyword, branches, both, depth), **_annotations(beside)}
        return self._joined(first, second, depth)

    def _whole(self, schema: Node, depth: int) -> Node:
        found = _followed(self.document, schema)
        if self._is_own_union(found):
            # The base of a variant lists all of them: this one has the members of the base, and is not all the others.
            found = {name: part for name, part in found.items() if name not in (*UNIONS, "discriminator")}
        return self._merged_parts(found, depth + 1) if "allOf" in found else found

    def _is_own_union(self, schema: Node) -> bool:
        branches = [branch for keyword in UNIONS for branch in nodes(schema.get(keyword))]
        return bool(self.owner) and any(name_of(branch.get("$ref")) == self.owner for branch in branches)

    def _distributed(self, union: Node, keyword: str, branches: Sequence[Node], other: Node, depth: int) -> Node:
        """Return a union each branch of which has what stands beside it; branches that cannot have it are left out."""
        found = [self._branch(branch, other, depth + 1) for branch in branches if self._can_join(branch, other)]
        if len(found) == 1:
            return found[0]
        return {keyword: found, **{name: union[name] for name in ("discriminator",) if name in union}}

    def _branch(self, branch: Node, beside: Node, depth: int) -> Node:
        """Return a branch with what stands beside its union, under the name that a discriminator knows it by."""
        merged = self.merged(branch, beside, depth)
        return {**merged, VARIANT: name_of(branch["$ref"])} if "$ref" in branch else merged

    def _can_join(self, first: object, second: Node) -> bool:
        kinds = [_kinds(_followed(self.document, schema)) for schema in (first, second)]
        return not kinds[0] or not kinds[1] or not kinds[0].isdisjoint(kinds[1])

    def _joined(self, first: Node, second: Node, depth: int) -> Node:
        result = {**first, **second}
        if "properties" in first and "properties" in second:
            members = dict(node(first["properties"]))
            for name, member in node(second["properties"]).items():
                members[name] = self.merged(node(members[name]), node(member), depth + 1) if name in members else member
            result["properties"] = members
        if "required" in first or "required" in second:
            result["required"] = list(dict.fromkeys([*texts(first.get("required")), *texts(second.get("required"))]))
        if "enum" in first and "enum" in second:
            allowed = cast("list[object]", second["enum"])
            result["enum"] = [value for value in cast("list[object]", first["enum"]) if value in allowed]
        if "type" in first and "type" in second:
            result["type"] = _common_type(first["type"], second["type"])
        if is_node(first.get("items")) and is_node(second.get("items")):
            result["items"] = self.merged(node(first["items"]), node(second["items"]), depth + 1)
        return result

    def _holds_members(self, schema: Node) -> bool:
        """Return whether members stand beside a union, where the library does not see them."""
        return any(keyword in schema for keyword in UNIONS) and bool(schema.get("properties"))

    def _with_members(self, schema: Node) -> Node:
        """Return a union each branch of which has the members that stand beside it, unless it has them already."""
        keyword = next(keyword for keyword in UNIONS if keyword in schema)
        beside = {name: part for name, part in schema.items() if name not in (keyword, "discriminator")}
        around = {name: part for name, part in schema.items() if name in ("discriminator", "description")}
        names = node(beside.get("properties")).keys()
        branches: list[Node] = []
        for branch in nodes(schema[keyword]):
            has_all = names <= self._members_of(branch, 0).keys()
            branches.append(
                branch if has_all or not self._can_join(branch, beside) else self._branch(branch, beside, 0)
            )
        return {keyword: branches, **around}


def _with_own_part(schema: Node) -> Node:
    """Return an `allOf` of one reference with what stands beside it as another part: the library does not see it."""
    parts = nodes(schema.get("allOf"))
    if len(parts) != 1 or "$ref" not in parts[0] or not schema.keys() & {"properties", "additionalProperties"}:
        return schema
    own = {name: schema[name] for name in ("properties", "required") if name in schema}
    return {name: part for name, part in schema.items() if name not in own} | {
        "allOf": [*parts, {"type": "object", **own}]
    }


def _conditions_of(schema: Node) -> list[str]:
    """Return the keywords of a schema that hold conditions on members."""
    found = [keyword for keyword in ("not", "if") if keyword in schema]
    return found + [keyword for keyword in (*UNIONS, "allOf") if any(map(_is_condition, nodes(schema.get(keyword))))]


def _without_conditions(schema: Node) -> Node:
    """Return a schema without unions and intersections of which every branch is a condition on members."""
    result: Node = {name: part for name, part in schema.items() if name not in ("not", "if", "then", "else")}
    for keyword in (*UNIONS, "allOf"):
        branches = nodes(result.get(keyword))
        others = [branch for branch in branches if not _is_condition(branch)]
        if branches and not others:
            result = {name: part for name, part in result.items() if name != keyword}
        elif keyword == "allOf" and len(others) < len(branches):
            result = {**result, keyword: others}
    return result


def _is_condition(branch: Node) -> bool:
    keys = branch.keys() - ANNOTATIONS
    if keys & {"properties"} and keys <= {"properties", "required", "not"}:
        return False
    return bool(keys) and keys <= _CONDITIONS


def _is_extended(place: Place) -> bool:
    """Return whether a reference is to a base alone: in an `allOf`, or for a body that a call takes by its members."""
    return "allOf" in place[-2:] or (place[-1:] == ("schema",) and place[-4:-3] == ("requestBody",))


def _followed(document: Node, value: object) -> Node:
    return resolve(document, value)


def _annotations(schema: Mapping[str, object]) -> dict[str, object]:
    return {name: part for name, part in schema.items() if name in ANNOTATIONS}


def _kinds(schema: Node) -> set[str]:
    kind = schema.get("type")
    if isinstance(kind, str):
        return {kind}
    if isinstance(kind, list):
        return set(texts(cast(object, kind)))
    return {"object"} if "properties" in schema else set()


def _common_type(first: object, second: object) -> object:
    if first == second:
        return first
    kinds = [[kind] if isinstance(kind, str) else texts(kind) for kind in (first, second)]
    common = [kind for kind in kinds[0] if kind in kinds[1]]
    if {"integer", "number"} <= {*kinds[0], *kinds[1]} and "integer" not in common:
        common.append("integer")
    return common[0] if len(common) == 1 else common or second
