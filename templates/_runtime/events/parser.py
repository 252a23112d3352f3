"""Server-sent events out of bytes, as they arrive, by the standard for them.

The standard: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream. It splits the
decoded stream into lines; here the bytes are split. That is the same, for no octet of a character of several is CR or
LF, and a line is decoded when its event is whole.
"""

import codecs
from collections.abc import Iterator

from attrs import frozen

from ..response.json_text import UnreadableJsonError, parse_json

_MAX_DIGITS = 15
"""Digits of a time in milliseconds; longer ones mean nothing."""


class LongEventError(Exception):
    """An event is longer than what is held of one. The message says so."""


@frozen
class ServerSentEvent:
    """An event as it came.

    Attributes:
        data: The lines of its data, with a line feed between each two.
        event: What the server calls it; `message` if it says nothing.
        id: The identifier that the server gave last, with this event or with one before it.
        retry: Milliseconds that the server asks to wait before a new connection, if it does.
    """

    data: str
    event: str = "message"
    id: str = ""
    retry: int | None = None

    @property
    def json(self) -> object:
        """The JSON value that the data is; `None` if it is not JSON. Each use parses it."""
        try:
            return parse_json(self.data.encode())
        except UnreadableJsonError:
            return None


class EventParser:
    """Reads one stream.

    Args:
        limit: How many bytes are held of an event that is not whole yet.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._is_start = True
        self._skips_lf = False
        self._line = bytearray()
        self._data = bytearray()
        self._event = ""
        self._id = ""
        self._retry: int | None = None

    def feed(self, chunk: bytes) -> Iterator[ServerSentEvent]:
        """Read on, and yield each event as soon as it is whole. It has to be iterated over to its end.

        Raises:
            LongEventError: An event is too long.
        """
        for line in self._lines(chunk):
            if line:
                self._read_field(line)
            elif self._data:
                self._check_length()
                yield self._dispatch()
            else:
                self._event, self._retry = "", None
        self._check_length()

    def finish(self) -> Iterator[ServerSentEvent]:
        """Yield the event that lacks its blank line, if there is one. The standard discards it: it may be cut short."""
        return self.feed(b"\n\n")

    def _lines(self, chunk: bytes) -> list[bytes]:
        """Return the lines that end in a chunk, without their ends: CR, LF or both."""
        if self._is_start:
            chunk = self._take_line() + chunk
            if len(chunk) < len(codecs.BOM_UTF8) and codecs.BOM_UTF8.startswith(chunk):
                self._line += chunk
                return []
            self._is_start, chunk = False, chunk.removeprefix(codecs.BOM_UTF8)
        if self._skips_lf and chunk:  # the CR before it ended a line already
            self._skips_lf, chunk = False, chunk.removeprefix(b"\n")
        if not chunk:
            return []
        self._skips_lf = chunk.endswith(b"\r")
        if b"\n" not in chunk and b"\r" not in chunk:
            self._line += chunk
            return []
        lines = (self._take_line() + chunk).splitlines()
        if not chunk.endswith((b"\n", b"\r")):
            self._line += lines.pop()
        return lines

    def _take_line(self) -> bytes:
        line = bytes(self._line)
        self._line.clear()
        return line

    def _read_field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data += value
            self._data += b"\n"
        elif name == b"event":
            self._event = value.decode(errors="replace")
        elif name == b"id" and b"\0" not in value:
            self._id = value.decode(errors="replace")
        elif name == b"retry" and value.isdigit() and len(value) <= _MAX_DIGITS:
            self._retry = int(value)

    def _dispatch(self) -> ServerSentEvent:
        data = self._data[:-1].decode(errors="replace")
        event = ServerSentEvent(data, self._event or "message", self._id, self._retry)
        self._data.clear()
        self._event, self._retry = "", None
        return event

    def _check_length(self) -> None:
        if len(self._data) + len(self._line) > self._limit:
            raise LongEventError(f"an event is longer than max_response_bytes ({self._limit})")
