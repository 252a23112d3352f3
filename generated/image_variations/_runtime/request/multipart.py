# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""`multipart/form-data` bodies (RFC 7578), made so that no value can forge a part."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, cast

from attrs import field, frozen

from ..errors import InvalidRequestError
from .bodies import Body, BodyEncoding, Fields
from .files import OCTET_STREAM, Upload, as_file_input, read_upload
from .form_fields import StyledField, is_json, pairs_of
from .values import check_utf8, json_bytes, text_of

_UNSAFE = re.compile(r'[\x00-\x1f\x7f"\\]')
"""What parsers disagree on within a quoted string: what ends it or its line, and what escapes the next character."""

_AMBIGUOUS = re.compile(rf"{_UNSAFE.pattern}|%(?:0[AaDd]|22)|[\ud800-\udfff]")
"""That, the WHATWG's escapes of it (which only some undo), and what UTF-8 cannot hold."""

_SUMMARY_SIZE = 256
"""Bytes at either end of a part that its boundary is made from."""


class Part(NamedTuple):
    """One part: a form field, or a file, whose content is not copied.

    Attributes:
        head: Its headers, up to the empty line.
    """

    head: bytes
    content: bytes
    is_file: bool = False


def boundary_for(parts: Sequence[Part]) -> str:
    """Make a boundary out of the parts themselves that occurs in none of them (RFC 2046, section 5.1.1).

    The same parts give the same body, so that recorded requests can be compared.
    """
    boundary = _digits_of(b"".join(map(_summary, parts)))
    while any(boundary in part.content for part in parts):
        # Somebody knew it, and cannot know this one: each byte of their part is in it.
        boundary = _digits_of(boundary, *(part.content for part in parts))
    return boundary.decode()


def _summary(part: Part) -> bytes:
    """Return what tells a part from others without reading a whole image."""
    head, content, _ = part
    return b"%b%d:%b%b" % (head, len(content), content[:_SUMMARY_SIZE], content[-_SUMMARY_SIZE:])


def _digits_of(*pieces: bytes) -> bytes:
    """Hash to binary digits: a search skips nearly all of an image when it looks for so few different characters."""
    digest = hashlib.blake2b(digest_size=8)
    for piece in pieces:
        digest.update(piece)
    return f"{int.from_bytes(digest.digest()):064b}".encode()


@frozen
class MultipartBody(BodyEncoding):
    """`multipart/form-data`.

    Attributes:
        media_types: The media type of each field that is a file.
        alternatives: Those of them that may be another value as well.
        part_types: The media type of each other field, if the document names one.
        styled: The fields that are written by a style.
        make_boundary: Makes the boundary of each body out of its parts.
    """

    media_types: Mapping[str, str]
    alternatives: tuple[str, ...] = ()
    part_types: Mapping[str, str] = field(factory=dict[str, str])
    styled: Sequence[StyledField] = ()
    make_boundary: Callable[[Sequence[Part]], str] = boundary_for

    async def read_files(self, fields: Fields, limits: Mapping[str, int], /) -> Fields:
        """Read the document's file fields, and files among the fields that it does not know."""
        return {
            name: value
            if name not in self.media_types and isinstance(value, str | int | float)
            else await self._read(name, value, limits.get(name))
            for name, value in fields.items()
        }

    async def _read(self, name: str, value: object, limit: int | None) -> object:
        if isinstance(value, list | tuple):
            return [await self._read_one(name, item, limit) for item in cast("Sequence[object]", value)]
        return await self._read_one(name, value, limit)

    async def _read_one(self, name: str, value: object, limit: int | None) -> object:
        media_type = self.media_types.get(name)
        if (media_type is None or name in self.alternatives) and as_file_input(value) is None:
            return value
        return await read_upload(name, value, media_type=media_type or OCTET_STREAM, limit=limit)

    def write(self, fields: Fields, /) -> Body:
        """Write each field as a part, and each item of a list as a part of its own, unless a style says otherwise."""
        parts = [
            make_part(name, item, self.part_types.get(field_name))
            for field_name, value in fields.items()
            for name, item in pairs_of(self.styled, field_name, value)
        ]
        boundary = self.make_boundary(parts)
        return Body(encode(parts, boundary), content_type(boundary))


def make_part(name: str, value: object, media_type: str | None = None) -> Part:
    """Make a part of a value or of a file that was read."""
    lines = f'Content-Disposition: form-data; name="{_checked_name(name)}"'
    is_file = isinstance(value, Upload)
    if isinstance(value, Upload):
        check_utf8(name, value.file_name)
        lines += f'; filename="{_escaped(value.file_name)}"'
        content, media_type = value.content, value.mime_type
    elif is_json(value):
        content, media_type = json_bytes(name, value), media_type or "application/json"
    else:
        content = text_of(name, value).encode()
    if media_type is not None:
        lines += f"\r\nContent-Type: {media_type}"
    return Part(f"{lines}\r\n\r\n".encode(), content, is_file)


def encode(parts: Sequence[Part], boundary: str) -> tuple[bytes, ...]:
    """Write the parts as one body, in chunks: each file's content is one, and what is between them is one."""
    chunks: list[bytes] = []
    between = bytearray()
    delimiter = f"--{boundary}".encode()
    for head, content, is_file in parts:
        between += b"%b\r\n%b" % (delimiter, head)
        if is_file:
            chunks += (bytes(between), content)
            between.clear()
        else:
            between += content
        between += b"\r\n"
    return (*chunks, bytes(between + delimiter + b"--\r\n"))


def content_type(boundary: str) -> str:
    """Return the `Content-Type` of a body with this boundary."""
    return f"multipart/form-data; boundary={boundary}"


def _checked_name(name: object) -> str:
    """Return a field's name that every parser reads as it is: to a server it says what the value means.

    Raises:
        InvalidRequestError: Parsers would disagree on it.
    """
    if isinstance(name, str) and name and not _AMBIGUOUS.search(name):
        return name
    rule = "must be text without control characters, quotes, backslashes and escapes of them, to be a field's name"
    raise InvalidRequestError(ascii(name)[:80], name, rule)


def _escaped(file_name: str) -> str:
    # As browsers do (WHATWG HTML, "Multipart form data") for quotes and line ends, and so
    # also for what else parsers disagree on: to some a backslash escapes the next character,
    # to others all before it is a folder. A file's name means little to a server.
    return _UNSAFE.sub(lambda match: f"%{ord(match[0]):02X}", file_name)
