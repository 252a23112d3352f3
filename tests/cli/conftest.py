"""The reference server for commands, which run in this process or in one of their own, and know nothing of its loop."""

import asyncio
import threading
from collections.abc import Generator

import pytest

from tests.reference_server import ReferenceServer
from tests.support.reference_app import RecordedRequest


class Served:
    """A reference server in a thread of its own."""

    def __init__(self, server: ReferenceServer) -> None:
        self._server = server
        self.base_url = server.base_url
        self.api_key = server.api_key

    @property
    def requests(self) -> list[RecordedRequest]:
        """The POSTs to the operation so far."""
        return self._server.requests


@pytest.fixture(scope="package")
def served() -> Generator[Served]:
    """A reference server that all tests of this folder share."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def start() -> ReferenceServer:
        return await ReferenceServer().__aenter__()

    server = asyncio.run_coroutine_threadsafe(start(), loop).result()
    try:
        yield Served(server)
    finally:
        asyncio.run_coroutine_threadsafe(server.__aexit__(None, None, None), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def environment(served: Served, monkeypatch: pytest.MonkeyPatch) -> Served:
    """The same, named by the environment as its users name it."""
    monkeypatch.setenv("OPENAI_BASE_URL", served.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", served.api_key)
    return served
