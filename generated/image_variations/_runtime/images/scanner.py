# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Finding the images in a JSON response while it arrives, without holding it.

Of `{"data": [{"b64_json": "…"}, {"url": "…"}]}` the base64 text is handed on as it
comes, wherever the chunks are cut; of everything else only what is short and asked for
is kept. Nesting costs a byte a level and no recursion.
"""

import re
from collections.abc import Generator, Iterator

from attrs import define, field, frozen

from ..response.long_strings import end_of_string, read_string
from .base64_stream import is_data_url

_MAX_TEXT = 64 * 1024
"""Bytes of a name or a link; what is longer is neither."""

_MAX_DEPTH = 10_000
"""Levels of nesting. No response has so many, and each takes a byte."""

_DATA_URL = re.compile(rb'\s*data:(?:[^",\\]|\\.)*,[^"]', re.IGNORECASE)
"""The beginning of a link that holds its image, with JSON's escapes."""

_MAX_PREFIX = 1024
"""Bytes of a link that are looked at to see whether it is one of these."""

_TOKEN = re.compile(rb'(?:\s|\xef\xbb\xbf)*([{}\[\],:"]|[^\s{}\[\],:"]+)')
"""A bracket, a comma, a colon, a quote or a literal, after white space or a byte order mark."""

_LITERAL = re.compile(rb"-?[0-9][0-9.eE+-]*|true|false|null|NaN|-?Infinity")

_MARKS = b'{}[]:,"'

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
    """Reads one response in UTF-8.

    Args:
        items: The member of the top object that holds the list of items.
        payload: The member of an item that is base64 text.
        link: The member of an item that is a link.
    """

    def __init__(self, *, items: str, payload: str, link: str) -> None:
        self._scan = _Scan(items, payload, link)
        self._steps = self._scan.steps()

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """Read on, as the result is iterated over: what is found before an error is given before that is raised.

        Raises:
            ScanError: This is not JSON.
        """
        self._scan.add(chunk)
        return iter(self._steps.__next__, None)

    def finish(self) -> None:
        """Say that there is no more.

        Raises:
            ScanError: The response is not whole.
        """
        if not self._scan.is_over:
            raise ScanError("is cut short")


@define(eq=False)
class _Scan:
    """A response as far as it came. Its generators yield `None` when they need more of it.

    Attributes:
        chunk: What came of it and is not read yet, and what was read since more came.
        position: How much of that is read.
    """

    items: str
    payload: str
    link: str
    is_over: bool = False
    chunk: bytes = b""
    position: int = 0
    _open: bytearray = field(factory=bytearray, init=False)
    _is_value: bool = True
    _top_name: str | None = None
    _name: str | None = None
    _url: str | None = None
    _item: int = -1
    _has_image: bool = False

    def add(self, chunk: bytes) -> None:
        """Go on with another chunk."""
        self.chunk, self.position = self.chunk[self.position :] + chunk, 0

    def steps(self) -> Iterator[Event | None]:
        """Read whatever comes, for ever."""
        while True:
            token = self._next_token()
            if token is None:
                yield None
            elif self.is_over:
                raise ScanError("goes on after its end")
            elif token in (b"{", b"["):
                self._begin(token)
            elif token in _CLOSED_BY:
                yield from self._end(token)
            elif not self._open or not (token in _MARKS or _LITERAL.fullmatch(token)):
                raise ScanError("is not a JSON object")
            elif token == b'"':
                yield from self._read_string()
            elif token in b":,":
                self._is_value = token == b":" or not self._open.endswith(b"{")

    def _next_token(self) -> bytes | None:
        match = _TOKEN.match(self.chunk, self.position)
        if match is None:
            self.position = len(self.chunk)
            return None
        token, end = match[1], match.end()
        may_go_on = end == len(self.chunk) and token not in _MARKS and len(token) < _MAX_TEXT
        if may_go_on and not self.is_over:
            return None
        self.position = end
        return token

    @property
    def _is_in_item(self) -> bool:
        place = self._open
        return len(place) == len(_ITEM_PLACE) and place.startswith(_ITEM_PLACE) and self._top_name == self.items

    def _begin(self, bracket: bytes) -> None:
        if len(self._open) == _MAX_DEPTH:
            raise ScanError("is JSON that is nested too deeply")
        self._open += bracket
        self._is_value = bracket == b"["
        if self._is_in_item:
            self._item += 1
            self._name = self._url = None
            self._has_image = False

    def _end(self, bracket: bytes) -> Iterator[Event]:
        if not self._open or self._open[-1] != _CLOSED_BY[bracket]:
            raise ScanError("is not JSON")
        if self._is_in_item and self._url and not self._has_image:
            if is_data_url(self._url):  # one that could not be told by its first bytes
                yield from (Begin(self._item, True), Text(self._url.encode(errors="replace")), End())
            else:
                yield Link(self._item, self._url)
        self._open.pop()
        self.is_over = not self._open

    def _read_string(self) -> Iterator[Event | None]:
        is_member = self._is_value and self._is_in_item
        is_link = is_member and self._name == self.link
        is_image = (is_link and (yield from self._is_data_url())) or (is_member and self._name == self.payload)
        if is_image and not self._has_image:
            yield from self._read_image(Begin(self._item, is_link))
        elif is_link:
            self._url = yield from self._read_text()
        elif not self._is_value and len(self._open) == 1:
            self._top_name = yield from self._read_text()
        elif not self._is_value and self._is_in_item:
            self._name = yield from self._read_text()
        else:
            yield from (None for piece in self._pieces() if piece is None)

    def _is_data_url(self) -> Generator[None, None, bool]:
        """See by its first bytes whether a link holds its image, which is then handed on as it comes."""
        while True:
            start = self.chunk[self.position : self.position + _MAX_PREFIX]
            if _DATA_URL.match(start):
                return True
            if b'"' in start or len(start) == _MAX_PREFIX:
                return False
            yield None

    def _read_image(self, begin: Begin) -> Iterator[Event | None]:
        for piece in self._pieces():
            if piece is None:
                yield None
            elif piece:
                if not self._has_image:
                    self._has_image = True
                    yield begin
                yield Text(_without_escapes(piece) if b"\\" in piece else piece)
        if self._has_image:
            yield End()

    def _read_text(self) -> Generator[None, None, str | None]:
        text = bytearray()
        for piece in self._pieces():
            if piece is None:
                yield None
            elif len(text) <= _MAX_TEXT:
                text += piece
        return _unescape(bytes(text)) if len(text) <= _MAX_TEXT else None

    def _pieces(self) -> Iterator[bytes | None]:
        """Give a string in pieces, in which no escape is cut, up to its closing quote."""
        while True:
            end = end_of_string(self.chunk, self.position)
            yield self.chunk[self.position : end]
            self.position = end
            if self.chunk.startswith(b'"', end):
                self.position += 1
                return
            yield None


def _without_escapes(piece: bytes) -> bytes:
    piece = piece.replace(b"\\/", b"/")  # some servers escape every slash, of which base64 is full
    return _unescape(piece).encode(errors="replace") if b"\\" in piece else piece


def _unescape(raw: bytes) -> str:
    try:
        return read_string(raw)
    except ValueError as error:
        raise ScanError("is not JSON") from error
