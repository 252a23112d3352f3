"""A document as `make diff` compares it."""

from tools.compare.contract import Contract
from tools.compare.tree import tree_of
from tools.openapi.document import Node, node
from tools.openapi.validate import check_frame, validate


def validate_tree(document: object) -> Node:
    """Validate a document, and return it as a plain tree.

    Raises:
        DocumentError: It is not; the message is one line that says where and why.
    """
    tree = node(tree_of(document))
    check_frame(tree)
    # The validator follows what refers to itself until the stack is full; here it is refused by its name.
    contract = Contract(tree)
    for site in contract.component_schemas():
        contract.shapes.of(site)
    validate(tree)
    return tree
