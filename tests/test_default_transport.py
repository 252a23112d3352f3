"""The transport that a client has where it is given none: each connection is used again, and none is looked for."""

import asyncio
import ssl
from collections.abc import AsyncIterator

import httpx
import pytest
from image_variations._runtime.default_transport import KEEPALIVE_SECONDS, DefaultTransport

from tests.clocks import HandClock
from tests.faults.answers import WHOLE, api_error, made
from tests.faults.scenes.calls import WELL
from tests.faults.scenes.connecting import authority, server_tls
from tests.faults.server import FaultServer, Turn, Visit, answer_bytes, reset, send, take_head


@pytest.fixture
def clock() -> HandClock:
    """A clock that is moved by hand."""
    return HandClock()


@pytest.fixture
async def http(clock: HandClock) -> AsyncIterator[httpx.AsyncClient]:
    """A client of httpx that sends over the transport."""
    async with httpx.AsyncClient(transport=DefaultTransport(monotonic=clock.time)) as client:
        yield client


async def post(http: httpx.AsyncClient, server: FaultServer) -> int:
    """Make a request; returns the status of its answer."""
    return (await http.post(f"{server.base_url}/images/variations", content=b"x")).status_code


async def open_connections_fall_to(server: FaultServer, number: int) -> None:
    """Wait until no more connections are open."""
    async with asyncio.timeout(5):
        await server.until(lambda: server.open_connections <= number)


async def test_requests_in_a_row_share_one_connection(http: httpx.AsyncClient) -> None:
    """What was used last is used again."""
    async with FaultServer(WELL) as server:
        for _ in range(5):
            assert await post(http, server) == 200
        assert server.connections == 1


async def test_no_more_connections_are_opened_than_requests_are_under_way(http: httpx.AsyncClient) -> None:
    """Wave after wave goes over the connections of the first."""
    async with FaultServer(WELL) as server:
        for _ in range(5):
            assert set(await asyncio.gather(*(post(http, server) for _ in range(8)))) == {200}
        assert server.connections == 8


async def test_servers_do_not_get_each_others_connections(http: httpx.AsyncClient) -> None:
    """A connection that lies on top of the pile is passed over where it leads elsewhere."""
    async with FaultServer(WELL) as one, FaultServer(WELL) as other:
        await asyncio.gather(post(http, one), post(http, other))
        for _ in range(3):
            await post(http, one)
            await post(http, other)
        assert (one.connections, one.posts, other.connections, other.posts) == (1, 4, 1, 4)


async def test_what_was_idle_for_too_long_is_closed_by_the_next_request(
    http: httpx.AsyncClient, clock: HandClock
) -> None:
    """To whichever server it goes; few requests keep few connections, for what was used last is used again."""
    async with FaultServer(WELL) as one, FaultServer(WELL) as other:
        await asyncio.gather(*(post(http, one) for _ in range(3)))
        clock.now += KEEPALIVE_SECONDS * 0.75
        await post(http, one)
        await post(http, one)
        clock.now += KEEPALIVE_SECONDS * 0.75
        await post(http, other)
        await open_connections_fall_to(one, 1)
        assert one.open_connections == 1


async def test_what_is_idle_for_too_long_is_closed_where_no_request_comes() -> None:
    """A client that is at rest keeps no connection of a server's."""
    async with FaultServer(WELL) as server, httpx.AsyncClient(transport=DefaultTransport()) as http:
        began = asyncio.get_running_loop().time()
        await asyncio.gather(*(post(http, server) for _ in range(3)))
        async with asyncio.timeout(2 * KEEPALIVE_SECONDS + 5):
            await server.until(lambda: not server.open_connections)
        assert asyncio.get_running_loop().time() - began >= KEEPALIVE_SECONDS
        assert await post(http, server) == 200


async def test_a_request_that_fails_leaves_nothing_of_its_connection(http: httpx.AsyncClient) -> None:
    """The next one has a connection of its own."""
    async with FaultServer((take_head, reset), WELL) as server:
        with pytest.raises(httpx.TransportError):
            await post(http, server)
        assert await post(http, server) == 200
        assert server.connections == 2


async def test_an_answer_that_is_not_read_to_its_end_leaves_no_connection_open(http: httpx.AsyncClient) -> None:
    """It is in the way of the next answer."""
    async with FaultServer(WELL) as server:
        async with http.stream("POST", f"{server.base_url}/images/variations", content=b"x"):
            pass
        await open_connections_fall_to(server, 0)
        assert await post(http, server) == 200


async def test_closing_closes_idle_connections_and_those_in_use() -> None:
    """Also one whose answer has not come."""
    has_come = asyncio.Event()

    async def keep_silent(visit: Visit) -> None:
        has_come.set()
        await visit.reader.read()

    async with FaultServer(WELL, WELL, (take_head, keep_silent)) as server:
        http = httpx.AsyncClient(transport=DefaultTransport())
        await asyncio.gather(post(http, server), post(http, server))
        waiting = asyncio.create_task(post(http, server))
        await has_come.wait()
        await http.aclose()
        await open_connections_fall_to(server, 0)
        with pytest.raises(httpx.TransportError):
            await waiting


async def test_an_answer_that_outlives_the_transport_leaves_no_connection() -> None:
    """A connection that was still being opened is closed after its answer."""
    async with FaultServer(WELL) as server:
        http = httpx.AsyncClient(transport=DefaultTransport())
        late = asyncio.create_task(post(http, server))
        await asyncio.sleep(0)
        await http.aclose()
        assert await late == 200
        await open_connections_fall_to(server, 0)


async def test_a_closed_transport_sends_nothing() -> None:
    """A request that comes too late is an error."""
    async with FaultServer(WELL) as server:
        transport = DefaultTransport()
        await transport.aclose()
        with pytest.raises(RuntimeError, match="closed"):
            await transport.handle_async_request(httpx.Request("POST", server.base_url, content=b"x"))
        assert server.connections == 0


LINE_END = b"\r\n"
SECOND_ANSWER = answer_bytes(503, api_error())


@pytest.mark.parametrize("beyond", [LINE_END, SECOND_ANSWER], ids=["a line end", "another answer"])
async def test_what_a_server_sends_beyond_its_answer_answers_nothing(http: httpx.AsyncClient, beyond: bytes) -> None:
    """It would be taken for the answer to the next request, which it is not: that one has another connection."""
    async with FaultServer(made(send(WHOLE + beyond)), WELL) as server:
        assert [await post(http, server) for _ in range(3)] == [200] * 3
        assert (server.connections, server.posts) == (2, 3)
        await open_connections_fall_to(server, 1)


@pytest.mark.parametrize("beyond", [LINE_END, SECOND_ANSWER], ids=["a line end", "another answer"])
async def test_what_comes_in_a_tls_record_of_its_own_answers_nothing_either(beyond: bytes) -> None:
    """The socket does not show it, for TLS has read it already."""
    with authority().cert_pem.tempfile() as certificate:
        trusting = ssl.create_default_context(cafile=certificate)
    beyond_it = made_in_two_records(WHOLE, beyond)
    async with (
        FaultServer(beyond_it, WELL, tls=server_tls()) as server,
        httpx.AsyncClient(transport=DefaultTransport(trusting)) as http,
    ):
        assert [await post(http, server) for _ in range(3)] == [200] * 3
        assert (server.connections, server.posts) == (2, 3)


def made_in_two_records(first: bytes, second: bytes) -> Turn:
    """The server answers in two TLS records that go out at once."""

    async def send_both(visit: Visit) -> None:
        # asyncio writes what the loop's turn has brought together; each write is a record of its own.
        visit.writer.write(first)
        visit.writer.write(second)
        await visit.writer.drain()

    return made(send_both)


@pytest.mark.parametrize("turns", range(1, 6))
async def test_closing_goes_on_when_it_is_cancelled(turns: int) -> None:
    """Every connection is closed, at whichever of them the cancellation comes."""
    async with FaultServer(WELL) as server:
        transport = DefaultTransport()
        http = httpx.AsyncClient(transport=transport)
        await asyncio.gather(*(post(http, server) for _ in range(6)))
        closing = asyncio.create_task(transport.aclose())
        for _ in range(turns):
            await asyncio.sleep(0)
        closing.cancel()
        await asyncio.wait([closing])
        await open_connections_fall_to(server, 0)


class _Unclosable(httpx.AsyncHTTPTransport):
    """A transport that cannot be closed in good order."""

    async def aclose(self) -> None:
        await super().aclose()
        raise OSError("no good order")


class _UnclosableLanes(DefaultTransport):
    """A transport whose connections cannot be closed in good order."""

    def make_lane(self) -> httpx.AsyncHTTPTransport:
        return _Unclosable()


async def test_how_a_connection_ends_is_nothing_to_the_others(clock: HandClock) -> None:
    """One that cannot be closed fails no request, and keeps no other one open."""
    async with FaultServer(WELL) as server:
        http = httpx.AsyncClient(transport=_UnclosableLanes(monotonic=clock.time))
        await asyncio.gather(*(post(http, server) for _ in range(3)))
        clock.now += KEEPALIVE_SECONDS * 2
        assert await post(http, server) == 200
        await open_connections_fall_to(server, 1)
        await http.aclose()
        await open_connections_fall_to(server, 0)


async def test_an_answer_that_is_closed_twice_frees_one_connection(http: httpx.AsyncClient) -> None:
    """Or two requests would get the same."""
    async with FaultServer(WELL) as server:
        async with http.stream("POST", f"{server.base_url}/images/variations", content=b"x") as response:
            await response.aread()
            assert isinstance(response.stream, httpx.AsyncByteStream)
            await response.stream.aclose()
        assert await asyncio.gather(*(post(http, server) for _ in range(2))) == [200, 200]
        assert server.connections == 2


class _BrokenEnd(httpx.AsyncByteStream):
    """A body that comes whole, and cannot be closed."""

    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._stream)

    async def aclose(self) -> None:
        raise OSError("no end")


class _BrokenEnds(httpx.AsyncHTTPTransport):
    """A transport whose answers cannot be closed."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = _BrokenEnd(response.stream)
        return response


class _BrokenLanes(DefaultTransport):
    """A transport of such."""

    def make_lane(self) -> httpx.AsyncHTTPTransport:
        return _BrokenEnds()


async def test_an_answer_that_cannot_be_closed_takes_its_connection_along() -> None:
    """Nobody knows what is still on it."""
    async with FaultServer(WELL) as server, httpx.AsyncClient(transport=_BrokenLanes()) as http:
        with pytest.raises(OSError, match="no end"):
            await post(http, server)
        await open_connections_fall_to(server, 0)
