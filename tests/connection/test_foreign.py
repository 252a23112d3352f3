"""Bodies that another transport reads: whole, in order, and never much of them before it is asked for."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from image_variations._runtime.connection.foreign import Body

from tests.connection.bodies import Pieces

ENOUGH = 128 * 1024


def body_of(pieces: Pieces) -> Body:
    """The body of a response that comes in pieces."""
    return Body(httpx.Response(200, stream=pieces))


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
        return await read_all(body_of(Pieces(pieces)))

    assert b"".join(asyncio.run(read())) == b"".join(pieces)


async def test_short_pieces_are_read_as_one() -> None:
    """Each piece costs its reader the same."""
    assert await read_all(body_of(Pieces([b"a", b"b", b"c"]))) == [b"abc"]


async def test_what_came_is_given_at_once() -> None:
    """Nobody waits for more: a server that drips may be at its end."""
    body = body_of(Pieces([b"a"], is_silent=True))
    assert await body.read() == b"a"
    await body.aclose()


async def test_a_body_that_nobody_asks_for_takes_little_memory() -> None:
    """The transport is asked for no more while enough is held."""
    pieces = Pieces([bytes(ENOUGH // 2)] * 6)
    body = body_of(pieces)
    assert len(await body.read()) in (ENOUGH // 2, ENOUGH)
    await settle()
    assert pieces.asked_for <= 4
    assert len(await body.read()) == ENOUGH
    assert sum(map(len, await read_all(body))) in (ENOUGH, 3 * ENOUGH // 2)


async def test_an_error_comes_after_what_came_before_it() -> None:
    """What was paid for is not lost to how it ended."""
    body = body_of(Pieces([b"a"], ConnectionResetError("gone")))
    assert await body.read() == b"a"
    with pytest.raises(ConnectionResetError, match="gone"):
        await body.read()


async def test_closing_ends_the_reading_and_closes_the_response() -> None:
    """No task of the body's goes on."""
    before = asyncio.all_tasks()
    pieces = Pieces([b"a"], is_silent=True)
    body = body_of(pieces)
    await body.read()
    await body.aclose()
    assert pieces.is_closed
    assert asyncio.all_tasks() == before


async def test_what_a_transport_cancels_is_an_error_and_no_cancellation() -> None:
    """Nobody cancelled the call."""

    class SelfCancelling(Pieces):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"a"
            raise asyncio.CancelledError

    body = body_of(SelfCancelling([]))
    assert await body.read() == b"a"
    with pytest.raises(ConnectionAbortedError, match="gave up the response"):
        await body.read()
