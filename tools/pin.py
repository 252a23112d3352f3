"""`make pin`: from a whole OpenAPI document to the pin, `openapi.yaml`.

Takes some operations out of a document with all that they refer to, in the terms of OpenAPI 3.1
and without prose, lays `tools/overlay.yaml` over them, and records where they come from. The
result depends on the document and the overlay alone: the same bytes every time.
"""

import argparse
import difflib
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import evolve, frozen

from tools import validity
from tools.checkout import OVERLAY, PIN
from tools.diffing.comparison import compare
from tools.diffing.report import as_text
from tools.document import DocumentError, Node, node, parsed
from tools.pinning.changelog import with_entries
from tools.pinning.choice import chosen, every_operation
from tools.pinning.edits import unexplained
from tools.pinning.layout import as_yaml, laid_out
from tools.pinning.overlay import NO_OVERLAY, Overlay, overlay_of
from tools.pinning.record import Provenance, provenance_of, recorded, sha256, sha256_of
from tools.pinning.selection import Selection, pruned
from tools.pinning.source import Source, read

_LONGEST = 500
"""How many characters of a message are shown: it may quote the document."""


class RefusedError(Exception):
    """A pin that could be written, and is not; the message says why, and what to do."""


@frozen
class Pin:
    """A pin, and what it leaves out, said in a line each."""

    document: Node
    text: str
    notes: tuple[str, ...]


def derive(source: Source, operation_ids: Sequence[str], overlay: Path | None, known: Provenance | None = None) -> Pin:
    """Make the pin of some operations.

    Args:
        source: The whole document.
        operation_ids: The operations.
        overlay: What is laid over them.
        known: Where a document of the same bytes is known to come from.

    Raises:
        DocumentError: The document or the overlay cannot be used.
    """
    return derive_from(parsed(source.text, source.name), source, operation_ids, overlay, known)


def derive_from(
    document: Node, source: Source, operation_ids: Sequence[str], overlay: Path | None, known: Provenance | None = None
) -> Pin:
    """Make the pin of some operations of a document that was parsed, as `derive` does."""
    changes = parsed(read(str(overlay)).text, overlay.name) if overlay else {}
    laid_over = overlay_of(changes, overlay.name) if overlay else NO_OVERLAY
    found, notes = taken_out(document, operation_ids, laid_over)
    digest = sha256(source.content)
    same = known if known is not None and known.sha256 == digest else None
    provenance = Provenance(
        source=source.label or (same.source if same else _line(source.name)),
        version=_line(node(document.get("info")).get("version")),
        sha256=digest,
        overlay=sha256_of(changes),
        commit=source.commit or (same.commit if same else None),
    )
    return Pin(found, recorded(provenance, laid_over.header, as_yaml(found)), notes)


def taken_out(document: Node, names: Sequence[str], overlay: Overlay = NO_OVERLAY) -> tuple[Node, tuple[str, ...]]:
    """Take operations out of a document, as they are pinned.

    Args:
        document: The whole document.
        names: The operations.
        overlay: What is laid over them.

    Returns:
        The document of these operations, and what it leaves out, said in a line each.

    Raises:
        DocumentError: The document or the overlay cannot be used.
    """
    selection = Selection(document)
    selected = selection.of(names)
    validity.check(selected)  # before the overlay, which could hide a mistake that is not its own
    overlaid, notes = overlay.apply(selected)
    found = laid_out(pruned(overlaid))
    if overlay != NO_OVERLAY:
        validity.check(found)
    return found, (*selection.notes, *notes)


def _line(value: object) -> str:
    """A value as one line, whatever a document says in it."""
    words = " ".join(str(value).split())
    line = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in words)
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."


def pin(path: Path, source: Source, operations: str, overlay: Path | None, *, accept: bool) -> list[str]:
    """Write the pin of a document.

    Args:
        path: The pin. A breaking change goes into the `CHANGELOG.md` beside it, where there is one.
        source: The whole document.
        operations: What selects the operations (see `chosen`); by default those of the pin as it is.
        overlay: What is laid over them.
        accept: Whether it may break callers, readers or the wire.

    Returns:
        What there is to tell.

    Raises:
        DocumentError: The document or the overlay cannot be used.
        RefusedError: The pin was edited by hand, or the new one breaks something.
    """
    current = _text_of(path)
    before = _document_of(path, current, is_needed=not operations.strip())
    document = parsed(source.text, source.name)
    named = chosen(document, operations) if operations.strip() else _names_of(before, path)
    fresh = derive_from(document, source, named, overlay, provenance_of(current))
    if current and (edits := unexplained(path, current, fresh.text)) is not None:
        raise RefusedError(
            f"{path.name} was edited by hand, and the overlay does not explain it; nothing is written. "
            f"Put the edit into {overlay.name if overlay else 'an overlay'}, or undo it:\n{edits}"
        )
    changes = compare(before, fresh.document) if before else ()
    told = [f"pin: note: {_line(note)}" for note in fresh.notes]
    told += [as_text(changes)] if changes else []
    broken = [f"- Breaks {change.breaks}: {change.text}" for change in changes if change.breaks is not None]
    if broken and not accept:
        listed = "\n".join(told)
        raise RefusedError(
            f"the document breaks what was promised; nothing is written. Accept it with ACCEPT=1\n{listed}"
        )
    if fresh.text == current:
        return [*told, f"pin: {path.name} is up to date"]
    _write({path: fresh.text, **_accounted(path.parent / "CHANGELOG.md", broken)})
    return [*told, f"pin: wrote {path}: {', '.join(named)}"]


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError(f"{path}: {_line(error)}") from error


def _document_of(path: Path, text: str, *, is_needed: bool) -> Node:
    """The pin as it is, and nothing where there is none."""
    if not text and not is_needed:
        return {}
    if not text:
        raise DocumentError(f"{path}: there is no pin yet; name its operations with OPERATIONS=...")
    try:
        return parsed(text, path.name)
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
    """The changelog with what was accepted."""
    text = _text_of(changelog)
    return {changelog: with_entries(text, broken)} if text and broken else {}


def _write(texts: Mapping[Path, str]) -> None:
    """Write files, each whole or not at all, and none where one cannot be."""
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
        raise DocumentError(f"it cannot be written: {_line(error)}") from error
    finally:
        for scratch, _ in written:
            scratch.unlink(missing_ok=True)


def check(path: Path, source: Source, overlay: Path | None) -> None:
    """Make the pin anew, and compare.

    Raises:
        DocumentError: The document or the overlay cannot be used, or there is no pin.
        RefusedError: The pin is another one.
    """
    current = _text_of(path)
    known = provenance_of(current)
    fresh = derive(source, _names_of(_document_of(path, current, is_needed=True), path), overlay, known)
    if known is not None and known.sha256 != sha256(source.content):
        same = "its contract is the same" if as_yaml(fresh.document) in current else "its contract is another"
        raise RefusedError(f"{path.name} was read from another document than {source.name}; {same}")
    if fresh.text != current:
        lines = difflib.unified_diff(
            current.splitlines(), fresh.text.splitlines(), path.name, f"{path.name} (made anew)", lineterm=""
        )
        raise RefusedError("\n".join([f"{path.name} is not what make pin writes", *lines]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    The exit status is 1 where the pin was edited or would break something, and 2 where the document
    cannot be used.
    """
    parser = argparse.ArgumentParser(prog="pin", description="Pin operations of an OpenAPI document.")
    parser.add_argument("--spec", default="", help="the document: a file or URL")
    parser.add_argument("--source", default="", help="what the pin says it was read from, in place of the file's name")
    parser.add_argument("--commit", default="", help="the document's commit, 40 hexadecimal digits")
    parser.add_argument(
        "--operations", default="", help="all, tag:..., a pattern, METHOD /path, or operationIds (default: the pin's)"
    )
    parser.add_argument("--pin", type=Path, default=PIN, help="the file that is written (default: the pin)")
    parser.add_argument("--overlay", default=str(OVERLAY), help="the overlay; empty for none")
    parser.add_argument("--accept", action="store_true", help="write it although it breaks something")
    parser.add_argument("--check", action="store_true", help="compare only")
    options = parser.parse_args(arguments)
    name = "pin-check" if options.check else "pin"
    overlay = Path(options.overlay) if options.overlay else None
    try:
        source = _source(options.spec, options.source, options.commit)
        if options.check:
            check(options.pin, source, overlay)
            print(f"{name}: {options.pin.name} is what make pin writes from {source.name}")
            return 0
        for line in pin(options.pin, source, options.operations, overlay, accept=options.accept):
            print(line)
    except DocumentError as error:
        print(f"{name}: {_line(error)}", file=sys.stderr)
        return 2
    except RefusedError as refusal:
        print(f"{name}: {refusal}", file=sys.stderr)
        return 1
    return 0


def _source(spec: str, name: str, commit: str) -> Source:
    if not spec:
        raise DocumentError("which document? make pin SPEC=<file or URL>")
    if commit and (len(commit) != 40 or not set(commit) <= set("0123456789abcdef")):
        raise DocumentError(f"the commit {commit[:50]!r} is not 40 hexadecimal digits")
    source = read(spec)
    return evolve(source, label=_line(name) or None, commit=commit or source.commit)


if __name__ == "__main__":
    sys.exit(main())
