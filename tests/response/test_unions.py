"""How a union in a response is read: by the tags of the models, then by what keeps most of the value."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Self
from uuid import UUID

import pytest
from attrs import define, field

# The pin has no unions, so its client has not this module.
from templates._runtime.errors import InvalidRequestError
from templates._runtime.response.unions import Either
from templates._runtime.response.values import (
    ListOf,
    ModelOf,
    read_date,
    read_datetime,
    read_float,
    read_int,
    read_str,
    read_uuid,
)


@define
class Otter:
    """A model with a number."""

    kind: str | None = None
    depth: int | None = None
    additional_properties: dict[str, object] = field(factory=dict[str, object])

    @classmethod
    def from_dict(cls, source: Mapping[str, object]) -> Self:
        """Read a JSON object."""
        more = dict(source)
        return cls(read_str(more.pop("kind", None)), read_int(more.pop("depth", None)), more)

    def to_dict(self) -> dict[str, object]:
        """Return the members that are given."""
        members = {"kind": self.kind, "depth": self.depth, **self.additional_properties}
        return {name: value for name, value in members.items() if value is not None}


@define
class Seal(Otter):
    """A model with the same members."""


@define
class Heron:
    """A model with a member of another type."""

    depth: str | None = None
    additional_properties: dict[str, object] = field(factory=dict[str, object])

    @classmethod
    def from_dict(cls, source: Mapping[str, object]) -> Self:
        """Read a JSON object."""
        more = dict(source)
        return cls(read_str(more.pop("depth", None)), more)

    def to_dict(self) -> dict[str, object]:
        """Return the members that are given."""
        return {**({} if self.depth is None else {"depth": self.depth}), **self.additional_properties}


TAGGED = Either[Otter | Seal](
    ModelOf(lambda: Otter, tags={"kind": ("otter",)}), ModelOf(lambda: Seal, tags={"kind": ("seal", "pup")})
)
TYPED = Either[Otter | Heron](ModelOf(lambda: Otter, required=("depth",)), ModelOf(lambda: Heron, required=("depth",)))


def test_a_union_of_lists_is_told_apart_by_their_items() -> None:
    """A list none of whose items can be read is a worse reading than one that is read whole."""
    read = Either[list[float] | list[str]](ListOf(read_float), ListOf(read_str))
    assert read([1, 2.5]) == [1, 2.5]
    assert read(["a"]) == ["a"]
    assert read([]) == []
    assert read("a") is None


@pytest.mark.parametrize(("kind", "model"), [("otter", Otter), ("seal", Seal), ("pup", Seal)])
def test_a_tag_decides_whatever_the_other_members_say(kind: str, model: type) -> None:
    """Two models may have the same members, and a value may have a member that only the other one knows."""
    assert type(TAGGED({"kind": kind, "plumage": "grey"})) is model


def test_a_tag_that_no_model_has_stops_nothing() -> None:
    """The first of the models that fit alike keeps what was sent."""
    read = TAGGED({"kind": "walrus", "depth": 9})
    assert read is not None
    assert read.to_dict() == {"kind": "walrus", "depth": 9}


def test_a_member_that_is_null_is_no_tag() -> None:
    """It reads as one that was left out, which contradicts no model."""
    read = Either[Otter | Heron](
        ModelOf(lambda: Heron, tags={"sort": ("bird",)}, required=("depth",)),
        ModelOf(lambda: Otter, tags={"kind": ("otter",)}, required=("depth",)),
    )
    assert read({"kind": None, "depth": 3}) == Otter(depth=3)


def test_the_items_of_lists_have_tags_too() -> None:
    """A union of two lists of models is told apart by the tags of the items."""
    read = Either[list[Otter] | list[Seal]](
        ListOf(ModelOf(lambda: Otter, tags={"kind": ("otter",)})),
        ListOf(ModelOf(lambda: Seal, tags={"kind": ("seal",)})),
    )
    assert read([{"kind": "seal"}]) == [Seal("seal")]


def test_models_are_told_apart_by_the_types_of_their_members() -> None:
    """The one that keeps the value is read, wherever it stands."""
    assert TYPED({"depth": 3}) == Otter(depth=3)
    assert TYPED({"depth": "deep"}) == Heron("deep")


def test_the_model_that_knows_more_of_the_members_is_read() -> None:
    """If nothing is lost either way, members that a model does not know count against it."""
    read = Either[Heron | Otter](ModelOf(lambda: Heron), ModelOf(lambda: Otter))
    assert read({"kind": "otter"}) == Otter("otter")


MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SCALARS: list[tuple[object, object]] = [
    ("2026-01-02T03:04:05Z", MOMENT),
    ("2026-01-02t03:04:05.500Z", MOMENT.replace(microsecond=500_000)),
    ("20260102T030405Z", "20260102T030405Z"),
    ("2026-01-02", date(2026, 1, 2)),
    ("20260102", "20260102"),
    ("123e4567-e89b-42d3-a456-426614174000", UUID("123e4567-e89b-42d3-a456-426614174000")),
    ("123E4567-E89B-42D3-A456-426614174000", "123E4567-E89B-42D3-A456-426614174000"),
    ("a", "a"),
]


@pytest.mark.parametrize(("value", "expected"), SCALARS)
def test_a_string_is_only_read_as_more_if_it_can_be_written_again(value: object, expected: object) -> None:
    """Python reads dates and UUIDs in forms that it does not write; beside any string, those stay strings."""
    read = Either[date | datetime | UUID | str](read_date, read_datetime, read_uuid, read_str)
    assert read(value) == expected


def test_unions_within_unions_are_read_in_linear_time() -> None:
    """Each level is read by the branch that its tag names, and by no other."""
    reads: list[str] = []

    class Nested(Otter):
        @classmethod
        def from_dict(cls, source: Mapping[str, object]) -> Self:
            reads.append(cls.__name__)
            more = dict(source)
            read(more.get("inner"))
            return cls(read_str(more.pop("kind", None)), None, more)

    class Other(Nested):
        pass

    read = Either[Nested | Other](
        ModelOf(lambda: Nested, tags={"kind": ("n",)}), ModelOf(lambda: Other, tags={"kind": ("o",)})
    )
    value: dict[str, object] = {"kind": "o"}
    for _ in range(50):
        value = {"kind": "n", "inner": value}
    read(value)
    assert len(reads) == 51


@pytest.mark.parametrize("value", [[], ["a"], ["a", ""], [1, 2, 3], [[1], [2, 3]], "a"], ids=repr)
def test_a_list_of_several_items_is_no_scalar(value: object) -> None:
    """However many items it has, it is read by the branch that keeps them."""
    read = Either[str | list[str] | list[int] | list[list[int]]](
        read_str, ListOf(read_str), ListOf(read_int), ListOf(ListOf(read_int))
    )
    assert read(value) == value


@define
class Draft:
    """A model that is only sent: it cannot be made without a list."""

    lines: list[str]

    @classmethod
    def from_dict(cls, source: Mapping[str, object]) -> Self:
        """Read a JSON object, or refuse it."""
        lines = ListOf(read_str)(source.get("lines"))
        if lines is None:
            raise InvalidRequestError("lines", None, "must be given")
        return cls(lines)

    def to_dict(self) -> dict[str, object]:
        """Return its members."""
        return {"lines": self.lines}


@define
class Note:
    """A model of the same members, of other types."""

    lines: str | None

    @classmethod
    def from_dict(cls, source: Mapping[str, object]) -> Self:
        """Read a JSON object."""
        return cls(read_str(source.get("lines")))

    def to_dict(self) -> dict[str, object]:
        """Return its members."""
        return {"lines": self.lines}


@pytest.mark.parametrize("order", [1, -1])
def test_a_branch_that_refuses_the_value_leaves_it_to_the_others(order: int) -> None:
    """A model that must be given a member may not be the one that is meant."""
    branches: list[ModelOf[Draft | Note]] = [
        ModelOf(lambda: Draft, required=("lines",)),
        ModelOf(lambda: Note, required=("lines",)),
    ]
    read = Either[Draft | Note](*branches[::order])
    assert read({"lines": "a"}) == Note("a")
    assert read({"lines": ["a"]}) == Draft(["a"])
