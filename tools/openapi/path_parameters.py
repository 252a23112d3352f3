"""Parameters of a path, as many as the path has: each is declared once, and each that is declared is in the path."""

import re

from tools.openapi.document import DocumentError, Node, nodes, resolve

_IN_PATH = re.compile(r"\{([^{}]+)\}")


def with_path_parameters(document: Node, path: str, item: Node, operation: Node) -> tuple[Node, list[str]]:
    """Return an operation with a parameter for each name in its path, and no others of a path.

    There is a note for each that it did not declare, or that is not in the path.

    Args:
        document: The whole document.
        path: The path.
        item: What the document says of the path, its parameters included.
        operation: The operation.
    """
    own, notes = without_strays(document, path, operation.get("parameters"))
    declared = {_name_in_path(document, part) for part in (*nodes(item.get("parameters")), *own)}
    missing = [name for name in dict.fromkeys(_IN_PATH.findall(path)) if name not in declared]
    if not missing and not notes:
        return operation, []
    added = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in missing]
    notes += [f"the parameter {name} of the path is not declared; it is taken as a string" for name in missing]
    return {**operation, "parameters": [*own, *added]}, notes


def without_strays(document: Node, path: str, parameters: object) -> tuple[list[Node], list[str]]:
    """Return parameters without those of a path that has no place for them, and a note for each of these."""
    names = _IN_PATH.findall(path)
    strays = [part for part in nodes(parameters) if (name := _name_in_path(document, part)) and name not in names]
    notes = [f"the parameter {_name_in_path(document, part)} is not in the path; it is left out" for part in strays]
    return [part for part in nodes(parameters) if part not in strays], notes


def _name_in_path(document: Node, part: Node) -> str | None:
    try:
        parameter = resolve(document, part)
    except DocumentError:  # its own place complains of it
        return None
    return str(parameter.get("name")) if parameter.get("in") == "path" else None
