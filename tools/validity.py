"""Whether a document is an OpenAPI document at all."""

from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

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
    try:
        problem = next(iter(validator(dict(tree)).iter_errors()), None)
    except RecursionError as error:
        raise DocumentError("its schemas are nested too deep") from error
    if problem is not None:
        message = " ".join(f"{problem.json_path}: {problem.message}".split())
        raise DocumentError(message if len(message) <= _LONGEST else f"{message[:_LONGEST]}…")
    return tree
