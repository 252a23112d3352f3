"""Cases that only repeat at size what a few of them show: `make test` runs the few, `make cover` all."""

from collections.abc import Iterable
from typing import TypeVar

import pytest

T = TypeVar("T")


def sampled(values: Iterable[T], *sample: T) -> list[object]:
    """A parameter for each value, slow but for those of the sample."""
    cases = [*values]
    assert all(value in cases for value in sample), "the sample is one of the values"
    return [pytest.param(value, marks=[] if value in sample else [pytest.mark.slow]) for value in cases]
