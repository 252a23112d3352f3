"""Values of another kind than OpenAPI wants: what each is taken as, and what is refused."""

import json
from types import ModuleType

import pytest

from tests.support.kinds import client_of, document, pinned
from tools.openapi.document import DocumentError, node

THING = "components/schemas/Thing"
POST = "POST /things/{id}"


def test_what_can_only_mean_one_thing_is_mended_and_noted() -> None:
    """Each note names the place, and what is taken in its stead."""
    assert pinned(document("mends")).notes == (
        "info/license: is null; it is left out",
        f"{POST}/tags: is null; it is left out",
        f"{POST}/parameters/0/required: is taken as true, since a path has no place for nothing",
        f"{POST}/parameters/0/schema/type: 'String' is taken as type string",
        f"{POST}/parameters/1/required: 'true' is taken as the boolean true",
        f"{POST}/parameters/1/schema: is null; it is taken as one that says nothing",
        f"{POST}/parameters/2: is null; it is left out",
        f"{POST}/requestBody/content/application/json/encoding: is null; it is left out",
        f"{POST}/responses/200: is null; it is taken as one that says nothing",
        f"{POST}/responses/404: is null; it is taken as one that says nothing",
        f"{POST}/requestBody/content: examples is no media type; it is left out",
        f"{THING}/properties/name/required: true is taken as said of the member by {THING}",
        f"{THING}/properties/size/required: false is taken as said of the member by {THING}",
        f"{THING}/properties/other/required: true is taken as said of the member by {THING}",
        f"{THING}/properties/name/type: 'text' is taken as type string",
        f"{THING}/properties/size/minimum: is null; it is left out",
        f"{THING}/properties/size/type: 'int' is taken as type integer",
        f"{THING}/properties/size/enum: is taken as [1, 2], of its type integer",
        f'{THING}/properties/code/enum: is taken as ["1", "true", "a"], of its type string',
        f"{THING}/properties/flag/type: 'bool' is taken as type boolean",
        f"{THING}/properties/flag/enum: is taken as [true], of its type boolean",
        f"{THING}/properties/free/nullable: 'true' is taken as the boolean true",
        f"{THING}/properties/free/type: 'any' is taken as any type",
        f"{THING}/properties/when/type: 'datetime' is taken as type string and format date-time",
        f"{THING}/properties/list/type: 'list' is taken as type array",
        f"{THING}/properties/list/items: is null; it is taken as one that says nothing",
        f"{THING}/properties/empty: is null; it is taken as one that says nothing",
        f"{THING}/properties/none/enum: has no value; it is left out",
        "components/schemas/Other: is null; it is taken as one that says nothing",
    )


def test_what_was_mended_generates(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The pin is what the notes say, and a client comes of it."""
    schemas = node(node(pinned(document("mends")).document["components"])["schemas"])
    assert node(schemas["Thing"])["required"] == ["name", "other"]
    package: ModuleType
    with client_of(document("mends"), tmp_path_factory.mktemp("mends"), "mends") as package:
        assert package.post_thing


@pytest.mark.parametrize(
    ("schema", "complaint"),
    [
        ({"type": "enum"}, "type: 'enum' is not valid"),
        ({"type": ["string", "any"]}, "type: .* is not valid"),
        ({"required": True}, "required: True is not of type 'array'"),
        ({"anyOf": [None, {"type": "string"}]}, "anyOf/0 has to be an object, and is empty"),
        ({"items": [{"type": "string"}]}, "items has to be an object, and is an array"),
        ({"type": "string", "maxLength": -1}, "maxLength: -1 is less than the minimum of 0"),
        ({"type": "string", "deprecated": "yes"}, "deprecated: 'yes' is not of type 'boolean'"),
        ({"enum": "a"}, "enum: 'a' is not of type 'array'"),
    ],
)
def test_what_can_mean_two_things_is_one_line(schema: object, complaint: str) -> None:
    """It names the place."""
    text = json.dumps(
        {
            "openapi": "3.1.0",
            "info": {"title": "Two", "version": "1"},
            "paths": {
                "/t": {
                    "get": {
                        "operationId": "getT",
                        "responses": {"200": {"description": "T", "content": {"application/json": {"schema": schema}}}},
                    }
                }
            },
        }
    )
    with pytest.raises(DocumentError, match=f"GET /t/responses/200/content/application/json/schema/{complaint}"):
        pinned(text)


def test_null_for_the_security_of_an_operation_is_one_line() -> None:
    """It may mean the document's, or none."""
    text = document("mends").replace("tags:\n", "security:\n")
    with pytest.raises(DocumentError, match=r"POST /things/\{id\}/security has to be an array, and is empty"):
        pinned(text)
