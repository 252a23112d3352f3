"""The body of a request, and what a kind of body is: each kind has a module of its own."""

from collections.abc import Iterable, Mapping
from typing import ClassVar, Protocol, TypeVar

from attrs import field, frozen

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
    """How the fields of an operation become a body.

    Attributes:
        takes_null: Whether a field can be `NULL`.
    """

    takes_null: ClassVar[bool] = False

    async def read_files(self, fields: Fields, limits: Mapping[str, int], /) -> Fields:
        """Return the fields with each file among them read into an `Upload`. Most bodies have no files.

        Raises:
            InvalidRequestError: A file cannot be read.
        """
        return fields

    def write(self, fields: Fields, /) -> Body:
        """Write fields whose files were read.

        Raises:
            InvalidRequestError: A value has no form on the wire.
        """
        ...


class Object(Protocol):
    """A body that has fields, as the models are."""

    def to_dict(self) -> dict[str, object]:
        """Return the fields that are given, by their names on the wire."""
        ...


ObjectT = TypeVar("ObjectT", bound=Object)


def unless_empty(body: ObjectT, extra_fields: Fields | None) -> ObjectT | None:
    """Return a body that a request may be without, or `None` if nothing is given for it."""
    return body if extra_fields or body.to_dict() else None
