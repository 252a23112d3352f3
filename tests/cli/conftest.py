"""The reference server for commands, which know nothing of its event loop."""

from collections.abc import Generator

import pytest

from tests.reference_server import ReferenceServer
from tests.support.background import in_background
from tests.support.ledgers import KINDS, ledgers_in


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


@pytest.fixture(params=KINDS)
def ledger_kind(request: pytest.FixtureRequest) -> Generator[None]:
    """Have the ledgers of a test in each database in turn."""
    with ledgers_in(request.getfixturevalue("postgresql") if request.param == "postgresql" else None):
        yield
