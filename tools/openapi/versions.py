"""Versions of OpenAPI: which one a document is written in, as far as a client is concerned."""

from tools.openapi.document import DocumentError, Node

_READ_AS = {"3.0": "3.0", "3.1": "3.1", "3.2": "3.1"}
"""The versions that are read, and the terms in which: 3.2 only adds to 3.1."""


def version_of(document: Node) -> str:
    """Return the version in the terms of which a document is read: `3.0` or `3.1`.

    Raises:
        DocumentError: It is written in another one; the message says how to convert it.
    """
    said = document.get("openapi", document.get("swagger"))
    version = ".".join(str(said).split(".")[:2])  # a number, if it is not in quotes
    if "openapi" in document and version in _READ_AS:
        return _READ_AS[version]
    if version.startswith(("1", "2")):
        raise DocumentError(
            f"swagger: {str(said)[:20]}: a document of OpenAPI 3 is needed; "
            "convert it first, for example with `npx swagger2openapi`"
        )
    shown = "no version of OpenAPI" if said is None else f"openapi: {str(said)[:20]!r}"
    raise DocumentError(f"{shown}: a document of OpenAPI {', '.join(list(_READ_AS)[:-1])} or 3.2 is needed")
