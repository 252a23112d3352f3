"""What is measured, what came out, and the arithmetic on it. No I/O."""

import statistics
from collections.abc import Iterable, Mapping
from typing import Literal

from attrs import frozen

Sample = Mapping[str, float]
"""What one measurement printed: figures by name."""

Axis = Literal["imports", "calls", "waiting", "images"]


@frozen
class Case:
    """One thing that is measured, in a process of its own, once in each round.

    Attributes:
        axis: What kind of measurement it is.
        subject: Who is measured.
        at_once: How many calls go at once.
        size: Bytes of a picture: of the one sent, or for "images" of each in the answer.
        count: Pictures in an answer.
    """

    axis: Axis
    subject: str
    at_once: int = 1
    size: int = 0
    count: int = 1


@frozen
class Spread:
    """The middle and the ends of what several rounds gave."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Iterable[float]) -> "Spread":
        """The spread of at least one value."""
        ordered = sorted(values)
        return cls(statistics.median(ordered), ordered[0], ordered[-1])


@frozen
class Results:
    """All samples of a run, by case."""

    samples: Mapping[Case, list[Sample]]

    def spread(self, case: Case, figure: str) -> Spread:
        """Median, least and most of one figure.

        Raises:
            KeyError: The case was not measured.
        """
        return Spread.of(sample[figure] for sample in self.samples[case])

    def median(self, case: Case, figure: str) -> float:
        """The median of one figure."""
        return self.spread(case, figure).median

    def has(self, case: Case) -> bool:
        """Whether the case was measured."""
        return case in self.samples


def in_turn(cases: Iterable[Case], number: int) -> list[list[Case]]:
    """The cases of a round, those that are compared in a list each. Another subject begins in each round."""
    groups: dict[tuple[object, ...], list[Case]] = {}
    for case in cases:
        groups.setdefault((case.axis, case.at_once, case.size, case.count), []).append(case)
    return [_rotated(group, number) for group in groups.values()]


def _rotated(group: list[Case], number: int) -> list[Case]:
    first = number % len(group)
    return group[first:] + group[:first]


def described(case: Case) -> str:
    """What is measured, in words, whoever it is measured of."""
    if case.axis == "imports":
        return "import"
    if case.axis == "waiting":
        return f"{case.at_once:,} waiting calls"
    if case.axis == "images":
        return f"{case.count} of {case.size / 1e6:g} MB out, {case.at_once} at once"
    return f"{round(case.size / 1024):,} KB in, {case.at_once:,} at once"
