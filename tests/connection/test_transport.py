"""The pool: each connection is used again, none is looked for, and none is left open."""

import asyncio
import ssl

import httpx
import pytest
from image_variations._runtime.connection.transport import KEEPALIVE_SECONDS, Transport

from tests.connection.calls import open_connections_fall_to, post
from tests.faults.responses import WHOLE, api_error, made
from tests.faults.scenes.calls import WELL
from tests.faults.scenes.connecting import server_tls
from tests.support.clocks import LoopClock
from tests.support.server import ScriptedServer
from tests.support.turns import Turn, Visit, await_hang_up, reply, reset, send, stall, take_head


async def test_requests_in_a_row_share_one_connection(http: httpx.AsyncClient) -> None:
    """What was used last is used again."""
    async with ScriptedServer(WELL) as server:
        for _ in range(5):
            assert await post(http, server) == 200
        assert server.connections == 1


async def test_no_more_connections_are_opened_than_requests_are_under_way(http: httpx.AsyncClient) -> None:
    """Wave after wave goes over the connections of the first."""
    async with ScriptedServer(WELL) as server:
        for _ in range(5):
            assert set(await asyncio.gather(*(post(http, server) for _ in range(8)))) == {200}
        assert server.connections == 8


async def test_servers_do_not_get_each_others_connections(http: httpx.AsyncClient) -> None:
    """Each origin has its own."""
    async with ScriptedServer(WELL) as one, ScriptedServer(WELL) as other:
        await asyncio.gather(post(http, one), post(http, other))
        for _ in range(3):
            await post(http, one)
            await post(http, other)
        assert (one.connections, one.posts, other.connections, other.posts) == (1, 4, 1, 4)


async def test_what_was_idle_for_too_long_is_closed_by_a_timer(http: httpx.AsyncClient, clock: LoopClock) -> None:
    """Few requests keep few connections, for what was used last is used again."""
    async with ScriptedServer(WELL) as server:
        await asyncio.gather(*(post(http, server) for _ in range(3)))
        clock.put_forward(KEEPALIVE_SECONDS * 0.75)
        await post(http, server)
        await post(http, server)
        assert server.open_connections == 3
        clock.put_forward(KEEPALIVE_SECONDS * 0.75)
        await open_connections_fall_to(server, 1)
        assert await post(http, server) == 200
        assert (server.connections, server.open_connections) == (3, 1)


async def test_what_is_idle_for_too_long_is_closed_although_no_request_comes(
    http: httpx.AsyncClient, clock: LoopClock
) -> None:
    """A client that is at rest keeps no connection, to whichever server; the next request opens one."""
    async with ScriptedServer(WELL) as server, ScriptedServer(WELL) as other:
        await asyncio.gather(*(post(http, server) for _ in range(3)))
        clock.put_forward(KEEPALIVE_SECONDS * 0.5)
        await post(http, other)
        clock.put_forward(KEEPALIVE_SECONDS * 0.75)
        await open_connections_fall_to(server, 0)
        assert other.open_connections == 1
        clock.put_forward(KEEPALIVE_SECONDS)
        await open_connections_fall_to(other, 0)
        assert await post(http, server) == 200
        assert server.connections == 4


async def test_a_request_that_fails_leaves_nothing_of_its_connection(http: httpx.AsyncClient) -> None:
    """The next one has a connection of its own."""
    async with ScriptedServer((take_head, reset), WELL) as server:
        with pytest.raises(httpx.TransportError):
            await post(http, server)
        assert await post(http, server) == 200
        assert server.connections == 2


async def test_a_response_that_is_not_read_to_its_end_leaves_no_connection_open(http: httpx.AsyncClient) -> None:
    """It is in the way of the next response."""
    async with ScriptedServer(WELL) as server:
        async with http.stream("POST", f"{server.base_url}/images/variations", content=b"x"):
            pass
        await open_connections_fall_to(server, 0)
        assert await post(http, server) == 200


async def test_closing_closes_idle_connections_and_those_in_use() -> None:
    """Also one whose response has not come, and one whose body is being read."""
    has_come = asyncio.Event()

    async def keep_silent(visit: Visit) -> None:
        has_come.set()
        await visit.reader.read()

    cut = made(send(WHOLE[:-1]), await_hang_up)
    async with ScriptedServer(WELL, WELL, cut, (take_head, keep_silent)) as server:
        http = httpx.AsyncClient(transport=Transport())
        await asyncio.gather(post(http, server), post(http, server))
        async with http.stream("POST", f"{server.base_url}/images/variations", content=b"x") as response:
            waiting = asyncio.create_task(post(http, server))
            await has_come.wait()
            await http.aclose()
            await open_connections_fall_to(server, 0)
            with pytest.raises(httpx.TransportError):
                await response.aread()
        with pytest.raises(httpx.TransportError):
            await waiting


@pytest.mark.parametrize("turns", range(6))
async def test_a_connection_that_outlives_the_transport_is_closed(turns: int) -> None:
    """One that is still being opened is closed as soon as it is there, and its request is not sent."""
    async with ScriptedServer(WELL) as server:
        http = httpx.AsyncClient(transport=Transport())
        late = asyncio.create_task(post(http, server))
        for _ in range(turns):
            await asyncio.sleep(0)
        await http.aclose()
        await asyncio.wait([late])
        assert isinstance(late.exception(), httpx.TransportError | RuntimeError)
        await open_connections_fall_to(server, 0)


async def test_a_closed_transport_sends_nothing() -> None:
    """A request that comes too late is an error."""
    async with ScriptedServer(WELL) as server:
        transport = Transport()
        await transport.aclose()
        with pytest.raises(RuntimeError, match="closed"):
            await transport.handle_async_request(httpx.Request("POST", server.base_url, content=b"x"))
        assert server.connections == 0


LINE_END = b"\r\n"
SECOND_RESPONSE = reply(503, api_error())

beyond_a_response = pytest.mark.parametrize(
    "beyond", [LINE_END, SECOND_RESPONSE], ids=["a line end", "another response"]
)


@beyond_a_response
async def test_what_a_server_sends_beyond_its_response_answers_nothing(http: httpx.AsyncClient, beyond: bytes) -> None:
    """It would be taken for the response to the next request, which it is not: that one has another connection."""
    async with ScriptedServer(made(send(WHOLE + beyond)), WELL) as server:
        assert [await post(http, server) for _ in range(3)] == [200] * 3
        assert (server.connections, server.posts) == (2, 3)
        await open_connections_fall_to(server, 1)


@beyond_a_response
async def test_what_comes_in_a_tls_record_of_its_own_answers_nothing_either(
    http: httpx.AsyncClient, beyond: bytes
) -> None:
    """The socket does not show it, for TLS has read it already."""
    beyond_it = made_in_two_records(WHOLE, beyond)
    async with ScriptedServer(beyond_it, WELL, tls=server_tls()) as server:
        assert [await post(http, server) for _ in range(3)] == [200] * 3
        assert (server.connections, server.posts) == (2, 3)


def made_in_two_records(first: bytes, second: bytes) -> Turn:
    """The server responds in two TLS records that go out at once."""

    async def send_both(visit: Visit) -> None:
        # asyncio writes what the loop's turn has brought together; each write is a record of its own.
        visit.writer.write(first)
        visit.writer.write(second)
        await visit.writer.drain()

    return made(send_both)


@beyond_a_response
@pytest.mark.parametrize("is_tls", [False, True], ids=["plain", "TLS"])
async def test_what_comes_while_a_connection_is_idle_answers_nothing(
    http: httpx.AsyncClient, beyond: bytes, *, is_tls: bool
) -> None:
    """The connection is closed as soon as it comes."""
    may_send = asyncio.Event()

    async def send_late(visit: Visit) -> None:
        await may_send.wait()
        await send(beyond)(visit)

    async with ScriptedServer(made(send(WHOLE), send_late), WELL, tls=server_tls() if is_tls else None) as server:
        assert await post(http, server) == 200
        may_send.set()
        await open_connections_fall_to(server, 0)
        assert await post(http, server) == 200
        assert (server.connections, server.posts) == (2, 2)


async def test_what_waits_in_the_kernel_answers_nothing(http: httpx.AsyncClient) -> None:
    """A connection is looked at before it is used again, for the event loop may not have read what came."""

    async def send_later(visit: Visit) -> None:
        visit.writer.write(WHOLE)
        later.append(visit)

    later: list[Visit] = []
    async with ScriptedServer(made(send_later), WELL) as server:
        assert await post(http, server) == 200
        # No await between: the event loop sees neither before the request takes its connection.
        later[0].writer.write(SECOND_RESPONSE)
        assert await post(http, server) == 200
        assert (server.connections, server.posts) == (2, 2)


@pytest.mark.parametrize("turns", range(1, 6))
async def test_closing_goes_on_when_it_is_cancelled(turns: int) -> None:
    """Every connection is closed, at whichever of them the cancellation comes."""
    async with ScriptedServer(WELL) as server:
        transport = Transport()
        http = httpx.AsyncClient(transport=transport)
        await asyncio.gather(*(post(http, server) for _ in range(6)))
        closing = asyncio.create_task(transport.aclose())
        for _ in range(turns):
            await asyncio.sleep(0)
        closing.cancel()
        await asyncio.wait([closing])
        await open_connections_fall_to(server, 0)


async def test_a_server_that_takes_no_notice_does_not_hold_up_closing(trusting: ssl.SSLContext) -> None:
    """No goodbye of TLS is waited for: closing has dropped every socket when it returns, and other connections too."""
    async with (
        ScriptedServer((stall,), tls=server_tls()) as deaf,
        ScriptedServer(WELL) as server,
    ):
        transport = Transport(lambda: trusting)
        http = httpx.AsyncClient(transport=transport)
        calls = [asyncio.create_task(post(http, deaf)) for _ in range(3)]
        await asyncio.gather(*(post(http, server) for _ in range(3)))
        await deaf.until(lambda: deaf.connections == 3)
        async with asyncio.timeout(1):
            await http.aclose()
        assert {type(error) for error in await asyncio.gather(*calls, return_exceptions=True)} <= {
            httpx.ReadError,
            httpx.WriteError,
            httpx.ConnectError,
            httpx.RemoteProtocolError,
        }
        await open_connections_fall_to(server, 0)


async def test_a_response_that_is_closed_twice_frees_one_connection(http: httpx.AsyncClient) -> None:
    """Or two requests would get the same."""
    async with ScriptedServer(WELL) as server:
        async with http.stream("POST", f"{server.base_url}/images/variations", content=b"x") as response:
            await response.aread()
            assert isinstance(response.stream, httpx.AsyncByteStream)
            await response.stream.aclose()
        assert await asyncio.gather(*(post(http, server) for _ in range(2))) == [200, 200]
        assert server.connections == 2


async def test_a_response_that_cannot_be_read_takes_its_connection_along(http: httpx.AsyncClient) -> None:
    """Nobody knows what is still on it."""
    malformed = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno size\r\n"
    async with ScriptedServer(made(send(malformed))) as server:
        with pytest.raises(httpx.RemoteProtocolError, match="chunks"):
            await post(http, server)
        await open_connections_fall_to(server, 0)
