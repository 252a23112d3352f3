"""The pin's header: its provenance, and a record of what was written.

    # Record      SHA-256 of every other line of the pin

By the record an edit of the file is seen without the upstream document.
"""

import hashlib
import json
import re

from attrs import frozen

from tools.openapi.document import Node
from tools.openapi.header import fields, lines_without_fields

_ABOUT = """\
The pin: the operations that this client speaks, and their schemas.

Written by `make pin`. A lasting change goes into tools/overlay.yaml: `make pin` refuses to
overwrite an edit here that the overlay does not explain.
"""

_COMMENT = re.compile(r"(?:^|\s)#.*")
_RECORD = re.compile(r"^# Record {6}[0-9a-f]{64}\n", re.MULTILINE)


@frozen
class Provenance:
    """The origin of a pin.

    Attributes:
        source: The upstream document: its URL, or the name of its file.
        version: Its `info.version`.
        sha256: Of its bytes.
        overlay: SHA-256 of the content of the overlay that was applied.
        commit: Its commit, if that is known.
        follows: The address of the document's newest version, if that is known.
    """

    source: str
    version: str
    sha256: str
    overlay: str
    commit: str | None = None
    follows: str | None = None


def sha256(content: bytes) -> str:
    """Return the SHA-256 of some bytes, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def sha256_of(document: Node) -> str:
    """Return the SHA-256 of a document's content, whatever its layout."""
    return sha256(json.dumps(document, ensure_ascii=False).encode())


def render_pin(provenance: Provenance, comment: str, body: str) -> str:
    """Return the text of a pin.

    Args:
        provenance: The origin that its header names.
        comment: What else it says.
        body: The document, as YAML.
    """
    said = {
        "Read from": provenance.source,
        "Follows": provenance.follows,
        "Commit": provenance.commit,
        "Version": provenance.version,
        "SHA-256": provenance.sha256,
        "Overlay": provenance.overlay,
    }
    lines = [f"{name:<12}{value}" for name, value in said.items() if value is not None]
    above = _commented(f"{_ABOUT}\n" + "\n".join(lines))
    below = (_commented(f"\n{comment.strip()}") if comment.strip() else "") + body
    return above + _record(above + below) + below


def _commented(text: str) -> str:
    return "".join(f"# {line}".rstrip() + "\n" for line in text.split("\n"))


def provenance_of(text: str) -> Provenance | None:
    """Read the provenance in the header of a pin, or return None if it is not a pin's."""
    found = dict(fields(text))
    try:
        origin = (found["Read from"], found["Version"], found["SHA-256"], found["Overlay"])
    except KeyError:
        return None
    return Provenance(*origin, commit=found.get("Commit"), follows=found.get("Follows"))


def record_in(text: str) -> str | None:
    """Return the record that a pin bears, if it bears one."""
    found = _RECORD.search(text)
    return found[0] if found else None


def is_untouched(text: str) -> bool:
    """Return whether a pin is as it was written."""
    return record_in(text) == _record(_RECORD.sub("", text, count=1))


def comments_in(text: str) -> set[str]:
    """Return the comments of a pin without the provenance in its header."""
    lines = lines_without_fields(_RECORD.sub("", text))
    return {found[0].strip() for line in lines if (found := _COMMENT.search(line))}


def _record(text: str) -> str:
    return f"# Record      {sha256(text.encode())}\n"
