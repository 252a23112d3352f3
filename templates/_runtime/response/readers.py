"""How the body of a success becomes the result of an operation."""

from collections.abc import Callable
from typing import Generic, TypeVar

from attrs import frozen

from ..request.operation import BodyReader, UnusableBodyError
from .json_text import UnreadableJsonError, read_json
from .values import read_str

T = TypeVar("T")


@frozen
class JsonReader(Generic[T]):
    """A JSON body.

    Attributes:
        convert: Makes the result from the JSON value, or returns `None` if it cannot.
        is_usable: Whether a result is worth having; every one is, unless the document says more.
    """

    convert: Callable[[object], T | None]
    is_usable: Callable[[T], bool] | None = None

    async def read(self, content: bytes) -> T:
        """Parse and convert the body."""
        return await read_json(content, self._result_of)

    def _result_of(self, value: object) -> T:
        if (result := self.convert(value)) is None:
            raise UnusableBodyError("is JSON, but not of the document's type")
        if self.is_usable is not None and not self.is_usable(result):
            raise UnusableBodyError("holds nothing usable")
        return result


@frozen
class NullableReader(Generic[T]):
    """A JSON body that may be null.

    Attributes:
        reader: How any other body is read.
    """

    reader: BodyReader[T]

    async def read(self, content: bytes) -> T | None:
        """Read the body, unless it is null."""
        return None if content.strip() == b"null" else await self.reader.read(content)


@frozen
class BytesReader:
    """A body that is the result as it is."""

    async def read(self, content: bytes) -> bytes:
        """Return the body."""
        return content


@frozen
class TextReader:
    """A body of text in UTF-8."""

    async def read(self, content: bytes) -> str:
        """Decode the body; what is not UTF-8 becomes U+FFFD."""
        return content.decode(errors="replace")


@frozen
class StringReader:
    """A string in JSON, or as it is, where the document leaves the media type to the server."""

    async def read(self, content: bytes) -> str:
        """Parse the body if it is a JSON string, else decode it."""
        try:
            value = await read_json(content, read_str)
        except UnreadableJsonError:
            value = None
        return await TextReader().read(content) if value is None else value


@frozen
class NoBody:
    """A success that says nothing more."""

    async def read(self, content: bytes) -> None:
        """Ignore the body."""
