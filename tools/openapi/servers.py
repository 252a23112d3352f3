"""The servers of a document: the one that a client calls by itself, and those of operations that are elsewhere."""

import re
from collections import Counter
from urllib.parse import urljoin

from attrs import frozen
from openapi_python_client.schema import UntrustedString

from tools.openapi.document import Node, node, nodes, operations

_SERVER = re.compile(r"https?://[^\s/?#@{}\"\\]+(/[^\s?#{}\"\\]*)?")
"""A URL without a user part, query or fragment: those are the client's affair. Braces hold variables."""

_PATH = re.compile(r"/[^\s?#{}\"\\]*")


@frozen
class Servers:
    """Where the operations of a document are.

    Attributes:
        url: The URL of the client's server; empty if the caller has to name it.
        elsewhere: The ids of the operations that are at other servers, and the URLs of these.
    """

    url: UntrustedString
    elsewhere: tuple[tuple[UntrustedString, UntrustedString], ...]


def servers_of(document: Node) -> Servers:
    """Return the servers of a document whose operations have an id each."""
    common = document.get("servers")
    url = url_of(common)
    found = {
        str(operation.get("operationId")): url_of(operation.get("servers", common), url)
        for _, _, operation in operations(document)
    }
    if url not in found.values():  # no operation is there: most of them say where they are
        url = next((most for most, _ in Counter(found.values()).most_common() if most), "")
    elsewhere = [(name, other) for name, other in found.items() if other not in ("", url)]
    return Servers(UntrustedString(url), tuple((UntrustedString(name), UntrustedString(at)) for name, at in elsewhere))


def unnamed_servers(document: Node) -> list[str]:
    """Return a note if the document names no server that a client can call by itself."""
    if servers_of(document).url:
        return []
    first = node(next(iter(nodes(document.get("servers"))), None)).get("url")
    named = "the document names none" if first is None else f"{first} is no whole http(s) URL"
    return [f"servers: {named}; the caller passes base_url"]


def url_of(servers: object, base: str = "") -> str:
    """Return the URL of the first server, with the defaults of its variables; empty if it leaves something open.

    Args:
        servers: The servers.
        base: What a path alone is relative to.
    """
    server = node(next(iter(nodes(servers)), None))
    url = str(server.get("url", ""))
    for name, variable in node(server.get("variables")).items():
        url = url.replace(f"{{{name}}}", str(node(variable).get("default", f"{{{name}}}")))
    if base and _PATH.fullmatch(url):
        url = urljoin(base, url)
    return url.rstrip("/") if _SERVER.fullmatch(url) else ""
