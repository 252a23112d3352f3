"""What the tests share: a server, a client of it, and pictures."""

import gc
import os
from collections.abc import AsyncIterator, Generator, Iterator

import hypothesis
import pytest
from image_variations import Client

from tests.reference_server import ReferenceServer
from tests.support import sampling
from tests.support.pictures import make_png
from tests.support.postgresql import PostgresqlServer
from tests.support.secret_watch import secret_watch as secret_watch
from tests.support.server import ScriptedServer

_left_out: set[str] = set()
"""The slow tests that are left out."""

_LEFT_OUT = "left_out"


def pytest_configure(config: pytest.Config) -> None:
    """Settle how many examples a property is tried with."""
    sampling.is_sampled = "not slow" in str(config.getoption("markexpr"))
    # The same examples in every run, however slow the machine: a run that fails can be repeated.
    hypothesis.settings.register_profile(
        "suite", max_examples=sampling.examples(100), derandomize=True, deadline=None, database=None
    )
    hypothesis.settings.load_profile("suite")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None]:
    """Spare the garbage collector the modules and the tests, which stay to the end.

    Walking them again and again would take a tenth of the time, and most of that of a test that looks at each object.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.collect()
        gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the slow tests without coverage, which would double their time: what they repeat at size, others cover."""
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker("no_cover")


def pytest_deselected(items: list[pytest.Item]) -> None:
    """Note the slow tests that are left out."""
    _left_out.update(item.nodeid for item in items if item.get_closest_marker("slow"))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the process that reports what this one left out, where pytest-xdist runs several."""
    told: dict[str, list[str]] | None = getattr(session.config, "workeroutput", None)
    if told is not None:
        told[_LEFT_OUT] = sorted(_left_out)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    """Note what one of several processes left out."""
    told: dict[str, list[str]] = getattr(node, "workeroutput", {})
    _left_out.update(told.get(_LEFT_OUT, ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many slow tests were left out, and how to run them."""
    if _left_out:
        terminalreporter.write_line(f"{len(_left_out)} slow left out; `make cover` runs all")


@pytest.fixture(scope="session", autouse=True)
def no_waiting_for_the_disk() -> Iterator[None]:
    """Leave to the system when it writes to the disk: no test outlives it, and each waits for hundreds of files."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "fsync", _leave_unsynced)
        yield


def _leave_unsynced(handle: int) -> None:
    pass


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the caller's own settings out of the tests."""
    proxies = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
    certificates = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY", *proxies, *map(str.lower, proxies), *certificates):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
async def server() -> AsyncIterator[ReferenceServer]:
    """The reference server, on a port of its own."""
    async with ReferenceServer() as running:
        yield running


@pytest.fixture
async def client(server: ReferenceServer) -> AsyncIterator[Client]:
    """A client of the reference server."""
    async with Client(base_url=server.base_url, api_key=server.api_key) as open_client:
        yield open_client


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    """A PostgreSQL server, which does not wait for the disk either."""
    with PostgresqlServer.running("fsync=off") as running:
        yield running


@pytest.fixture
def png() -> bytes:
    """A small square PNG file."""
    return make_png()


@pytest.fixture
async def scripted() -> AsyncIterator[ScriptedServer]:
    """A server that does what it is told, and is in good health until then."""
    async with ScriptedServer() as running:
        yield running
