"""Bodies that another transport reads: whole, in order, and nothing of them before it is asked for."""

import asyncio

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from image_variations._runtime.connection.foreign import Body

from tests.connection.bodies import Pieces


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


@given(st.lists(st.integers(min_value=0, max_value=256 * 1024)))
def test_what_comes_is_read_once_and_in_order(sizes: list[int]) -> None:
    """However it is cut: an empty piece is not an end."""
    pieces = [bytes([number % 256]) * size for number, size in enumerate(sizes)]

    async def read() -> list[bytes]:
        return await read_all(body_of(Pieces(pieces)))

    assert b"".join(asyncio.run(read())) == b"".join(pieces)


async def test_what_came_is_given_at_once() -> None:
    """Nobody waits for more: a server that drips may be at its end."""
    body = body_of(Pieces([b"a"], is_silent=True))
    assert await body.read() == b"a"
    await body.aclose()


async def test_a_body_that_nobody_asks_for_takes_no_memory() -> None:
    """The transport is asked for a piece when its reader is, and not before."""
    wire = Pieces([b"a"] * 6)
    body = body_of(wire)
    await settle()
    assert wire.asked_for == 0
    await body.read()
    await settle()
    assert wire.asked_for == 1
    assert await read_all(body) == [b"a"] * 5


async def test_an_error_comes_after_what_came_before_it() -> None:
    """What was paid for is not lost to how it ended."""
    body = body_of(Pieces([b"a"], ConnectionResetError("gone")))
    assert await body.read() == b"a"
    with pytest.raises(ConnectionResetError, match="gone"):
        await body.read()


async def test_closing_ends_the_reading_and_closes_the_response() -> None:
    """No task of the body's goes on."""
    before = asyncio.all_tasks()
    sent = Pieces([b"a"], is_silent=True)
    body = body_of(sent)
    await body.read()
    await body.aclose()
    assert sent.is_closed
    assert asyncio.all_tasks() == before


async def test_what_a_transport_cancels_is_an_error_and_no_cancellation() -> None:
    """Nobody cancelled the call."""
    body = body_of(Pieces([b"a"], asyncio.CancelledError()))
    assert await body.read() == b"a"
    with pytest.raises(ConnectionAbortedError, match="gave up the response"):
        await body.read()
