"""What the tests of the connection share: both event loops, and a plain client of httpx over the transport."""

import asyncio
import ssl
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import httpx
import pytest
from image_variations._runtime.connection.transport import Transport

from tests.faults.scenes.connecting import authority
from tests.support.clocks import LoopClock

Make = Callable[[], asyncio.AbstractEventLoop]

_ROOM = Path(__file__).parent


def pytest_asyncio_loop_factories() -> Mapping[str, Make]:
    """Run each test on both loops."""
    loops: dict[str, Make] = {"asyncio": asyncio.new_event_loop}
    if sys.platform != "win32":
        import uvloop

        loops["uvloop"] = uvloop.new_event_loop
    return loops


_SAMPLED = ("test_fuzz", "test_client_certificates", "test_instrumentation")
"""The modules that `make test` runs on one loop: they take longest."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave those modules on uvloop to `make cover`."""
    for item in items:
        if item.path.parent == _ROOM and item.path.stem in _SAMPLED and "uvloop" in item.name:
            item.add_marker("slow")


@pytest.fixture
async def clock(monkeypatch: pytest.MonkeyPatch) -> LoopClock:
    """The event loop's clock."""
    return LoopClock(monkeypatch)


@pytest.fixture
def trusting() -> ssl.SSLContext:
    """What trusts the authority of the tests' servers alone."""
    with authority().cert_pem.tempfile() as certificate:
        return ssl.create_default_context(cafile=certificate)


@pytest.fixture
async def http(trusting: ssl.SSLContext) -> AsyncIterator[httpx.AsyncClient]:
    """A client of httpx that sends over the transport."""
    async with httpx.AsyncClient(transport=Transport(lambda: trusting), timeout=None) as client:  # noqa: S113  # each test has its own
        yield client


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The environment trusts the authority of the tests' servers."""
    authority().cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
