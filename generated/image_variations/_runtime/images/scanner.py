# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Finding the images in a JSON response while it arrives, without holding it.

Of `{"data": [{"b64_json": "…"}, {"url": "…"}]}` the base64 text is handed on as it
comes, wherever the chunks are cut; of everything else only what is short and asked for
is kept. Nesting costs a byte a level and no recursion.
"""

import codecs
import json
import re
from typing import Literal

from attrs import frozen

from .base64_stream import is_data_url

_MAX_TEXT = 64 * 1024
"""Bytes of a name or a link; what is longer is neither."""

_MAX_DEPTH = 10_000
"""Levels of nesting. No response has so many, and each takes a byte."""

_DATA_URL = re.compile(rb'\s*data:(?:[^",\\]|\\.)*,[^"]', re.IGNORECASE)
"""The beginning of a link that holds its image, with JSON's escapes."""

_MAX_PREFIX = 1024
"""Bytes of a link that are looked at to see whether it is one of these."""

_HEAD_SIZE = 4
"""Bytes that an encoding of Unicode can be told by."""

_TOKEN = re.compile(rb'\s*([{}\[\],:"]|[^\s{}\[\],:"]+)')

_TEXT_STOP = re.compile(rb'["\\]')

_LITERAL = re.compile(rb"-?[0-9][0-9.eE+-]*|true|false|null|NaN|-?Infinity")

_CLOSED_BY = {b"}": ord("{"), b"]": ord("[")}

_ITEM_PLACE = b"{[{"
"""An item is an object in a list in the top object."""


class ScanError(Exception):
    """The response is not JSON, or ends before its end."""


@frozen
class Begin:
    """The text that holds an item's image begins: base64, or a link that is a `data:` URL."""

    item: int
    is_link: bool = False


@frozen
class Text:
    """A piece of such a text, without JSON's escapes."""

    data: bytes


@frozen
class End:
    """Such a text has ended."""


@frozen
class Link:
    """An item has ended that has a link, and does not hold its image."""

    item: int
    url: str


Event = Begin | Text | End | Link


class ImageScanner:
    """Reads one response.

    Args:
        items: The member of the top object that holds the list of items.
        payload: The member of an item that is base64 text.
        link: The member of an item that is a link.
    """

    def __init__(self, *, items: str, payload: str, link: str) -> None:
        self._items, self._payload, self._link = items, payload, link
        self._mode: Literal["structure", "text", "link", "payload"] = "structure"
        self._to_utf_8 = _ToUtf8()
        self._buffer = b""
        self._stack = bytearray()
        self._is_value = True
        self._is_over = False
        self._text: bytearray | None = None
        self._top_name: str | None = None
        self._item_name: str | None = None
        self._item = -1
        self._item_link: str | None = None
        self._has_payload = False
        self._is_link = False
        self._events: list[Event] = []
        self._failure: str | None = None

    def feed(self, chunk: bytes) -> list[Event]:
        """Read on.

        Raises:
            ScanError: This is not JSON. What was found before that is returned first.
        """
        self._check()
        try:
            self._read(self._to_utf_8.feed(chunk))
        except ScanError as error:
            self._failure = str(error)
            if not self._events:
                raise
        events, self._events = self._events, []
        return events

    def finish(self) -> None:
        """Say that there is no more.

        Raises:
            ScanError: The response is not whole.
        """
        self._check()
        self._read(self._to_utf_8.finish())
        if not self._is_over:
            raise ScanError("is cut short")

    def _check(self) -> None:
        if self._failure is not None:
            raise ScanError(self._failure)

    def _read(self, utf_8: bytes) -> None:
        self._buffer += utf_8
        position, end = 0, -1
        while position < len(self._buffer) and position != end:
            end, position = position, self._step(position)
        self._buffer = self._buffer[position:]

    def _step(self, position: int) -> int:
        """Read one thing from `position` on, and return its end, or `position` if more bytes are needed."""
        if self._mode == "payload":
            return self._read_payload(position)
        if self._mode == "link":
            return self._begin_link(position)
        if self._mode == "text":
            return self._read_text(position)
        return self._read_structure(position)

    def _read_structure(self, position: int) -> int:
        match = _TOKEN.match(self._buffer, position)
        if match is None:
            return len(self._buffer)
        token, end = match[1], match.end()
        if self._is_over:
            raise ScanError("goes on after its end")
        if token == b'"':
            self._begin_text()
        elif token in (b"{", b"["):
            self._open(token)
        elif token in _CLOSED_BY:
            self._close(token)
        elif token == b":":
            self._is_value = True
        elif token == b",":
            self._is_value = not self._stack.endswith(b"{")
        elif end == len(self._buffer) and len(token) < _MAX_TEXT:
            return position  # a literal may go on in the next chunk
        elif not _LITERAL.fullmatch(token) or not self._stack:
            raise ScanError("is not a JSON object")
        return end

    def _open(self, token: bytes) -> None:
        if len(self._stack) == _MAX_DEPTH:
            raise ScanError("is JSON that is nested too deeply")
        self._stack += token
        self._is_value = token == b"["
        if self._is_in_item:
            self._item += 1
            self._item_name = self._item_link = None
            self._has_payload = False

    def _close(self, token: bytes) -> None:
        if not self._stack or self._stack[-1] != _CLOSED_BY[token]:
            raise ScanError("is not JSON")
        if self._is_in_item and self._item_link and not self._has_payload:
            if is_data_url(self._item_link):  # one that could not be told by its first bytes
                self._events += (Begin(self._item, True), Text(self._item_link.encode(errors="replace")), End())
            else:
                self._events.append(Link(self._item, self._item_link))
        self._stack.pop()
        self._is_over = not self._stack

    @property
    def _is_in_item(self) -> bool:
        place = self._stack
        return len(place) == len(_ITEM_PLACE) and place.startswith(_ITEM_PLACE) and self._top_name == self._items

    def _begin_text(self) -> None:
        if not self._stack:
            raise ScanError("is not a JSON object")
        if self._is_value and self._is_in_item and self._item_name == self._payload and not self._has_payload:
            self._mode, self._is_link = "payload", False
            return
        is_name = not self._is_value and (len(self._stack) == 1 or self._is_in_item)
        is_link = self._is_value and self._is_in_item and self._item_name == self._link
        self._text = bytearray() if is_name or is_link else None
        self._mode = "link" if is_link and not self._has_payload else "text"

    def _begin_link(self, position: int) -> int:
        """See by its first bytes whether a link holds its image, which is then handed on as it comes."""
        start = self._buffer[position : position + _MAX_PREFIX]
        is_payload = _DATA_URL.match(start) is not None
        if not is_payload and b'"' not in start and len(start) < _MAX_PREFIX:
            return position  # it goes on in the next chunk
        self._mode, self._is_link = "payload" if is_payload else "text", is_payload
        return self._step(position)

    def _read_text(self, position: int) -> int:
        match = _TEXT_STOP.search(self._buffer, position)
        if match is None:
            end = resume = len(self._buffer)
        elif match[0] == b'"':
            end, resume = match.start(), match.end()
            self._mode = "structure"
        elif match.end() == len(self._buffer):
            end = resume = match.start()  # what is escaped is in the next chunk
        else:
            end = resume = match.end() + 1
        if self._text is not None:
            self._text += self._buffer[position:end]
            if len(self._text) > _MAX_TEXT:
                self._text = None
        if self._mode == "structure":
            self._end_text()
        return resume

    def _end_text(self) -> None:
        text = None if self._text is None else _unescape(bytes(self._text))
        if self._is_value and self._is_in_item and self._item_name == self._link:
            self._item_link = text
        elif not self._is_value and len(self._stack) == 1:
            self._top_name = text
        elif not self._is_value and self._is_in_item:
            self._item_name = text

    def _read_payload(self, position: int) -> int:
        quote = self._buffer.find(b'"', position)
        end = len(self._buffer) if quote < 0 else quote
        piece = self._buffer[position:end]
        if b"\\" in piece:
            # Some servers escape every slash, and base64 is full of them.
            whole = _whole_escapes(piece) if quote < 0 else len(piece)
            end, piece = position + whole, piece[:whole].replace(b"\\/", b"/")
            if b"\\" in piece:
                piece = _unescape(piece).encode(errors="replace")
        if piece:
            if not self._has_payload:
                self._has_payload = True
                self._events.append(Begin(self._item, self._is_link))
            self._events.append(Text(piece))
        if quote < 0:
            return end
        if self._has_payload:
            self._events.append(End())
        self._mode = "structure"
        return quote + 1


class _ToUtf8:
    """Makes UTF-8 of JSON in any encoding of Unicode, as it arrives."""

    def __init__(self) -> None:
        self._head = b""
        self._decoder: codecs.IncrementalDecoder | None = None
        self._has_begun = False

    def feed(self, chunk: bytes) -> bytes:
        """Read on; nothing comes of it until the encoding can be told."""
        if not self._has_begun:
            self._head += chunk
            if len(self._head) < _HEAD_SIZE:
                return b""
            self._has_begun, chunk = True, self._head
            encoding = json.detect_encoding(chunk)
            if encoding.startswith("utf-8"):
                return chunk.removeprefix(codecs.BOM_UTF8)
            self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        return chunk if self._decoder is None else self._decoder.decode(chunk).encode()

    def finish(self) -> bytes:
        """Return what is so short that its encoding cannot be told."""
        return b"" if self._has_begun else self._head


def _whole_escapes(piece: bytes) -> int:
    """Return how much of a piece can be read without the next one: an escape at its end may be cut."""
    last = piece.rfind(b"\\", max(0, len(piece) - 6))
    if last < 0:
        return len(piece)
    needed = 6 if piece[last + 1 : last + 2] == b"u" else 2
    return len(piece) if len(piece) - last >= needed else last


def _unescape(raw: bytes) -> str:
    # Octets that are no UTF-8 are replaced, as in a response that is read whole.
    try:
        text: object = json.loads(f'"{raw.decode(errors="replace")}"', strict=False)
    except ValueError as error:
        raise ScanError("is not JSON") from error
    assert isinstance(text, str)  # noqa: S101  # it is between quotes
    return text
