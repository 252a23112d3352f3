"""Reading JSON values leniently, and writing what models hold."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from attrs import frozen
from image_variations._runtime.request.values import as_list, given, to_json
from image_variations._runtime.response import values as json_values
from image_variations._runtime.response.values import ListOf

# The pin has no unions, so its client has not this module.
from templates._runtime.response.unions import Either

ID = UUID("8f3b8a0e-4f0e-4f43-8d8c-0a4f3f6f2d11")
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)

READINGS: list[tuple[Callable[[object], object], object, object]] = [
    (json_values.read_str, "text", "text"),
    (json_values.read_str, 1, None),
    (json_values.read_int, 3, 3),
    (json_values.read_int, 3.0, 3),
    (json_values.read_int, 3.5, None),
    (json_values.read_int, True, None),
    (json_values.read_int, "3", None),
    (json_values.read_float, 3, 3),
    (json_values.read_float, 0.5, 0.5),
    (json_values.read_float, False, None),
    (json_values.read_bool, True, True),
    (json_values.read_bool, 1, None),
    (json_values.read_datetime, "2026-11-25T12:00:00+00:00", NOON),
    (json_values.read_datetime, "noon", None),
    (json_values.read_datetime, 12, None),
    (json_values.read_date, "2026-11-25", date(2026, 11, 25)),
    (json_values.read_date, "2026-13-01", None),
    (json_values.read_uuid, str(ID), ID),
    (json_values.read_uuid, "id", None),
    (json_values.read_any, {"a": 1}, {"a": 1}),
    (json_values.read_array, [1, None], [1, None]),
    (json_values.read_array, "ab", None),
    (ListOf(json_values.read_int), [1, "2", None, 3], [1, 3]),
    (ListOf(json_values.read_int), {"a": 1}, None),
    (Either(json_values.read_int, json_values.read_str), "auto", "auto"),
    (Either(json_values.read_int, json_values.read_str), 7, 7),
    (Either(json_values.read_int, json_values.read_str), [], None),
]


@pytest.mark.parametrize(("read", "value", "expected"), READINGS)
def test_a_value_of_another_type_reads_as_none(
    read: Callable[[object], object], value: object, expected: object
) -> None:
    """What the document's type fits is read; of what it does not fit, nothing is."""
    found = read(value)
    assert (type(found), found) == (type(expected), expected)


@frozen
class Sized:
    """A model as `to_json` sees it."""

    size: int

    def to_dict(self) -> dict[str, object]:
        """The members."""
        return {"size": self.size}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (NOON, "2026-11-25T12:00:00+00:00"),
        (NOON.date(), "2026-11-25"),
        (ID, str(ID)),
        ({"when": NOON, "more": [ID]}, {"when": "2026-11-25T12:00:00+00:00", "more": [str(ID)]}),
        ((1, Sized(2)), [1, {"size": 2}]),
        ("text", "text"),
        (None, None),
    ],
)
def test_what_a_model_holds_is_written_as_json(value: object, expected: object) -> None:
    """Dates and UUIDs as text, models as objects, at any depth."""
    assert to_json(value) == expected


def test_what_is_not_given_is_not_written() -> None:
    """`None` is left out, but for the members that are null then."""
    assert given({"a": None, "b": 0, "c": None}, null=("c",)) == {"b": 0, "c": None}


def test_what_is_no_list_is_left_to_the_rules() -> None:
    """Building a model never fails: it keeps what it was given."""
    assert (as_list(None), as_list((1, 2))) == ([], [1, 2])
    kept: object = as_list("ab")
    assert kept == "ab"
