"""What the bytes of a download tell: whether they are an image, and whether it is whole."""

import codecs
import re
from collections.abc import Callable

PNG = b"\x89PNG\r\n\x1a\n"

JPEG = b"\xff\xd8\xff"

RIFF = b"RIFF"

_Part = tuple[int, bool]
"""The size of a part of a file, and whether the part is the last."""

_TEXT_TYPE = re.compile(r"text/|application/(?:.+\+)?(?:json|xml|javascript)\Z", re.IGNORECASE)

_BINARY = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
"""Bytes that no text has (WHATWG, MIME Sniffing, section 3)."""

_SVG = re.compile(
    rb"(?>\s+|<\?xml.*?\?>|<!--.*?-->|<!DOCTYPE\s+svg[^>\[]*(?:\[.*?\]\s*)?>)*+<svg\b", re.DOTALL | re.IGNORECASE
)

_JPEG_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""The end of a scan's data: not a stuffed zero, a restart marker or a fill byte (ITU T.81, section B.1.1)."""


def is_text_type(content_type: str) -> bool:
    """Return whether a `Content-Type` names HTML, JSON, XML or another kind of text."""
    return _TEXT_TYPE.match(content_type.partition(";")[0].strip()) is not None


def is_text(head: bytes) -> bool:
    """Return whether a file with these first bytes is text. An SVG image is not."""
    head = head.removeprefix(codecs.BOM_UTF8)
    if _BINARY.search(head) or _SVG.match(head):
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # the last character may be cut
    except UnicodeDecodeError:
        return head.lstrip().startswith(b"<")  # a page in an older encoding
    return True


class EndFinder:
    """Finds the end of a PNG, JPEG or RIFF (WebP) file while it arrives. It keeps no more than a part's header.

    Attributes:
        is_found: Whether the end has come. A file of another format has no known end, so any end is right.
    """

    def __init__(self) -> None:
        self.is_found = False
        self._rest = b""
        self._skip = 0
        self._is_last = False
        self._part_at: Callable[[bytes, int], _Part | None] | None = None

    def feed(self, piece: bytes) -> None:
        """Read on."""
        data = self._rest + piece[self._skip :]
        self._skip = max(0, self._skip - len(piece))
        self._part_at = self._part_at or _parts_of(data)
        position = 0
        while self._part_at and not self._skip and not self._is_last and (part := self._part_at(data, position)):
            size, self._is_last = part
            position += size
            self._skip = max(0, position - len(data))
        self._rest = b"" if self._is_last else data[position:]
        self.is_found = self._is_last and not self._skip


def _parts_of(head: bytes) -> Callable[[bytes, int], _Part | None] | None:
    """Return what finds the parts of a file with these first bytes; `None` if they do not tell its format yet."""
    for signature, part_at in ((PNG, _png_part), (JPEG, _jpeg_part), (RIFF, _riff)):
        if head.startswith(signature):
            return part_at
        if signature.startswith(head):
            return None
    return _nothing


def _nothing(_: bytes, __: int) -> _Part:
    return 0, True


def _riff(data: bytes, start: int) -> _Part | None:
    head = data[start : start + 8]
    return (8 + int.from_bytes(head[4:], "little"), True) if len(head) == 8 else None


def _png_part(data: bytes, start: int) -> _Part | None:
    """Return the size of the signature, or of a chunk: length, type, data and checksum (PNG, section 5.3)."""
    if data.startswith(PNG, start):
        return len(PNG), False
    size, name = data[start : start + 4], data[start + 4 : start + 8]
    return (int.from_bytes(size) + 12, name == b"IEND") if len(name) == 4 else None


def _jpeg_part(data: bytes, start: int) -> _Part | None:
    """Return the size of a marker with its segment, or of a scan's data as far as they came (ITU T.81, section B.1)."""
    if data[start : start + 1] not in (b"", b"\xff"):
        marker = _JPEG_MARKER.search(data, start)
        end = marker.start() if marker else len(data) - data.endswith(b"\xff")
        return end - start, False
    head = data[start : start + 4]
    if len(head) < 2:
        return None
    code = head[1]
    if code == 0xFF:  # a fill byte
        return 1, False
    if code in (0x00, 0x01) or 0xD0 <= code <= 0xD9:  # without a length
        return 2, code == 0xD9
    return (2 + int.from_bytes(head[2:]), False) if len(head) == 4 else None
