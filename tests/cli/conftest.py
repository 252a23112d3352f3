"""The reference server for commands, which know nothing of its event loop."""

from collections.abc import Generator

import pytest

from tests.reference_server import ReferenceServer
from tests.support.background import in_background


@pytest.fixture(scope="package")
def served() -> Generator[ReferenceServer]:
    """A reference server that all tests of this folder share."""
    with in_background(ReferenceServer()) as server:
        yield server


@pytest.fixture
def environment(served: ReferenceServer, monkeypatch: pytest.MonkeyPatch) -> ReferenceServer:
    """The same, named by the environment as its users name it."""
    monkeypatch.setenv("OPENAI_BASE_URL", served.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", served.api_key)
    return served
