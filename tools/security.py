"""How an operation's key is shown to the server, by the document's security requirements."""

from tools.document import DocumentError, Node, node, nodes, resolved
from tools.media import is_header_name

_BEARERS = frozenset({"oauth2", "openIdConnect"})
"""Schemes whose credential is a token, which goes where a bearer token goes (RFC 6750)."""


def security_of(document: Node, operation: Node) -> str | None:
    """The expression of the operation's security scheme, or `None` where none is asked for.

    Of alternatives the first that one key can meet is taken. An operation's own
    requirements replace the document's; an empty list, or an empty alternative, opens it.

    Raises:
        DocumentError: A scheme is not declared, or no alternative can be met with one key.
    """
    requirements = nodes(operation.get("security", document.get("security")))
    refusals: list[str] = []
    for requirement in requirements:
        schemes = {name: declared_scheme(document, name) for name in requirement}
        if len(schemes) == 1:
            [(name, scheme)] = schemes.items()
            if expression := expression_of(scheme):
                return expression
            refusals.append(f"{name} is of a kind that is not supported")
        elif schemes:
            refusals.append(f"{' and '.join(schemes)} are asked for at once, and a client has one key")
    if refusals and {} not in requirements:
        raise DocumentError(f"security of {operation.get('operationId')}: {'; '.join(refusals)}")
    return None


def declared_scheme(document: Node, name: str) -> Node:
    """The scheme that a requirement names.

    Raises:
        DocumentError: It is not declared.
    """
    declared = node(node(document.get("components")).get("securitySchemes"))
    if name not in declared:
        raise DocumentError(f"security: the scheme {name} is used and not declared in components/securitySchemes")
    return resolved(document, declared[name])


def expression_of(scheme: Node) -> str | None:
    """The expression of how a key is shown by a scheme, or `None` where this client cannot."""
    kind, place, name = str(scheme.get("type")), scheme.get("in"), scheme.get("name")
    if kind in _BEARERS or (kind == "http" and str(scheme.get("scheme")).lower() == "bearer"):
        return "Bearer()"
    if kind == "apiKey" and isinstance(name, str) and (place != "header" or is_header_name(name)):
        return {"header": f"HeaderKey({name!r})", "query": f"QueryKey({name!r})"}.get(str(place))
    return None
