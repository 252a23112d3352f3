"""What is read of a body before it is asked for: whole, in order, and never much of it."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from image_variations._runtime.read_ahead import ReadAhead

ENOUGH = 128 * 1024


async def put_all(ahead: ReadAhead, chunks: list[bytes], error: Exception | None = None) -> None:
    """Add chunks, and say that they are all."""
    for chunk in chunks:
        await ahead.put(chunk)
    ahead.end(error)


async def take_all(ahead: ReadAhead) -> list[bytes]:
    """Take until the end."""
    taken: list[bytes] = []
    while (piece := await ahead.take()) is not None:
        taken.append(piece)
    return taken


@given(st.lists(st.integers(min_value=0, max_value=2 * ENOUGH)))
def test_what_is_put_is_taken_once_and_in_order(sizes: list[int]) -> None:
    """However it is cut: an empty chunk is not an end, and one that is longer than what is held has its place too."""
    chunks = [bytes([number % 256]) * size for number, size in enumerate(sizes)]

    async def pass_through() -> list[bytes]:
        ahead = ReadAhead()
        taken, _ = await asyncio.gather(take_all(ahead), put_all(ahead, chunks))
        return taken

    assert b"".join(asyncio.run(pass_through())) == b"".join(chunks)


async def test_short_chunks_are_taken_as_one() -> None:
    """Each piece costs who takes it the same."""
    ahead = ReadAhead()
    await put_all(ahead, [b"a", b"b", b"c"])
    assert await take_all(ahead) == [b"abc"]


async def test_what_came_is_given_at_once() -> None:
    """Nobody waits for more: a server that drips may be at its end."""
    ahead = ReadAhead()
    await ahead.put(b"a")
    assert await ahead.take() == b"a"


async def test_who_puts_waits_while_enough_is_held() -> None:
    """A body that nobody asks for takes no memory."""
    ahead = ReadAhead()
    putting = asyncio.create_task(put_all(ahead, [bytes(ENOUGH // 2)] * 4))
    for _ in range(10):
        await asyncio.sleep(0)
    assert not putting.done()
    assert len(await ahead.take() or b"") == ENOUGH
    await putting


async def test_an_error_comes_after_what_came_before_it() -> None:
    """What was paid for is not lost to how it ended."""
    ahead = ReadAhead()
    await put_all(ahead, [b"a"], ConnectionResetError("gone"))
    assert await ahead.take() == b"a"
    with pytest.raises(ConnectionResetError, match="gone"):
        await ahead.take()
