"""The values of schemas: every branch, every value of an enum, and scalars at their edges, each one valid."""

from collections.abc import Iterator, Mapping
from typing import cast

import pytest

from tools.generate.patterns import with_python_patterns
from tools.openapi.document import Node, load
from tools.paths import ROOT
from tools.samples.samples import Samples

DOCUMENT = load(ROOT / "tests" / "documents" / "values.yaml")
VALUE: Node = {"$ref": "#/components/schemas/Value"}


def _made(schema: Node, variants: int = 5) -> list[object]:
    return [Samples(DOCUMENT, variant).of(schema) for variant in range(variants)]


def _members(name: str) -> Iterator[object]:
    samples = Samples(DOCUMENT)
    for variant in range(max(5, samples.width(VALUE))):
        yield cast("Mapping[str, object]", Samples(DOCUMENT, variant).of(VALUE)).get(name)


def test_every_value_is_one_that_the_schema_takes() -> None:
    """Members that exclude one another are not all there, so that no refusal is the survey's own."""
    samples = Samples(DOCUMENT)
    for value in _made(VALUE, samples.width(VALUE)):
        assert samples.judge.complaint(VALUE, value) is None
    sources = [cast("Mapping[str, object]", source) for source in _members("source")]
    assert all(("url" in source) != ("id" in source) for source in sources)
    assert all("pages" in source for source in sources)


def test_an_unknown_member_keeps_what_a_pattern_says_of_its_name() -> None:
    """It is left out where its name matches a pattern whose schema takes no such value."""
    schema: Node = {"type": "object", "patternProperties": {".*": {"type": "string"}}}
    samples = Samples(DOCUMENT, unknown=True)
    assert samples.judge.complaint(schema, samples.of(schema)) is None
    assert samples.of({"type": "object", "patternProperties": {"^y_": {"type": "string"}}}) != {}


def test_strings_are_empty_long_and_of_any_script() -> None:
    """A client that is right for short ASCII alone is not right."""
    made = [cast(str, text) for text in _members("text")]
    assert "" in made
    assert any(len(text) > 5_000 for text in made)
    assert any(not text.isascii() for text in made)
    assert any("\n" in text and '"' in text for text in made)


def test_a_string_of_a_pattern_is_what_ecma_262_means() -> None:
    """A digit is one of ten, and what Python cannot say restricts nothing."""
    document = {"components": {"schemas": {"Value": {"type": "string", "pattern": r"^\d{4}$", "minLength": 4}}}}
    found = with_python_patterns(document)
    assert cast(str, Samples(found).of(VALUE)).isascii()
    document["components"]["schemas"]["Value"]["pattern"] = r"^\p{L}+$"
    assert Samples(with_python_patterns(document)).of(VALUE) == "text"


def test_a_string_of_a_pattern_is_as_long_as_the_schema_wants() -> None:
    """Also if nearly all that match are shorter."""
    schema: Node = {"type": "string", "pattern": "^xxx-", "minLength": 30, "maxLength": 30}
    assert all(len(cast(str, made)) == 30 for made in _made(schema))


def test_numbers_are_negative_zero_and_large() -> None:
    """Bounds are kept, also those that are excluded."""
    made = [cast(int, number) for number in _members("count")]
    assert min(made) < 0
    assert 0 in made
    assert max(made) > 2**50
    assert all(0 < cast(float, ratio) <= 1 for ratio in _members("ratio"))
    assert _made({"type": "integer", "minimum": 10, "multipleOf": 4}) == [12] * 5


def test_every_value_of_an_enum_and_every_branch_of_a_union_is_made() -> None:
    """So are the branches of a union within a branch."""
    assert set(_members("kind")) == set("abcdefg")
    assert {type(value) for value in _members("either")} == {str, int, bool}


def test_the_parts_of_an_all_of_are_all_kept() -> None:
    """Null is no value of an object that only one part lets be null, nor a fraction one of an integer."""
    nullable: Node = {"type": ["object", "null"], "properties": {"a": {"type": "string"}}}
    union: Node = {"anyOf": [nullable, {"type": "null"}]}
    for parts in ([nullable, {"type": "object"}], [{"type": "object"}, nullable], [union, {"type": "object"}]):
        assert all(isinstance(made, dict) for made in _made({"allOf": parts}))
    assert all(isinstance(made, int) for made in _made({"allOf": [{"type": "integer"}, {"type": "number"}]}))


def test_a_map_has_several_members_and_an_array_several_items() -> None:
    """What holds for the first alone is not taken for all."""
    assert all(len(cast("dict[str, int]", scores)) > 1 for scores in _members("scores"))
    assert all(len(cast("list[str]", items)) > 1 for items in _members("items"))


def test_a_member_that_is_not_declared_is_made_where_any_is_allowed() -> None:
    """A map has none that is not of its type, however deep it stands."""
    nested: Node = {"type": "object", "additionalProperties": {"type": "boolean"}}
    for depth in range(12):
        value = Samples(DOCUMENT, unknown=True).of(nested)
        assert Samples(DOCUMENT).judge.complaint(nested, value) is None, depth
        nested = {"type": "object", "required": ["in"], "properties": {"in": nested}}
    assert "x_unknown_member" in cast("dict[str, object]", Samples(DOCUMENT, unknown=True).of({"type": "object"}))


@pytest.mark.parametrize(
    "items", [{"type": ["number", "null"]}, {"anyOf": [{"type": "number"}, {"type": "null"}]}, {"enum": [1.5, None]}]
)
def test_an_array_has_a_null_item_wherever_the_schema_allows_it(items: Node) -> None:
    """However the schema says so, and within the array's bounds."""
    assert all(None in cast("list[object]", made) for made in _made({"type": "array", "items": items}))
    bounded = _made({"type": "array", "items": items, "maxItems": 2})
    assert all(None in cast("list[object]", made) and len(cast("list[object]", made)) <= 2 for made in bounded)


def test_what_conditions_ask_for_is_there_however_deep_the_object_stands() -> None:
    """Far down, members that may be left out are, but for these."""
    nested: Node = {
        "type": "object",
        "properties": {"a": {"type": "string"}, "b": {"type": "string"}, "c": {"type": "string"}},
        "anyOf": [{"required": ["b"]}, {"required": ["c"]}],
    }
    for _ in range(6):
        nested = {"type": "object", "required": ["in"], "properties": {"in": nested}}
    assert all(Samples(DOCUMENT).judge.complaint(nested, made) is None for made in _made(nested))


def test_a_binary_string_is_a_file_outside_of_json_alone() -> None:
    """In JSON `format: binary` is a string, as OpenAPI 3.1 says of `format`."""
    schema: Node = {"type": "string", "format": "binary"}
    assert isinstance(Samples(DOCUMENT).of(schema), str)
    assert isinstance(Samples(DOCUMENT, has_files=True).of(schema), bytes)


def test_a_value_that_two_branches_take_is_no_complaint() -> None:
    """Documents say `oneOf` of branches that no value tells apart, and servers send such values."""
    judge = Samples(DOCUMENT).judge
    assert judge.complaint({"oneOf": [{"type": "number"}, {"type": "integer"}]}, 7) is None
    assert judge.complaint({"oneOf": [{"type": "number"}, {"type": "integer"}]}, "7") is not None
    both = {"url": "https://example.com", "id": "1"}
    assert judge.complaint({"$ref": "#/components/schemas/Source"}, both) is not None


def test_a_map_that_takes_some_names_alone_gets_no_others() -> None:
    """A name of the survey's own would break the document."""
    schema: Node = {"type": "object", "additionalProperties": {"type": "string"}, "propertyNames": {"enum": ["admin"]}}
    assert all(Samples(DOCUMENT).judge.complaint(schema, value) is None for value in _made(schema))


def test_members_that_need_themselves_end() -> None:
    """No value is whole then, and the judge says so."""
    node_schema = {
        "type": "object",
        "required": ["next"],
        "properties": {"next": {"$ref": "#/components/schemas/Node"}},
    }
    document = {"components": {"schemas": {"Node": node_schema}}}
    samples = Samples(document)
    value = samples.of(node_schema)
    assert samples.judge.complaint(node_schema, value) == "'next' is a required property"
