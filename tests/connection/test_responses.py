"""What a response is: its head, where its body ends, and whether its connection may be used again (RFC 9112)."""

import asyncio
import tracemalloc

import httpx
import pytest
from image_variations._runtime.connection.messages import BrokenHeadError
from image_variations._runtime.connection.protocol import MAX_HEAD, MAX_INFORMATIONAL

from tests.connection.calls import open_connections_fall_to, post
from tests.faults.scenes.calls import TIGHT, WELL
from tests.support.server import ScriptedServer
from tests.support.turns import Step, Visit, await_hang_up, close, drip, let_read, reset, send, take_head, take_request

OK = b"HTTP/1.1 200 OK\r\n"
HELLO = OK + b"Content-Length: 5\r\n\r\nhello"
EARLY_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"


async def get(http: httpx.AsyncClient, server: ScriptedServer, method: str = "GET") -> httpx.Response:
    """Make a request without a body."""
    return await http.request(method, server.base_url)


async def responses(http: httpx.AsyncClient, *steps: Step) -> tuple[bytes, bytes, int]:
    """Make two requests to a server that takes these steps; return both bodies, and how many connections it took."""
    async with ScriptedServer((take_head, *steps), (take_head, send(HELLO))) as server:
        first = await get(http, server)
        second = await get(http, server)
        return first.content, second.content, server.connections


# Where a body ends


@pytest.mark.parametrize(
    ("response", "body", "is_reused"),
    [
        pytest.param(OK + b"Content-Length: 2\r\n\r\nhi", b"hi", True, id="counted"),
        pytest.param(OK + b"Content-Length: 0\r\n\r\n", b"", True, id="empty"),
        pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", b"", True, id="204"),
        pytest.param(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", b"", True, id="304 with a length"),
        pytest.param(OK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi", b"hi", True, id="the same length twice"),
        pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", b"hi", True, id="chunked"),
        pytest.param(
            OK + b"Transfer-Encoding: chunked\r\n\r\n1;a=b\r\nh\r\n1\r\ni\r\n0\r\nX-Sum: 1\r\nX-Other: 2\r\n\r\n",
            b"hi",
            True,
            id="trailers and extensions",
        ),
        pytest.param(
            OK + b"Content-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
            b"hi",
            False,
            id="chunked with a length",
        ),
        pytest.param(
            b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
            b"hi",
            False,
            id="chunked in HTTP/1.0",
        ),
        pytest.param(OK + b"Connection: close\r\nContent-Length: 2\r\n\r\nhi", b"hi", False, id="Connection: close"),
        pytest.param(
            OK + b"Connection: x, Close\r\nContent-Length: 2\r\n\r\nhi", b"hi", False, id="Connection: x, Close"
        ),
        pytest.param(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", b"hi", False, id="HTTP/1.0"),
        pytest.param(b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi", b"hi", True, id="no reason"),
        pytest.param(b"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", b"hi", True, id="bare line feeds"),
    ],
)
@pytest.mark.parametrize("is_slow", [False, True], ids=["at once", "byte by byte"])
async def test_a_body_ends_where_its_head_says(
    http: httpx.AsyncClient, response: bytes, body: bytes, *, is_reused: bool, is_slow: bool
) -> None:
    """Its connection is used again, unless the response or its framing forbids it."""
    step = drip(response, 0) if is_slow else send(response)
    assert await responses(http, step) == (body, b"hello", 1 if is_reused else 2)


async def test_a_response_to_head_has_no_body(http: httpx.AsyncClient) -> None:
    """Whatever length it names: the next response on the connection is not taken for it."""
    async with ScriptedServer((take_head, send(OK + b"Content-Length: 5\r\n\r\n")), (take_head, send(HELLO))) as server:
        head = await get(http, server, "HEAD")
        assert (head.headers["content-length"], head.content) == ("5", b"")
        assert (await get(http, server)).content == b"hello"
        assert server.connections == 1


async def test_a_body_may_end_with_its_connection(http: httpx.AsyncClient) -> None:
    """Without a length it is all that comes; only its content can say whether that is whole."""
    assert await responses(http, send(OK + b"\r\nhi"), let_read, send(b" there"), close) == (b"hi there", b"hello", 2)


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param((send(OK + b"Content-Length: 5\r\n\r\nhel"), close), id="counted"),
        pytest.param((send(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel"), close), id="within a chunk"),
        pytest.param((send(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"), close), id="between chunks"),
        pytest.param(
            (send(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"), close), id="in the trailers"
        ),
        pytest.param((send(OK + b"Content-Length: 5\r\n\r\nhel"), let_read, reset), id="reset"),
        pytest.param((send(OK + b"\r\nhel"), let_read, reset), id="reset where it could end"),
        pytest.param((send(OK + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n"),), id="no size"),
        pytest.param((send(OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n"),), id="a negative size"),
        pytest.param((send(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhelloo\r\n"),), id="beyond its size"),
        pytest.param((send(OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"0" * 200_000),), id="an endless size"),
    ],
)
async def test_a_body_that_breaks_off_is_an_error(http: httpx.AsyncClient, steps: tuple[Step, ...]) -> None:
    """Its connection is closed, and nothing of it is left to the next request."""
    async with ScriptedServer((take_head, *steps), (take_head, send(HELLO))) as server:
        async with http.stream("GET", server.base_url) as response:
            assert response.status_code == 200
            with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
                await response.aread()
        await open_connections_fall_to(server, 0)
        assert (await get(http, server)).content == b"hello"


# Heads


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Content-Length: 5, 6\r\n",
        b"Content-Length: five\r\n",
        b"Content-Length: -5\r\n",
        b"Content-Length: +5\r\n",
        b"Content-Length: 0x5\r\n",
        b"Content-Length: 5_0\r\n",
        b"Content-Length: " + b"9" * 5000 + b"\r\n",
        b"Transfer-Encoding: gzip\r\n",
        b"Transfer-Encoding: chunked, chunked\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"no colon\r\n",
        b"Bad Name: x\r\n",
        b"X: a\0b\r\n",
        b"Content-Length : 5\r\n",
    ],
)
async def test_a_head_that_contradicts_itself_or_is_malformed_is_refused(
    http: httpx.AsyncClient, headers: bytes
) -> None:
    """The error has the status that came, and the connection is closed."""
    async with ScriptedServer((take_head, send(OK + headers + b"\r\nhello"))) as server:
        with pytest.raises(BrokenHeadError) as broken:
            await get(http, server)
        assert broken.value.status_code == 200
        await open_connections_fall_to(server, 0)


@pytest.mark.parametrize("size", [MAX_HEAD, MAX_HEAD + 1])
async def test_a_head_is_bounded(http: httpx.AsyncClient, size: int) -> None:
    """One of 100 KB is read, however it is cut, and one byte more is refused."""
    head = OK + b"Content-Length: 0\r\nX: "
    padded = head + b"x" * (size - len(head) - 4) + b"\r\n\r\n"
    assert len(padded) == size
    async with ScriptedServer((take_head, send(padded[:70_000]), let_read, send(padded[70_000:]))) as server:
        if size <= MAX_HEAD:
            assert (await get(http, server)).status_code == 200
        else:
            with pytest.raises(BrokenHeadError, match="longer than 102400 bytes"):
                await get(http, server)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\r\n\r\n",
        b"200 OK\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 2 OK\r\n\r\n",
        b"HTTP/1.1 200 OK",
        b"\0" * 50,
    ],
)
async def test_what_is_no_status_line_is_no_response(http: httpx.AsyncClient, said: bytes) -> None:
    """Nobody knows what became of the request."""
    async with ScriptedServer((take_head, send(said), close)) as server:
        with pytest.raises(httpx.RemoteProtocolError) as error:
            await get(http, server)
        assert not isinstance(error.value, BrokenHeadError)


async def test_a_protocol_that_nobody_asked_for_is_no_response(http: httpx.AsyncClient) -> None:
    """What follows a 101 is not HTTP."""
    async with ScriptedServer(
        (take_head, send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n" + HELLO))
    ) as server:
        with pytest.raises(httpx.RemoteProtocolError):
            await get(http, server)
        await open_connections_fall_to(server, 0)


# Informational responses


@pytest.mark.parametrize(
    "informational", [b"HTTP/1.1 100 Continue\r\n\r\n", EARLY_HINTS, EARLY_HINTS * MAX_INFORMATIONAL]
)
@pytest.mark.parametrize("interval", [None, 0.0], ids=["at once", "byte by byte"])
async def test_informational_responses_are_passed_over(
    http: httpx.AsyncClient, informational: bytes, interval: float | None
) -> None:
    """The final response is what comes after them."""
    said = informational[: 4 * len(EARLY_HINTS)] if interval is not None else informational
    steps = [drip(said, interval)] if interval is not None else [send(said)]
    assert await responses(http, *steps, send(HELLO)) == (b"hello", b"hello", 1)


async def test_informational_responses_are_passed_over_while_the_body_is_written(http: httpx.AsyncClient) -> None:
    """They do not end the request: all of it arrives."""
    async with ScriptedServer((take_head, send(EARLY_HINTS), let_read, take_rest, send(HELLO)), WELL) as server:
        assert (await http.post(server.base_url, content=bytes(3_000_000))).content == b"hello"
        assert await post(http, server) == 200
        assert server.connections == 1


async def take_rest(visit: Visit) -> None:
    """Read the body, whose head was taken before."""
    await visit.reader.readexactly(3_000_000)


@pytest.mark.parametrize("content", [b"", bytes(3_000_000)], ids=["no body", "a body that is being written"])
@pytest.mark.parametrize(
    "again", [EARLY_HINTS, bytes(1000).replace(b"\0", b"x")], ids=["too many", "one without an end"]
)
async def test_a_storm_of_informational_responses_is_given_up(
    http: httpx.AsyncClient, content: bytes, again: bytes
) -> None:
    """No server can keep a request going with them, nor fill the memory, although it reads nothing of the body."""

    async def send_for_ever(visit: Visit) -> None:
        while True:
            visit.writer.write(again * 100)
            await visit.writer.drain()

    begin = send(b"HTTP/1.1 103 Early Hints\r\nLink: " if again != EARLY_HINTS else b"")
    async with ScriptedServer((take_head, begin, send_for_ever), receive_buffer=TIGHT) as server:
        with pytest.raises(httpx.RemoteProtocolError):
            async with asyncio.timeout(10):
                await http.post(server.base_url, content=content)
        await open_connections_fall_to(server, 0)


# Back-pressure


async def test_a_body_that_nobody_reads_is_not_held(http: httpx.AsyncClient) -> None:
    """The server has to wait; once it is read, all of it comes."""
    size, piece = 48 << 20, 1 << 20
    has_paused = asyncio.Event()

    async def send_much(visit: Visit) -> None:
        visit.writer.write(OK + b"Content-Length: %d\r\n\r\n" % size)
        for _ in range(size // piece):
            visit.writer.write(bytes(piece))
            try:
                async with asyncio.timeout(0.3):
                    await visit.writer.drain()
            except TimeoutError:
                has_paused.set()
                await visit.writer.drain()

    async with ScriptedServer((take_head, send_much)) as server, http.stream("GET", server.base_url) as response:
        tracemalloc.start()
        try:
            await has_paused.wait()
            held = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        received = 0
        async for part in response.aiter_raw():
            received += len(part)
    assert received == size
    assert held < 8 << 20


async def test_two_tasks_cannot_read_one_response(http: httpx.AsyncClient) -> None:
    """The second is told; pieces are not dealt out by chance."""
    async with (
        ScriptedServer((take_request, send(OK + b"Content-Length: 5\r\n\r\n"), await_hang_up)) as server,
        http.stream("GET", server.base_url) as response,
    ):
        assert isinstance(response.stream, httpx.AsyncByteStream)
        first = asyncio.create_task(response.aread())
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="another task"):
            await anext(aiter(response.stream))
        first.cancel()
        await asyncio.wait([first])
