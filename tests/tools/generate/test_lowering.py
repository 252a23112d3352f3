"""Schemas in the terms that the generator library takes."""

import pytest

from tools.generate.lowering import lower_schemas
from tools.openapi.document import Node, node

SCHEMAS: dict[str, Node] = {
    "a string": {"type": "string"},
    "a string with rules": {"type": "string", "maxLength": 3, "pattern": "^a"},
    "an enum": {"type": "string", "enum": ["a", "b"]},
    "a list": {"type": "array", "items": {"type": "number"}},
}


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_an_allof_of_one_value_is_that_value(schema: Node) -> None:
    """The library would make a class of it, which reads no string; what stands beside the allOf stays."""
    document: Node = {"components": {"schemas": {"A": {"allOf": [schema], "deprecated": True}}}}
    lowered = node(node(node(lower_schemas(document, [])["components"])["schemas"])["A"])
    assert lowered == {**schema, "deprecated": True}


def test_an_allof_within_an_allof_loses_no_member() -> None:
    """The library leaves out what is within a part: its parts take its place, at any depth, and what stands beside."""
    inner: Node = {"allOf": [{"$ref": "#/components/schemas/Base"}, {"type": "object", "required": ["b"]}]}
    outer: Node = {"allOf": [{**inner, "properties": {"b": {"type": "string"}}}], "description": "Both."}
    schemas: Node = {
        "Base": {"type": "object", "properties": {"a": {"type": "string"}}},
        "A": {"allOf": [outer, {"type": "object", "properties": {"c": {"type": "string"}}}]},
    }
    lowered = node(node(lower_schemas({"components": {"schemas": schemas}}, [])["components"])["schemas"])
    assert node(lowered["A"])["allOf"] == [
        {"$ref": "#/components/schemas/Base"},
        {"type": "object", "required": ["b"]},
        {"properties": {"b": {"type": "string"}}},
        {"type": "object", "properties": {"c": {"type": "string"}}},
    ]


LISTED: dict[str, tuple[Node, Node]] = {
    "a reference beside it": ({"$ref": "#/components/schemas/Word", "const": "a"}, {"enum": ["a"]}),
    "an allOf beside it": (
        {"type": "integer", "enum": [2, 4], "allOf": [{"$ref": "#/components/schemas/Code"}]},
        {"type": "integer", "enum": [2]},
    ),
    "an allOf that lists nothing": (
        {"enum": ["a"], "allOf": [{"$ref": "#/components/schemas/Text"}]},
        {"enum": ["a"]},
    ),
    "a union beside it": ({"enum": ["a"], "anyOf": [{"type": "string"}, {"type": "null"}]}, {"enum": ["a"]}),
    "a union of constants in an allOf": (
        {"allOf": [{"$ref": "#/components/schemas/Code"}, {"enum": [1, 3]}]},
        {"type": "integer", "enum": [1]},
    ),
    "no fewer values": (
        {"enum": ["a", "b", "c"], "allOf": [{"$ref": "#/components/schemas/Word"}]},
        {"allOf": [{"$ref": "#/components/schemas/Word"}]},
    ),
}
NAMED: Node = {
    "Code": {"type": "integer", "oneOf": [{"const": 1}, {"const": 2}]},
    "Text": {"type": "string"},
    "Word": {"type": "string", "enum": ["a", "b"]},
}


@pytest.mark.parametrize(("schema", "expected"), LISTED.values(), ids=LISTED)
def test_a_list_of_values_is_what_all_schemas_around_it_take(schema: Node, expected: Node) -> None:
    """The library sees one of them; a list that says no more than what stands around it gives way."""
    document: Node = {"components": {"schemas": {**NAMED, "A": schema}}}
    assert node(node(node(lower_schemas(document, [])["components"])["schemas"])["A"]) == expected
