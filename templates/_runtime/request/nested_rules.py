"""The rules that are made of others."""

from collections.abc import Sequence
from typing import cast

from attrs import frozen

from .rules import Rule


@frozen
class Items(Rule):
    """`items`: what each item of an array keeps."""

    rules: tuple[Rule, ...]

    def holds(self, value: object, /) -> bool:
        """Return whether the value keeps the rule."""
        if not isinstance(value, list | tuple):
            return True
        return all(rule.holds(item) for item in cast("Sequence[object]", value) for rule in self.rules)

    def max_octets(self) -> int | None:
        """Return the least limit of the content of an item."""
        return min((octets for rule in self.rules if (octets := rule.max_octets()) is not None), default=None)

    def __str__(self) -> str:
        return f"each item {' and '.join(map(str, self.rules))}"


@frozen
class AnyOf(Rule):
    """`anyOf` and `oneOf`: the value keeps all rules of at least one branch."""

    branches: tuple[tuple[Rule, ...], ...]

    def holds(self, value: object, /) -> bool:
        """Return whether the value keeps the rule."""
        return any(all(rule.holds(value) for rule in branch) for branch in self.branches)

    def __str__(self) -> str:
        return ", or ".join(" and ".join(map(str, branch)) for branch in self.branches)
