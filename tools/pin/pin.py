"""The pin as a file: write it, or compare it with what a document gives."""

import difflib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.compare.comparison import compare
from tools.compare.report import as_text
from tools.openapi.choice import chosen, every_operation
from tools.openapi.derive import derive_from, one_line, own_overlay
from tools.openapi.document import DocumentError, Node, parse_document
from tools.openapi.provenance import provenance_of, sha256
from tools.openapi.read import Source
from tools.openapi.write import as_yaml
from tools.pin.changelog import add_entries
from tools.pin.edits import find_unexplained


class RefusedError(Exception):
    """A pin that could be written, and is not; the message says why, and what to do."""


def pin(path: Path, source: Source, operations: str, overlay: str | None, *, accept: bool) -> list[str]:
    """Write the pin of a document.

    Args:
        path: The pin. A breaking change goes into the `CHANGELOG.md` beside it, if there is one.
        source: The whole document.
        operations: Selects the operations (see `chosen`); by default those of the pin as it is.
        overlay: The file of the overlay that is applied to them, or nothing; by default this project's, if it is for
            such a document.
        accept: Whether it may break callers, readers or the wire.

    Returns:
        The lines to print.

    Raises:
        DocumentError: The document or the overlay cannot be used.
        RefusedError: The pin was edited by hand, or the new one breaks something.
    """
    current = _text_of(path)
    before = _document_of(path, current, is_needed=not operations.strip())
    document = parse_document(source.text, source.name)
    named = chosen(document, operations) if operations.strip() else _names_of(before, path)
    applied = _overlay_for(document, overlay)
    fresh = derive_from(document, source, named, applied, provenance_of(current))
    if current and (edits := find_unexplained(path, current, fresh.text)) is not None:
        raise RefusedError(
            f"{path.name} was edited by hand, and the overlay does not explain it; nothing is written. "
            f"Put the edit into {applied.name if applied else 'an overlay'}, or undo it:\n{edits}"
        )
    changes = compare(before, fresh.document) if before else ()
    told = [f"pin: note: {one_line(note)}" for note in fresh.notes]
    told += [as_text(changes)] if changes else []
    broken = [f"- Breaks {change.breaks}: {change.text}" for change in changes if change.breaks is not None]
    if broken and not accept:
        listed = "\n".join(told)
        raise RefusedError(
            f"the document breaks what was promised; nothing is written. Accept it with ACCEPT=1\n{listed}"
        )
    if fresh.text == current:
        return [*told, f"pin: {path.name} is up to date"]
    write_files({path: fresh.text, **_accounted(path.parent / "CHANGELOG.md", broken)})
    return [*told, f"pin: wrote {path}: {', '.join(named)}"]


def _overlay_for(document: Node, given: str | None) -> Path | None:
    if given is None:
        return own_overlay(document)
    return Path(given) if given else None


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError(f"{path}: {one_line(error)}") from error


def _document_of(path: Path, text: str, *, is_needed: bool) -> Node:
    """Return the pin as it is, or nothing if there is none."""
    if not text and not is_needed:
        return {}
    if not text:
        raise DocumentError(f"{path}: there is no pin yet; name its operations with OPERATIONS=...")
    try:
        return parse_document(text, path.name)
    except DocumentError:
        if is_needed:
            raise
        return {}


def _names_of(document: Node, path: Path) -> list[str]:
    names = [found.name for found in every_operation(document)]
    if not names:
        raise DocumentError(f"{path}: it has no operations; name them with OPERATIONS=...")
    return names


def _accounted(changelog: Path, broken: Sequence[str]) -> dict[Path, str]:
    """Return the changelog with the changes that were accepted."""
    text = _text_of(changelog)
    return {changelog: add_entries(text, broken)} if text and broken else {}


def write_files(texts: Mapping[Path, str]) -> None:
    """Write files, each whole or not at all, and none if one cannot be written.

    Raises:
        DocumentError: They cannot be written.
    """
    written: list[tuple[Path, Path]] = []
    try:
        for path, text in texts.items():
            target = path.resolve()
            scratch = target.with_name(f".{target.name}.{os.getpid()}")
            written.append((scratch, target))
            scratch.write_text(text, encoding="utf-8", newline="\n")
        for scratch, target in written:
            scratch.replace(target)
    except OSError as error:
        raise DocumentError(f"it cannot be written: {one_line(error)}") from error
    finally:
        for scratch, _ in written:
            scratch.unlink(missing_ok=True)


def check(path: Path, source: Source, overlay: str | None) -> None:
    """Make the pin anew, and compare.

    Raises:
        DocumentError: The document or the overlay cannot be used, or there is no pin.
        RefusedError: The pin is another one.
    """
    current = _text_of(path)
    known = provenance_of(current)
    named = _names_of(_document_of(path, current, is_needed=True), path)
    document = parse_document(source.text, source.name)
    fresh = derive_from(document, source, named, _overlay_for(document, overlay), known)
    if known is not None and known.sha256 != sha256(source.content):
        same = "its contract is the same" if as_yaml(fresh.document) in current else "its contract is another"
        raise RefusedError(f"{path.name} was read from another document than {source.name}; {same}")
    if fresh.text != current:
        lines = difflib.unified_diff(
            current.splitlines(), fresh.text.splitlines(), path.name, f"{path.name} (made anew)", lineterm=""
        )
        raise RefusedError("\n".join([f"{path.name} is not what make pin writes", *lines]))
