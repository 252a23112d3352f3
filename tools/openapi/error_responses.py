"""Responses of errors, which a client reads without a schema: what cannot be read in them stops nothing."""

from tools.openapi.document import METHODS, DocumentError, Node, is_node, node, resolve


def note_of(refusal: DocumentError) -> str:
    """Return the note of a refusal that concerns no request and no success."""
    return f"{refusal}; bodies of errors are read without a schema, and what they describe is left out"


def without_error_responses(document: Node) -> Node:
    """Return a document in which no response of an error says what its body is."""
    paths = {path: _item(document, item) for path, item in node(document.get("paths")).items()}
    return {**document, "paths": paths}


def _item(document: Node, item: object) -> object:
    try:
        found = resolve(document, item)
    except DocumentError:  # nobody may ask for it
        return item
    changed = {method: _operation(part) for method, part in found.items() if method in METHODS and is_node(part)}
    return {**found, **changed}


def _operation(operation: Node) -> Node:
    responses = node(operation.get("responses"))
    successes = [status for status in responses if str(status).startswith("2")] or ["default"]
    kept = {status: part if status in successes else {"description": ""} for status, part in responses.items()}
    return {**operation, "responses": kept}
