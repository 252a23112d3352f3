# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""The rules of numbers. Any other value keeps them."""

import math
import operator
from typing import ClassVar

from attrs import frozen

from .rules import Rule


@frozen
class _Bound(Rule):
    """A rule that compares a number with a limit."""

    limit: float
    words: ClassVar[str]

    @staticmethod
    def is_within(value: float, limit: float, /) -> bool:
        """Return whether a number keeps a limit."""
        raise NotImplementedError

    def holds(self, value: object, /) -> bool:
        """Return whether the value keeps the rule."""
        return not isinstance(value, int | float) or self.is_within(value, self.limit)

    def __str__(self) -> str:
        return f"must be {self.words} {self.limit}"


class Minimum(_Bound):
    """`minimum`."""

    words = "at least"
    is_within = staticmethod(operator.ge)


class Maximum(_Bound):
    """`maximum`."""

    words = "at most"
    is_within = staticmethod(operator.le)


class ExclusiveMinimum(_Bound):
    """`exclusiveMinimum`."""

    words = "more than"
    is_within = staticmethod(operator.gt)


class ExclusiveMaximum(_Bound):
    """`exclusiveMaximum`."""

    words = "less than"
    is_within = staticmethod(operator.lt)


@frozen
class MultipleOf(Rule):
    """`multipleOf`."""

    factor: float

    def holds(self, value: object, /) -> bool:
        """Return whether the value keeps the rule."""
        if not isinstance(value, int | float) or not math.isfinite(value):
            return True
        # As JSON writes them, in decimal: in binary 0.3 is not a multiple of 0.1.
        from fractions import Fraction  # with decimal, a megabyte that few documents need

        return Fraction(str(value)) % Fraction(str(self.factor)) == 0

    def __str__(self) -> str:
        return f"must be a multiple of {self.factor}"
