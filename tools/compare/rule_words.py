"""The rules of a value in words, and which of two allows less."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from attrs import frozen

from tools.compare.branches import LOWER_LIMITS, TYPED_FORMATS, UPPER_LIMITS, Branch, canonical
from tools.compare.changes import quoted

Move: TypeAlias = Literal["added", "removed", "tightened", "loosened", "changed"]

_WORDS: Mapping[str, str] = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
    "minLength": "at least {} {unit}",
    "maxLength": "at most {} {unit}",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "minProperties": "at least {} members",
    "maxProperties": "at most {} members",
    "multipleOf": "multiples of {}",
    "pattern": "text that matches {}",
    "format": "the format {}",
    "contentMediaType": "content of the type {}",
    "contentEncoding": "text in the encoding {}",
    "uniqueItems": "items that differ from each other",
    "x-square": "square images",
}
_WIDER = frozenset({"double", "int64"})
_WIDTHS = ({"float", "double"}, {"int32", "int64"})
"""Formats, one of which holds every value of the other."""

_PAIRED = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}


@frozen
class Rule:
    """One rule.

    Attributes:
        keyword: As the document says it.
    """

    keyword: str
    value: object
    words: str


@frozen
class RuleChange:
    """A difference of one rule; `old` or `new` is None if there was or is no such rule."""

    name: str
    move: Move
    old: Rule | None
    new: Rule | None


def rule_changes(old: Branch, new: Branch) -> list[RuleChange]:
    """Return how the rules of two values differ."""
    before, now = _rules_of(old), _rules_of(new)
    names = dict.fromkeys((*before, *now))
    pairs = [(name, before.get(name), now.get(name)) for name in names]
    return [RuleChange(name, _move(name, one, other), one, other) for name, one, other in pairs if _differ(one, other)]


def _rules_of(branch: Branch) -> dict[str, Rule]:
    found: dict[str, Rule] = {}
    unit = "octets" if branch.rules.get("format") == "binary" else "characters"
    for keyword, value in branch.rules.items():
        if keyword == "format" and str(value) in TYPED_FORMATS:
            continue  # it is a type of its own
        rule = Rule(keyword, value, _WORDS[keyword].format(quoted(value), unit=unit))
        name = _PAIRED.get(keyword, keyword)
        # Of "at least" and "more than" the one that allows less.
        if name not in found or _strictness(name, rule) > _strictness(name, found[name]):
            found[name] = rule
    return found


def _differ(old: Rule | None, new: Rule | None) -> bool:
    if old is None or new is None:
        return old is not new
    return (old.keyword, canonical(old.value)) != (new.keyword, canonical(new.value))


def _move(name: str, old: Rule | None, new: Rule | None) -> Move:
    if old is None or new is None:
        return "added" if old is None else "removed"
    if name == "format" and {old.value, new.value} in _WIDTHS:
        return "loosened" if new.value in _WIDER else "tightened"
    if not _is_number(old.value) or not _is_number(new.value) or name not in LOWER_LIMITS | UPPER_LIMITS:
        return "changed"
    return "tightened" if _strictness(name, new) > _strictness(name, old) else "loosened"


def _strictness(name: str, rule: Rule) -> tuple[float, bool]:
    value = float(rule.value) if isinstance(rule.value, int | float) else 0.0
    return -value if name in UPPER_LIMITS else value, rule.keyword in _PAIRED


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
