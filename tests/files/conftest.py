"""What the tests share: a client of tests/documents/files.yaml over the transport that a test names."""

from collections.abc import AsyncIterator, Iterator
from types import ModuleType

import pytest
from image_variations import Client
from image_variations.transports import over_aiohttp

from tests.support.kinds import client_of, document
from tests.support.server import ScriptedServer


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The client, generated once."""
    with client_of(document("files"), tmp_path_factory.mktemp("files"), "files_client") as module:
        yield module


@pytest.fixture
async def client(
    package: ModuleType, scripted: ScriptedServer, request: pytest.FixtureRequest
) -> AsyncIterator[Client]:
    """A client with room for one call, so that a call that lets go of nothing holds up the next one."""
    transport = over_aiohttp() if getattr(request, "param", None) == "httpx-aiohttp" else None
    async with package.Client(base_url=scripted.base_url, transport=transport, max_concurrency=1) as client:
        yield client
