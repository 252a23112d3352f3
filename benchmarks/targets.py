"""The targets: how this client has to compare with its peers. Reports and checks read this one table."""

import math
from typing import Literal

from attrs import frozen

from benchmarks.cases import (
    IMAGES,
    LARGE_IMAGES,
    OFFICIAL,
    ONE_IMAGE,
    PICTURE,
    PICTURES,
    STREAMED,
    UPLOAD,
)
from benchmarks.figures import Case, Results


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
        is_known_to_miss: Whether it is no news that it does not hold.
    """

    figure: str
    ours: Case
    peer: Case
    relation: Literal["≤", "≥"]
    factor: float
    allowance: float = 0
    is_known_to_miss: bool = False

    def ratio(self, results: Results) -> float:
        """Ours divided by the peer's; infinite where the peer has nothing."""
        ours, peer = (results.median(case, self.figure) for case in (self.ours, self.peer))
        return ours / peer if peer else math.inf

    def holds(self, results: Results) -> bool:
        """Whether the medians of a run keep to it."""
        ours = results.median(self.ours, self.figure)
        limit = results.median(self.peer, self.figure) * self.factor + self.allowance
        return ours <= limit if self.relation == "≤" else ours >= limit

    @property
    def rule(self) -> str:
        """The relation, in signs."""
        allowance = f" + {self.allowance / 1024:g} MiB" if self.allowance else ""
        return f"{self.relation} {self.factor:g} ×{allowance}"  # noqa: RUF001  # a multiplication sign


_NAMES_USED = "ours, names used"
_IMPORTED = ("ours", _NAMES_USED)
"""The statement alone loads little, for names are imported when they are asked for: a program pays the second.
That one is known to take more CPU time than it should: httpx, asyncio and attrs alone take about all of that."""


def _imports(ours: str, figure: str, peer: str, factor: float) -> Target:
    is_known_to_miss = ours == _NAMES_USED and figure == "cpu_ms"
    return Target(figure, Case("imports", ours), Case("imports", peer), "≤", factor, is_known_to_miss=is_known_to_miss)


def _cpu(peer: str, factor: float) -> Target:
    return Target("cpu_ms", Case("calls", "ours", 1, UPLOAD), Case("calls", peer, 1, UPLOAD), "≤", factor)


def _rate(ours: str, peer: str, at_once: int, factor: float) -> Target:
    return Target("per_second", Case("calls", ours, at_once, UPLOAD), Case("calls", peer, at_once, UPLOAD), "≥", factor)


def _images(figure: str, ours: str, at_once: int, factor: float) -> Target:
    streamed = Case("images", ours, at_once, PICTURE, PICTURES)
    return Target(figure, streamed, Case("images", OFFICIAL, at_once, PICTURE, PICTURES), "≤", factor)


_WAITING = (Case("waiting", "ours, 1,000 at once", 1000, UPLOAD), Case("waiting", "openai", 1000, UPLOAD))

TARGETS: tuple[Target, ...] = (
    *(
        target
        for ours in _IMPORTED
        for target in (
            _imports(ours, "cpu_ms", "httpx", 1.25),
            _imports(ours, "cpu_ms", "openai", 0.2),
            _imports(ours, "memory_kb", "openai", 0.65),
        )
    ),
    _cpu("openai", 0.8),
    _cpu("httpx", 1.0),
    _rate("ours", "openai", 256, 1.0),
    _rate("ours", "openai", 1000, 2.0),
    _rate("ours over aiohttp", "openai[aiohttp]", 32, 1.7),
    _rate("ours over aiohttp", "openai[aiohttp]", 256, 1.8),
    _rate("ours over aiohttp", "openai", 32, 2.5),
    _rate("ours over aiohttp", "openai", 256, 4.0),
    _rate("ours over aiohttp", "aiohttp", 256, 0.6),
    Target("memory_kb", *_WAITING, "≤", 1.0),
    *(
        target
        for at_once in (1, 8)
        for target in (
            _images("cpu_ms", STREAMED, at_once, 0.5),
            _images("cpu_ms", f"{STREAMED} over aiohttp", at_once, 0.35),
            _images("memory_kb", STREAMED, at_once, 0.05),
            _images("stall_ms", STREAMED, at_once, 0.1),
        )
    ),
    Target("memory_kb", LARGE_IMAGES, ONE_IMAGE, "≤", 1.0, allowance=4 * 1024),
)


def cases_of(targets: tuple[Target, ...] = TARGETS) -> list[Case]:
    """The cases that these targets compare, each once."""
    return list(dict.fromkeys(case for target in targets for case in (target.peer, target.ours)))


IMAGE_TARGETS = tuple(target for target in TARGETS if target.ours in [*IMAGES, LARGE_IMAGES])
"""The targets of pictures on the disk, which `python -m benchmarks.images` prints."""
