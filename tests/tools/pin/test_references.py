"""References that lead elsewhere than to a component: each finds what it means, or says what is in the way."""

import json
from collections.abc import Mapping

import pytest

from tests.support.kinds import client_of, document, pinned
from tools.openapi.document import DocumentError, Node, node


@pytest.fixture(scope="module")
def schemas() -> Node:
    """The schemas of the pin."""
    return node(node(pinned(document("references")).document["components"])["schemas"])


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("Tag_allOf_0_id", {"type": "integer"}),
        ("Owner_name", {"type": "string", "minLength": 2}),
        ("Third", {"type": "integer"}),
        ("Named_place", {"type": "object", "properties": {"x": {"type": "number"}}}),
        ("Fifth", {"type": "object", "properties": {"sixth": {"$ref": "#/components/schemas/Sixth"}}}),
        ("Sixth", {"type": "object", "properties": {"y": {"type": "number"}}}),
    ],
)
def test_what_a_reference_leads_to_is_a_component(schemas: Node, name: str, schema: object) -> None:
    """It is named after its place: a part of a schema, of one behind a reference, a definition, an anchor, an id."""
    assert schemas[name] == schema


def test_a_part_that_is_a_reference_stands_for_what_it_leads_to(schemas: Node) -> None:
    """No component is made that would only refer to another; `#` is the schema that it stands in."""
    members = node(node(schemas["notes_get_200"])["properties"])
    assert members["first"] == {"$ref": "#/components/schemas/Note"}
    assert node(node(schemas["Note"])["properties"])["inner"] == {"$ref": "#/components/schemas/Note"}
    assert members["again"] == {"$ref": "#/components/schemas/notes_get_200"}


def test_a_client_comes_of_them(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Parameters, bodies and responses behind such references are those of the operations."""
    with client_of(document("references"), tmp_path_factory.mktemp("references"), "references") as package:
        assert package.post_tag.__kwdefaults__.keys() >= {"limit"}
        tag = package.Tag.from_dict({"id": 1, "note": {"inner": {"text": "in"}}})
        assert tag.note.inner.text == "in"


def _referring(schema: object, **components: object) -> str:
    response = {"description": "A.", "content": {"application/json": {"schema": schema}}}
    return json.dumps(
        {
            "openapi": "3.1.0",
            "info": {"title": "References", "version": "1"},
            "paths": {"/a": {"get": {"operationId": "getA", "responses": {"200": response}}}},
            "components": components,
        }
    )


PLACE = "GET /a/responses/200/content/application/json/schema"


@pytest.mark.parametrize(
    ("reference", "complaint"),
    [
        ("#/components/schemas/B", "#/components/schemas/B leads nowhere: components/schemas has no B"),
        (
            "#/components/schemas/A/allOf/2",
            "#/components/schemas/A/allOf/2 leads nowhere: components/schemas/A/allOf has 1 item",
        ),
        (
            "#/components/schemas/Empty/a",
            "#/components/schemas/Empty/a leads nowhere: components/schemas/Empty is empty",
        ),
        ("#/components/schemas/A/type", "#/components/schemas/A/type is no schema"),
        ("#/components/schemas/A/x-a", "#/components/schemas/A/x-a leads to 'word', and an object has to be there"),
        ("#/paths/~1a/post", "#/paths/~1a/post leads nowhere: paths//a has no post"),
        ("#/components/parameters/P", "#/components/parameters/P is no schema"),
        ("#named", "#named leads nowhere: no schema has the $anchor named"),
        ("#/info", "#/info is no schema"),
        ("#", "# leads to the document itself"),
        ("", "an empty reference leads to the document itself"),
        ("#/components/schemas/Round/x", "#/components/schemas/Round/allOf/0 refers to itself"),
        (
            "other.yaml#/B",
            "other.yaml#/B is in another file; "
            "bundle the document into one file first, for example with `npx @redocly/cli bundle`",
        ),
    ],
)
def test_a_reference_in_vain_says_what_is_in_the_way(reference: str, complaint: str) -> None:
    """The line names the place of the reference, and where on its way it ends."""
    nothing: Node = {}
    schemas: Mapping[str, object] = {
        "A": {"type": "object", "allOf": [nothing], "x-a": "word"},
        "Empty": None,
        "Round": {"$ref": "#/components/schemas/Round/allOf/0"},
    }
    text = _referring({"$ref": reference}, schemas=schemas, parameters={"P": {"name": "p", "in": "query"}})
    with pytest.raises(DocumentError) as refusal:
        pinned(text)
    assert str(refusal.value) == f"{PLACE}: {complaint}"


def test_a_dynamic_reference_that_others_bind_is_any_value() -> None:
    """What it leads to depends on who refers to its schema; with one anchor it is that."""
    page = {
        "$dynamicAnchor": "item",
        "type": "object",
        "properties": {"items": {"type": "array", "items": {"$dynamicRef": "#item"}}},
    }
    bound = {"$defs": {"item": {"$dynamicAnchor": "item", "type": "string"}}, "$ref": "#/components/schemas/Page"}
    pin = pinned(_referring(bound, schemas={"Page": page}))
    read = node(node(pin.document["components"])["schemas"])["Page"]
    assert node(node(read)["properties"])["items"] == {"type": "array", "items": {}}
    assert pin.notes == (
        "components/schemas/Page/properties/items/items/$dynamicRef: #item leads to several schemas; it is any value",
        "components/schemas/Page/$dynamicAnchor: is not needed in OpenAPI 3.1; it is left out",
    )
    alone = pinned(_referring({"$ref": "#/components/schemas/Page"}, schemas={"Page": page}))
    read = node(node(alone.document["components"])["schemas"])["Page"]
    items = {"type": "array", "items": {"$ref": "#/components/schemas/Page"}}
    assert node(node(read)["properties"])["items"] == items
