# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""What the document says of one operation, as data: where it is, what it takes, what it answers."""

from collections.abc import Callable, Mapping, Sequence
from typing import Generic, Protocol, TypeVar
from urllib.parse import parse_qsl

from attrs import frozen

from .bodies import BodyEncoding
from .credentials import SecurityScheme
from .errors import InvalidRequestError
from .json_text import UnreadableJsonError, parse_json
from .json_values import FromDict, read_model, to_json
from .parameters import Parameter, in_cookies, in_header, in_path, in_query, written
from .rules import Required

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class UnusableAnswerError(Exception):
    """A response does not hold what the operation is called for. The message says why."""


class BodyReader(Protocol[T_co]):
    """How the body of a successful answer is read."""

    def read(self, content: bytes, /) -> T_co:
        """Make the result.

        Raises:
            UnusableAnswerError: The body does not hold one.
        """
        ...


@frozen
class JsonReader(Generic[T]):
    """A JSON body.

    Attributes:
        convert: Makes the result from the JSON value, or returns `None` where it cannot.
    """

    convert: Callable[[object], T | None]

    def read(self, content: bytes) -> T:
        """Parse and convert the body."""
        try:
            value = parse_json(content)
        except UnreadableJsonError as error:
            raise UnusableAnswerError(str(error)) from error
        result = self.convert(value)
        if result is None:
            raise UnusableAnswerError("is JSON, but not of the document's type")
        return result


@frozen
class ModelReader(Generic[T]):
    """A JSON object that a model is made from.

    Attributes:
        model: The model's class.
        is_usable: Whether a response is worth having; every object is, unless the
            document says more.
    """

    model: FromDict[T]
    is_usable: Callable[[T], bool] | None = None

    def read(self, content: bytes) -> T:
        """Parse the body and make the model."""
        result = JsonReader(lambda value: read_model(value, self.model)).read(content)
        if self.is_usable is not None and not self.is_usable(result):
            raise UnusableAnswerError("holds nothing usable")
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
class NoBody:
    """A success that says nothing more."""

    def read(self, content: bytes) -> None:
        """Ignore the body."""


@frozen
class Operation(Generic[T]):
    """One operation of the document.

    Attributes:
        name: The operationId.
        method: The HTTP method.
        path: The path below the server's URL, with `{name}` where a path parameter goes.
        responses: How to read a success, by its status: "200", or "2XX" for a range.
        parameters: The parameters outside the body.
        body: How the request's body is written, if it has one.
        accept: The media type that is asked for.
        security: How the key is shown to the server, unless the operation is open to all.
    """

    name: str
    method: str
    path: str
    responses: Mapping[str, BodyReader[T]]
    parameters: tuple[Parameter, ...] = ()
    body: BodyEncoding | None = None
    accept: str = "*/*"
    security: SecurityScheme | None = None

    def reader_for(self, status_code: int) -> BodyReader[T]:
        """The document's reading of a status, or its first one for a success that it does not name."""
        for status in (str(status_code), f"{status_code // 100}XX"):
            if status in self.responses:
                return self.responses[status]
        return next(iter(self.responses.values()))


@frozen
class RequestTarget:
    """Where one request goes, and what it says beside its body."""

    path: str
    query: Sequence[tuple[str, str]]
    headers: Mapping[str, str]


def target_of(operation: Operation[T], arguments: Sequence[object]) -> RequestTarget:
    """Put the values of an operation's parameters where they belong. `None` is not given, nor is an empty list.

    Raises:
        InvalidRequestError: A value has no place in a URL or a header, or one that must be given is not.
    """
    path = operation.path
    query: list[tuple[str, str]] = []
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for parameter, argument in zip(operation.parameters, arguments, strict=True):
        if argument is None and Required() in parameter.rules:
            raise InvalidRequestError(parameter.name, argument, str(Required()))
        value = None if argument is None else written(parameter, to_json(argument))
        if parameter.location == "path":
            path = path.replace(f"{{{parameter.name}}}", "" if value is None else in_path(parameter, value))
        elif value is None or value == []:
            continue
        elif parameter.location == "header":
            headers[parameter.name] = header_value(parameter.name, in_header(parameter, value))
        elif parameter.location == "cookie":
            cookies += in_cookies(parameter, value)
        else:
            query += in_query(parameter, value)
    if cookies:
        headers["Cookie"] = "; ".join(cookies)
    # A document may tell operations apart by a query or a fragment in the path; a fragment is never sent.
    path, _, fixed = path.partition("#")[0].partition("?")
    return RequestTarget(path, [*parse_qsl(fixed, keep_blank_values=True), *query], headers)


def header_value(name: str, text: object) -> str:
    """Return text that a header line can carry as it is (RFC 9110, section 5.5).

    Raises:
        InvalidRequestError: It holds a control character, a character outside ASCII, or
            white space at an end, or is not a text.
    """
    if not isinstance(text, str) or not text.isascii() or not text.isprintable() or text != text.strip():
        raise InvalidRequestError(name, text, "must be printable ASCII without white space at its ends")
    return text
