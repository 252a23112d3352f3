"""Bodies that another transport reads: whole, in order, and never much of them before it is asked for."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from attrs import define
from hypothesis import given
from hypothesis import strategies as st
from image_variations._runtime.connection.foreign import Body

ENOUGH = 128 * 1024


@define(eq=False)
class Wire(httpx.AsyncByteStream):
    """A body as a transport hands it on: pieces, and then an error, silence or the end.

    Attributes:
        taken: How many pieces were asked for.
    """

    pieces: list[bytes]
    ending: Exception | None = None
    is_silent: bool = False
    taken: int = 0
    is_closed: bool = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            self.taken += 1
            yield piece
        if self.is_silent:
            await asyncio.Event().wait()
        if self.ending is not None:
            raise self.ending

    async def aclose(self) -> None:
        """Note it."""
        self.is_closed = True


def body_of(wire: Wire) -> Body:
    """The body of a response that comes over a wire."""
    return Body(httpx.Response(200, stream=wire))


async def read_all(body: Body) -> list[bytes]:
    """Read until the end."""
    read: list[bytes] = []
    while piece := await body.read():
        read.append(piece)
    return read


async def settle() -> None:
    """Let tasks come to rest."""
    for _ in range(10):
        await asyncio.sleep(0)


@given(st.lists(st.integers(min_value=0, max_value=2 * ENOUGH)))
def test_what_comes_is_read_once_and_in_order(sizes: list[int]) -> None:
    """However it is cut: an empty piece is not an end, and one that is longer than what is held has its place too."""
    pieces = [bytes([number % 256]) * size for number, size in enumerate(sizes)]

    async def read() -> list[bytes]:
        return await read_all(body_of(Wire(pieces)))

    assert b"".join(asyncio.run(read())) == b"".join(pieces)


async def test_short_pieces_are_read_as_one() -> None:
    """Each piece costs its reader the same."""
    assert await read_all(body_of(Wire([b"a", b"b", b"c"]))) == [b"abc"]


async def test_what_came_is_given_at_once() -> None:
    """Nobody waits for more: a server that drips may be at its end."""
    body = body_of(Wire([b"a"], is_silent=True))
    assert await body.read() == b"a"
    await body.aclose()


async def test_a_body_that_nobody_asks_for_takes_little_memory() -> None:
    """The transport is asked for no more while enough is held."""
    wire = Wire([bytes(ENOUGH // 2)] * 6)
    body = body_of(wire)
    assert len(await body.read()) in (ENOUGH // 2, ENOUGH)
    await settle()
    assert wire.taken <= 4
    assert len(await body.read()) == ENOUGH
    assert sum(map(len, await read_all(body))) in (ENOUGH, 3 * ENOUGH // 2)


async def test_an_error_comes_after_what_came_before_it() -> None:
    """What was paid for is not lost to how it ended."""
    body = body_of(Wire([b"a"], ConnectionResetError("gone")))
    assert await body.read() == b"a"
    with pytest.raises(ConnectionResetError, match="gone"):
        await body.read()


async def test_closing_ends_the_reading_and_closes_the_response() -> None:
    """No task of the body's goes on."""
    before = asyncio.all_tasks()
    wire = Wire([b"a"], is_silent=True)
    body = body_of(wire)
    await body.read()
    await body.aclose()
    assert wire.is_closed
    assert asyncio.all_tasks() == before


async def test_what_a_transport_cancels_is_an_error_and_no_cancellation() -> None:
    """Nobody cancelled the call."""

    class SelfCancelling(Wire):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"a"
            raise asyncio.CancelledError

    body = body_of(SelfCancelling([]))
    assert await body.read() == b"a"
    with pytest.raises(ConnectionAbortedError, match="gave up the response"):
        await body.read()
