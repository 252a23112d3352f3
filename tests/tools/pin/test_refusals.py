"""Documents that break the specification in ways that cannot be mended: one line says where, what, and what to do."""

import pytest

from tools.compare.validate import validate_tree
from tools.openapi.derive import take_out
from tools.openapi.document import DocumentError, Node

STRING: Node = {"type": "string"}
CONTENT: Node = {"application/json": {"schema": STRING}}
PARAMETER: Node = {"name": "q", "in": "query", "schema": STRING}
DONE: Node = {"200": {"description": "Done."}}


def posted(operation: Node, **components: object) -> Node:
    """A document with one operation."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Things", "version": "1"},
        "paths": {"/a": {"post": {"operationId": "postA", "responses": DONE, **operation}}},
        "components": components,
    }


def asked(parameter: Node) -> Node:
    """A document whose operation has one parameter."""
    return posted({"parameters": [parameter]})


NO_SCOPES: list[str] = []
BODY = {"requestBody": {"$ref": "#/components/requestBodies/Body"}}
NAME = "the name of a component has letters of ASCII, digits, '.', '_' and '-' only; rename it"

REFUSED: list[tuple[Node, str]] = [
    (
        asked({**PARAMETER, "content": CONTENT}),
        "POST /a/parameters/0: the parameter has both schema and content, and may have one of them only; take one out",
    ),
    (
        posted(
            {"responses": {"200": {"description": "Done.", "headers": {"X-A": {"schema": STRING, "content": CONTENT}}}}}
        ),
        "POST /a/responses/200/headers/X-A: the header has both schema and content, "
        "and may have one of them only; take one out",
    ),
    (
        posted({"requestBody": {"schema": STRING}}),
        "POST /a/requestBody: the request body lacks 'content'; add what is missing",
    ),
    (
        posted(BODY, requestBodies={"Body": {"required": True}}),
        "components/requestBodies/Body: the request body lacks 'content'; add what is missing",
    ),
    (asked({"name": "q", "schema": STRING}), "POST /a/parameters/0: the parameter lacks 'in'; add what is missing"),
    (
        posted({"security": [{"Key": NO_SCOPES}]}, securitySchemes={"Key": {"type": "apiKey"}}),
        "components/securitySchemes/Key: the security scheme lacks 'name' and 'in'; add what is missing",
    ),
    (
        posted(
            {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Größe"}}}}},
            schemas={"Größe": STRING},
        ),
        f"components/schemas/Größe: {NAME}",
    ),
    (
        posted({"parameters": [{"$ref": "#/components/parameters/a b"}]}, parameters={"a b": PARAMETER}),
        f"components/parameters/a b: {NAME}",
    ),
]


@pytest.mark.parametrize(("document", "complaint"), REFUSED, ids=[complaint for _, complaint in REFUSED])
def test_a_refusal_says_where_what_and_what_to_do(document: Node, complaint: str) -> None:
    """It is in our words, and not the validator's, which repeat the value and the rule."""
    with pytest.raises(DocumentError) as refusal:
        take_out(document, ["postA"])
    assert str(refusal.value) == complaint


@pytest.mark.parametrize(("document", "complaint"), [row for row in REFUSED if "Key" not in row[1]], ids=str)
def test_a_document_of_30_is_refused_in_the_same_words(document: Node, complaint: str) -> None:
    """`make diff` holds it to its own version, by which each object might be a reference as well."""
    with pytest.raises(DocumentError) as refusal:
        validate_tree({**document, "openapi": "3.0.3"})
    assert str(refusal.value) == complaint
