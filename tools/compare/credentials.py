"""The key that an operation asks for, and its alternatives, by the document's security requirements."""

from attrs import frozen

from tools.openapi.document import Node, node, nodes, texts
from tools.openapi.security import declared_scheme, expression_of


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
    keys = [_key(document, requirement) for requirement in asked]
    supported = [index for index, (_, is_supported) in enumerate(keys) if is_supported]
    is_optional = len(asked) < max(len(requirements), 1)
    if not supported and is_optional:  # the client does without
        return Security(None, frozenset(text for text, _ in keys), is_optional, frozenset(), pointer)
    chosen = supported[0] if supported else 0
    return Security(
        used=keys[chosen][0],
        alternatives=frozenset(text for text, _ in keys),
        is_optional=is_optional,
        scopes=frozenset(scope for scopes in asked[chosen].values() for scope in texts(scopes)),
        pointer=pointer,
    )


def _key(document: Node, requirement: Node) -> tuple[str, bool]:
    """Return the credentials of a requirement in words, and whether the client can send them."""
    schemes = [declared_scheme(document, name) for name in requirement]
    is_supported = len(schemes) == 1 and expression_of(schemes[0]) is not None
    return " and ".join(sorted(map(_shown, schemes))), is_supported


def _shown(scheme: Node) -> str:
    kind = scheme.get("type")
    if expression_of(scheme) == "Bearer()":
        return "a bearer token"
    if kind == "apiKey":
        places = {"header": "header", "query": "query parameter", "cookie": "cookie"}
        return f"the {places.get(str(scheme.get('in')), 'field')} {scheme.get('name')}"
    return f"{kind} {node(scheme).get('scheme', '')}".strip()
