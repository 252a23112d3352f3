"""Reading JSON leniently: a value of another type than the document's reads as `None`.

A response that was paid for is worth more than a strict parser. What the document does
not know stays with the model, in `additional_properties`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Generic, Protocol, TypeVar, cast
from uuid import UUID

from attrs import field, frozen

T = TypeVar("T")

T_co = TypeVar("T_co", covariant=True)


class FromDict(Protocol[T_co]):
    """A model's class, as far as reading one needs it."""

    def from_dict(self, source: Mapping[str, object], /) -> T_co:
        """Make the model from a JSON object."""
        ...


def read_str(value: object) -> str | None:
    """Read a JSON string."""
    return value if isinstance(value, str) else None


def read_int(value: object) -> int | None:
    """Read a JSON number without a fraction. To Python `True` is an `int`; to JSON it is not."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) else None


def read_float(value: object) -> float | None:
    """Read a JSON number."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def read_bool(value: object) -> bool | None:
    """Read `true` or `false`."""
    return value if isinstance(value, bool) else None


def read_datetime(value: object) -> datetime | None:
    """Read a string that is an RFC 3339 date and time."""
    return _parsed(datetime.fromisoformat, value)


def read_date(value: object) -> date | None:
    """Read a string that is an RFC 3339 full-date."""
    return _parsed(date.fromisoformat, value)


def read_uuid(value: object) -> UUID | None:
    """Read a string that is a UUID (RFC 9562)."""
    return _parsed(UUID, value)


def read_any(value: object) -> object:
    """Read any JSON value."""
    return value


def read_array(value: object) -> list[object] | None:
    """Read a JSON array of any values, null among them."""
    return cast("list[object]", value) if isinstance(value, list) else None


def read_model(value: object, model: Callable[[], FromDict[T]]) -> T | None:
    """Read a JSON object that a model is made from. Its class need not be imported before there is one."""
    return model().from_dict(cast("Mapping[str, object]", value)) if isinstance(value, Mapping) else None


def read_models(value: object, model: Callable[[], FromDict[T]]) -> list[T] | None:
    """Read a JSON array of objects that models are made from."""
    return read_list(value, ModelOf(model))


def read_list(value: object, read: Callable[[object], T | None]) -> list[T] | None:
    """Read a JSON array, without the items that cannot be read."""
    items = read_places(value, read)
    return None if items is None else [item for item in items if item is not None]


def read_places(value: object, read: Callable[[object], T | None]) -> list[T | None] | None:
    """Read a JSON array whose items may be null, each at its place; an item that cannot be read is `None`."""
    return [read(item) for item in cast("list[object]", value)] if isinstance(value, list) else None


def read_map(source: Mapping[str, object], read: Callable[[object], T | None]) -> dict[str, T]:
    """Read the members of a JSON object. One that cannot be read is kept as it came, as undeclared members are."""
    return {name: cast("T", value) if (found := read(value)) is None else found for name, value in source.items()}


class Reading(Protocol[T_co]):
    """The reading of a JSON value of one kind, which returns `None` for another one."""

    def __call__(self, value: object, /) -> T_co | None: ...


@frozen
class ModelOf(Generic[T]):
    """The reading of a JSON object that a model is made from.

    Attributes:
        model: Returns the model's class, which need not be imported before it is read.
        tags: The values that a member has if the object is this model and not another one.
        required: The members that it has.
    """

    model: Callable[[], FromDict[T]]
    tags: Mapping[str, Sequence[object]] = field(factory=dict[str, Sequence[object]], kw_only=True)
    required: Sequence[str] = field(default=(), kw_only=True)

    def __call__(self, value: object) -> T | None:
        return read_model(value, self.model)


@frozen
class ListOf(Generic[T]):
    """The reading of a JSON array, by that of an item."""

    read: Reading[T]

    def __call__(self, value: object) -> list[T] | None:
        return read_list(value, self.read)


@frozen
class NullableListOf(Generic[T]):
    """The reading of a JSON array whose items may be null, by that of any other item."""

    read: Reading[T]

    def __call__(self, value: object) -> list[T | None] | None:
        return read_places(value, self.read)


def _parsed(parse: Callable[[str], T], value: object) -> T | None:
    if not isinstance(value, str):
        return None
    try:
        return parse(value)
    except ValueError:
        return None
