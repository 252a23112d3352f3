"""Round trips of a survey: what is sent and what comes back is held against what was passed."""

import json
import sys
from pathlib import Path

import pytest

from tests.support.sampling import sampled
from tools.openapi.choice import every_operation
from tools.openapi.document import parse_document
from tools.survey import packages
from tools.survey.findings import Refusal
from tools.survey.run import Survey

STRING = {"type": "string"}
ONE = {"type": "object", "required": ["kind", "a"], "properties": {"kind": {"const": "one"}, "a": STRING}}
TWO = {"type": "object", "required": ["kind", "b"], "properties": {"kind": {"const": "two"}, "b": STRING}}
NEVER = {"allOf": [ONE, {"properties": {"kind": {"const": "other"}}}]}
SET_BY_SERVER = {"type": ["string", "null"], "readOnly": True}
DIGITS = {"type": "string", "pattern": r"^\d$"}
FILE = {"type": "string", "format": "binary"}
HAS_FILE = {"type": "object", "required": ["image"], "properties": {"image": FILE}}
DATES = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid", "pattern": "^[0-9A-F]{8}-0000-7000-8000-[0-9a-fA-F]{12}$"},
        "day": {"type": "string", "format": "date", "pattern": r"^\d{4}-\d\d-\d\d$"},
        "at": {"type": "string", "format": "date-time", "pattern": r"^0\d{3}-0[1-9]-0[1-9]T00:00:00Z$"},
    },
}
OBJECT_OR_NULL = {"type": ["object", "null"], "required": ["a"], "properties": {"a": STRING}}
BODIES: dict[str, dict[str, object]] = {
    "null members alone": {"type": "object", "properties": {"note": {"enum": ["a", None]}}},
    "members without names": {
        "type": "object",
        "additionalProperties": {"type": "object", "properties": {"a": STRING}},
    },
    "members that only a server sets": {
        "type": "object",
        "required": ["id", "in"],
        "properties": {
            "id": SET_BY_SERVER,
            "in": {"type": "object", "required": ["id"], "properties": {"id": SET_BY_SERVER}},
        },
    },
    "a branch that no value keeps": {"type": "object", "properties": {"in": {"oneOf": [NEVER, TWO]}}},
    "items of which one part takes no null": {
        "type": "object",
        "properties": {"in": {"type": "array", "items": {"allOf": [{"type": ["object", "null"]}, {"type": "object"}]}}},
    },
    "values of a map of which one part takes no null": {
        "type": "object",
        "additionalProperties": {"allOf": [{"type": ["object", "null"]}, {"type": "object"}]},
    },
    "items that each have a type of their own": {
        "type": "object",
        "properties": {
            "in": {"type": "array", "prefixItems": [STRING, {"type": "integer"}], "items": {"type": "boolean"}},
            "out": {"type": "array", "prefixItems": [{"type": "integer"}], "items": STRING, "minItems": 3},
        },
    },
    "items that differ": {
        "type": "object",
        "properties": {"in": {"type": "array", "items": DIGITS, "minItems": 3, "uniqueItems": True}},
    },
}


@pytest.mark.parametrize("schema", sampled(BODIES.values(), *[*BODIES.values()][:3]), ids=BODIES)
def test_a_body_arrives_as_it_was_passed(tmp_path: Path, schema: dict[str, object]) -> None:
    """Null members are not given, and a body of nothing else is left out; members without names go in extra_fields.

    No failure is the survey's own: each value is one that the document allows.
    """
    content = {"application/json": {"schema": schema}}
    responses = {"200": {"description": "", "content": content}}
    assert _refusals_of({"requestBody": {"content": content}, "responses": responses}, tmp_path) == ()


OPERATIONS: dict[str, dict[str, object]] = {
    "no response of a success": {"responses": {"404": {"description": ""}}},
    "a parameter of items that may be null": {
        "parameters": [
            {"name": "ids", "in": "query", "schema": {"type": "array", "items": {"type": ["string", "null"]}}}
        ],
        "responses": {"204": {"description": ""}},
    },
    "a header and a parameter of date-times": {
        "parameters": [
            {"name": "since", "in": "header", "schema": {"type": "string", "format": "date-time"}},
            {
                "name": "until",
                "in": "query",
                "schema": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
            },
        ],
        "responses": {"204": {"description": ""}},
    },
    "an object or null, by members": {
        "requestBody": {"required": True, "content": {"application/json": {"schema": OBJECT_OR_NULL}}},
        "responses": {"204": {"description": ""}},
    },
    "an object or null, that may be left out": {
        "requestBody": {"content": {"application/json": {"schema": OBJECT_OR_NULL}}},
        "responses": {"204": {"description": ""}},
    },
    "a body with members that only a server sets": {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"type": "object", "properties": {"id": SET_BY_SERVER, "a": STRING}}}
            },
        },
        "responses": {"204": {"description": ""}},
    },
    "a body that may be left out, and asks for events": {
        "requestBody": {
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["a"],
                        "properties": {"a": STRING, "stream": {"type": "boolean"}},
                    }
                }
            },
        },
        "responses": {
            "200": {"description": "", "content": {"application/json": {"schema": STRING}, "text/event-stream": {}}}
        },
    },
    "a form that is one of several models": {
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": {"oneOf": [ONE, TWO]}}}},
        "responses": {"204": {"description": ""}},
    },
    "a parameter of the path that may be empty": {
        "parameters": [{"name": "a", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^x*"}}],
        "responses": {"204": {"description": ""}},
    },
    "a parameter of the path that may be null": {
        "parameters": [{"name": "a", "in": "path", "required": True, "schema": {"type": ["string", "null"]}}],
        "responses": {"204": {"description": ""}},
    },
    "events that are objects, or the word at their end": {
        "responses": {
            "200": {
                "description": "",
                "content": {"text/event-stream": {"schema": {"oneOf": [ONE, {"type": "string", "enum": ["[DONE]"]}]}}},
            }
        },
    },
    "a header that only the body can tell": {
        "parameters": [{"name": "Content-Length", "in": "header", "required": True, "schema": {"type": "integer"}}],
        "responses": {"204": {"description": ""}},
    },
    "a body of null, which may be left out": {
        "requestBody": {"content": {"application/json": {"schema": {"type": ["string", "null"]}}}},
        "responses": {"204": {"description": ""}},
    },
    "events of binary content": {
        "responses": {
            "200": {
                "description": "",
                "content": {"text/event-stream": {"schema": {"type": "string", "format": "binary"}}},
            }
        },
    },
    "a form with a file beside an object that has another": {
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["image", "in"],
                        "properties": {"image": FILE, "in": {"anyOf": [HAS_FILE, {"type": "null"}]}},
                    }
                }
            },
        },
        "responses": {"204": {"description": ""}},
    },
    "dates and a UUID with a pattern, which the year 0 and capitals match too": {
        "responses": {
            "200": {
                "description": "",
                "content": {"application/json": {"schema": {"type": "array", "items": DATES}}},
            }
        },
    },
}


@pytest.mark.parametrize("operation", sampled(OPERATIONS.values(), *[*OPERATIONS.values()][:3]), ids=OPERATIONS)
def test_a_call_that_can_be_made_is_made(tmp_path: Path, operation: dict[str, object]) -> None:
    """What a document allows and no call can say is not tried: null in a query, nothing in a path."""
    assert _refusals_of(operation, tmp_path) == ()


def test_a_response_to_head_is_sent_without_its_body(tmp_path: Path) -> None:
    """The document describes the one that GET would have."""
    responses = {"200": {"description": "", "content": {"application/json": {"schema": STRING}}}}
    assert _refusals_of({"responses": responses}, tmp_path, "head") == ()


def _refusals_of(operation: dict[str, object], folder: Path, method: str = "put") -> tuple[Refusal, ...]:
    path = "/it/{a}" if "path" in json.dumps(operation) else "/it"
    document = parse_document(
        json.dumps(
            {
                "openapi": "3.1.0",
                "info": {"title": "T", "version": "1"},
                "servers": [{"url": "https://example.com"}],
                "paths": {path: {method: {"operationId": "doIt", **operation}}},
            }
        ),
        "document.json",
    )
    task = Survey(document, every_operation(document), folder)
    made = task.make(0)
    packages.write_runtime(folder / packages.SHARED)
    packages.share_runtime(folder / packages.SHARED / made.package)
    try:
        return task.load(made).finding.refusals
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == packages.SHARED]:
            del sys.modules[name]
