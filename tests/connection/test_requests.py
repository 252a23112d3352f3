"""What leaves the process of a request: nothing that reads as something else, and never more than was promised."""

import asyncio
import socket
import struct
import threading
import tracemalloc
from collections.abc import AsyncIterator

import httpx
import pytest
from image_variations import ConnectionFailedError, create_image_variation
from image_variations._runtime.connection.messages import RequestHead
from image_variations._runtime.connection.transport import Transport

from tests.connection.bodies import Pieces
from tests.connection.calls import open_connections_fall_to, post
from tests.faults.responses import REFUSED_EARLY, api_error
from tests.faults.scenes.calls import LARGE, TIGHT, WELL
from tests.faults.scenes.connecting import full_queue, server_tls
from tests.support.clocks import LoopClock, SleeplessClient
from tests.support.server import ScriptedServer
from tests.support.turns import SUCCESS, Step, Visit, in_parts, reply, reset, send, stall, take_head

BLOCK = 256 * 1024


async def send_pieces(http: httpx.AsyncClient, url: str, pieces: Pieces, **headers: str) -> httpx.Response:
    """Send a body of pieces."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await http.send(httpx.Request("POST", url, headers=named, stream=pieces))


def keep_in(received: list[bytes]) -> Step:
    """Read all that comes on the connection, and add it to what was received."""

    async def keep(visit: Visit) -> None:
        received.append(visit.first + await visit.reader.read())

    return keep


# What may stand in a head


@pytest.mark.parametrize(
    "head",
    [
        RequestHead(b"GET /x HTTP/1.1\r\nX: y\r\n\r\nGET", b"/", []),
        RequestHead(b"", b"/", []),
        RequestHead(b"GET", b"", []),
        RequestHead(b"GET", b"/ HTTP/1.1\r\nX: y", []),
        RequestHead(b"GET", b"/a b", []),
        RequestHead(b"GET", b"/a\tb", []),
        RequestHead(b"GET", b"/a\0", []),
        RequestHead(b"GET", b"/", [(b"X", b"a\r\nY: b")]),
        RequestHead(b"GET", b"/", [(b"X", b"a\nY: b")]),
        RequestHead(b"GET", b"/", [(b"X", b"a\r")]),
        RequestHead(b"GET", b"/", [(b"X", b"a\0b")]),
        RequestHead(b"GET", b"/", [(b"X", b"a\x7fb")]),
        RequestHead(b"GET", b"/", [(b"X: y\r\nZ", b"a")]),
        RequestHead(b"GET", b"/", [(b"X ", b"a")]),
        RequestHead(b"GET", b"/", [(b"X:", b"a")]),
        RequestHead(b"GET", b"/", [(b"", b"a")]),
    ],
)
def test_a_head_that_would_read_as_something_else_is_not_written(head: RequestHead) -> None:
    """No part of it can end its line, or the head."""
    with pytest.raises(httpx.LocalProtocolError):
        head.encode()


@pytest.mark.parametrize(
    "headers",
    [[(b"X", b"a\r\nContent-Length: 0")], [(b"X", b"a\n\nGET / HTTP/1.1")], [(b"Y: a\r\nX", b"b")]],
)
async def test_headers_of_a_request_inject_nothing(http: httpx.AsyncClient, headers: list[tuple[bytes, bytes]]) -> None:
    """The server gets no byte of the request, and the connection is closed."""
    received: list[bytes] = []
    async with ScriptedServer((keep_in(received),)) as server:
        with pytest.raises(httpx.LocalProtocolError):
            await http.get(server.base_url, headers=headers)
        await open_connections_fall_to(server, 0)
    assert received == []


async def test_a_head_is_written_as_it_is_given(http: httpx.AsyncClient) -> None:
    """The order and the case of the headers, and bytes beyond ASCII, are the caller's."""
    async with ScriptedServer(WELL) as server:
        headers = [(b"Host", b"a.example"), (b"X-B", b"\xe4\x80"), (b"x-a", b"1"), (b"Content-Length", b"2")]
        url = f"{server.base_url}/a%20b?c=d%0d#e"
        await http.send(httpx.Request("PUT", url, headers=headers, stream=httpx.ByteStream(b"hi")))
    [request] = server.requests
    assert request.head == (
        "PUT /v1/a%20b?c=d%0d HTTP/1.1\r\nHost: a.example\r\nX-B: \xe4\x80\r\nx-a: 1\r\nContent-Length: 2\r\n\r\n"
    )
    assert request.body == b"hi"


# Bodies


@pytest.mark.parametrize(
    ("length", "complaint"), [("10", "shorter"), ("3", "longer"), ("0", "longer"), ("x", "not say"), ("1_0", "not say")]
)
@pytest.mark.parametrize("pieces", [[b"12345"], [b"123", b"45"], [b"", b"12345", b""]])
async def test_a_body_of_another_length_than_its_head_says_is_an_error(
    http: httpx.AsyncClient, length: str, complaint: str, pieces: list[bytes]
) -> None:
    """The server gets no more than was promised, which it would take for the next request."""
    received: list[bytes] = []
    async with ScriptedServer((keep_in(received),)) as server:
        with pytest.raises(httpx.LocalProtocolError, match=complaint):
            await send_pieces(http, server.base_url, Pieces(pieces), host="a", content_length=length)
        await open_connections_fall_to(server, 0)
    for data in received:
        assert len(data.partition(b"\r\n\r\n")[2]) <= 5


async def test_a_body_of_unknown_length_is_sent_in_chunks(http: httpx.AsyncClient) -> None:
    """Empty pieces are left out, for an empty chunk would end the body."""
    received: list[bytes] = []

    async def keep(visit: Visit) -> None:
        received.append(await visit.reader.readuntil(b"0\r\n\r\n"))

    async with ScriptedServer((take_head, keep, *WELL[2:])) as server:
        pieces = Pieces([b"", b"hello", b"", b"x" * 17])
        response = await send_pieces(http, server.base_url, pieces, host="a", transfer_encoding="chunked")
        assert response.status_code == 200
    assert received == [b"5\r\nhello\r\n11\r\n" + b"x" * 17 + b"\r\n0\r\n\r\n"]


@pytest.mark.parametrize("size", [0, 1, 64 * 1024, 64 * 1024 + 1, 3_000_001])
async def test_a_body_arrives_as_it_was_given(http: httpx.AsyncClient, size: int) -> None:
    """Joined with the head, by itself, or in several writes."""
    content = bytes(range(256)) * (size // 256 + 1)
    async with ScriptedServer(WELL) as server:
        for _ in range(2):
            assert await post(http, server, content[:size]) == 200
        assert server.connections == 1
    assert [request.body for request in server.requests] == [content[:size]] * 2


@pytest.mark.parametrize("is_tls", [False, True], ids=["plain", "TLS"])
async def test_the_next_piece_is_asked_for_when_the_one_before_has_left(
    http: httpx.AsyncClient, *, is_tls: bool
) -> None:
    """A server that reads nothing gets what the kernel holds for it, and no piece beyond that is made."""
    pieces = Pieces([bytes(BLOCK)] * 40)
    async with ScriptedServer((stall,), receive_buffer=TIGHT, tls=server_tls() if is_tls else None) as server:
        length = str(BLOCK * 40)
        sending = asyncio.create_task(send_pieces(http, server.base_url, pieces, host="a", content_length=length))
        asked_for = -1
        while asked_for != pieces.asked_for or not asked_for:
            asked_for = pieces.asked_for
            await asyncio.sleep(0.1)
        assert pieces.asked_for <= 4
        sending.cancel()
        await asyncio.wait([sending])


async def test_little_is_copied_of_a_body_that_has_to_wait(http: httpx.AsyncClient) -> None:
    """A thousand calls to a busy server hold one image, and of each body less than a quarter in the event loop."""
    content = bytes(BLOCK)
    async with ScriptedServer(WELL) as server:
        assert await post(http, server, content) == 200
    with socket.create_server(("127.0.0.1", 0)) as busy:  # the kernel connects, and nobody reads
        busy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, TIGHT)
        url = f"http://127.0.0.1:{busy.getsockname()[1]}/"
        tracemalloc.start()
        try:
            with pytest.raises(httpx.WriteTimeout):
                await http.post(url, content=content, timeout=httpx.Timeout(5.0, write=0.2))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < BLOCK / 4


@pytest.mark.skipif(not hasattr(__import__("socket"), "TCP_NOTSENT_LOWAT"), reason="this system has no such limit")
@pytest.mark.parametrize("is_tls", [False, True], ids=["plain", "TLS"])
async def test_a_reset_during_most_of_an_upload_is_not_sent(
    trusted: None, monkeypatch: pytest.MonkeyPatch, *, is_tls: bool
) -> None:
    """The kernel takes little for a server that does not read, so the call knows, and costs nothing (row 6)."""
    tls = server_tls() if is_tls else None
    async with ScriptedServer((reset,), receive_buffer=TIGHT, tls=tls) as server:
        async with SleeplessClient(base_url=server.base_url) as client:
            with pytest.raises(ConnectionFailedError) as error:
                await create_image_variation(client, image=LARGE)
        assert (error.value.billed, server.connections, server.posts) == ("no", 3, 0)


# Responses that come early


@pytest.mark.parametrize("pieces", [[bytes(3_900_000)], [bytes(BLOCK)] * 15], ids=["a block", "pieces"])
async def test_a_response_that_begins_early_ends_the_request(http: httpx.AsyncClient, pieces: list[bytes]) -> None:
    """It is read, the rest of the body is not sent, and the connection is not used again."""
    async with ScriptedServer(REFUSED_EARLY, WELL, receive_buffer=TIGHT) as server:
        body = Pieces(pieces)
        length = str(sum(map(len, pieces)))
        response = await send_pieces(http, server.base_url, body, host="a", content_length=length)
        assert (response.status_code, b"overloaded" in response.content) == (413, True)
        assert body.asked_for <= 5
        await open_connections_fall_to(server, 0)
        assert await post(http, server) == 200


@pytest.mark.parametrize("status", [200, 413])
async def test_a_response_that_a_reset_follows_is_read(http: httpx.AsyncClient, status: int) -> None:
    """It came before the rest of the body is written, which would meet the reset; one of 2xx is paid for."""
    has_refused = threading.Event()

    def refuse(listener: socket.socket) -> None:
        client, _ = listener.accept()
        with client:
            received = b""
            while not received.endswith(b"\r\n\r\nx"):
                received += client.recv(1 << 16)
            client.sendall(reply(status, api_error()))
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        has_refused.set()

    async def pieces() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.sleep(0)  # until it has left
        assert has_refused.wait(60)  # the event loop has read neither the response nor the reset
        yield b"y"

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=refuse, args=(listener,), daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        response = await http.post(url, content=pieces(), headers={"Content-Length": "2"})
    assert (response.status_code, b"overloaded" in response.content) == (status, True)


async def test_a_request_that_asks_to_close_is_the_connections_last(http: httpx.AsyncClient) -> None:
    """The connection is closed after the response, although the server would keep it."""
    async with ScriptedServer(WELL) as server:
        url = f"{server.base_url}/images/variations"
        response = await http.post(url, content=b"x", headers={"Connection": "close"})
        assert response.status_code == 200
        await open_connections_fall_to(server, 0)


# Timeouts of httpx


async def test_the_timeout_for_reading_is_honoured(http: httpx.AsyncClient, clock: LoopClock) -> None:
    """For the head and for each piece of the body."""
    for steps in ((stall,), (send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"), stall)):
        async with ScriptedServer((take_head, *steps)) as server:
            getting = asyncio.create_task(http.get(server.base_url, timeout=httpx.Timeout(None, read=60.0)))
            await server.until(lambda: server.connections == 1)  # it is called before the next one
            for _ in range(20):
                await asyncio.sleep(0.005)
            assert not getting.done()
            clock.put_forward(61.0)
            with pytest.raises(httpx.ReadTimeout):
                await getting


async def test_the_timeout_for_writing_is_honoured(http: httpx.AsyncClient, clock: LoopClock) -> None:
    """For each wait until what was written has left."""
    async with ScriptedServer((stall,), receive_buffer=TIGHT) as server:
        posting = asyncio.create_task(
            http.post(server.base_url, content=LARGE, timeout=httpx.Timeout(None, write=60.0))
        )
        await server.until(lambda: server.connections == 1)
        for _ in range(20):
            await asyncio.sleep(0.005)
        assert not posting.done()
        clock.put_forward(61.0)
        with pytest.raises(httpx.WriteTimeout):
            await posting


@pytest.mark.parametrize("has_own", [False, True], ids=["the request's", "the transport's"])
async def test_the_timeout_for_connecting_is_honoured(clock: LoopClock, *, has_own: bool) -> None:
    """A request says it, or the transport for requests that do not."""
    with full_queue() as url:
        async with httpx.AsyncClient(transport=Transport(connect_timeout=60.0 if has_own else None)) as http:
            request = http.build_request("GET", url, timeout=httpx.Timeout(None, connect=60.0))
            if has_own:
                request.extensions = {}
            getting = asyncio.create_task(http.send(request))
            for _ in range(20):
                await asyncio.sleep(0)
            assert not getting.done()
            clock.put_forward(61.0)
            with pytest.raises(httpx.ConnectTimeout):
                await getting


async def test_a_slow_server_meets_no_timeout_that_is_not_set(http: httpx.AsyncClient, clock: LoopClock) -> None:
    """The package's own calls have one for connecting, and the call's."""
    may_respond = asyncio.Event()
    async with ScriptedServer(in_parts(may_respond, SUCCESS)) as server:
        posting = asyncio.create_task(post(http, server))
        await server.until(lambda: server.posts == 1)
        clock.put_forward(10_000.0)
        may_respond.set()
        assert await posting == 200
