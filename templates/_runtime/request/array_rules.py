"""The rules of arrays. Any other value keeps them."""

from collections.abc import Sequence
from typing import cast

from attrs import frozen

from .rules import Rule, counted


@frozen
class MinItems(Rule):
    """`minItems`."""

    limit: int

    def holds(self, value: object, /) -> bool:
        """Return whether the value keeps the rule."""
        return not isinstance(value, list | tuple) or len(cast("Sequence[object]", value)) >= self.limit

    def __str__(self) -> str:
        return f"must have at least {counted(self.limit, 'item')}"


@frozen
class MaxItems(Rule):
    """`maxItems`."""

    limit: int

    def holds(self, value: object, /) -> bool:
        """Return whether the value keeps the rule."""
        return not isinstance(value, list | tuple) or len(cast("Sequence[object]", value)) <= self.limit

    def __str__(self) -> str:
        return f"must have at most {counted(self.limit, 'item')}"


@frozen
class UniqueItems(Rule):
    """`uniqueItems`."""

    def holds(self, value: object, /) -> bool:
        """Return whether the value keeps the rule."""
        if not isinstance(value, list | tuple):
            return True
        # With its type: to Python True equals 1, to JSON it does not.
        items = [(isinstance(item, bool), item) for item in cast("Sequence[object]", value)]
        return all(item not in items[:index] for index, item in enumerate(items))

    def __str__(self) -> str:
        return "must not hold an item twice"
