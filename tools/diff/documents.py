"""The two documents that are compared. Compared are the operations that the older one has."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from attrs import evolve, frozen

from tools.compare.validate import validate_tree
from tools.openapi.choice import Found, every_operation
from tools.openapi.derive import derive_from, own_overlay
from tools.openapi.document import DocumentError, Node, parse_document
from tools.openapi.provenance import provenance_of, sha256_of
from tools.openapi.read import Source, read
from tools.paths import PIN, ROOT


@frozen
class Old:
    """The older document.

    Attributes:
        document: The pin, or all operations of a document that nobody pinned.
        overlay: The overlay that its successor needs, if it has one.
    """

    document: Node
    overlay: Path | None


def old_document(against: str | None) -> Old:
    """Read the older document.

    Args:
        against: A git revision of this repository, the folder of a vendored copy, a file or a URL; without it, the pin.

    Raises:
        DocumentError: There is none, or it is invalid.
    """
    given = against or str(PIN)
    copy = Path(given, PIN.name)
    if copy.is_file():
        source = evolve(read(str(copy)), name=str(copy))
    elif Path(given).is_file() or "://" in given:
        source = read(given)
        if provenance_of(source.text) is None:
            return _whole(source)
    else:
        source = _revision(given)
    return _pinned(source)


def new_document(spec: str | None, old: Old) -> Node:
    """Read the newer document.

    Args:
        spec: A file or a URL; without it, the pin. A pin is returned as it is.
        old: The older document: what nobody pinned is reduced to its operations.

    Raises:
        DocumentError: There is none, or it is invalid, or has no operation of the older one.
    """
    source = read(spec or str(PIN))
    document = parse_document(source.text, source.name)
    if provenance_of(source.text) is not None:
        return _usable(document, source.name)
    before = every_operation(old.document)
    names = [found.name for found in every_operation(document) if any(_is_same(found, one) for one in before)]
    if not names:
        raise DocumentError(f"{source.name}: it has none of the operations {', '.join(one.name for one in before)}")
    return _taken(document, source, names, old.overlay)


def _is_same(new: Found, old: Found) -> bool:
    return new.place == old.place or (new.operation_id is not None and new.operation_id == old.operation_id)


def _revision(revision: str) -> Source:
    name = f"{revision}:{PIN.name}"
    git = ["git", "-C", str(ROOT), "show", "--end-of-options", f"{revision}:./{PIN.name}"]
    shown = subprocess.run(git, check=False, capture_output=True)
    if shown.returncode != 0:
        raise DocumentError(
            f"{revision} is neither a document, nor a folder that holds an {PIN.name}, "
            "nor a revision of this repository that does"
        )
    return Source(name, shown.stdout)


def _pinned(source: Source) -> Old:
    document = parse_document(source.text, source.name)
    provenance = provenance_of(source.text)
    has_none = provenance is not None and provenance.overlay == sha256_of({})
    return Old(_usable(document, source.name), None if has_none else own_overlay(document))


def _whole(source: Source) -> Old:
    document = parse_document(source.text, source.name)
    overlay = own_overlay(document)
    every = [found.name for found in every_operation(document)]
    return Old(_taken(document, source, every, overlay), overlay)


def _taken(document: Node, source: Source, names: Sequence[str], overlay: Path | None) -> Node:
    try:
        found = derive_from(document, source, names, overlay).document
    except DocumentError as error:
        raise DocumentError(f"{source.name}: {error}") from error
    return _usable(found, source.name)


def _usable(document: Node, name: str) -> Node:
    try:
        return validate_tree(document)
    except DocumentError as error:
        raise DocumentError(f"{name}: {error}") from error
