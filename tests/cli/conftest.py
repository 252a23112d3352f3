"""Servers, clients and ledgers for batches and commands."""

from collections.abc import AsyncIterator, Generator
from pathlib import Path

import pytest
from image_variations import Client

from tests.reference_server import ReferenceServer
from tests.support.background import in_background
from tests.support.batches import ONE_IMAGE, QuickClient
from tests.support.ledgers import KINDS, ledgers_in
from tests.support.server import ScriptedServer


@pytest.fixture(scope="package")
def served() -> Generator[ReferenceServer]:
    """A reference server that all tests of this folder share, for commands, which know nothing of its event loop."""
    with in_background(ReferenceServer()) as server:
        yield server


@pytest.fixture
def environment(served: ReferenceServer, monkeypatch: pytest.MonkeyPatch) -> ReferenceServer:
    """The same, named by the environment as its users name it."""
    monkeypatch.setenv("OPENAI_BASE_URL", served.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", served.api_key)
    return served


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An output directory that does not exist yet."""
    return tmp_path / "out"


@pytest.fixture
async def quick(scripted: ScriptedServer) -> AsyncIterator[Client]:
    """A client of the scripted server, which makes an image, that does not wait between attempts."""
    scripted.script = (ONE_IMAGE,)
    async with QuickClient(base_url=scripted.base_url) as client:
        yield client


@pytest.fixture(params=KINDS)
def ledger_kind(request: pytest.FixtureRequest) -> Generator[None]:
    """Have the ledgers of a test in each database in turn."""
    with ledgers_in(request.getfixturevalue("postgresql") if request.param == "postgresql" else None):
        yield
