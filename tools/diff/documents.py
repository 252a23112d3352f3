"""The two documents that are compared: their sources, and the part of each that the pin would have."""

import subprocess
from pathlib import Path

from tools.compare.validate import validate_tree
from tools.openapi.derive import derive
from tools.openapi.document import DocumentError, Node, load, operations, parse_document
from tools.openapi.provenance import provenance_of
from tools.openapi.read import Source, read
from tools.paths import OVERLAY, PIN, ROOT


def _reduce(source: Source) -> Node:
    """Return the part of a document that the pin would take over; a pin is returned as it is.

    Raises:
        DocumentError: It is invalid, or lacks an operation of the pin's.
    """
    if provenance_of(source.text) is not None:
        return parse_document(source.text, source.name)
    named = [str(operation["operationId"]) for _, _, operation in operations(load(PIN))]
    return derive(source, named, OVERLAY).document


def document_at(path: str) -> Node:
    """Read a document.

    Args:
        path: A file or a URL.

    Raises:
        DocumentError: There is none, or it is invalid.
    """
    return _usable(_reduce(read(path)), path)


def document_against(against: str) -> Node:
    """Read the pin of a vendored copy, or of a revision of this repository.

    Args:
        against: The folder of the copy, or what git calls the revision.

    Raises:
        DocumentError: There is none, or it is invalid.
    """
    copy = Path(against, PIN.name)
    if copy.is_file():
        return _usable(load(copy), str(copy))
    name = f"{against}:{PIN.name}"
    git = ["git", "-C", str(ROOT), "show", "--end-of-options", f"{against}:./{PIN.name}"]
    shown = subprocess.run(git, check=False, capture_output=True, text=True, errors="replace", encoding="utf-8")
    if shown.returncode != 0:
        raise DocumentError(
            f"{against} is neither a folder that holds an {PIN.name} nor a revision of this repository that does"
        )
    return _usable(parse_document(shown.stdout, name), name)


def _usable(document: Node, name: str) -> Node:
    try:
        return validate_tree(document)
    except DocumentError as error:
        raise DocumentError(f"{name}: {error}") from error
