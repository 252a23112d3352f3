"""The contracts of tests/documents/contracts: documents that `make pin` has met, or may meet, each of one shape."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import field, frozen

from tools.openapi.derive import Pin, derive
from tools.openapi.document import Node
from tools.openapi.read import Source, read
from tools.paths import OVERLAY

FOLDER = Path(__file__).resolve().parent.parent / "documents" / "contracts"

VARIATION = "createImageVariation"


def document(name: str) -> Path:
    """The document of a contract."""
    return FOLDER / f"{name}.yaml"


def pinned(name: str, *operations: str) -> Pin:
    """The pin of a contract, by the project's own overlay."""
    return derive(read(str(document(name))), operations or (VARIATION,), OVERLAY)


def selected(text: str, *operations: str) -> Node:
    """Operations of a document, before any overlay."""
    source = Source("document.yaml", text.encode())
    return derive(source, operations or (VARIATION,), None).document


def small(members: object, **more: object) -> str:
    """A document with one operation, whose request has these members."""
    request = {"$ref": "#/components/schemas/CreateImageVariationRequest"}
    components = {
        "CreateImageVariationRequest": {"type": "object", "properties": members},
        "Style": {"type": "string"},
    }
    operation = {
        "operationId": VARIATION,
        "requestBody": {"content": {"multipart/form-data": {"schema": request}}},
        "responses": {"200": {"description": "Prose."}},
    }
    return json.dumps(
        {
            "openapi": "3.1.0",
            "info": {"title": "Pictures", "version": "1"},
            "paths": {"/images/variations": {"post": {**operation, **more}}},
            "components": {"schemas": components},
        }
    )


@frozen
class Contract:
    """One pin of a document, and what its client does.

    Attributes:
        call: The function that is called, with these arguments beside a picture.
        sent: What stands in the request's head, beside what every request has.
        server: Where the client goes by default.
    """

    document: str
    operations: Sequence[str] = (VARIATION,)
    call: str = "create_image_variation"
    arguments: Mapping[str, object] = field(factory=dict[str, object])
    sent: Sequence[str] = ("POST /v1/images/variations HTTP/1.1", "Authorization: Bearer key")
    server: str = "https://pictures.example/v1"

    @property
    def package(self) -> str:
        """The name of its client."""
        return self.document if self.document != "neighbours" else f"neighbours_{'_'.join(self.operations).lower()}"


_TO_VARIATIONS = "POST /v1/images/variations HTTP/1.1"

CONTRACTS = (
    Contract("security_absent", sent=[_TO_VARIATIONS]),
    Contract("security_present", arguments={"title": "Otter", "model": "another"}),
    Contract(
        "security_alternatives",
        arguments={"extra_headers": {"x-provider-key": "other"}},
        sent=[_TO_VARIATIONS, "x-gateway-key: key", "x-provider-key: other"],
        server="https://gateway.example/v1",
    ),
    Contract(
        "header_parameters",
        arguments={"x_trace": "trace-2", "open_ai_organization": "org-2"},
        sent=[_TO_VARIATIONS, "Authorization: Bearer key", "X-Trace: trace-2", "OpenAI-Organization: org-2"],
    ),
    Contract("closed_model", arguments={"model": "dall-e-2", "style": "on", "frame": "ink", "strength": 0.5}),
    Contract(
        "operation_servers",
        sent=["POST /v1/images/variations?key=key HTTP/1.1"],
        server="https://eu.pictures.example/v1",
    ),
    Contract("rate_limited"),
    Contract("null_branches", arguments={"n": 2, "size": "256x256", "quality": "low", "style": "ink", "seed": 7}),
    Contract(
        "neighbours",
        ("createImage",),
        "create_image",
        {"prompt": "an otter"},
        ["POST /v1/images/generations HTTP/1.1", "Content-Type: application/json"],
    ),
    Contract(
        "neighbours",
        ("createImageEdit",),
        "create_image_edit",
        {"prompt": "an otter"},
        ["POST /v1/images/edits HTTP/1.1", "Content-Type: multipart/form-data; boundary="],
    ),
    Contract("neighbours", (VARIATION, "createImageEdit", "createImage"), arguments={"n": 2}),
    Contract("neighbours", ("listModels",), "list_models", sent=["GET /v1/models HTTP/1.1"]),
)
