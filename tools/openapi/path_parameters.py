"""Parameters of a path, as many as the path has: each is declared once, and each that is declared is in the path."""

import re
from collections.abc import Iterator

from tools.openapi.document import DocumentError, Node, nodes, resolve

_IN_PATH = re.compile(r"\{([^{}]+)\}")


def with_path_parameters(document: Node, path: str, item: Node, operation: Node) -> tuple[Node, list[str]]:
    """Return an operation with a parameter for each name in its path, and a note for each that it did not declare.

    Args:
        document: The whole document.
        path: The path.
        item: What the document says of the path, its parameters included.
        operation: The operation.
    """
    declared = set(_declared_in_path(document, item, operation))
    missing = [name for name in dict.fromkeys(_IN_PATH.findall(path)) if name not in declared]
    if not missing:
        return operation, []
    added = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in missing]
    notes = [f"the parameter {name} of the path is not declared; it is taken as a string" for name in missing]
    return {**operation, "parameters": [*nodes(operation.get("parameters")), *added]}, notes


def _declared_in_path(document: Node, item: Node, operation: Node) -> Iterator[str]:
    for part in (*nodes(item.get("parameters")), *nodes(operation.get("parameters"))):
        try:
            parameter = resolve(document, part)
        except DocumentError:  # its own place complains of it
            continue
        if parameter.get("in") == "path":
            yield str(parameter.get("name"))
