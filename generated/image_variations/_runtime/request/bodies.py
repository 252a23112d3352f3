# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""How a request's body is written: multipart, JSON, a URL-encoded form, or one file."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar, cast

from attrs import field, frozen

from ..errors import InvalidRequestError
from . import multipart
from .files import Upload, as_file_input, read_upload
from .query import EncodedText, written_query
from .styles import Parameter, in_query
from .values import check_utf8, items_of, text_of, to_json

_OCTET_STREAM = "application/octet-stream"

_TAIL_SIZE = 64

Fields = Mapping[str, object]
"""What a body is made of: form fields or the members of a JSON object, by name."""


def with_short_tail(chunks: Iterable[bytes]) -> tuple[bytes, ...]:
    """Return the chunks, the last of which has at most `_TAIL_SIZE` bytes."""
    *head, tail = chunks
    return (*head, tail[:-_TAIL_SIZE], tail[-_TAIL_SIZE:]) if len(tail) > _TAIL_SIZE else (*head, tail)


@frozen
class Body:
    """A body as it goes over the wire, made once and sent as often as it takes.

    Attributes:
        chunks: Its bytes. A file's content is a chunk of its own, which is not copied;
            the last chunk is short, for only with it the request is whole.
    """

    chunks: tuple[bytes, ...] = field(repr=False, converter=with_short_tail)
    content_type: str

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return sum(map(len, self.chunks))


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
        alternatives: Those of them that may be another value as well.
        part_types: The media type of each other field, if the document names one.
        styled: The fields that are written by a style.
        make_boundary: Makes the boundary of each body out of its parts.
    """

    media_types: Mapping[str, str]
    alternatives: tuple[str, ...] = ()
    part_types: Mapping[str, str] = field(factory=dict[str, str])
    styled: tuple[Parameter, ...] = ()
    make_boundary: Callable[[Sequence[multipart.Part]], str] = multipart.boundary_for

    async def read_files(self, fields: Fields, limits: Mapping[str, int]) -> Fields:
        """Read the document's file fields, and files among the fields that it does not know."""
        return {name: await self._read(name, value, limits.get(name)) for name, value in fields.items()}

    async def _read(self, name: str, value: object, limit: int | None) -> object:
        if isinstance(value, list | tuple):
            return [await self._read(name, item, limit) for item in cast("Sequence[object]", value)]
        media_type = self.media_types.get(name)
        if (media_type is None or name in self.alternatives) and as_file_input(value) is None:
            return value
        return await read_upload(name, value, media_type=media_type or _OCTET_STREAM, limit=limit)

    def write(self, fields: Fields) -> Body:
        """Write each field as a part, and each item of a list as a part of its own, unless a style says otherwise."""
        parts = [
            _part(name, item, self.part_types.get(field_name))
            for field_name, value in fields.items()
            for name, item in _pairs(self.styled, field_name, value)
        ]
        boundary = self.make_boundary(parts)
        return Body(multipart.encode(parts, boundary), multipart.content_type(boundary))


@frozen
class FormBody:
    """`application/x-www-form-urlencoded`.

    Attributes:
        styled: The fields that are written by a style.
    """

    styled: tuple[Parameter, ...] = ()

    async def read_files(self, fields: Fields, limits: Mapping[str, int]) -> Fields:
        """Return the fields as they are: a URL-encoded form has no files."""
        return fields

    def write(self, fields: Fields) -> Body:
        """Write each field as a pair, and each item of a list as a pair of its own, unless a style says otherwise."""
        pairs = [pair for name, value in fields.items() for pair in _pairs(self.styled, name, value)]
        texts = [(name, item if isinstance(item, EncodedText) else _field_text(name, item)) for name, item in pairs]
        return Body((written_query(texts),), "application/x-www-form-urlencoded")


@frozen
class JsonBody:
    """`application/json`, or another media type with that syntax."""

    media_type: str = "application/json"

    async def read_files(self, fields: Fields, limits: Mapping[str, int]) -> Fields:
        """Return the fields as they are: JSON has no files."""
        return fields

    def write(self, fields: Fields) -> Body:
        """Write the fields as one object."""
        return Body((_json("body", fields),), self.media_type)


@frozen
class JsonValueBody:
    """JSON that is not an object; it comes as the field `body`."""

    media_type: str = "application/json"

    async def read_files(self, fields: Fields, limits: Mapping[str, int]) -> Fields:
        """Return the fields as they are: JSON has no files."""
        return fields

    def write(self, fields: Fields) -> Body:
        """Write the value."""
        return Body((_json("body", fields["body"]),), self.media_type)


@frozen
class WholeBody:
    """A body that is one value and has no fields."""

    body: object

    def to_dict(self) -> dict[str, object]:
        """Return the value as the field `body`."""
        return {"body": to_json(self.body)}


class Object(Protocol):
    """A body that has fields, as the models are."""

    def to_dict(self) -> dict[str, object]:
        """Return the fields that are given, by their names on the wire."""
        ...


ObjectT = TypeVar("ObjectT", bound=Object)


def unless_empty(body: ObjectT, extra_fields: Fields | None) -> ObjectT | None:
    """Return a body that a request may be without, or `None` if nothing is given for it."""
    return body if extra_fields or body.to_dict() else None


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
        return Body((upload.content,), upload.mime_type)


def _pairs(styled: Sequence[Parameter], name: str, value: object) -> Iterable[tuple[str, object]]:
    """Return the pairs or parts of a field: by its style, or one for each item."""
    style = next((parameter for parameter in styled if parameter.name == name), None)
    if style is not None and value is not None:
        return in_query(style, to_json(value))
    return ((name, item) for item in items_of(value))


def _part(name: str, value: object, media_type: str | None) -> multipart.Part:
    if isinstance(value, Upload):
        check_utf8(name, value.file_name)
        return multipart.Part(name, value.content, value.file_name, value.mime_type)
    if _is_json(value):
        return multipart.Part(name, _json(name, value), media_type=media_type or "application/json")
    return multipart.Part(name, text_of(name, value).encode(), media_type=media_type)


def _field_text(name: str, value: object) -> str:
    return _json(name, value).decode() if _is_json(value) else text_of(name, value)


def _is_json(value: object) -> bool:
    # Only as JSON do an object, null and an item that is a list have a form in a form (OpenAPI 3.1, section 4.8.15.1).
    return value is None or isinstance(value, Mapping | list | tuple)


def _json(name: str, value: object) -> bytes:
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_json_of)
        return text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidRequestError(name, value, f"must be JSON ({error})") from error


def _json_of(value: object) -> object:
    """Return the JSON of what stands among values of any type: a model, a date."""
    found = to_json(value)
    if found is value:
        raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
    return found
