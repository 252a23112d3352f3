"""`multipart/form-data` bodies (RFC 7578), made so that no value can forge a part."""

import re
import secrets
from collections.abc import Sequence

from attrs import frozen

_HEADER_ESCAPES = str.maketrans({"\r": "%0D", "\n": "%0A", '"': "%22"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@frozen
class Part:
    """One part: a form field, or a file where `file_name` is given."""

    name: str
    content: bytes
    file_name: str | None = None
    media_type: str | None = None


def new_boundary() -> str:
    """128 random bits: no sender can guess what would end a part (RFC 2046, section 5.1.1)."""
    return secrets.token_hex(16)


def encode(parts: Sequence[Part], boundary: str) -> bytes:
    """Write the parts as one body."""
    chunks: list[bytes] = []
    for part in parts:
        chunks += (f"--{boundary}\r\n".encode(), _header(part), part.content, b"\r\n")
    chunks.append(f"--{boundary}--\r\n".encode())
    return b"".join(chunks)


def content_type(boundary: str) -> str:
    """The `Content-Type` of a body with this boundary."""
    return f"multipart/form-data; boundary={boundary}"


def _header(part: Part) -> bytes:
    lines = f'Content-Disposition: form-data; name="{_quoted(part.name)}"'
    if part.file_name is not None:
        lines += f'; filename="{_quoted(part.file_name)}"'
    if part.media_type is not None:
        lines += f"\r\nContent-Type: {part.media_type}"
    return f"{lines}\r\n\r\n".encode()


def _quoted(text: str) -> str:
    # Percent-escapes for what would end the quoted string or the line, as browsers do
    # (WHATWG HTML, "Multipart form data"). Other control characters have no place in a name.
    return _CONTROL.sub("", text.translate(_HEADER_ESCAPES))
