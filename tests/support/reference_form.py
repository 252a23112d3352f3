"""A multipart/form-data body, taken apart without interpretation: every part, in order, with its own headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import Factory, define, field, frozen
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks  # exists for type checkers only


@frozen
class RecordedFile:
    """A part that carries a file name.

    Attributes:
        name: The form field's name.
        file_name: The file's name, as it was sent; it can be empty.
        content_type: The part's own Content-Type, without parameters, or None if it has none.
        content: The file's octets.
    """

    name: str
    file_name: str
    content_type: str | None
    content: bytes = field(repr=lambda content: f"<{len(content)} octets>")


@frozen
class Form:
    """What a body holds.

    Attributes:
        fields: Name and text of each part without a file name, in order; a repeated name appears repeatedly.
        files: The parts with a file name, in order.
        fault: Why the body is not a complete multipart/form-data form, or None. What could be read is kept beside it.
    """

    fields: list[tuple[str, str]] = Factory(list[tuple[str, str]])
    files: list[RecordedFile] = Factory(list[RecordedFile])
    fault: str | None = None


class _FormError(Exception):
    """The body is not a form; the message says why."""


def parse_form(content_type: str, body: bytes) -> Form:
    """Take a body apart.

    Args:
        content_type: The request's Content-Type.
        body: The request's octets.

    Returns:
        The form. A body that cannot be read gives one with `fault` set; nothing is raised.
    """
    collector = _Collector()
    try:
        collector.read(content_type, body)
    except (_FormError, FormParserError) as error:
        return Form(collector.fields, collector.files, fault=str(error) or type(error).__name__)
    return Form(collector.fields, collector.files)


@define
class _Collector:
    """Receives the parser's events and keeps whole parts."""

    fields: list[tuple[str, str]] = Factory(list[tuple[str, str]])
    files: list[RecordedFile] = Factory(list[RecordedFile])
    _headers: dict[bytes, bytes] = Factory(dict[bytes, bytes])
    _header_name: bytearray = Factory(bytearray)
    _header_value: bytearray = Factory(bytearray)
    _content: bytearray = Factory(bytearray)
    _ended: bool = False

    def read(self, content_type: str, body: bytes) -> None:
        """Read the whole body, or raise _FormError or FormParserError."""
        media_type, options = parse_options_header(content_type)
        if media_type != b"multipart/form-data":
            raise _FormError("the Content-Type is not multipart/form-data")
        if not options.get(b"boundary"):
            raise _FormError("the Content-Type names no boundary")
        MultipartParser(options[b"boundary"], self._callbacks()).write(body)
        # The parser itself does not mind a body that stops early.
        if not self._ended:
            raise _FormError("the body ends before its last boundary")

    def _callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._begin_part,
            "on_header_field": lambda data, start, end: self._header_name.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header_value.extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_part_data": lambda data, start, end: self._content.extend(data[start:end]),
            "on_part_end": self._end_part,
            "on_end": self._end,
        }

    def _begin_part(self) -> None:
        self._headers.clear()
        self._content.clear()

    def _end_header(self) -> None:
        self._headers[bytes(self._header_name).lower()] = bytes(self._header_value)
        self._header_name.clear()
        self._header_value.clear()

    def _end_part(self) -> None:
        disposition, options = parse_options_header(self._headers.get(b"content-disposition"))
        if disposition != b"form-data" or b"name" not in options:
            raise _FormError("a part has no 'Content-Disposition: form-data' with a name")
        name = _text(options[b"name"])
        if b"filename" in options:
            self.files.append(RecordedFile(name, _text(options[b"filename"]), self._media_type(), bytes(self._content)))
        else:
            self.fields.append((name, _text(self._content)))

    def _media_type(self) -> str | None:
        if b"content-type" not in self._headers:
            return None
        return parse_options_header(self._headers[b"content-type"])[0].decode("latin-1")

    def _end(self) -> None:
        self._ended = True


def _text(octets: bytes | bytearray) -> str:
    """The octets as text: names and values of a form are UTF-8 (RFC 7578, section 5.1)."""
    try:
        return octets.decode()
    except UnicodeDecodeError:
        raise _FormError("a name or a value is not UTF-8") from None
