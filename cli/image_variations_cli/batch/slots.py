"""How many requests are under way at once, and how many rows are intended before there is room for theirs."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from attrs import define, field

_WEIGHT = 1 / 8
"""What the last of the times that are measured counts in their mean."""


@define(eq=False)
class Slots:
    """A bound on requests, and on rows that wait for one.

    A row is intended before it takes a slot, so that no slot is empty while the ledger is written. If the process is
    killed meanwhile, such a row is unknown, although nothing was sent. So there are only twice as many as slots come
    free while an intent is written (Little's law; they come free in bursts): none where requests take seconds.

    Attributes:
        requests: How many requests may be under way.
    """

    requests: int
    _free: asyncio.Semaphore = field(init=False)
    _places: asyncio.Semaphore = field(init=False)
    _limit: int = field(init=False)
    _intent_seconds: float | None = field(default=None, init=False)
    _request_seconds: float | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._free = asyncio.Semaphore(self.requests)
        self._places = asyncio.Semaphore(self.requests)
        self._limit = self.requests

    @property
    def max_ahead(self) -> int:
        """How many rows may be intended without a slot at the most."""
        return self.requests // 4

    @property
    def ahead(self) -> int:
        """How many rows may be intended without a slot now, by what requests and intents took lately."""
        if not self._request_seconds or self._intent_seconds is None:
            return 0
        return min(self.max_ahead, int(2 * self.requests * self._intent_seconds / self._request_seconds))

    @asynccontextmanager
    async def place(self) -> AsyncGenerator[None]:
        """Hold a place within an `async with` block: the row may be intended, and then take a slot."""
        await self._places.acquire()
        try:
            yield
        finally:
            self._leave()

    async def take(self) -> None:
        """Take a slot, which belongs to the row until `free`."""
        await self._free.acquire()

    def free(self) -> None:
        """Give a slot back."""
        self._free.release()

    def note_intent(self, seconds: float) -> None:
        """Note how long it took to write an intent."""
        self._intent_seconds = _mean(self._intent_seconds, seconds)

    def note_request(self, seconds: float) -> None:
        """Note how long a request took."""
        self._request_seconds = _mean(self._request_seconds, seconds)

    def _leave(self) -> None:
        wanted = self.requests + self.ahead
        if self._limit > wanted:
            self._limit -= 1
            return
        self._places.release()
        if self._limit < wanted:
            self._limit += 1
            self._places.release()


def _mean(mean: float | None, value: float) -> float:
    return value if mean is None else mean + (value - mean) * _WEIGHT
