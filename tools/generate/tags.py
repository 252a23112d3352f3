"""The values of members that tell the models of a union apart, as discriminators say them."""

from collections.abc import Iterator, Mapping

from tools.generate.lowering import VARIANT
from tools.openapi.document import Node, is_node, node, nodes, resolve, target
from tools.openapi.schemas import POINTER
from tools.openapi.variants import UNIONS, name_of, tags_of

Tags = Mapping[str, tuple[object, ...]]
"""The values of each member, one of which a model has."""


def tags_in(document: Node, objects: list[Node]) -> dict[str, dict[str, tuple[object, ...]]]:
    """Return what discriminators say of each model, by the pointer of its schema.

    Args:
        document: The view of the document.
        objects: Every object of it.
    """
    found: dict[str, dict[str, tuple[object, ...]]] = {}
    for union in objects:
        discriminator = node(union.get("discriminator"))
        member = discriminator.get("propertyName")
        if not isinstance(member, str) or POINTER not in union:
            continue
        branches = {_name(document, branch): branch for keyword in UNIONS for branch in nodes(union.get(keyword))}
        for name, values in tags_of(discriminator, [name for name in branches if name]).items():
            for place in _leaves(document, branches.get(name, {}), 0):
                known = found.setdefault(place, {}).get(member, ())
                found[place][member] = tuple(dict.fromkeys([*known, *values]))
    return found


def _name(document: Node, branch: Node) -> str:
    """Return the name that a discriminator knows a branch by, if it has one."""
    return str(resolve(document, branch).get(VARIANT, name_of(branch.get("$ref", ""))))


def _leaves(document: Node, branch: Node, depth: int) -> Iterator[str]:
    """Yield the pointers of the schemas that a branch stands for: those of a union within it."""
    found = branch
    while isinstance(reference := found.get("$ref"), str):  # what stands beside one has a pointer of its own
        found = target(document, reference)
    inner = [part for keyword in UNIONS for part in nodes(found.get(keyword))]
    for part in inner if depth < 8 else ():
        yield from _leaves(document, part, depth + 1)
    if not inner and is_node(found) and POINTER in found:
        yield str(found[POINTER])
