"""The key that an operation asks for, and its alternatives, by the document's security requirements."""

from attrs import frozen

from tools.openapi.document import Node, node, nodes, texts
from tools.openapi.security import declared_scheme, expression_of, preference


@frozen
class Security:
    """The keys that an operation takes.

    Attributes:
        used: How the client sends its key, or None if it sends none.
        alternatives: Every way that the server takes.
        is_optional: Whether a call needs no key.
        scopes: The scopes that the key has to have.
        pointer: The place of the requirement in the document.
    """

    used: str | None
    alternatives: frozenset[str]
    is_optional: bool
    scopes: frozenset[str]
    pointer: str


def security_asked(document: Node, operation: Node, place: str) -> Security:
    """Return the security of an operation: its own, or the document's.

    Raises:
        DocumentError: A scheme is not declared.
    """
    pointer = f"{place}/security" if "security" in operation else "#/security"
    requirements = nodes(operation.get("security", document.get("security")))
    asked = [requirement for requirement in requirements if requirement]
    every = [{name: declared_scheme(document, name) for name in requirement} for requirement in asked]
    keys = [" and ".join(sorted(map(_shown, schemes.values()))) for schemes in every]
    ranks = list(map(preference, every))
    is_optional = len(asked) < max(len(requirements), 1)
    if is_optional and min(ranks, default=preference({})) >= preference({}):  # the client does without
        return Security(None, frozenset(keys), is_optional, frozenset(), pointer)
    chosen = ranks.index(min(ranks)) if min(ranks) < preference({}) else 0
    return Security(
        used=keys[chosen],
        alternatives=frozenset(keys),
        is_optional=is_optional,
        scopes=frozenset(scope for scopes in asked[chosen].values() for scope in texts(scopes)),
        pointer=pointer,
    )


def _shown(scheme: Node) -> str:
    kind = scheme.get("type")
    if expression_of(scheme) == "Bearer()":
        return "a bearer token"
    if kind == "apiKey":
        places = {"header": "header", "query": "query parameter", "cookie": "cookie"}
        return f"the {places.get(str(scheme.get('in')), 'field')} {scheme.get('name')}"
    return f"{kind} {node(scheme).get('scheme', '')}".strip()
