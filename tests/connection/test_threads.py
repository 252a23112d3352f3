"""Event loops in several threads, each with a transport of its own."""

import asyncio
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from image_variations._runtime.connection.transport import Transport

from tests.support.server import ScriptedServer

_SIZE = 300_000


@pytest.fixture
def many_switches() -> Iterator[None]:
    """Threads that take turns as often as they can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


def _read_many(body: bytes) -> set[bytes]:
    """Get a body from a server many times, on an event loop of this thread; return what came."""
    return asyncio.run(_get_many(body))


async def _get_many(body: bytes) -> set[bytes]:
    async with ScriptedServer() as server, httpx.AsyncClient(transport=Transport()) as http:
        server.respond(200, body)
        return {(await http.get(server.base_url)).content for _ in range(60)}


@pytest.mark.usefixtures("many_switches")
def test_what_a_thread_receives_is_its_own() -> None:
    """No thread reads what came for another, though all receive at the same time."""
    bodies = [bytes([letter]) * _SIZE for letter in b"abcd"]
    with ThreadPoolExecutor(len(bodies)) as pool:
        read = [*pool.map(_read_many, bodies)]
    assert read == [{body} for body in bodies]
