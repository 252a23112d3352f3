"""Load: the document that a client is generated from, and what identifies it."""

from pathlib import Path

from attrs import frozen
from openapi_python_client.strings import PythonCode

from tools.generate.view import View, view_of
from tools.openapi.document import DocumentError, Node, check_references, load
from tools.openapi.error_responses import note_of, without_error_responses
from tools.openapi.header import commit_of
from tools.openapi.select import drop_unused_components
from tools.package.manifest import sha256


@frozen
class PinnedDocument:
    """The identity of a document.

    Attributes:
        sha256: The hash of its bytes.
        commit: The commit that its header names, if it names one.
    """

    sha256: str
    commit: str | None

    @property
    def expressions(self) -> dict[str, PythonCode]:
        """The values as Python writes them."""
        return {"sha256": PythonCode(repr(self.sha256)), "commit": PythonCode(repr(self.commit))}


@frozen
class Contract:
    """A document as the generator gets it.

    Attributes:
        source: The document.
        document: The view of the document that the generator gets.
        pin: The identity of the document.
        notes: A line for each thing that the client leaves out.
    """

    source: Node
    document: Node
    pin: PinnedDocument
    notes: tuple[str, ...]


def readable_view(document: Node) -> tuple[Node, View]:
    """Return a document without what cannot be read and only responses of errors have, and the generator's view of it.

    Raises:
        DocumentError: An operation refers to nothing, or asks for what this client does not do.
    """
    try:
        return document, _view(document)
    except DocumentError as refusal:
        readable = drop_unused_components(without_error_responses(document))
        view = _view(readable)
        return readable, View(view.document, (note_of(refusal), *view.notes))


def _view(document: Node) -> View:
    check_references(document)
    return view_of(document)


def load_contract(spec: Path) -> Contract:
    """Read a document.

    Raises:
        DocumentError: It is invalid, or asks for what this client does not do.
    """
    document, view = readable_view(load(spec))
    content = spec.read_bytes()
    pin = PinnedDocument(sha256(content), commit_of(content.decode()))
    return Contract(document, view.document, pin, view.notes)
