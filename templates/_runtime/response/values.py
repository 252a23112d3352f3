"""Reading JSON leniently: a value of another type than the document's reads as `None`.

A response that was paid for is worth more than a strict parser. What the document does
not know stays with the model, in `additional_properties`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Generic, Protocol, TypeVar, cast
from uuid import UUID

from attrs import field, frozen

from ..request.values import to_json

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


def read_model(value: object, model: FromDict[T]) -> T | None:
    """Read a JSON object that a model is made from."""
    return model.from_dict(cast("Mapping[str, object]", value)) if isinstance(value, Mapping) else None


def read_models(value: object, model: FromDict[T]) -> list[T] | None:
    """Read a JSON array of objects that models are made from."""
    return read_list(value, ModelOf(model))


def read_list(value: object, read: Callable[[object], T | None]) -> list[T] | None:
    """Read a JSON array, without the items that cannot be read."""
    if not isinstance(value, list):
        return None
    items = (read(item) for item in cast("list[object]", value))
    return [item for item in items if item is not None]


@frozen
class ModelOf(Generic[T]):
    """The reading of a JSON object that a model is made from.

    Attributes:
        model: The model's class.
        const: The members whose values tell the model from others.
        required: Further members that it has and others may not have.
    """

    model: FromDict[T]
    const: Mapping[str, object] = field(factory=dict[str, object], kw_only=True)
    required: Sequence[str] = field(default=(), kw_only=True)

    def __call__(self, value: object) -> T | None:
        if not isinstance(value, Mapping):
            return None
        members = cast("Mapping[str, object]", value)
        is_one = all(name in members for name in (*self.const, *self.required))
        is_one = is_one and all(members[name] == expected for name, expected in self.const.items())
        return self.model.from_dict(members) if is_one else None


@frozen
class ListOf(Generic[T]):
    """The reading of a JSON array, by that of an item."""

    read: Callable[[object], T | None]

    def __call__(self, value: object) -> list[T] | None:
        return read_list(value, self.read)


class Either(Generic[T]):
    """The reading that tries several, and takes the one that keeps most of the value; of equal ones the first."""

    def __init__(self, *readings: Callable[[object], T | None]) -> None:
        self._readings = readings

    def __call__(self, value: object) -> T | None:
        found = [result for read in self._readings if (result := read(value)) is not None]
        return min(found, key=lambda result: _loss(result, value)) if len(found) > 1 else next(iter(found), None)


def _loss(result: object, value: object) -> tuple[int, int]:
    """Return how many values a reading lost, and how many members it does not know."""
    unknown = cast(object, getattr(result, "additional_properties", None))
    return _lost(to_json(result), value), len(cast("Mapping[str, object]", unknown)) if unknown else 0


def _lost(kept: object, value: object) -> int:
    if isinstance(value, Mapping) and isinstance(kept, Mapping):
        members = cast("Mapping[str, object]", kept)
        return sum(_lost(members.get(name), part) for name, part in cast("Mapping[str, object]", value).items())
    if isinstance(value, list) and isinstance(kept, list):
        items, parts = cast("list[object]", kept), cast("list[object]", value)
        return len(parts) - len(items) + sum(map(_lost, items, parts))
    return int(kept is None and value is not None and value != [])


def _parsed(parse: Callable[[str], T], value: object) -> T | None:
    if not isinstance(value, str):
        return None
    try:
        return parse(value)
    except ValueError:
        return None
