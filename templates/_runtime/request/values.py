"""From Python values to what stands for them in a request: JSON, or the text of a scalar."""

import json
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import TypeVar, cast
from uuid import UUID

from ..errors import InvalidRequestError
from .null import NULL, NullType

T = TypeVar("T")


def text_of(name: str, value: object) -> str:
    """Return the text that stands for a scalar in a form, a path, a query or a header.

    Raises:
        InvalidRequestError: The value is not a scalar, or cannot be written as UTF-8.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value)):
        # The text of a subclass can be another than its value: that of an `enum.Enum` is its name.
        text = str.__str__(value) if isinstance(value, str) else _digits(name, value)
        check_utf8(name, text)
        return text
    raise InvalidRequestError(name, value, "must be text, a number or a boolean here")


def _digits(name: str, number: float) -> str:
    try:
        return int.__repr__(number) if isinstance(number, int) else float.__repr__(number)
    except ValueError as error:  # no more digits than sys.get_int_max_str_digits() says
        raise InvalidRequestError(name, "one of thousands of digits", "must be a number of a few digits") from error


def check_utf8(name: str, text: str) -> None:
    """See that UTF-8 can hold a text.

    Raises:
        InvalidRequestError: It cannot.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidRequestError(name, text, "must be text that UTF-8 can hold") from error


def json_bytes(name: str, value: object, *, in_ascii: bool = False) -> bytes:
    """Return a value as JSON.

    Raises:
        InvalidRequestError: It has no form there.
    """
    try:
        written = json.dumps(value, ensure_ascii=in_ascii, allow_nan=False, separators=(",", ":"), default=_json_of)
        return written.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidRequestError(name, value, f"must be JSON ({error})") from error


def _json_of(value: object) -> object:
    """Return the JSON of what stands among values of any type: a model, a date."""
    found = to_json(value)
    if found is value:
        raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
    return found


def items_of(value: object) -> Iterable[object]:
    """Return the items of a list, or the one value that there is."""
    return cast("Sequence[object]", value) if isinstance(value, list | tuple) else (value,)


class AbsentList(list[T]):
    """The list of a member that is not given. Unless something is put into it, it is not sent."""

    __slots__ = ()


def is_absent(value: object) -> bool:
    """Return whether a value is not given."""
    return value is None or (isinstance(value, AbsentList) and not value)


def as_list(items: Sequence[T] | NullType | None) -> list[T]:
    """Return the list that was given: `None` is none. What is not a list stays as it is, for the rules to judge."""
    if items is None or is_absent(items):
        return AbsentList()
    return list(items) if isinstance(items, list | tuple) else cast("list[T]", items)


def to_json(value: object) -> object:
    """Return the JSON value that stands for a model's attribute."""
    if value is None or isinstance(value, str | bytes | int | float):  # as most are
        return value
    if value is NULL:
        return None
    if isinstance(value, date | UUID):
        return value.isoformat() if isinstance(value, date) else str(value)
    if isinstance(value, Mapping):
        return json_members(cast("Mapping[str, object]", value))
    if isinstance(value, list | tuple):
        return [to_json(item) for item in cast("Sequence[object]", value)]
    to_dict = getattr(value, "to_dict", None)
    return to_dict() if callable(to_dict) else value


def json_members(members: Mapping[str, object]) -> dict[str, object]:
    """Return the members of a map as JSON, null among them."""
    return {name: to_json(value) for name, value in members.items()}


def given(members: Mapping[str, object], null: Collection[str] = ()) -> dict[str, object]:
    """Return the members that have a value, as JSON. `None` means "not given", but for those that are null then."""
    return {name: to_json(value) for name, value in members.items() if not is_absent(value) or name in null}
