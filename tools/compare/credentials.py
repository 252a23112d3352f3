"""The key that an operation asks for, and its alternatives, by the document's security requirements."""

from collections.abc import Mapping, Sequence

from attrs import frozen

from tools.openapi.document import Node, node, nodes, texts
from tools.openapi.security import BASIC, credentials_of, declared_scheme, expression_of, preference


@frozen
class Security:
    """The keys that an operation takes.

    Attributes:
        used: How the client sends its key, or None if it sends none.
        further: What the caller has to send beside it.
        alternatives: Further ways that the server takes.
        is_optional: Whether a call needs no key.
        scopes: The scopes that the key has to have.
        pointer: The place of the requirement in the document.
    """

    used: str | None
    further: frozenset[str]
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
    requirements = nodes(operation.get("security", document.get("security"))) or [{}]
    credentials = credentials_of(document, operation)
    declared = [{name: declared_scheme(document, name) for name in requirement} for requirement in requirements]
    chosen, used = _chosen(declared, credentials.key)
    scopes = [scopes for name, scopes in requirements[chosen].items() if _shown(declared[chosen][name]) == used]
    return Security(
        used=used,
        further=frozenset(words.rpartition(" (")[0] for words in credentials.further),
        alternatives=frozenset(
            _all_shown(schemes) for index, schemes in enumerate(declared) if schemes and index != chosen
        ),
        is_optional={} in requirements,
        scopes=frozenset(scope for listed in scopes for scope in texts(listed)),
        pointer=pointer,
    )


def _chosen(declared: Sequence[Mapping[str, Node]], key: str | None) -> tuple[int, str | None]:
    """Return the requirement that a call meets, and how its key is sent if one is."""
    for index, schemes in sorted(enumerate(declared), key=lambda pair: preference(pair[1])):
        shown = [_shown(scheme) for scheme in schemes.values() if expression_of(scheme) == key]
        if not schemes or (key is not None and shown):
            return index, next(iter(shown), None)
    return 0, None


def _all_shown(schemes: Mapping[str, Node]) -> str:
    return " and ".join(sorted(map(_shown, schemes.values())))


def _shown(scheme: Node) -> str:
    kind = scheme.get("type")
    if expression_of(scheme) == "Bearer()":
        return "a bearer token"
    if expression_of(scheme) == BASIC:
        return "a user and a password"
    if kind == "apiKey":
        places = {"header": "header", "query": "query parameter", "cookie": "cookie"}
        return f"the {places.get(str(scheme.get('in')), 'field')} {scheme.get('name')}"
    return f"{kind} {node(scheme).get('scheme', '')}".strip()
