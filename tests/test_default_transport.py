"""The transport that a client has where it is given none: each connection is used again, and none is looked for."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from image_variations._runtime.default_transport import KEEPALIVE_SECONDS, DefaultTransport

from tests.clocks import HandClock
from tests.faults.scenes.calls import WELL
from tests.faults.server import FaultServer, Visit, reset, take_head


@pytest.fixture
def clock() -> HandClock:
    """A clock that is moved by hand."""
    return HandClock()


@pytest.fixture
async def http(clock: HandClock) -> AsyncIterator[httpx.AsyncClient]:
    """A client of httpx that sends over the transport."""
    async with httpx.AsyncClient(transport=DefaultTransport(clock.time)) as client:
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


async def test_a_request_that_outlives_the_transport_leaves_no_connection() -> None:
    """A connection that was still being opened is closed after its answer."""
    async with FaultServer(WELL) as server:
        http = httpx.AsyncClient(transport=DefaultTransport())
        late = asyncio.create_task(post(http, server))
        await asyncio.sleep(0)
        await http.aclose()
        assert await late == 200
        await open_connections_fall_to(server, 0)
