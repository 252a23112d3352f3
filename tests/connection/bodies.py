"""A body that one side hands to the other piece by piece."""

import asyncio
from collections.abc import AsyncIterator

import httpx
from attrs import define


@define(eq=False)
class Pieces(httpx.AsyncByteStream):
    """Pieces that are handed on when they are asked for, and then an error, silence or the end.

    Attributes:
        asked_for: How many pieces were asked for.
    """

    pieces: list[bytes]
    ending: BaseException | None = None
    is_silent: bool = False
    asked_for: int = 0
    is_closed: bool = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            self.asked_for += 1
            yield piece
        if self.is_silent:
            await asyncio.Event().wait()
        if self.ending is not None:
            raise self.ending

    async def aclose(self) -> None:
        """Note it."""
        self.is_closed = True
