"""A document as `make diff` compares it."""

from tools import validity
from tools.diffing.contract import Contract
from tools.diffing.tree import tree_of
from tools.document import Node, node


def checked(document: object) -> Node:
    """A document as a plain tree, if it is valid.

    Raises:
        DocumentError: It is not; the message is one line that says where and why.
    """
    tree = node(tree_of(document))
    validity.check_frame(tree)
    # The validator follows what refers to itself until the stack is full; here it is refused by its name.
    contract = Contract(tree)
    for site in contract.component_schemas():
        contract.shapes.of(site)
    validity.check(tree)
    return tree
