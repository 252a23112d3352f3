"""The names that a client has for itself, whatever its document: nothing of the document may have one of them."""

import ast
from functools import cache
from pathlib import Path

from tools.generate.identity import BASE_ERROR, Identity
from tools.paths import TEMPLATES

ROOT_NAMES = {
    **dict.fromkeys(("Client", "PIN"), ".client"),
    **dict.fromkeys(("Attempt", "File", "FileContent", "FileInput", "Outcome", "Pin", "Response"), ".types"),
}
"""The names that the package exports whatever its document, and their modules."""

IMAGE_NAMES = {**dict.fromkeys(("fetch_image", "save_images"), ".images"), "StreamedImage": ".types"}
"""The names that it exports in addition if responses have images."""

PARTIAL_NAMES = {"PartialImage": ".types"}
"""The names that it exports in addition if events have partial images."""

EVENT_NAMES = {"ServerSentEvent": ".types"}
"""The names that it exports in addition if an operation gives events."""

FILE_NAMES = {"StreamedFile": ".types"}
"""The names that it exports in addition if responses are files."""

NULL_NAMES = dict.fromkeys(("NULL", "NullType"), ".types")
"""The names that it exports in addition if a request can say null."""

MODULES = frozenset({"api", "client", "errors", "models", "transports", "types"})
"""The modules of the package, which are attributes of it too."""


def own_names(identity: Identity) -> set[str]:
    """Return the names that the client has for itself, whatever its document."""
    offered = {*ROOT_NAMES, *PARTIAL_NAMES, *EVENT_NAMES, *FILE_NAMES, *NULL_NAMES}
    return {*error_names(identity), *own_functions(), *offered}


def own_functions() -> frozenset[str]:
    """Return those of its names that a function of an operation may have otherwise."""
    return MODULES | _imported_names() | IMAGE_NAMES.keys()


def error_names(identity: Identity) -> tuple[str, ...]:
    """Return the classes of its errors."""
    names = _class_names(TEMPLATES / "_runtime" / "errors.py")
    return tuple(identity.base_error if name == BASE_ERROR else name for name in names)


@cache
def _imported_names() -> frozenset[str]:
    """Return the names that the templates import for every document: no name of a document may be one of them."""
    lines = [line for path in TEMPLATES.glob("*.jinja") for line in path.read_text(encoding="utf-8").splitlines()]
    imports = [line for line in lines if line.startswith(("from ", "import ")) and not line.endswith(("}}", "("))]
    tree = ast.parse("\n".join(imports))
    statements = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    return frozenset(alias.name for statement in statements for alias in statement.names)


def _class_names(module: Path) -> list[str]:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    return [statement.name for statement in tree.body if isinstance(statement, ast.ClassDef)]
