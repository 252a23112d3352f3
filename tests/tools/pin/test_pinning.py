"""What a pin takes from a document, and in which terms it says it."""

import json
from pathlib import Path
from typing import cast

import pytest

from tests.support.contracts import VARIATION, document, pinned, selected, small
from tests.support.generation import PIN
from tools.openapi.derive import derive, take_out
from tools.openapi.document import DocumentError, Node, is_node, load, node
from tools.openapi.read import Source, read
from tools.openapi.validate import VALIDATORS
from tools.openapi.write import as_yaml
from tools.openapi.yaml import parse
from tools.paths import OVERLAY


def schemas(found: Node) -> Node:
    """The schemas of a document."""
    return node(node(found["components"])["schemas"])


def properties(found: Node, name: str) -> Node:
    """The properties of one schema."""
    return node(node(schemas(found)[name])["properties"])


def test_prose_examples_and_extensions_are_dropped_and_names_are_not() -> None:
    """A property called `title` or `example` stays; what only callbacks, links or others refer to does not come."""
    found = selected(document("security_present").read_text())
    assert found == {
        "openapi": "3.1.0",
        "info": {"title": "Pictures", "version": "2.3.0", "license": {"name": "MIT", "identifier": "MIT"}},
        "servers": [{"url": "https://pictures.example/v1"}],
        "security": [{"Key": []}],
        "tags": [{"name": "Images"}],
        "paths": {
            "/images/variations": {
                "post": {
                    "operationId": VARIATION,
                    "tags": ["Images"],
                    "requestBody": {
                        "required": True,
                        "content": {
                            "multipart/form-data": {
                                "schema": {"$ref": "#/components/schemas/CreateImageVariationRequest"}
                            }
                        },
                    },
                    "responses": {
                        "200": {
                            "description": "OK",
                            "content": {
                                "application/json": {"schema": {"$ref": "#/components/schemas/ImagesResponse"}}
                            },
                        }
                    },
                }
            }
        },
        "components": {
            "securitySchemes": {"Key": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
            "schemas": {
                "CreateImageVariationRequest": {
                    "type": "object",
                    "required": ["image"],
                    "properties": {
                        "image": {
                            "type": "string",
                            "format": "binary",
                            "contentMediaType": "application/octet-stream",
                        },
                        "model": {
                            "anyOf": [{"type": "string"}, {"type": "string", "enum": ["dall-e-2"]}, {"type": "null"}],
                            "default": "dall-e-2",
                        },
                        "title": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                    },
                },
                "ImagesResponse": {
                    "type": "object",
                    "required": ["created"],
                    "properties": {
                        "created": {"type": "integer", "format": "unixtime"},
                        "data": {"type": "array", "items": {"$ref": "#/components/schemas/Image"}},
                        "example": {"type": "string", "enum": ["description", "title"]},
                    },
                },
                "Image": {
                    "type": "object",
                    "properties": {"b64_json": {"type": "string"}, "url": {"type": "string", "format": "uri"}},
                },
            },
        },
    }


NULL = {"type": "null"}
STYLE = {"$ref": "#/components/schemas/Style"}


def test_null_is_a_branch_however_31_said_it() -> None:
    """`nullable`, a type, an enum's value, a constant and a union within a union all become one branch."""
    assert properties(selected(document("null_branches").read_text()), "CreateImageVariationRequest") == {
        "image": {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"},
        "model": {"anyOf": [{"type": "string"}, {"enum": ["dall-e-2"]}, NULL]},
        "n": {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 10}, NULL], "default": 1},
        "size": {"anyOf": [{"type": "string", "enum": ["256x256", "512x512"]}, NULL]},
        "quality": {"anyOf": [{"enum": ["low", "high"]}, NULL]},
        "style": {"oneOf": [{"type": "string", "maxLength": 9}, NULL]},
        "seed": {"anyOf": [{"type": "integer"}, {"type": "string"}, NULL]},
    }


def test_what_30_says_its_own_way_is_said_in_31s() -> None:
    """Exclusive limits are numbers, base64 is an encoding, and what may be null at a reference is a branch."""
    found = selected(document("closed_model").read_text())
    request = properties(found, "CreateImageVariationRequest")
    assert request["strength"] == {"type": "number", "exclusiveMinimum": 0, "maximum": 1}
    assert request["quality"] == {"anyOf": [{"type": "string", "enum": ["low", "high"]}, NULL]}
    assert request["style"] == {"anyOf": [STYLE, NULL], "default": "ink"}
    assert request["frame"] == {"anyOf": [STYLE, NULL]}
    assert schemas(found)["Style"] == {"type": "string", "enum": ["ink", "oil", "on", "2024-02-29"]}
    assert properties(found, "Image")["b64_json"] == {"anyOf": [{"type": "string", "contentEncoding": "base64"}, NULL]}


SCHEMAS: list[tuple[object, object]] = [
    ({"nullable": True}, {}),
    ({"nullable": False, "type": "integer"}, {"type": "integer"}),
    ({"type": "null", "nullable": True}, NULL),
    ({"oneOf": [{"type": "integer"}], "nullable": True}, {"anyOf": [{"type": "integer"}, NULL]}),
    ({"oneOf": [STYLE, {"type": "integer"}], "nullable": True}, {"oneOf": [STYLE, {"type": "integer"}, NULL]}),
    ({"type": ["string"]}, {"type": "string"}),
    ({"type": ["string", "integer"]}, {"type": ["string", "integer"]}),
    ({"type": ["string", "integer", "null"]}, {"anyOf": [{"type": ["string", "integer"]}, NULL]}),
    ({"type": ["null"]}, NULL),
    ({"type": "string", "enum": ["a", None]}, {"type": "string", "enum": ["a"]}),
    ({"enum": [None]}, NULL),
    ({"allOf": [STYLE]}, STYLE),
    ({"allOf": [STYLE], "minLength": 1}, {"minLength": 1, "allOf": [STYLE]}),
    ({"allOf": [{"default": 1}], "default": 2}, {"allOf": [{"default": 1}], "default": 2}),
    ({"type": "number", "exclusiveMinimum": True}, {"type": "number"}),
    ({"type": "number", "maximum": 1, "exclusiveMaximum": True}, {"type": "number", "exclusiveMaximum": 1}),
    ({"type": "string", "format": "byte"}, {"type": "string", "contentEncoding": "base64"}),
    ({"type": "integer", "format": "byte"}, {"type": "integer", "format": "byte"}),
    ({"type": "object", "additionalProperties": True}, {"type": "object", "additionalProperties": True}),
]


@pytest.mark.parametrize(("said", "meant"), SCHEMAS, ids=[json.dumps(said) for said, _ in SCHEMAS])
def test_each_schema_is_said_in_one_way(said: object, meant: object) -> None:
    """Of the ways to say one thing, the pin has one, and what is fine stays as it is."""
    assert properties(selected(small({"a": said})), "CreateImageVariationRequest")["a"] == meant


def test_every_answer_says_what_its_status_means() -> None:
    """A description is required and prose is dropped: what stays is the status's own phrase, or its name."""
    statuses = ("200", "418", "499", "4XX", "default")
    found = selected(small({}, responses={status: {"description": "Prose."} for status in statuses}))
    operation = node(node(node(found["paths"])["/images/variations"])["post"])
    assert {status: node(answer)["description"] for status, answer in node(operation["responses"]).items()} == {
        "200": "OK",
        "418": "I'm a Teapot",
        "499": "499",
        "4XX": "Client error",
        "default": "Any other response",
    }


def test_a_body_of_one_media_type_does_not_repeat_it() -> None:
    """Bytes that are the whole body have the body's media type; those in a form have one of their own."""
    content = {"image/png": {"schema": {"type": "string", "format": "binary"}}}
    found = selected(small({}, responses={"200": {"description": "", "content": content}}))
    text = as_yaml(found)
    assert "contentMediaType" not in text
    assert "format: binary" in text


def test_everything_that_is_referred_to_comes_along() -> None:
    """Parameters, headers, bodies, answers, security schemes, and the schemas behind a discriminator."""
    found = pinned("rate_limited").document
    assert {section: list(node(part)) for section, part in node(found["components"]).items()} == {
        "securitySchemes": ["Key"],
        "headers": ["Remaining"],
        "responses": ["TooManyRequests"],
        "schemas": ["CreateImageVariationRequest", "ImagesResponse", "Image", "ErrorResponse", "Error"],
    }
    found = pinned("header_parameters").document
    assert {"parameters", "requestBodies", "responses"} < node(found["components"]).keys()
    branches = {"oneOf": [STYLE], "discriminator": {"propertyName": "kind", "mapping": {"ink": "Ink"}}}
    text = small({"a": branches}).replace('"Style": {', '"Ink": {"type": "object"}, "Style": {')
    assert "Ink" in schemas(selected(text))


def test_a_path_may_be_a_reference_and_its_own_parameters_come_too() -> None:
    """`$ref` at a path is followed, within the document."""
    whole = parse(small({}))
    item = {"parameters": [{"name": "x", "in": "query", "schema": {"type": "string"}}]}
    paths = node(node(whole)["paths"])
    moved = {**node(paths["/images/variations"]), **item}
    text = json.dumps(
        {
            **node(whole),
            "paths": {"/images/variations": {"$ref": "#/x-paths/moved"}},
            "x-paths": {"moved": moved},
        }
    )
    found = node(node(selected(text)["paths"])["/images/variations"])
    assert list(found) == ["parameters", "post"]


def test_scopes_of_a_flow_are_kept_without_their_prose() -> None:
    """A scope's name is contract, and its description is not."""
    flows = {"clientCredentials": {"tokenUrl": "https://a.example", "scopes": {"write": "Change things."}}}
    text = json.dumps(
        {
            **node(parse(small({}, security=[{"Flow": ["write"]}]))),
            "components": {
                "schemas": {"CreateImageVariationRequest": {"type": "object"}},
                "securitySchemes": {"Flow": {"type": "oauth2", "flows": flows}},
            },
        }
    )
    scheme = node(node(node(selected(text)["components"])["securitySchemes"])["Flow"])
    assert node(node(scheme["flows"])["clientCredentials"])["scopes"] == {"write": ""}


def test_fields_stand_in_one_order_whatever_their_source() -> None:
    """The same document with its keys turned around gives the same pin, but for the names it is free to order."""

    def turned(value: object) -> object:
        if is_node(value):
            return {name: turned(part) for name, part in reversed(list(value.items()))}
        return [turned(part) for part in cast("list[object]", value)] if isinstance(value, list) else value

    whole = load(document("rate_limited"))
    straight, reverse = (selected(json.dumps(part)) for part in (whole, turned(whole)))
    assert straight == reverse
    assert list(node(straight["components"])) == list(node(reverse["components"]))
    assert list(node(schemas(straight)["Error"])) == list(node(schemas(reverse)["Error"]))


@pytest.mark.parametrize(
    "text", ["on", "No", "2024-02-29", "12:30", "1e3", "0o17", "017", "1_000", "null", "~", "a: b", ""]
)
def test_texts_are_written_so_that_every_yaml_reads_them_as_texts(text: str) -> None:
    """YAML 1.1 and 1.2 disagree on some words and numbers, and those are in quotes."""
    written = as_yaml({"a": text})
    assert parse(written) == {"a": text}
    assert text in ("a: b", "") or f'"{text}"' in written


def test_the_pin_is_written_as_it_is_read() -> None:
    """Nothing is lost between the document and its text, and long texts stay readable."""
    found = load(PIN)
    assert parse(as_yaml(found)) == found
    assert parse(as_yaml({"a": "two\nlines"})) == {"a": "two\nlines"}


def test_what_an_overlay_leaves_without_use_is_dropped(tmp_path: Path) -> None:
    """A component that nothing refers to any more does not stay, nor does one that the overlay adds in vain."""
    removal = {"target": "$.components.schemas.*.properties.partial_images", "remove": True}
    addition = {"target": "$", "update": {"components": {"schemas": {"Unused": {"type": "string"}}}}}
    overlay = tmp_path / "overlay.json"
    actions = [removal, addition]
    overlay.write_text(json.dumps({"overlay": "1.0.0", "info": {"title": "T", "version": "1"}, "actions": actions}))
    neighbours = read(str(document("neighbours")))
    before, after = (schemas(derive(neighbours, ["createImage"], one).document) for one in (None, overlay))
    assert before.keys() - after.keys() == {"PartialImages"}
    assert "Unused" not in after
    assert "Error" in schemas(pinned("security_absent").document)


def test_a_document_that_the_validator_cannot_take_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a validator trips over is one line too."""

    def trip(document: object) -> None:
        raise KeyError("somewhere")

    of_schemas, _ = VALIDATORS["3.1"]
    monkeypatch.setitem(VALIDATORS, "3.1", (of_schemas, trip))
    with pytest.raises(DocumentError, match=r"^it cannot be validated: KeyError: 'somewhere'$"):
        selected(small({}))


MISUSED: list[tuple[object, str]] = [
    ({"nullable": "yes"}, "components/schemas/CreateImageVariationRequest/properties/a/nullable has to be a boolean"),
    ({"type": 5}, "components/schemas/CreateImageVariationRequest/properties/a/type: 5 is not valid"),
    ({"$ref": "#/info"}, "components/schemas/CreateImageVariationRequest/properties/a: #/info is no schema"),
]


@pytest.mark.parametrize(("schema", "complaint"), MISUSED, ids=[complaint for _, complaint in MISUSED])
def test_a_schema_that_is_none_is_refused_with_its_place(schema: object, complaint: str) -> None:
    """The line names the component and leads to the keyword."""
    with pytest.raises(DocumentError) as refusal:
        selected(small({"a": schema}))
    assert str(refusal.value).startswith(complaint)


def test_a_path_that_refers_in_vain_concerns_only_its_own_operations() -> None:
    """A dangling reference elsewhere in the document is not a reason to refuse what does not need it."""
    whole = node(parse(small({})))
    lost = {**whole, "paths": {**node(whole["paths"]), "/lost": {"$ref": "#/nowhere"}}}
    assert list(node(selected(json.dumps(lost))["paths"])) == ["/images/variations"]


def test_security_that_no_operation_relies_on_does_not_come() -> None:
    """The document's own requirements would name schemes that are nobody's."""
    found = pinned("security_alternatives").document
    assert "security" not in found
    assert list(node(node(found["components"])["securitySchemes"])) == [
        *("GatewayKey", "ProviderKey", "ProviderToken", "Place"),
    ]
    assert pinned("security_present").document["security"] == [{"Key": []}]


def test_a_required_member_that_nothing_declares_is_no_fault() -> None:
    """JSON Schema allows it, beside an `allOf` too."""
    part = {"type": "object", "properties": {"a": {"type": "string"}}}
    schema = {"allOf": [part], "required": ["a", "b"]}
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Both"}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": {
            "/a": {"get": {"operationId": "getA", "responses": {"200": {"description": "", "content": content}}}}
        },
        "components": {"schemas": {"Both": schema}},
    }
    found, notes = take_out(document, ["getA"])
    assert notes == ()
    assert node(node(node(found["components"])["schemas"])["Both"])["required"] == ["a", "b"]


BROKEN: dict[str, object] = {
    "a reference to nothing": {"properties": {"a": {"$ref": "#/components/schemas/Nothing"}}},
    "a reference to another file": {"properties": {"a": {"$ref": "other.yaml#/A"}}},
    "a type that there is not": {"properties": {"a": {"type": "strng"}}},
    "an array for an object": {"properties": ["a"]},
    "no schema": "Error",
}


@pytest.mark.parametrize("schema", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("status", ["404", "default", "5XX"])
def test_what_only_responses_of_errors_have_stops_nothing(schema: object, status: str) -> None:
    """Their bodies are read without a schema; the note says what is in the way."""
    refused = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Broken"}}}}
    responses = {"200": {"description": ""}, status: refused}
    whole = node(parse(small({}, responses=responses)))
    schemas = {**node(node(whole["components"])["schemas"]), "Broken": schema}
    found, (note,) = take_out({**whole, "components": {"schemas": schemas}}, ["createImageVariation"])
    assert note.startswith("components/schemas/Broken")
    assert note.endswith("; bodies of errors are read without a schema, and what they describe is left out")
    assert "Broken" not in json.dumps(found)


def test_what_a_success_has_too_is_refused() -> None:
    """So it is if the only response is that for any status."""
    content = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Nothing"}}}}
    for responses in ({"200": content, "404": content}, {"default": content}):
        with pytest.raises(DocumentError, match=r"Nothing leads nowhere"):
            selected(small({}, responses=responses))


FILES = """
openapi: 3.1.0
info: {title: Files, version: "1"}
servers: [{url: "https://files.example"}]
paths:
  /files/{file_id}/content:
    get:
      operationId: downloadFile
      parameters: [{name: file_id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: OK, content: {application/json: {schema: {type: string}}}}}
  /containers/{container_id}/files/{file_id}/content:
    get:
      operationId: RetrieveContainerFileContent
      parameters:
        - {name: container_id, in: path, required: true, schema: {type: string}}
        - {name: file_id, in: path, required: true, schema: {type: string}}
      responses: {"200": {description: Success}}
"""
"""How upstream describes what its files hold."""


BOTH = ["downloadFile", "RetrieveContainerFileContent"]


@pytest.mark.parametrize("operations", [BOTH[:1], BOTH[1:], BOTH])
def test_the_contents_of_files_are_files(operations: list[str]) -> None:
    """The API sends them as they are, whatever upstream says of them."""
    whole = Source("document.yaml", FILES.encode())
    for item in node(derive(whole, operations, OVERLAY).document["paths"]).values():
        success = node(node(node(node(item)["get"])["responses"])["200"])
        assert list(node(success["content"])) == ["application/octet-stream"]
