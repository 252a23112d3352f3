"""The fields of an event stream a piece at a time: an image in one of them may be long.

The standard: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
"""

import codecs
import re
from collections.abc import Iterator

from attrs import frozen

_LINE_END = re.compile(rb"\r\n|\r|\n")

_MAX_NAME = 64
"""Bytes of a line without a colon that are kept: no field has such a long name."""


@frozen
class FieldPiece:
    """A piece of the value of a field.

    Attributes:
        name: The field: empty for a blank line, and a colon for a comment.
        value: The piece.
        is_last: Whether the line ends with it.
    """

    name: bytes
    value: bytes
    is_last: bool


class FieldSplitter:
    """Splits one stream."""

    def __init__(self) -> None:
        self._is_first = True
        self._skips_lf = False
        self._skips_space = False
        self._start = b""
        self._name: bytes | None = None

    def feed(self, chunk: bytes) -> Iterator[FieldPiece]:
        """Read on. It has to be iterated over to its end."""
        if not chunk:
            return
        whole, self._skips_lf = chunk[self._skips_lf and chunk.startswith(b"\n") :], chunk.endswith(b"\r")
        *lines, rest = _LINE_END.split(whole)
        for line in lines:
            yield from self._read(line, is_last=True)
        if rest:
            yield from self._read(rest, is_last=False)

    def _read(self, piece: bytes, *, is_last: bool) -> Iterator[FieldPiece]:
        if self._name is None:
            name, colon, value = (self._start + piece).partition(b":")
            if not colon and not is_last:
                self._start = name[:_MAX_NAME]
                return
            if self._is_first:
                name = name.removeprefix(codecs.BOM_UTF8)
            self._is_first, self._skips_space, self._start = False, True, b""
            self._name, piece = name or colon, value
        if self._skips_space and piece:
            self._skips_space, piece = False, piece.removeprefix(b" ")
        yield FieldPiece(self._name, piece, is_last)
        if is_last:
            self._name = None
