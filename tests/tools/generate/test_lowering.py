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
