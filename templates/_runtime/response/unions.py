"""Reading a JSON value that may be of several kinds, such as one of several models."""

from collections.abc import Mapping
from itertools import zip_longest
from typing import Generic, TypeVar, cast

from attrs import fields, has

from ..errors import InvalidRequestError
from ..request.values import to_json
from .values import ListOf, ModelOf, NullableListOf, Reading

T = TypeVar("T")

_NOTHING: Mapping[str, object] = {}
_NO_ITEMS: list[object] = []


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
