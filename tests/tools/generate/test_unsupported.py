"""What `make generate` does not do: each such document fails with one clear line, and leaves no file."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.support.commands import run_main
from tools.generate.__main__ import main
from tools.generate.generate import generate
from tools.openapi.document import DocumentError
from tools.paths import ROOT

Edit: TypeAlias = Mapping[str, object]

ANSWER = {"description": "Things.", "content": {"application/json": {"schema": {"type": "string"}}}}
STRING = {"type": "string"}


def small_document(operation: Edit, **rest: object) -> dict[str, object]:
    """A document with one operation that answers with JSON, changed by an edit of it, and of the document."""
    kept = {"operationId": "getThings", "responses": {"200": ANSWER}}
    changed = {name: part for name, part in {**kept, **operation}.items() if part is not None}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Things", "version": "1"},
        "servers": [{"url": "https://things.example"}],
        "paths": {"/things": {"get": changed}},
        **rest,
    }


def secured(*names: str, **schemes: object) -> dict[str, object]:
    """A document whose operation asks for these keys at once, and that declares some."""
    return small_document({"security": [dict.fromkeys(names, STRINGS)]}, components={"securitySchemes": schemes})


STRINGS: list[str] = []


def answered(*media_types: str, status: str = "200") -> Edit:
    """An operation with one documented status, in these media types."""
    content = {media_type: {"schema": {"type": "string"}} for media_type in media_types}
    return {"responses": {status: {"description": "Things.", "content": content}}}


def asked(place: str, schema: Edit, **more: object) -> Edit:
    """An operation with one parameter."""
    return {"parameters": [{"name": "what", "in": place, "schema": schema} | more]}


def sent(media_type: str, schema: Edit) -> Edit:
    """An operation with a body."""
    return {"requestBody": {"required": True, "content": {media_type: {"schema": schema}}}}


def declared(**schemas: object) -> Edit:
    """Schemas of a document."""
    return {"schemas": schemas}


def json_of(schema: Edit) -> Edit:
    """An answer in JSON."""
    return {"description": "Things.", "content": {"application/json": {"schema": schema}}}


A = "#/components/schemas/A"
B = "#/components/schemas/B"
MAYBE = {"type": ["object", "null"]}
OBJECT = {"type": "object", "properties": {"a": STRING}}
DATE, UUID = {**STRING, "format": "date"}, {**STRING, "format": "uuid"}
ENDLESS = {"type": "object", "properties": {"b": OBJECT}}
NESTED = {"components": declared(A={"type": "object", "properties": {"b": STRING}})}
API_KEY = {"type": "apiKey", "in": "header", "name": "X-Key"}

UNSUPPORTED: list[tuple[dict[str, object], str]] = [
    (
        small_document(sent("multipart/mixed", {"type": "object"})),
        "GET /things/requestBody: a body of multipart/mixed has parts without names, which is not supported; "
        "an overlay can make it multipart/form-data or application/octet-stream",
    ),
    (
        secured("Three"),
        "GET /things/security: the scheme Three is used and not declared in components/securitySchemes",
    ),
    (
        small_document(sent("multipart/form-data", {"type": "array", "items": {"type": "string"}})),
        "GET /things/requestBody/content/multipart/form-data/schema: a body of multipart/form-data has to be "
        "an object; an overlay can make it one",
    ),
    (
        small_document(
            {"responses": {"200": json_of({"$ref": "#/components/schemas/Thing"})}},
            components=declared(Thing={"type": "object", "properties": {"a": {"type": "text"}}}),
        ),
        "components/schemas/Thing/properties/a/type/str-enum[DataType]: "
        "Input should be 'string', 'number', 'integer', 'boolean', 'array', 'object' or 'null'",
    ),
    (small_document({}, paths={}), "paths: the document has no operation"),
    (small_document({}, paths={"/things": {"query": {}}}), "paths: the document has no operation"),
    (small_document(asked("query", {"type": "integer", "minimum": "1"})), "minimum: '1' is not a number"),
    (
        small_document(asked("header", STRING, name="X Y", required=True)),
        "GET /things: HTTP allows no header called 'X Y' (RFC 9110, section 5.1); an overlay can rename it",
    ),
    (
        secured("Split", Split={**API_KEY, "name": "X-Key: \r\nX"}),
        r"security: 'X-Key: \r\nX' is not a name of a header",
    ),
    (
        small_document({"responses": {"200": json_of({"$ref": "#/components/schemas/A/properties/b"})}}, **NESTED),
        "#/components/schemas/A/properties/b leads to no schema of components/schemas, which is not supported",
    ),
    (
        small_document(
            {"responses": {"200": json_of({"$ref": A})}},
            components=declared(A={"allOf": [{"$ref": B}, MAYBE]}, B={"allOf": [{"$ref": A}, MAYBE]}),
        ),
        "components/schemas/A: an allOf holds itself (A, B, A), so that no value can be of it; "
        "an overlay can break the circle",
    ),
    (
        small_document(
            {"responses": {"200": json_of({"$ref": A})}},
            components=declared(A={"allOf": [{"$ref": A}, OBJECT]}),
        ),
        "components/schemas/A: an allOf holds itself (A, A), so that no value can be of it; "
        "an overlay can break the circle",
    ),
    (
        small_document(
            {"responses": {"200": json_of({"$ref": "#/components/schemas/C"})}},
            components=declared(
                C={"type": "object", "properties": {"b": {"$ref": B}}},
                B={"allOf": [{"$ref": A}, OBJECT]},
                A={"$ref": B},
            ),
        ),
        "components/schemas/A: an allOf holds itself (A, B, A), so that no value can be of it; "
        "an overlay can break the circle",
    ),
    (
        small_document(
            {"responses": {"200": json_of({"$ref": A})}},
            components=declared(A={"type": "object", "properties": {"b": {"allOf": [{"$ref": A}, ENDLESS]}}}),
        ),
        "components/schemas/A/properties/b: an allOf holds itself, so that it has no end; "
        "an overlay can break the circle",
    ),
    (
        small_document(
            {"responses": {"200": json_of({"$ref": A})}},
            components=declared(
                A={"allOf": [{"$ref": B}, OBJECT]},
                B={"allOf": [{"$ref": "#/components/schemas/C"}, {"type": "object", "properties": {"d": UUID}}]},
                C={"type": "object", "properties": {"d": DATE}},
            ),
        ),
        "components/schemas/B: datetime.date can't be merged with UUID; an overlay can change it",
    ),
    (small_document({"operationId": "ﬁ"}), "names: 'ﬁ' cannot be one in Python; give what it names another"),
    (small_document({"tags": ["ª"]}), "names: 'ª' cannot be one in Python; give what it names another"),
]


@pytest.mark.parametrize(("document", "complaint"), UNSUPPORTED, ids=[complaint for _, complaint in UNSUPPORTED])
def test_what_is_not_supported_fails_with_one_clear_line(
    tmp_path: Path, document: Mapping[str, object], complaint: str
) -> None:
    """The line says where and what, and no file is written."""
    spec = tmp_path / "things.yaml"
    spec.write_text(json.dumps(document))
    with pytest.raises(DocumentError) as refusal:
        generate(spec, tmp_path / "things")
    assert str(refusal.value) == complaint
    assert not (tmp_path / "things").exists()


def test_the_command_fails_with_the_same_line(tmp_path: Path) -> None:
    """`make generate` ends with status 2 and the line, without a traceback."""
    spec = tmp_path / "things.yaml"
    spec.write_text(json.dumps(small_document(sent("multipart/form-data", {"type": "array", "items": STRING}))))
    result = run_main(main, f"--spec={spec}", f"--out={tmp_path / 'things'}", cwd=ROOT)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("generate: GET /things/requestBody/content/multipart/form-data/schema: a body")
    assert result.stderr.count("\n") == 1
