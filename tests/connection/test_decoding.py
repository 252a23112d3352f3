"""`Content-Encoding` undone in bounded pieces: the right bytes however they are cut, and no bomb goes off."""

import functools
import gzip
import tracemalloc
import zlib
from collections.abc import Callable, Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from image_variations import Client, ImageVariationsError, ResponseError, ServerError, create_image_variation
from image_variations._runtime.connection.decoding import PIECE_SIZE, Decoder, DecodingError

from tests.support.sampling import examples
from tests.support.server import ScriptedServer

MIB = 1024 * 1024

many = settings(max_examples=examples(150))


ENCODINGS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "nothing": ("", bytes),
    "identity": ("identity", bytes),
    "gzip": ("gzip", gzip.compress),
    "GZip": ("GZip", gzip.compress),
    "x-gzip": ("x-gzip", gzip.compress),
    "deflate": ("deflate", zlib.compress),
    "gzip in two members": ("gzip", lambda body: gzip.compress(body[:7]) + gzip.compress(body[7:])),
    "gzip in three members": ("gzip", lambda body: gzip.compress(b"") + gzip.compress(body) + gzip.compress(b"")),
    "gzip with padding": ("gzip", lambda body: gzip.compress(body) + b"\0" * 9),
    "gzip and nothing after it": ("gzip, identity ,", gzip.compress),
    "the last of several": ("gzip, deflate", zlib.compress),
    "a coding that is none": ("utf-8", bytes),
    "gzip after a coding that is none": ("utf-8, gzip", gzip.compress),
}


def decoded(coding: str, body: bytes, size: int) -> bytes:
    """A body that arrives in chunks of a size, decoded."""
    decoder = Decoder(coding)
    pieces = [piece for chunk in _chunks(body, size) for piece in decoder.decode(chunk)]
    decoder.finish()
    assert all(len(piece) <= max(PIECE_SIZE, size) for piece in pieces)
    return b"".join(pieces)


def _chunks(body: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


def _repeated(unit: bytes, size: int) -> bytes:
    return (unit * size)[: 4 * PIECE_SIZE]


contents = st.binary(max_size=300) | st.builds(
    _repeated,
    st.binary(min_size=1, max_size=9),
    st.sampled_from([PIECE_SIZE - 1, PIECE_SIZE, PIECE_SIZE + 1, PIECE_SIZE + 258, 2 * PIECE_SIZE]),
)


@many
@given(
    encoding=st.sampled_from(list(ENCODINGS.values())),
    content=contents,
    size=st.sampled_from([1, 2, 3, 10, 1000, PIECE_SIZE, 10 * PIECE_SIZE]),
)
@example(encoding=ENCODINGS["deflate"], content=b"\0" * (PIECE_SIZE + 100), size=10 * PIECE_SIZE)
@example(encoding=ENCODINGS["gzip in two members"], content=b"otters and otters", size=1)
def test_a_body_is_decoded_however_it_is_cut(
    encoding: tuple[str, Callable[[bytes], bytes]], content: bytes, size: int
) -> None:
    """Whatever was encoded, and wherever its chunks end, the same bytes come out, in pieces of bounded size."""
    coding, encode = encoding
    assert decoded(coding, encode(content), size) == content


@pytest.mark.parametrize("coding", ["gzip", "deflate", "x-gzip, gzip"])
def test_an_empty_body_is_empty_whatever_it_is_said_to_be(coding: str) -> None:
    """A 404 with a Content-Encoding and no body is not broken."""
    assert decoded(coding, b"", 1) == b""


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
@pytest.mark.parametrize("size", [1, 2, 1000])
@pytest.mark.parametrize("body", [b"{", b'{"data": []}', b"\x1f\x8b no gzip", b"\x78\x9c no deflate", b"\xff" * 50])
def test_what_is_not_encoded_is_refused(coding: str, body: bytes, size: int) -> None:
    """A body that is not what its Content-Encoding says is an error, and never half of one."""
    with pytest.raises(DecodingError, match=f"not {coding}|{coding} body is cut short"):
        decoded(coding, body, size)


@pytest.mark.parametrize(("coding", "encode"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_what_is_cut_short_is_refused(coding: str, encode: Callable[[bytes], bytes]) -> None:
    """Every beginning of a body is known to be only that."""
    body = encode(bytes(range(256)))
    for end in range(1, len(body)):
        with pytest.raises(DecodingError, match="cut short"):
            decoded(coding, body[:end], 100)


def test_a_bomb_is_decoded_no_faster_than_it_is_read() -> None:
    """Only what is asked for is decoded: the first megabyte of a terabyte costs a megabyte."""
    bomb = gzip.compress(bytes(200 * MIB))
    tracemalloc.start()
    try:
        pieces = Decoder("gzip").decode(bomb)
        read = sum(len(next(pieces)) for _ in range(16))
        assert tracemalloc.get_traced_memory()[1] < MIB
    finally:
        tracemalloc.stop()
    assert read == 16 * PIECE_SIZE


@functools.cache
def _gzipped(unit: bytes, times: int) -> bytes:
    """100 KB of gzip, more or less, that become some 100 MB."""
    compressor = zlib.compressobj(9, wbits=16 + zlib.MAX_WBITS)
    block = unit * (MIB // len(unit))
    return b"".join(compressor.compress(block) for _ in range(times)) + compressor.flush()


async def growth(client: Client, png: bytes, kind: type[ImageVariationsError]) -> int:
    """How much memory a call takes at most, which ends with an error."""
    tracemalloc.start()
    try:
        start = tracemalloc.get_traced_memory()[0]
        with pytest.raises(kind):
            await create_image_variation(client, image=png)
        return tracemalloc.get_traced_memory()[1] - start
    finally:
        tracemalloc.stop()


@pytest.mark.asyncio(loop_factories=["asyncio"])  # the loop decodes nothing
@pytest.mark.parametrize(
    ("limit", "unit", "status"),
    [
        pytest.param(10 * MIB, b"\0", 200, id="over the limit"),
        pytest.param(10 * MIB, b"\0", 500, id="over the limit, with the status of an error"),
        pytest.param(128 * MIB, b"\0", 200, id="zeros"),
        pytest.param(128 * MIB, b" ", 200, id="spaces", marks=pytest.mark.slow),
        pytest.param(128 * MIB, b"[],", 200, id="lists", marks=pytest.mark.slow),
        pytest.param(128 * MIB, b"[", 200, id="brackets", marks=pytest.mark.slow),
        pytest.param(128 * MIB, b"<", 500, id="HTML, with the status of an error", marks=pytest.mark.slow),
    ],
)
async def test_a_bomb_grows_memory_by_less_than_twice_the_limit(
    scripted: ScriptedServer, png: bytes, limit: int, unit: bytes, status: int
) -> None:
    """100 KB that become 100 MB cost no more than `max_response_bytes` allows, whatever they say and mean."""
    bomb = _gzipped(unit, 100)
    assert len(bomb) < MIB
    scripted.respond(status, bomb, {"Content-Encoding": "gzip"})
    async with Client(base_url=scripted.base_url, max_response_bytes=limit, max_retries=0) as client:
        assert await growth(client, png, ResponseError if status == 200 else ServerError) < 2 * limit
