"""From a document to a pin: read, select, upgrade, overlay, validate, write. Each step makes a new document.

The result depends on the document and the overlay alone: the same bytes every time.
"""

from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from tools.openapi.cost import cost_of
from tools.openapi.document import DocumentError, Node, depth_guard, load, node, operations, parse_document
from tools.openapi.error_responses import note_of, without_error_responses
from tools.openapi.overlay import NO_OVERLAY, Overlay, is_for, read_overlay
from tools.openapi.provenance import Provenance, render_pin, sha256, sha256_of
from tools.openapi.read import Source, newest, read
from tools.openapi.select import Selection, drop_unused_components
from tools.openapi.validate import validate
from tools.openapi.write import as_yaml, order_fields
from tools.paths import OVERLAY

_MAX_LINE = 500
"""The number of characters of a message that are shown: it may quote the document."""


@frozen
class Pin:
    """A pin, and a note for each thing that it leaves out."""

    document: Node
    text: str
    notes: tuple[str, ...]


def derive(source: Source, operation_ids: Sequence[str], overlay: Path | None, known: Provenance | None = None) -> Pin:
    """Make the pin of some operations.

    Args:
        source: The whole document.
        operation_ids: The operations.
        overlay: The overlay that is applied to them.
        known: The provenance of a document, which holds for `source` if its bytes are the same.

    Raises:
        DocumentError: The document or the overlay cannot be used.
    """
    return derive_from(parse_document(source.text, source.name), source, operation_ids, overlay, known)


def derive_from(
    document: Node, source: Source, operation_ids: Sequence[str], overlay: Path | None, known: Provenance | None = None
) -> Pin:
    """Make the pin of some operations of a document that was parsed, as `derive` does."""
    actions = parse_document(read(str(overlay)).text, overlay.name) if overlay else {}
    applied = read_overlay(actions, overlay.name) if overlay else NO_OVERLAY
    found, notes = take_out(document, operation_ids, applied)
    provenance = _provenance_of(source, found, sha256_of(actions), known)
    return Pin(found, render_pin(provenance, applied.header, as_yaml(found)), notes)


def own_overlay(document: Node) -> Path | None:
    """Return this project's overlay, if it is for a document."""
    return OVERLAY if is_for(load(OVERLAY), document, OVERLAY.name) else None


def take_out(document: Node, names: Sequence[str], overlay: Overlay = NO_OVERLAY) -> tuple[Node, tuple[str, ...]]:
    """Take operations out of a document, as they are pinned.

    Args:
        document: The whole document.
        names: The operations.
        overlay: The overlay that is applied to them.

    Returns:
        The document of these operations, and a note for each thing that it leaves out.

    Raises:
        DocumentError: The document or the overlay cannot be used.
    """
    try:
        selected, notes = _select(document, names)
    except DocumentError as refusal:
        selected, notes = _select(without_error_responses(document), names)
        notes = (note_of(refusal), *notes)
    return _apply(overlay, selected, notes)


@depth_guard()
def _select(document: Node, names: Sequence[str]) -> tuple[Node, tuple[str, ...]]:
    selection = Selection(document)  # it upgrades each schema on its way
    selected = selection.of(names)
    validate(selected)  # before the overlay, which could hide a mistake that is not its own
    return selected, tuple(selection.notes)


@depth_guard()
def _apply(overlay: Overlay, selected: Node, notes: tuple[str, ...]) -> tuple[Node, tuple[str, ...]]:
    overlaid, said = overlay.apply(selected)
    found = order_fields(drop_unused_components(overlaid))
    if overlay != NO_OVERLAY:
        validate(found)
    for operation in operations(found):
        cost_of(*operation)
    return found, (*notes, *said)


def _provenance_of(source: Source, document: Node, overlay: str, known: Provenance | None) -> Provenance:
    digest = sha256(source.content)
    same = known if known is not None and known.sha256 == digest else None
    origin = source.label or (same.source if same else one_line(source.name))
    return Provenance(
        source=origin,
        version=one_line(node(document.get("info")).get("version")),
        sha256=digest,
        overlay=overlay,
        commit=source.commit or (same.commit if same else None),
        follows=(known.follows if known else None) or newest(origin),
    )


def one_line(value: object) -> str:
    """Return a value as one printable line of bounded length."""
    words = " ".join(str(value).split())
    line = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in words)
    return line if len(line) <= _MAX_LINE else f"{line[:_MAX_LINE]}..."
