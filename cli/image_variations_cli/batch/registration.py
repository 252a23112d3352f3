"""Finding the rows of the sources, before anything is sent."""

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable

from attrs import define, evolve, field

from ..errors import DifferentOptionsError
from ..events import Event, RowsFound
from ..ledger import Difference, SqlLedger
from ..rows import Source
from ..text import show_text
from .digests import Digester

_BLOCK = 256
"""Sources that are read and registered at a time."""


@define(eq=False)
class Registration:
    """Registers sources, a block at a time.

    Attributes:
        again: Whether to go on if other options were used for the same bytes before.
        contents: The content of sources that have no path, by the row.
        found: What was found so far.
    """

    ledger: SqlLedger
    digester: Digester
    again: bool
    tell: Callable[[Event], None]
    contents: dict[int, bytes] = field(factory=dict[int, bytes], init=False)
    found: RowsFound = field(default=RowsFound(0, 0, 0, 0, is_complete=False), init=False)

    async def run(self, sources: "Iterable[Source] | AsyncIterable[Source]") -> None:
        """Register all sources.

        Raises:
            DifferentOptionsError: Some may have been paid for with other options before. Nothing is registered.
        """
        async for block in _blocks(sources):
            await self._register(block)
        difference = await self.ledger.finish_registration(again=self.again)
        if difference is not None:
            raise _different_options(difference)
        self.found = evolve(self.found, is_complete=True)
        self.tell(self.found)

    async def _register(self, block: list[Source]) -> None:
        known = await self.ledger.find_hashes([str(source.path.absolute()) for source in block if source.path])
        entries, hashes = await self.digester.entries(block, known)
        rows = await self.ledger.register(entries, hashes)
        for source, row in zip(block, rows, strict=True):
            if source.content is not None:
                self.contents[row.id] = source.content
        states = [row.state for row in rows]
        found = self.found
        self.found = RowsFound(
            pending=found.pending + states.count("pending"),
            done=found.done + states.count("done"),
            failed=found.failed + states.count("failed"),
            unknown=found.unknown + states.count("unknown"),
            is_complete=False,
        )
        self.tell(self.found)


async def _blocks(sources: "Iterable[Source] | AsyncIterable[Source]") -> AsyncIterator[list[Source]]:
    block: list[Source] = []
    async for source in _each(sources):
        block.append(source)
        if len(block) == _BLOCK:
            yield block
            block = []
    if block:
        yield block


async def _each(sources: "Iterable[Source] | AsyncIterable[Source]") -> AsyncIterator[Source]:
    if isinstance(sources, AsyncIterable):
        async for source in sources:
            yield source
    else:
        for source in sources:
            yield source


def _different_options(difference: Difference) -> DifferentOptionsError:
    """Return the error that names the option that differs."""
    new = {**difference.fields, "fit": difference.fit}
    old = {**difference.old_fields, "fit": difference.old_fit}
    names = sorted(name for name in {*new, *old} if new.get(name) != old.get(name))
    changes = " and ".join(f"{name} was {_show(old.get(name))} and is {_show(new.get(name))} now" for name in names)
    return DifferentOptionsError(
        f"{difference.name}: the ledger knows this image with other options: {changes}. Nothing was sent; "
        "to pay for it once more, pass --again",
        names[0],
    )


def _show(value: object) -> str:
    return "not given" if value is None else show_text(str(value))
