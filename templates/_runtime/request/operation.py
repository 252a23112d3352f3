"""What the document says of one operation, as data: where it is, what it takes, what it answers."""

from collections.abc import Mapping
from typing import Generic, Literal, Protocol, TypeVar

from attrs import frozen

from .bodies import BodyEncoding
from .rules import Rule
from .security import SecurityScheme

T = TypeVar("T")

T_co = TypeVar("T_co", covariant=True)

_STYLES = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}
"""The usual style of each location (OpenAPI 3.1, section 4.8.12)."""


class UnusableBodyError(Exception):
    """A response does not hold what the operation is called for. The message says why."""


class BodyReader(Protocol[T_co]):
    """How the body of a successful response is read."""

    def read(self, content: bytes, /) -> T_co:
        """Make the result.

        Raises:
            UnusableBodyError: The body does not hold one.
        """
        ...


@frozen
class Parameter:
    """One parameter of the path, the query, the headers or the cookies.

    Attributes:
        name: Its name on the wire.
        location: Where it goes.
        rules: What its value keeps.
        style: How a list or an object is written, if not as is usual at its location.
        explode: Whether each item or member stands for itself, if that is not as is usual for the style.
        allow_reserved: Whether reserved characters of a query are sent as they are.
        is_json: Whether the value is written as JSON.
        takes_object: Whether it may be an object.
    """

    name: str
    location: Literal["path", "query", "header", "cookie"]
    rules: tuple[Rule, ...] = ()
    style: str | None = None
    explode: bool | None = None
    allow_reserved: bool = False
    is_json: bool = False
    takes_object: bool = False

    @property
    def form(self) -> tuple[str, bool]:
        """The style, and whether it explodes."""
        style = self.style or _STYLES[self.location]
        return style, style == "form" if self.explode is None else self.explode


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
        is_idempotent: Whether carrying it out twice has the effect of doing so once (RFC 9110, section 9.2.2).
        is_billed: Whether carrying it out can cost something.
    """

    name: str
    method: str
    path: str
    responses: Mapping[str, BodyReader[T]]
    parameters: tuple[Parameter, ...] = ()
    body: BodyEncoding | None = None
    accept: str = "*/*"
    security: SecurityScheme | None = None
    is_idempotent: bool = False
    is_billed: bool = True

    def reader_for(self, status_code: int) -> BodyReader[T]:
        """The document's reading of a status, or its first one for a success that it does not name."""
        for status in (str(status_code), f"{status_code // 100}XX"):
            if status in self.responses:
                return self.responses[status]
        return next(iter(self.responses.values()))
