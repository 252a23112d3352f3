# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""What the document says of one operation, as data: where it is, what it takes, what it answers."""

from collections.abc import Mapping, Sequence
from typing import Generic, Protocol, TypeVar

from attrs import Factory, define, frozen

from .bodies import BodyEncoding
from .rules import Rule
from .security import SecurityScheme

T = TypeVar("T")

T_co = TypeVar("T_co", covariant=True)


class UnusableBodyError(Exception):
    """A response does not hold what the operation is called for. The message says why."""


class BodyReader(Protocol[T_co]):
    """How the body of a successful response is read."""

    async def read(self, content: bytes, /) -> T_co:
        """Make the result.

        Raises:
            UnusableBodyError: The body does not hold one.
        """
        ...


@define
class Target:
    """Where one request goes, and what it says beside its body."""

    path: str
    query: list[tuple[str, str]] = Factory(list[tuple[str, str]])
    headers: dict[str, str] = Factory(dict[str, str])
    cookies: list[str] = Factory(list[str])


class TargetPart(Protocol):
    """A parameter outside the body."""

    @property
    def name(self) -> str:
        """Its name on the wire."""
        ...

    @property
    def rules(self) -> Sequence[Rule]:
        """What its value keeps."""
        ...

    def put(self, argument: object, target: Target, /) -> None:
        """Put a value where it belongs in a request.

        Raises:
            InvalidRequestError: It has no form there, or must be given and is not.
        """
        ...


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
        is_key_optional: Whether a call needs no key; one that the client has is shown all the same.
        is_idempotent: Whether carrying it out twice has the effect of doing so once (RFC 9110, section 9.2.2).
        is_billed: Whether carrying it out can cost something.
    """

    name: str
    method: str
    path: str
    responses: Mapping[str, BodyReader[T]]
    parameters: tuple[TargetPart, ...] = ()
    body: BodyEncoding | None = None
    accept: str = "*/*"
    security: SecurityScheme | None = None
    is_key_optional: bool = False
    is_idempotent: bool = False
    is_billed: bool = True

    def reader_for(self, status_code: int) -> BodyReader[T]:
        """Return the document's reading of a status, or its first one for a success that it does not name."""
        for status in (str(status_code), f"{status_code // 100}XX"):
            if status in self.responses:
                return self.responses[status]
        return next(iter(self.responses.values()))
