"""Cases that only repeat at size what a few of them show: `make test` runs the few, `make cover` all."""

from collections.abc import Iterable
from typing import TypeVar

import pytest

T = TypeVar("T")

is_sampled = False
"""Whether slow cases are left out. Set before the tests are imported."""


def examples(number: int) -> int:
    """Return how many of so many examples a property is tried with: a third if slow cases are left out."""
    return -(-number // 3) if is_sampled else number


def slow(*values: object) -> object:
    """A parameter that is left to `make cover`."""
    return pytest.param(*values, marks=pytest.mark.slow)


def sampled(values: Iterable[T], *sample: T) -> list[object]:
    """A parameter for each value, slow but for those of the sample."""
    cases = [*values]
    assert all(value in cases for value in sample), "the sample is one of the values"
    return [value if value in sample else slow(value) for value in cases]
