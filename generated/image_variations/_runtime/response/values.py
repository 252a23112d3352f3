# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Reading JSON leniently: a value of another type than the document's reads as `None`.

A response that was paid for is worth more than a strict parser. What the document does
not know stays with the model, in `additional_properties`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from itertools import zip_longest
from typing import Generic, Protocol, TypeVar, cast
from uuid import UUID

from attrs import field, fields, frozen, has

from ..errors import InvalidRequestError
from ..request.values import to_json

T = TypeVar("T")

_NOTHING: Mapping[str, object] = {}
_NO_ITEMS: list[object] = []

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
    return read_list(value, ModelOf(lambda: model))


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
        if not isinstance(value, Mapping):
            return None
        return self.model().from_dict(cast("Mapping[str, object]", value))


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


class Either(Generic[T]):
    """The reading that tries several, and takes the one that fits: by its tags, then by what it keeps of the value.

    Of readings that fit alike, the first is taken.
    """

    def __init__(self, *readings: Reading[T]) -> None:
        self._readings = readings

    def __call__(self, value: object) -> T | None:
        # The tags are looked at first: only what they leave is read, which ends unions within unions soon.
        misfits = [(_misfit(read, value), read) for read in self._readings]
        tagged = min((misfit[:2] for misfit, _ in misfits), default=(0, 0))
        likely = [(missing, read) for (*tags, missing), read in misfits if (*tags,) == tagged]
        best: tuple[tuple[int, int, int], T] | None = None
        for missing, read in sorted(likely, key=lambda pair: pair[0]):
            if best is not None and best[0] < (0, missing, 0):
                break
            result = _read_or_none(read, value)
            if result is not None:
                loss = (_lost(to_json(result), value), missing, _unknown(result))
                best = (loss, result) if best is None or loss < best[0] else best
        return None if best is None else best[1]


def _read_or_none(read: Reading[T], value: object) -> T | None:
    """Read a value by one branch. A model that is only sent refuses a value that lacks what it must have."""
    try:
        return read(value)
    except InvalidRequestError:
        return None


def _misfit(read: object, value: object) -> tuple[int, int, int]:
    """Return how many tags contradict a reading, whether none confirms it, and how many members it misses."""
    if isinstance(read, ListOf | NullableListOf) and isinstance(value, list):
        inner = cast("ListOf[object]", read).read
        found = [_misfit(inner, item) for item in cast("list[object]", value)]
        # One item that confirms it is enough; without this a list would lose to a scalar the more items it has.
        return sum(one[0] for one in found), min((one[1] for one in found), default=1), sum(one[2] for one in found)
    if not isinstance(read, ModelOf) or not isinstance(value, Mapping):
        return 0, 1, 0
    model, members = cast("ModelOf[object]", read), cast("Mapping[str, object]", value)
    agrees = [members[name] in values for name, values in model.tags.items() if members.get(name) is not None]
    return agrees.count(False), int(True not in agrees), sum(name not in members for name in model.required)


def _lost(kept: object, value: object) -> int:
    """Return how many values a reading did not keep."""
    if isinstance(value, Mapping):
        members = _NOTHING if kept is None else cast("Mapping[str, object]", kept)
        parts = cast("Mapping[str, object]", value).items()
        return sum(_lost(members.get(name), part) for name, part in parts) + (kept is None)
    if isinstance(value, list):
        items, places = _NO_ITEMS if kept is None else cast("list[object]", kept), cast("list[object]", value)
        return sum(_lost(*pair) for pair in zip_longest(items, places)) + (kept is None and places != [])
    return int(kept != value and not _is_same_time(kept, value))


def _is_same_time(kept: object, value: object) -> bool:
    """Return whether a string was read as a date-time: only its offset and its fraction are written another way."""
    if not isinstance(kept, str) or not isinstance(value, str):
        return False
    size = len("2026-01-02T03:04:05")
    return kept[10:11] == "T" and len(value) >= size and kept[:size] == value[:size].upper()


def _unknown(result: object) -> int:
    """Return how many members no model within a result knows."""
    if isinstance(result, list):
        return sum(map(_unknown, cast("list[object]", result)))
    kind: type = type(result)
    if not has(kind):
        return 0
    parts: list[object] = [getattr(result, one.name) for one in fields(kind)]
    more = [part for found in parts if isinstance(found, dict) for part in cast("dict[str, object]", found).values()]
    return sum(not has(type(part)) for part in more) + sum(map(_unknown, [*parts, *more]))


def _parsed(parse: Callable[[str], T], value: object) -> T | None:
    if not isinstance(value, str):
        return None
    try:
        return parse(value)
    except ValueError:
        return None
