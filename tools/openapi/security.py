"""The credentials of an operation, by the document's security requirements."""

from collections.abc import Mapping

from attrs import frozen

from tools.openapi.document import DocumentError, Node, node, nodes, resolve
from tools.openapi.media import is_header_name

BASIC = "Basic()"
"""The expression of HTTP Basic, whose credential is a user and a password."""

_BEARERS = frozenset({"oauth2", "openIdConnect"})
"""Schemes with a token for a credential, which is sent like a bearer token (RFC 6750)."""


@frozen
class Credentials:
    """The credentials that an operation asks for.

    Attributes:
        key: The expression of the scheme by which the client's key is sent; None if no key is asked for.
        further: Further credentials that the caller has to send, in words.
        is_optional: Whether the operation is open to a call without a key too.
    """

    key: str | None = None
    further: tuple[str, ...] = ()
    is_optional: bool = False


def credentials_of(document: Node, operation: Node) -> Credentials:
    """Return the credentials that an operation asks for.

    Of alternatives the first that one key can meet is taken; then HTTP Basic; then one that
    asks for nothing; then the first that one key can meet in part. An operation's own requirements replace the
    document's; an empty list, or an empty alternative, opens it.

    Raises:
        DocumentError: A scheme is not declared, or its key has no header that can be sent.
    """
    requirements = nodes(operation.get("security", document.get("security")))
    declared = [{name: declared_scheme(document, name) for name in requirement} for requirement in requirements]
    for schemes in sorted(declared, key=preference):
        if not schemes:
            return Credentials()
        keys = [(name, key) for name, scheme in schemes.items() if (key := expression_of(scheme))]
        if met := min(keys, key=lambda found: found[1] == BASIC, default=None):
            further = (f"{_shown_by(scheme)} ({name})" for name, scheme in schemes.items() if name != met[0])
            return Credentials(met[1], tuple(further), is_optional={} in requirements)
    # One key meets none of them: the caller sends what the first asks for.
    return Credentials(
        None, tuple(f"{_shown_by(scheme)} ({name})" for asked in declared[:1] for name, scheme in asked.items())
    )


def preference(schemes: Mapping[str, Node]) -> int:
    """Rank alternatives: one scheme that a key can meet, else HTTP Basic, else none at all, else several.

    Args:
        schemes: The schemes of one alternative, by their names.
    """
    if len(schemes) == 1:
        [expression] = map(expression_of, schemes.values())
        return 4 if expression is None else 1 if expression == BASIC else 0
    return 2 if not schemes else 3


def _shown_by(scheme: Node) -> str:
    """Describe the place of a credential."""
    if scheme.get("type") == "apiKey":
        if scheme.get("in") == "header" and not is_header_name(str(scheme.get("name"))):
            raise DocumentError(f"security: {scheme.get('name')!r} is not a name of a header")
        place = {"query": "the query parameter", "cookie": "the cookie"}.get(str(scheme.get("in")), "the header")
        return f"{place} {scheme.get('name')}"
    return "a client certificate" if scheme.get("type") == "mutualTLS" else "the header Authorization"


def declared_scheme(document: Node, name: str) -> Node:
    """Return the scheme that a requirement names.

    Raises:
        DocumentError: It is not declared.
    """
    declared = node(node(document.get("components")).get("securitySchemes"))
    if name not in declared:
        raise DocumentError(f"security: the scheme {name} is used and not declared in components/securitySchemes")
    return resolve(document, declared[name])


def expression_of(scheme: Node) -> str | None:
    """Return the expression of how the client sends a key by a scheme, or None if it cannot."""
    kind, place, name = str(scheme.get("type")), scheme.get("in"), scheme.get("name")
    if kind in _BEARERS or (kind == "http" and str(scheme.get("scheme")).lower() == "bearer"):
        return "Bearer()"
    if kind == "http" and str(scheme.get("scheme")).lower() == "basic":
        return BASIC
    if kind == "apiKey" and isinstance(name, str) and (place != "header" or is_header_name(name)):
        return {"header": f"HeaderKey({name!r})", "query": f"QueryKey({name!r})"}.get(str(place))
    return None
