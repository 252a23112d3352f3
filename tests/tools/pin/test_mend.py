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


def test_what_an_object_lacks_or_says_as_another_version_is_completed_and_noted() -> None:
    """The client depends on none of it, or it can only mean one thing."""
    made = pinned(document("incomplete"))
    assert made.notes == (
        "info/license: has no name; it is left out",
        "info/title: is not given; it is taken as 'Untitled'",
        "info/version: 2 is taken as text",
        "servers/0: 'https://incomplete.example' is taken as the one of that name",
        "servers/1: has no URL; it is left out",
        "security: is taken as a list of one",
        "security/0/old: is null; it is taken as an empty list",
        f"{POST}/deprecated: is no boolean; it is left out",
        f"{POST}/tags: is taken as things",
        f"{POST}/requestBody: has no content; it is left out",
        f"{POST}/responses/2xx: is taken as 2XX",
        f"{POST}/responses/error: is no status; it is left out",
        f"{POST}/parameters/3: is there twice; it is left out",
        f"{POST}/security/1: 'token' is taken as the one of that name",
        f"{POST}/parameters/1/in: 'Query' is taken as 'query'",
        f"{POST}/parameters/1/schema: is taken to be type and enum, which OpenAPI 2.0 says beside it",
        f"{POST}/parameters/2/schema: is not given; it is taken as a string",
        f"{POST}/responses/2XX/headers/X-Count/schema: is taken to be type, which OpenAPI 2.0 says beside it",
        f"{THING}/discriminator: 'kind' is taken as the name of a member",
        f"{THING}/properties/name/minLength: -1 says nothing; it is left out",
        f"{THING}/properties/name/allOf: [] says nothing; it is left out",
        f"{THING}/properties/pair/items: is taken as prefixItems, as earlier versions of JSON Schema say it",
        f"{THING}/properties/size/multipleOf: 0 says nothing; it is left out",
        f"{THING}/properties/size/discriminator: names no member; it is left out",
        f"{THING}/properties/size/type: has a type twice",
        "components/securitySchemes/old/type: 'basic' is taken as the scheme basic of HTTP",
        "components/securitySchemes/token/openIdConnectUrl: is not given; the scheme is taken as a bearer token",
        "components/securitySchemes/oauth/type: 'OAuth2' is taken as 'oauth2'",
        "components/securitySchemes/oauth/flows/application: is unknown, or lacks a URL; it is left out",
        "components/securitySchemes/oauth/flows/implicit: is unknown, or lacks a URL; it is left out",
    )


def test_what_was_completed_generates(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Its parameters have the types that were said beside them, and its key is a user and a password."""
    package: ModuleType
    with client_of(document("incomplete"), tmp_path_factory.mktemp("incomplete"), "incomplete") as package:
        hints = package.post_thing.__annotations__
        assert (hints["mode"], hints["filter"]) == ("_models.PostThingMode | None", "str | None")
        assert package.Thing.from_dict({"pair": ["a", 1]}).to_dict() == {"pair": ["a", 1]}
        package.Client(base_url="http://127.0.0.1:9", auth=("user", "word"))


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
        ({"items": "string"}, "items has to be an object, and is text"),
        ({"type": "string", "maxLength": -1}, "maxLength: -1 is less than the minimum of 0"),
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
