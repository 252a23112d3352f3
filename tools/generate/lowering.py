"""Schemas in the terms that the generator library takes, made before it gets them.

It takes an `allOf` of objects alone, drops the members beside a union, and knows no conditions. Here an `allOf` of
anything else is merged into one schema, each branch of a union gets what stands beside it, and conditions, which say
nothing of types, are left out. What the library takes as it is stays as it is, and so do the names that it gives.
"""

from collections.abc import Mapping, Sequence
from typing import cast

from attrs import frozen

from tools.openapi.document import DocumentError, Node, is_node, node, nodes, resolve, texts
from tools.openapi.places import Place
from tools.openapi.walk import walk

UNIONS = ("anyOf", "oneOf")
_CONDITIONS = frozenset({"required", "not", "if", "then", "else", "minProperties", "maxProperties"})
_ANNOTATIONS = frozenset({"description", "title", "default", "deprecated", "readOnly", "writeOnly", "example"})
_SHAPE = frozenset({"type", "properties", "required", "additionalProperties", "allOf", "description", "title"})
_MOST_NESTED = 12
"""How deep schemas are merged: one that holds itself has no end."""


def lower_schemas(document: Node) -> Node:
    """Return a document whose schemas the generator library takes.

    Raises:
        DocumentError: What has to be an object or an array is none.
    """
    lowering = _Lowering(document)

    def visit(kind: str, value: dict[str, object], place: Place) -> object:
        return lowering.schema(value) if kind == "schema" else value

    return cast(Node, walk(document, "document", (), visit, {}))


@frozen
class _Lowering:
    document: Node

    def schema(self, value: Node) -> Node:
        """Return a schema whose parts are lowered already."""
        value = _without_conditions(value)
        if "allOf" in value and not self._is_taken(value):
            value = self._merged_parts(value, 0)
        return self._with_members(value) if self._holds_members(value) else value

    def _is_taken(self, schema: Node) -> bool:
        """Return whether the library takes an `allOf`: its parts are objects, or it is one part alone."""
        parts = nodes(schema.get("allOf"))
        if any(keyword in schema for keyword in UNIONS):
            return False
        if len(parts) == 1 and not schema.keys() & {"properties", "additionalProperties"}:
            return True
        every = [*parts, {name: part for name, part in schema.items() if name != "allOf"}]
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
        if not first.keys() - _ANNOTATIONS or not second.keys() - _ANNOTATIONS or first == second:
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
        if first == second or not second.keys() - _ANNOTATIONS:
            return {**first, **second}
        if not first.keys() - _ANNOTATIONS:
            return {**{name: part for name, part in first.items() if name != "title"}, **second}
        if depth > _MOST_NESTED:
            raise DocumentError("an allOf holds itself, so that it has no end; that is not supported")
        first, second = self._whole(first, depth), self._whole(second, depth)
        for one, other in ((first, second), (second, first)):
            for keyword in UNIONS:
                if branches := nodes(one.get(keyword)):
                    beside = {name: part for name, part in one.items() if name != keyword}
                    both = self.merged(beside, other, depth + 1) if beside.keys() - _ANNOTATIONS else other
                    return {**self._distributed(keyword, branches, both, depth), **_annotations(beside)}
        return self._joined(first, second, depth)

    def _whole(self, schema: Node, depth: int) -> Node:
        found = _followed(self.document, schema)
        return self._merged_parts(found, depth + 1) if "allOf" in found else found

    def _distributed(self, keyword: str, branches: Sequence[Node], other: Node, depth: int) -> Node:
        """Return a union each branch of which has what stands beside it; branches that cannot have it are left out."""
        found = [self.merged(branch, other, depth + 1) for branch in branches if self._can_join(branch, other)]
        if len(found) == 1:
            return found[0]
        return {keyword: found}

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
            branches.append(branch if has_all or not self._can_join(branch, beside) else self.merged(branch, beside, 0))
        return {keyword: branches, **around}


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
    keys = branch.keys() - _ANNOTATIONS
    if keys & {"properties"} and keys <= {"properties", "required", "not"}:
        return False
    return bool(keys) and keys <= _CONDITIONS


def _followed(document: Node, value: object) -> Node:
    return resolve(document, value)


def _annotations(schema: Mapping[str, object]) -> dict[str, object]:
    return {name: part for name, part in schema.items() if name in _ANNOTATIONS}


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
