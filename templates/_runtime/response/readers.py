"""How the body of a success becomes the result of an operation."""

from collections.abc import Callable
from typing import Generic, TypeVar

from attrs import frozen

from ..request.operation import BodyReader, UnusableBodyError
from .json_text import UnreadableJsonError, parse_json

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

    def read(self, content: bytes) -> T:
        """Parse and convert the body."""
        if (result := self.convert(parse_json(content))) is None:
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

    def read(self, content: bytes) -> T | None:
        """Read the body, unless it is null."""
        return None if content.strip() == b"null" else self.reader.read(content)


@frozen
class BytesReader:
    """A body that is the result as it is."""

    def read(self, content: bytes) -> bytes:
        """Return the body."""
        return content


@frozen
class TextReader:
    """A body of text in UTF-8."""

    def read(self, content: bytes) -> str:
        """Decode the body; what is not UTF-8 becomes U+FFFD."""
        return content.decode(errors="replace")


@frozen
class StringReader:
    """A string in JSON, or as it is, where the document leaves the media type to the server."""

    def read(self, content: bytes) -> str:
        """Parse the body if it is a JSON string, else decode it."""
        try:
            value = parse_json(content)
        except UnreadableJsonError:
            value = None
        return value if isinstance(value, str) else TextReader().read(content)


@frozen
class NoBody:
    """A success that says nothing more."""

    def read(self, content: bytes) -> None:
        """Ignore the body."""
