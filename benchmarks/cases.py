"""What is measured: every case of `make bench`, and the order in which they are taken."""

from collections.abc import Iterable
from typing import Literal

from attrs import evolve, frozen

from benchmarks.batches import BATCH, BATCHES
from benchmarks.imports import IMPORTS
from benchmarks.peers import PEERS, STREAMS
from benchmarks.sample import SMALL
from benchmarks.sharing import LEDGER_ALONE, PROCESSES
from benchmarks.ways import FILES, WAYS

Axis = Literal["imports", "calls", "waiting", "events", "images", "batches", "sharing", "ledger"]


@frozen
class Case:
    """One thing that is measured, in a process of its own, once in each round.

    Attributes:
        axis: What kind of measurement it is.
        subject: Who is measured.
        at_once: How many calls go at once.
        size: Bytes of an image: of the one sent, or for "images" of each in the response.
        count: Images in a response, events of a stream, images of a batch, or rows of a ledger.
    """

    axis: Axis
    subject: str
    at_once: int = 1
    size: int = 0
    count: int = 1

    def __str__(self) -> str:
        """Say what is measured, whoever the subject is."""
        if self.axis == "imports":
            return "import"
        if self.axis == "waiting":
            return f"{self.at_once:,} waiting calls"
        if self.axis == "events":
            return f"{self.count} events, {self.at_once:,} at once"
        if self.axis == "images":
            return f"{self.count} of {self.size / 1e6:g} MB out, {self.at_once} at once"
        if self.axis in ("batches", "sharing"):
            return f"{self.count:,} images, {self.at_once} at once"
        if self.axis == "ledger":
            return f"{self.count:,} rows"
        return f"{round(self.size / 1024):,} KB in, {self.at_once:,} at once"


AT_ONCE = (1, 32, 256, 1000)
UPLOAD = 256 * 1024
LARGE_UPLOAD = 4_194_303
"""The most that the pin allows."""

IMAGES = 10
IMAGE = 1_500_000

_QUEUES_ABOVE = 100
"""Up to here, a client with the default `max_concurrency` and one with a higher one do the same."""


def _calls(size: int) -> list[Case]:
    """Return the cases of calls with an image of this size, by everybody, so many at once."""
    return [
        Case("calls", name, at_once, size)
        for at_once in AT_ONCE
        for name in PEERS
        if not name.endswith(", 1,000 at once") or at_once > _QUEUES_ABOVE
    ]


ONE_IMAGE = Case("images", FILES, 1, IMAGE, 1)
LARGE_IMAGES = Case("images", FILES, 1, 8_000_000, IMAGES)

STREAM = Case("events", "ours, 1,000 at once", AT_ONCE[-1], SMALL, 100)

LEDGER = Case("batches", BATCH, 16, SMALL, 1000)

ROWS = Case("ledger", LEDGER_ALONE, count=100_000)

SHARED = Case("sharing", "4 processes", 4, SMALL, 1000)
"""So few at once in each process, that two cores are enough for four of them."""

ALL = [
    *(Case("imports", name) for name in IMPORTS),
    *_calls(UPLOAD),
    *_calls(LARGE_UPLOAD),
    *(Case("waiting", name, AT_ONCE[-1], UPLOAD) for name in PEERS),
    *(evolve(STREAM, subject=name) for name in STREAMS),
    *(Case("images", way, at_once, IMAGE, IMAGES) for at_once in (1, 8) for way in WAYS),
    ONE_IMAGE,
    LARGE_IMAGES,
    *(evolve(LEDGER, subject=name) for name in BATCHES),
    *(evolve(SHARED, subject=name) for name in PROCESSES),
    ROWS,
]


def period(case: Case) -> int:
    """Return in every how many rounds a case is measured. A thousand at once take long; of large uploads, 4 GB."""
    if case.axis == "ledger":
        return 5
    many, large = case.at_once >= AT_ONCE[-1], case.size == LARGE_UPLOAD
    return 2 if many or large else 1


def group_cases(cases: Iterable[Case], number: int) -> list[list[Case]]:
    """Return the cases of a round, those that are compared in a list each. Another subject begins in each round."""
    groups: dict[tuple[object, ...], list[Case]] = {}
    for case in cases:
        if number % period(case) == 0:
            groups.setdefault((case.axis, case.at_once, case.size, case.count), []).append(case)
    return [group[number % len(group) :] + group[: number % len(group)] for group in groups.values()]
