"""The values of members that tell the models of a union apart, as discriminators say them."""

from collections.abc import Iterator, Mapping

from tools.generate.lowering import VARIANT
from tools.openapi.document import Node, is_node, node, nodes, resolve, target
from tools.openapi.schemas import POINTER
from tools.openapi.variants import UNIONS, name_of, tags_of

Tags = Mapping[str, tuple[object, ...]]
"""The values of each member, one of which a model has."""

MAX_DEPTH = 8
"""How many unions within one another are looked into."""


def tags_in(document: Node, objects: list[Node]) -> list[dict[str, dict[str, tuple[object, ...]]]]:
    """Return what each discriminator says of the models of its union, by the pointers of their schemas.

    Args:
        document: The view of the document.
        objects: Every object of it.
    """
    return [tags for union in objects if POINTER in union and (tags := _tags_of(document, union, 0))]


def _tags_of(document: Node, union: Node, depth: int) -> dict[str, dict[str, tuple[object, ...]]]:
    """Return what the discriminator of a union says of its models, and those of the unions within it."""
    discriminator = node(union.get("discriminator"))
    member = discriminator.get("propertyName")
    if not isinstance(member, str):
        return {}
    found: dict[str, dict[str, tuple[object, ...]]] = {}
    branches = {_name(document, branch): branch for keyword in UNIONS for branch in nodes(union.get(keyword))}
    for name, values in tags_of(discriminator, [name for name in branches if name]).items():
        for place in _leaves(document, branches.get(name, {}), 0):
            _add(found, place, {member: tuple(values)})
    for branch in branches.values() if depth < MAX_DEPTH else ():
        for place, tags in _tags_of(document, _schema_of(document, branch), depth + 1).items():
            _add(found, place, tags)
    return found


def _add(found: dict[str, dict[str, tuple[object, ...]]], place: str, tags: Tags) -> None:
    for member, values in tags.items():
        known = found.setdefault(place, {}).get(member, ())
        found[place][member] = tuple(dict.fromkeys([*known, *values]))


def _name(document: Node, branch: Node) -> str:
    """Return the name that a discriminator knows a branch by, if it has one."""
    return str(resolve(document, branch).get(VARIANT, name_of(branch.get("$ref", ""))))


def _leaves(document: Node, branch: Node, depth: int) -> Iterator[str]:
    """Yield the pointers of the schemas that a branch stands for: those of a union within it."""
    found = _schema_of(document, branch)
    inner = [part for keyword in UNIONS for part in nodes(found.get(keyword))]
    for part in inner if depth < MAX_DEPTH else ():
        yield from _leaves(document, part, depth + 1)
    if not inner and is_node(found) and POINTER in found:
        yield str(found[POINTER])


def _schema_of(document: Node, branch: Node) -> Node:
    while isinstance(reference := branch.get("$ref"), str):  # what stands beside one has a pointer of its own
        branch = target(document, reference)
    return branch
