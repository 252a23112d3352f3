"""What came out, and the targets: how this client has to compare with its peers. Reports and checks read this table."""

import math
import statistics
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from attrs import evolve, frozen

from benchmarks.batches import GATHER
from benchmarks.cases import IMAGE, IMAGES, LARGE_IMAGES, LEDGER, ONE_IMAGE, ROWS, SHARED, STREAM, UPLOAD, Case
from benchmarks.ways import FILES, OPENAI, SAVE_IMAGES

Sample = Mapping[str, float]
"""What one measurement printed: figures by name."""


class Spread(NamedTuple):
    """The middle and the ends of what several rounds gave."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Iterable[float]) -> "Spread":
        """Return the spread of at least one value."""
        ordered = sorted(values)
        return cls(statistics.median(ordered), ordered[0], ordered[-1])


@frozen
class Results:
    """All samples of a run, by case."""

    samples: Mapping[Case, list[Sample]]

    def spread(self, case: Case, figure: str) -> Spread:
        """Return median, least and most of one figure.

        Raises:
            KeyError: The case was not measured.
        """
        return Spread.of(sample[figure] for sample in self.samples[case])

    def median(self, case: Case, figure: str) -> float:
        """Return the median of one figure."""
        return self.spread(case, figure).median


@frozen
class Target:
    """A relation that has to hold between two medians of the same run.

    Attributes:
        figure: Which figure of the two cases is compared.
        ours: The case of this client.
        peer: The case that it is compared with.
        relation: Whether ours has to be at most, or at least, `factor` times the peer's.
        factor: What the peer's figure is multiplied with.
        allowance: What is added to that, in the figure's unit.
        enough: A figure that is good enough whatever the peer's is.
    """

    figure: str
    ours: Case
    peer: Case
    relation: Literal["≤", "≥"]
    factor: float
    allowance: float = 0
    enough: float = 0

    def ratio(self, results: Results) -> float:
        """Return ours divided by the peer's; infinite if the peer has nothing."""
        ours, peer = (results.median(case, self.figure) for case in (self.ours, self.peer))
        return ours / peer if peer else math.inf

    def holds(self, results: Results) -> bool:
        """Return whether the medians of a run keep to it."""
        ours = results.median(self.ours, self.figure)
        limit = results.median(self.peer, self.figure) * self.factor + self.allowance
        return ours <= max(limit, self.enough) if self.relation == "≤" else ours >= limit

    @property
    def rule(self) -> str:
        """The relation, in signs."""
        if not self.factor:
            return f"{self.relation} {self._with_unit(self.enough)}"
        allowance = f" + {self._with_unit(self.allowance)}" if self.allowance else ""
        enough = f" or {self._with_unit(self.enough)}" if self.enough else ""
        return f"{self.relation} {self.factor:g} ×{allowance}{enough}"  # noqa: RUF001  # a multiplication sign

    def _with_unit(self, value: float) -> str:
        return f"{value / 1024:g} MiB" if self.figure == "memory_kb" else f"{value:g} ms"


def _at_most(figure: str, ours: Case, peer: str, factor: float, enough: float = 0) -> Target:
    return Target(figure, ours, evolve(ours, subject=peer), "≤", factor, enough=enough)


def _imports(ours: str, figure: str, peer: str, factor: float) -> Target:
    return _at_most(figure, Case("imports", ours), peer, factor)


def _rate(ours: str, peer: str, at_once: int, factor: float) -> Target:
    return Target("per_second", Case("calls", ours, at_once, UPLOAD), Case("calls", peer, at_once, UPLOAD), "≥", factor)


def _images(figure: str, ours: str, at_once: int, factor: float, enough: float = 0) -> Target:
    return _at_most(figure, Case("images", ours, at_once, IMAGE, IMAGES), OPENAI, factor, enough)


TARGETS: tuple[Target, ...] = (
    # Names are imported when they are asked for, so the statement alone loads next to nothing.
    _imports("ours", "cpu_ms", "httpx", 0.1),
    _imports("ours", "cpu_ms", "openai", 0.02),
    _imports("ours", "memory_kb", "openai", 0.25),
    _imports("ours, names used", "memory_kb", "openai", 0.65),
    _imports("ours, one call", "cpu_ms", "httpx, asyncio, attrs, one call", 1.7),
    _imports("ours, one call", "memory_kb", "openai, one call", 0.55),
    _at_most("cpu_ms", Case("calls", "ours", 1, UPLOAD), "openai", 0.35),
    _at_most("cpu_ms", Case("calls", "ours", 1, UPLOAD), "httpx", 0.45),
    *(_rate("ours", "aiohttp", at_once, 0.65) for at_once in (1, 32, 256)),
    _rate("ours", "aiohttp", 1000, 0.8),
    *(_rate("ours", "openai[aiohttp]", at_once, 2.0) for at_once in (32, 256)),
    _rate("ours", "openai", 256, 4.0),
    _rate("ours", "openai", 1000, 8.0),
    _rate("ours over aiohttp", "openai[aiohttp]", 32, 1.7),
    _rate("ours over aiohttp", "openai[aiohttp]", 256, 1.8),
    _rate("ours over aiohttp", "openai", 32, 2.5),
    _rate("ours over aiohttp", "openai", 256, 4.0),
    _rate("ours over aiohttp", "aiohttp", 256, 0.6),
    _at_most("memory_kb", Case("waiting", "ours, 1,000 at once", 1000, UPLOAD), "openai", 1.0),
    _at_most("cpu_ms", STREAM, "openai", 0.5),
    _at_most("memory_kb", STREAM, "openai", 1.0),
    *(
        target
        for at_once, memory, stall in ((1, 4, 5), (8, 12, 10))
        for target in (
            _images("cpu_ms", FILES, at_once, 0.3),
            _images("cpu_ms", f"{FILES} over aiohttp", at_once, 0.35),
            _images("memory_kb", FILES, at_once, 0.05, enough=memory * 1024),
            _images("stall_ms", FILES, at_once, 0.05, enough=stall),
            _images("cpu_ms", SAVE_IMAGES, at_once, 0.6),
            _images("memory_kb", SAVE_IMAGES, at_once, 1.0),
            _images("stall_ms", SAVE_IMAGES, at_once, 0.2),
        )
    ),
    Target("per_second", LEDGER, evolve(LEDGER, subject=GATHER), "≥", 0.85),
    Target("per_second", SHARED, evolve(SHARED, subject="1 process"), "≥", 3.0),
    Target("cpu_ms", ROWS, ROWS, "≤", 0.0, enough=1),
    Target("memory_kb", LARGE_IMAGES, ONE_IMAGE, "≤", 1.0, allowance=4 * 1024),
)


def cases_of(targets: Iterable[Target] = TARGETS) -> list[Case]:
    """Return the cases that targets compare, each once."""
    return list(dict.fromkeys(case for target in targets for case in (target.peer, target.ours)))
