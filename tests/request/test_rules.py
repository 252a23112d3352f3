"""The rules of documents: what each JSON Schema keyword allows, in a table."""

import math
import re
from datetime import UTC, date, datetime
from uuid import UUID

import attrs
import pytest
from attrs import field

from templates._runtime.errors import InvalidRequestError
from templates._runtime.request import array_rules, image_rules, number_rules, rules, string_rules
from templates._runtime.request.checks import check_model, octet_limits
from templates._runtime.request.nested_rules import AnyOf, Items
from templates._runtime.request.rules import Rule
from tests.support.pictures import make_png

TALL = make_png(8, 16)

TABLE: list[tuple[Rule, list[object], list[object], str]] = [
    (rules.Required(), [0, "", False, []], [None], "must be given"),
    (rules.Type("string"), ["", "a"], [b"a", 1, None], "must be of type string"),
    (rules.Type("integer"), [0, -3], [True, 1.5, "1"], "must be of type integer"),
    (rules.Type("number"), [0, 1.5], [True, "1"], "must be of type number"),
    (rules.Type("boolean"), [True, False], [0, 1, "true"], "must be of type boolean"),
    (rules.Type("array"), [[], (1,)], ["ab", {1}], "must be of type array"),
    (rules.Type("object"), [{}, {"a": 1}], [[], "a"], "must be of type object"),
    (rules.Type("date"), [date(2026, 1, 2)], [datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02"], "must be of type date"),
    (
        rules.Type("date-time"),
        [datetime(2026, 1, 2, tzinfo=UTC)],
        [datetime(2026, 1, 2), date(2026, 1, 2), "2026-01-02"],
        "must be of type date-time with a time zone",
    ),
    (rules.Type("uuid"), [UUID(int=0)], ["00000000-0000-0000-0000-000000000000"], "must be of type uuid"),
    (rules.Type("binary"), [b"", bytearray()], ["a", 1], "must be one file"),
    (rules.Enum((1, "a")), [1, "a"], [True, 1.0, "b"], "must be 1 or 'a'"),
    (rules.Enum((1.5, 2.0)), [1.5, 2.0, 2], [1, True, "2.0"], "must be 1.5 or 2.0"),
    (rules.Enum((True,)), [True], [1, 1.0, False], "must be True"),
    (number_rules.Minimum(1), [1, 2.5, "text"], [0, 0.99, -math.inf], "must be at least 1"),
    (number_rules.Maximum(10), [10, -1, "text"], [11, 10.01, math.inf], "must be at most 10"),
    (number_rules.ExclusiveMinimum(0), [0.1, 1, "text"], [0, -1], "must be more than 0"),
    (number_rules.ExclusiveMaximum(1), [0.9, -1, "text"], [1, 2], "must be less than 1"),
    (number_rules.MultipleOf(0.1), [0.3, 1, -0.7, math.inf, "text"], [0.25], "must be a multiple of 0.1"),
    (string_rules.MinLength(2), ["ab", b"ab", 1], ["a", b"a"], "must be at least 2 characters long"),
    (string_rules.MaxLength(2), ["ab", b"ab", 100], ["abc", b"abc"], "must be at most 2 characters long"),
    (string_rules.Pattern("^a+$", r"^a+\Z"), ["a", "aa", 1], ["a\n", "b", ""], "must match ^a+$"),
    (string_rules.Pattern(r"a\$"), ["a$b"], ["a"], r"must match a\$"),
    (array_rules.MinItems(1), [[1], "x"], [[], ()], "must have at least 1 item"),
    (array_rules.MaxItems(1), [[1], [], "xyz"], [[1, 2]], "must have at most 1 item"),
    (
        array_rules.UniqueItems(),
        [[1, 2], [1, True], [{"a": 1}, {"a": 2}], "aa"],
        [[1, 1]],
        "must not hold an item twice",
    ),
    (
        Items((rules.Type("integer"), number_rules.Minimum(1))),
        [[], [1, 2], "text"],
        [["a"], [1, 0]],
        "each item must be of type integer and must be at least 1",
    ),
    (
        AnyOf(((rules.Type("integer"),), (rules.Enum(("auto",)),))),
        [1, "auto"],
        ["other", 1.5],
        "must be of type integer, or must be 'auto'",
    ),
    (
        image_rules.Png(),
        [make_png(), 1],
        [b"", b"GIF89a", make_png()[:20], make_png()[:16] + bytes(8), make_png()[:16] + b"\xff" * 8],
        "must be a PNG file",
    ),
    (image_rules.Square(), [make_png(), b"no PNG", 1], [TALL], "must be square: as wide as it is high"),
]


@pytest.mark.parametrize(
    ("rule", "value"),
    [pytest.param(rule, value, id=f"{rule}: {value!r:.40}") for rule, kept, _, _ in TABLE for value in kept],
)
def test_what_keeps_a_rule_passes(rule: Rule, value: object) -> None:
    """A value that the keyword allows, or does not speak of, is not a mistake."""
    assert rule.holds(value)


@pytest.mark.parametrize(
    ("rule", "value"),
    [pytest.param(rule, value, id=f"{rule}: {value!r:.40}") for rule, _, broken, _ in TABLE for value in broken],
)
def test_what_breaks_a_rule_is_found(rule: Rule, value: object) -> None:
    """A value that the keyword does not allow is a mistake."""
    assert not rule.holds(value)


@pytest.mark.parametrize(("rule", "words"), [(rule, words) for rule, _, _, words in TABLE])
def test_a_rule_says_what_it_asks_for(rule: Rule, words: str) -> None:
    """Its text reads after the field's name."""
    assert str(rule) == words


@attrs.define
class Inner:
    """A model within another."""

    n: int | None = field(default=None, metadata={"rules": (number_rules.Minimum(1),)})


@attrs.define
class Outer:
    """A model with one of each kind of field."""

    from_: str | None = field(default=None, metadata={"name": "from", "rules": (rules.Required(),)})
    file: bytes | None = field(default=None, metadata={"rules": (string_rules.MaxLength(7),)})
    files: list[bytes] | None = field(default=None, metadata={"rules": (Items((string_rules.MaxLength(5),)),)})
    inner: Inner | None = None
    more: list[Inner] | None = None


def test_a_field_that_is_not_given_breaks_only_the_rule_that_it_must_be() -> None:
    """`None` means "not given": a field's other rules are not asked."""
    check_model(Outer(from_="here"))
    with pytest.raises(InvalidRequestError) as refusal:
        check_model(Outer())
    assert (refusal.value.field, refusal.value.value, refusal.value.rule) == ("from", None, "must be given")


@pytest.mark.parametrize(
    ("model", "place"),
    [
        (Outer(from_="here", inner=Inner(0)), "inner.n"),
        (Outer(from_="here", more=[Inner(1), Inner(0)]), "more[1].n"),
    ],
)
def test_models_within_a_model_are_held_against_their_rules(model: Outer, place: str) -> None:
    """The error's field says where the value stands."""
    with pytest.raises(InvalidRequestError, match=re.escape(place)) as refusal:
        check_model(model)
    assert (refusal.value.field, refusal.value.value) == (place, 0)


def test_a_files_content_is_judged_in_its_place() -> None:
    """What was read of a file is held against the rules, not what was given for it."""
    model = Outer(from_="here", file=b"longer than that")
    check_model(model, {"file": b"short"})
    with pytest.raises(InvalidRequestError, match=r"^file: must be at most 7 characters long"):
        check_model(model)


def test_the_longest_content_of_each_file_is_known_beforehand() -> None:
    """So no more than that and one byte needs to be read: of a field, and of each item of a list."""
    assert octet_limits(Outer) == {"file": 7, "files": 5}


def test_a_rule_is_an_attrs_validator() -> None:
    """Called as one, it raises `InvalidRequestError` for a value that breaks it, and else does nothing."""
    attribute = attrs.fields(Inner).n
    number_rules.Minimum(1)(Inner(), attribute, 1)
    with pytest.raises(InvalidRequestError, match=r"n: must be at least 1 \(got 0\)"):
        number_rules.Minimum(1)(Inner(), attribute, 0)
