"""What a batch costs, at a price for one image."""

from collections import Counter
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping

from attrs import define, field, frozen

from ..ledger import SqlLedger
from ..rows import FieldValue, Row, Source


@frozen
class Images:
    """How many images were paid for: certainly, and at the most."""

    least: int = 0
    most: int = 0

    def __add__(self, other: "Images") -> "Images":
        return Images(self.least + other.least, self.most + other.most)


def images_of_request(fields: Mapping[str, FieldValue]) -> int:
    """Return how many images a request asks for."""
    try:
        return max(1, int(fields.get("n", 1)))
    except ValueError:  # it is refused before it is sent
        return 1


def paid_images(row: Row) -> Images:
    """Return how many images a row was paid for. An attempt with an unknown outcome counts only into the most."""
    number = images_of_request(row.fields)
    billed = sum(attempt.billed == "yes" for attempt in row.attempts)
    unknown = sum(attempt.billed == "unknown" for attempt in row.attempts)
    # A server may have made another number than was asked for: what came is what it made.
    least = len(row.files) if row.files and billed == 1 else max(len(row.files), billed * number)
    return Images(least, least + unknown * number)


async def all_paid_images(ledger: SqlLedger) -> Images:
    """Return how many images all rows of a ledger were paid for."""
    paid = Images()
    async for block in ledger.rows():
        for row in block:
            paid += paid_images(row)
    return paid


@define
class Planned:
    """Counts how many images the requests of sources ask for, while a batch reads the sources.

    Args:
        fields: The fields of every request, unless a source has its own.
    """

    fields: Mapping[str, FieldValue]
    _requests: Counter[int] = field(factory=Counter[int], init=False)

    async def watch(self, sources: Iterable[Source] | AsyncIterable[Source]) -> AsyncIterator[Source]:
        """Pass sources on."""
        if isinstance(sources, AsyncIterable):
            async for source in sources:
                yield self._count(source)
        else:
            for source in sources:
                yield self._count(source)

    def most(self, requests: int) -> int:
        """Return how many images so many of these requests make at the most; exactly, if all ask for as many."""
        images = 0
        for number, available in sorted(self._requests.items(), reverse=True):
            taken = min(requests, available)
            images += taken * number
            requests -= taken
        return images

    def _count(self, source: Source) -> Source:
        self._requests[images_of_request({**self.fields, **source.fields})] += 1
        return source


def format_amount(amount: float) -> str:
    """Return an amount of money, in whatever currency the price is."""
    return f"{amount:,.2f}" if amount >= 1 or round(amount, 2) == amount else f"{amount:.4g}"
