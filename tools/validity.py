"""Whether a document is an OpenAPI document at all."""

from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

from tools.contract import Contract
from tools.document import DocumentError, Node, check_references, node
from tools.tree import tree_of

_VALIDATORS = {"3.0": OpenAPIV30SpecValidator, "3.1": OpenAPIV31SpecValidator}
_LONGEST = 200
"""Of a message, which quotes the document."""


def checked(document: object) -> Node:
    """A document as a plain tree, if it is valid.

    Raises:
        DocumentError: It is not; the message is one line that says where and why.
    """
    tree = node(tree_of(document))
    version = str(tree.get("openapi"))
    validator = _VALIDATORS.get(version[:3])
    if validator is None:
        raise DocumentError(f"openapi: has to be 3.0 or 3.1, not {version[:20]}")
    check_references(tree)
    # The validator follows what refers to itself until the stack is full; here it is refused by its name.
    contract = Contract(tree)
    for site in contract.component_schemas():
        contract.shapes.of(site)
    try:
        problem = next(iter(validator(dict(tree)).iter_errors()), None)
    except Exception as failure:  # what the validator trips over, it takes for granted
        raise DocumentError(f"it cannot be validated: {type(failure).__name__}") from failure
    if problem is not None:
        message = " ".join(f"{problem.json_path}: {problem.message}".split())
        raise DocumentError(message if len(message) <= _LONGEST else f"{message[:_LONGEST]}…")
    return tree
