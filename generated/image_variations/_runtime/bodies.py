"""How a request's body is written: multipart, JSON, a URL-encoded form, or one file."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, cast
from urllib.parse import urlencode

from attrs import field, frozen

from . import multipart
from .errors import InvalidRequestError
from .files import Upload, read_file, read_upload
from .json_values import given

_OCTET_STREAM = "application/octet-stream"

Fields = Mapping[str, object]
"""What a body is made of: form fields or the members of a JSON object, by name."""


@frozen
class Body:
    """A body as it goes over the wire, made once and sent as often as it takes."""

    content: bytes = field(repr=False)
    content_type: str


class BodyEncoding(Protocol):
    """How the fields of an operation become a body."""

    async def read_files(self, fields: Fields, limits: Mapping[str, int], /) -> Fields:
        """Return the fields with each file among them read into an `Upload`.

        Raises:
            InvalidRequestError: A file cannot be read.
        """
        ...

    def write(self, fields: Fields, /) -> Body:
        """Write fields whose files were read.

        Raises:
            InvalidRequestError: A value has no form on the wire.
        """
        ...


@frozen
class MultipartBody:
    """`multipart/form-data`.

    Attributes:
        media_types: The media type of each field that is a file.
    """

    media_types: Mapping[str, str]

    async def read_files(self, fields: Fields, limits: Mapping[str, int]) -> Fields:
        """Read the document's file fields, and files among the fields that it does not know."""
        return {name: await self._read(name, value, limits.get(name)) for name, value in fields.items()}

    async def _read(self, name: str, value: object, limit: int | None) -> object:
        if isinstance(value, list | tuple):
            return [await self._read(name, item, limit) for item in cast("Sequence[object]", value)]
        media_type = self.media_types.get(name)
        if media_type is None and read_file(value) is None:
            return value
        return await read_upload(name, value, media_type=media_type or _OCTET_STREAM, limit=limit)

    def write(self, fields: Fields) -> Body:
        """Write each field as a part, and each item of a list as a part of its own."""
        parts = [_part(name, item) for name, value in fields.items() for item in _items(value)]
        boundary = multipart.new_boundary()
        return Body(multipart.encode(parts, boundary), multipart.content_type(boundary))


@frozen
class FormBody:
    """`application/x-www-form-urlencoded`."""

    async def read_files(self, fields: Fields, limits: Mapping[str, int]) -> Fields:
        """A URL-encoded form has no files."""
        return fields

    def write(self, fields: Fields) -> Body:
        """Write each field as a pair, and each item of a list as a pair of its own."""
        pairs = [(name, text_of(name, item)) for name, value in fields.items() for item in _items(value)]
        return Body(urlencode(pairs).encode(), "application/x-www-form-urlencoded")


@frozen
class JsonBody:
    """`application/json`, or another media type with that syntax."""

    media_type: str = "application/json"

    async def read_files(self, fields: Fields, limits: Mapping[str, int]) -> Fields:
        """JSON has no files."""
        return fields

    def write(self, fields: Fields) -> Body:
        """Write the fields as one object."""
        return Body(_json(fields), self.media_type)


@frozen
class JsonValueBody:
    """JSON that is no object; it comes as the field `body`."""

    media_type: str = "application/json"

    async def read_files(self, fields: Fields, limits: Mapping[str, int]) -> Fields:
        """JSON has no files."""
        return fields

    def write(self, fields: Fields) -> Body:
        """Write the value."""
        return Body(_json(fields["body"]), self.media_type)


@frozen
class WholeBody:
    """A body that is one value and has no fields."""

    body: object

    def to_dict(self) -> dict[str, object]:
        """The value as the field `body`."""
        return given({"body": self.body})


@frozen
class FileBody:
    """One file as the whole body; it comes as the field `body`."""

    media_type: str = _OCTET_STREAM

    async def read_files(self, fields: Fields, limits: Mapping[str, int]) -> Fields:
        """Read the file."""
        upload = await read_upload("body", fields["body"], media_type=self.media_type, limit=limits.get("body"))
        return {"body": upload}

    def write(self, fields: Fields) -> Body:
        """Write the file's content."""
        upload = cast(Upload, fields["body"])
        return Body(upload.content, upload.mime_type)


def text_of(name: str, value: object) -> str:
    """The text that stands for a scalar in a form, a path, a query or a header.

    Raises:
        InvalidRequestError: The value is no scalar, or cannot be written as UTF-8.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        text = str(value)
        if not text.isascii():
            _utf8(name, text)
        return text
    raise InvalidRequestError(name, value, "must be text, a number or a boolean here")


def _part(name: str, value: object) -> multipart.Part:
    if isinstance(value, Upload):
        _utf8(name, value.file_name)
        return multipart.Part(name, value.content, value.file_name, value.mime_type)
    if isinstance(value, Mapping):
        return multipart.Part(name, _json(cast(Fields, value)), media_type="application/json")
    return multipart.Part(name, text_of(name, value).encode())


def _utf8(name: str, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidRequestError(name, text, "must be text that UTF-8 can hold") from error


def _json(value: object) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError) as error:
        raise InvalidRequestError("body", value, f"must be JSON ({error})") from error


def _items(value: object) -> Iterable[object]:
    return cast("Sequence[object]", value) if isinstance(value, list | tuple) else (value,)
