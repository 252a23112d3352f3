"""Reading JSON leniently: a value of another type than the document's reads as `None`.

An answer that was paid for is worth more than a strict parser. What the document does
not know stays with the model, in `additional_properties`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol, TypeVar, cast
from uuid import UUID

T = TypeVar("T")
U = TypeVar("U")
T_co = TypeVar("T_co", covariant=True)


class FromDict(Protocol[T_co]):
    """A model's class, as far as reading one needs it."""

    def from_dict(self, source: Mapping[str, object], /) -> T_co:
        """Make the model from a JSON object."""
        ...


def read_str(value: object) -> str | None:
    """A JSON string."""
    return value if isinstance(value, str) else None


def read_int(value: object) -> int | None:
    """A JSON number without a fraction. To Python `True` is an `int`; to JSON it is not."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) else None


def read_float(value: object) -> float | None:
    """A JSON number."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def read_bool(value: object) -> bool | None:
    """`true` or `false`."""
    return value if isinstance(value, bool) else None


def read_datetime(value: object) -> datetime | None:
    """A string that is an RFC 3339 date and time."""
    return _parsed(datetime.fromisoformat, value)


def read_date(value: object) -> date | None:
    """A string that is an RFC 3339 full-date."""
    return _parsed(date.fromisoformat, value)


def read_uuid(value: object) -> UUID | None:
    """A string that is a UUID (RFC 9562)."""
    return _parsed(UUID, value)


def read_any(value: object) -> object:
    """Any JSON value."""
    return value


def read_model(value: object, model: FromDict[T], *, required: Sequence[str] = ()) -> T | None:
    """A JSON object that a model is made from, if it has the members that tell it from others."""
    if not isinstance(value, Mapping):
        return None
    members = cast("Mapping[str, object]", value)
    return model.from_dict(members) if all(name in members for name in required) else None


def read_models(value: object, model: FromDict[T]) -> list[T]:
    """A JSON array of objects that models are made from."""
    return read_list(value, lambda item: read_model(item, model))


def read_list(value: object, read: Callable[[object], T | None]) -> list[T]:
    """A JSON array, without the items that cannot be read. Anything else is an empty list."""
    if not isinstance(value, list):
        return []
    items = (read(item) for item in cast("list[object]", value))
    return [item for item in items if item is not None]


def read_either(
    value: object, read: Callable[[object], T | None], read_other: Callable[[object], U | None]
) -> T | U | None:
    """The first of two readings that finds something."""
    first = read(value)
    return read_other(value) if first is None else first


def to_json(value: object) -> object:
    """The JSON value that stands for a model's attribute."""
    if isinstance(value, date | UUID):
        return value.isoformat() if isinstance(value, date) else str(value)
    if isinstance(value, Mapping):
        return {name: to_json(member) for name, member in cast("Mapping[str, object]", value).items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in cast("Sequence[object]", value)]
    to_dict = getattr(value, "to_dict", None)
    return to_dict() if callable(to_dict) else value


def given(members: Mapping[str, object]) -> dict[str, object]:
    """The members that have a value, as JSON: `None` and an empty list mean "not given"."""
    return {name: to_json(value) for name, value in members.items() if value is not None and value != []}


def _parsed(parse: Callable[[str], T], value: object) -> T | None:
    if not isinstance(value, str):
        return None
    try:
        return parse(value)
    except ValueError:
        return None
