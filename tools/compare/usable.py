"""The condition of a document that says which responses are worth having."""

from attrs import frozen

from tools.openapi.document import is_node, texts


@frozen
class Usable:
    """The condition `x-usable-answer`: a list, and the members one of which its items must have."""

    items: str
    any_of: frozenset[str]


def usable_members(condition: object) -> Usable | None:
    """Return the condition that says which responses are worth having, if there is one."""
    if not is_node(condition):
        return None
    return Usable(str(condition.get("items")), frozenset(texts(condition.get("any-of"))))
