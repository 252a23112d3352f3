"""Mocks and tracers that replace methods of httpx and httpcore see every request, with the real packages.

They replace them before a client is made or after, for a while or for good.
"""

import functools
import json
import logging
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

import httpx
import pytest
import respx
import wrapt
from image_variations import (
    Client,
    ConnectionLostError,
    Image,
    create_image_variation,
    create_image_variation_files,
    fetch_image,
)
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.faults.scenes.calls import SMALL, WELL
from tests.support.server import ScriptedServer
from tools.paths import ROOT

MOCKED = {"created": 7, "data": [{"b64_json": "aGk="}]}
REPLACED = "was replaced: requests go through httpx's own transport"

Handle = Callable[[httpx.AsyncHTTPTransport, httpx.Request], Awaitable[httpx.Response]]


def notices(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the log says of replaced methods."""
    return [record.getMessage() for record in caplog.records if REPLACED in record.getMessage()]


# respx, which replaces methods of httpcore


@pytest.mark.parametrize("is_before", [True, False], ids=["patched before", "patched after"])
async def test_a_call_that_respx_mocks_reaches_no_network(
    caplog: pytest.LogCaptureFixture, tmp_path: Path, *, is_before: bool
) -> None:
    """Calls, streams and downloads of the default client get what was mocked, and the log says why once."""
    caplog.set_level(logging.INFO)
    async with ScriptedServer(WELL) as server:
        router = respx.mock(assert_all_called=True)
        router.post(f"{server.base_url}/images/variations").respond(json=MOCKED)
        router.get(f"{server.base_url}/1.png").respond(content=SMALL)
        if is_before:
            router.start()
        async with Client(base_url=server.base_url) as client:
            if not is_before:
                await create_image_variation(client, image=SMALL)  # it has a connection to the server by now
                router.start()
            before = server.posts
            try:
                for _ in range(3):
                    assert (await create_image_variation(client, image=SMALL)).created == 7
                assert await fetch_image(client, Image(url=f"{server.base_url}/1.png")) == SMALL
                [path] = await create_image_variation_files(client, tmp_path, image=SMALL)
            finally:
                router.stop()
        assert path.read_bytes() == b"hi"
        assert server.posts == before
    assert len(notices(caplog)) == 1


async def test_calls_go_directly_again_when_nothing_is_replaced_any_more(caplog: pytest.LogCaptureFixture) -> None:
    """A mock that is over leaves the network as it was, and httpcore out of it."""
    caplog.set_level(logging.DEBUG)
    async with ScriptedServer(WELL) as server, Client(base_url=server.base_url) as client:
        for _ in range(2):
            with respx.mock as router:
                router.post(f"{server.base_url}/images/variations").respond(json=MOCKED)
                assert (await create_image_variation(client, image=SMALL)).created == 7
            caplog.clear()
            assert (await create_image_variation(client, image=SMALL)).created == 1
            assert "httpcore" not in caplog.text
        assert (server.posts, server.connections) == (2, 1)


async def test_a_request_that_respx_does_not_know_is_refused() -> None:
    """It is not sent in silence: a test suite that mocks httpx never reaches the network."""
    async with ScriptedServer(WELL) as server, Client(base_url=server.base_url, max_retries=0) as client:
        with respx.mock, pytest.raises(Exception, match="not mocked"):
            await create_image_variation(client, image=SMALL)
        assert server.connections == 0


# pytest-httpx, which replaces a method of httpx's transport

MOCKING_SUITE = """
import pytest
from image_variations import Client, create_image_variation

PNG = bytes.fromhex({png!r})
early = Client(base_url="http://mock.invalid/v1")

@pytest.mark.parametrize("is_early", [True, False])
async def test_mocked(httpx_mock, is_early):
    httpx_mock.add_response(method="POST", url="http://mock.invalid/v1/images/variations", json={mocked!r})
    client = early if is_early else Client(base_url="http://mock.invalid/v1")
    assert (await create_image_variation(client, image=PNG)).created == 7
    [request] = httpx_mock.get_requests()
    assert b'name="image"' in request.content or request.content == b""
"""


def test_a_suite_that_mocks_with_pytest_httpx_passes(tmp_path: Path) -> None:
    """Its client is made when the module is imported, or in the test."""
    (tmp_path / "test_mocked.py").write_text(MOCKING_SUITE.format(png=SMALL.hex(), mocked=MOCKED))
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = session\n"
        "asyncio_default_test_loop_scope = session\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    ended = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "2 passed" in ended.stdout


# vcrpy, which replaces the same


class UseCassette(Protocol):
    """What vcrpy does, whose package has no types."""

    def __call__(self, path: str, *, match_on: list[str], record_mode: str = "once") -> AbstractContextManager[object]:
        """Record what is called, or play what was recorded."""
        ...


use_cassette = cast(UseCassette, import_module("vcr").use_cassette)


async def test_a_call_that_vcrpy_recorded_is_played_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The same call sends the same bytes, so its recording is found by its body, and no server is needed."""
    caplog.set_level(logging.INFO, "image_variations")
    cassette = str(tmp_path / "calls.yaml")
    async with ScriptedServer(WELL) as server, Client(base_url=server.base_url, max_retries=0) as client:
        with use_cassette(cassette, match_on=["method", "uri", "body"]):
            recorded = await create_image_variation(client, image=SMALL)
        with use_cassette(cassette, match_on=["method", "uri", "body"], record_mode="none"):
            assert await create_image_variation(client, image=SMALL) == recorded
            with pytest.raises(ConnectionLostError, match="CannotOverwriteExistingCassette"):
                await create_image_variation(client, image=SMALL, n=2)
        assert server.posts == 1
    assert len(notices(caplog)) == 2  # once for each time that a method was replaced


# Sentry, which replaces `httpx.AsyncClient.send`

SENTRY = """
import asyncio, json
import sentry_sdk
from sentry_sdk.integrations.httpx import HttpxIntegration
from image_variations import Client, create_image_variation
from tests.faults.scenes.calls import SMALL, WELL
from tests.support.server import ScriptedServer

events = []

class Kept(sentry_sdk.transport.Transport):
    def capture_envelope(self, envelope):
        events.extend(item.payload.json for item in envelope.items if item.type == "transaction")

def begin():
    sentry_sdk.init(
        dsn="http://key@127.0.0.1/1", transport=Kept, traces_sample_rate=1.0,
        default_integrations=False, integrations=[HttpxIntegration()],
    )

async def main(is_before):
    if is_before:
        begin()
    async with ScriptedServer(WELL) as server, Client(base_url=server.base_url) as client:
        if not is_before:
            await create_image_variation(client, image=SMALL)
            begin()
        with sentry_sdk.start_transaction(name="vary"):
            await create_image_variation(client, image=SMALL)
        posts = server.posts
    [event] = events
    print(json.dumps([[span["op"], span["data"]["http.response.status_code"]] for span in event["spans"]] + [posts]))

asyncio.run(main({is_before}))
"""


@pytest.mark.parametrize("is_before", [True, False])
def test_sentry_sees_each_request(*, is_before: bool) -> None:
    """There is a span for it, and it is sent once. Sentry cannot be taken out again: the process is its own."""
    program = SENTRY.replace("{is_before}", str(is_before))
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout.splitlines()[-1]) == [["http.client", 200], 1 if is_before else 2]


# OpenTelemetry, which replaces a method of httpx's transport


@pytest.mark.parametrize("is_before", [True, False], ids=["instrumented before", "instrumented after"])
async def test_opentelemetry_has_a_span_for_each_request(scripted: ScriptedServer, *, is_before: bool) -> None:
    """By `instrument()` alone, and none after `uninstrument()`; the server gets the context of the trace."""
    scripted.respond(200, MOCKED)
    exporter, provider, instrumentor = InMemorySpanExporter(), TracerProvider(), HTTPXClientInstrumentor()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    if is_before:
        instrumentor.instrument(tracer_provider=provider)
    async with Client(base_url=scripted.base_url) as client:
        if not is_before:
            await create_image_variation(client, image=SMALL)
            instrumentor.instrument(tracer_provider=provider)
        try:
            await create_image_variation(client, image=SMALL)
            await create_image_variation(client, image=SMALL)
        finally:
            instrumentor.uninstrument()
        traced = len(scripted.requests)
        await create_image_variation(client, image=SMALL)
    assert [span.name for span in exporter.get_finished_spans()] == ["POST", "POST"]
    assert [("traceparent:" in head.lower()) for head, _ in scripted.requests[traced - 2 :]] == [True, True, False]


# Whatever replaces a method


class Lying:
    """A wrapper that passes itself off as what it wraps."""

    def __init__(self, wrapped: Handle, note: Callable[[], None]) -> None:
        self._wrapped = wrapped
        self._note = note
        for name in ("__name__", "__qualname__", "__module__", "__doc__", "__code__"):
            setattr(self, name, getattr(wrapped, name))

    def __eq__(self, other: object) -> bool:
        return other == self._wrapped

    def __hash__(self) -> int:
        return hash(self._wrapped)

    def __get__(
        self, transport: httpx.AsyncHTTPTransport, _: object
    ) -> Callable[[httpx.Request], Awaitable[httpx.Response]]:
        def handle(request: httpx.Request) -> Awaitable[httpx.Response]:
            self._note()
            return self._wrapped(transport, request)

        return handle


def plain(wrapped: Handle, note: Callable[[], None]) -> object:
    """A function of its own."""

    async def handle(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        note()
        return await wrapped(self, request)

    return handle


def named_alike(wrapped: Handle, note: Callable[[], None]) -> object:
    """A function that has the name, the module and the docstring of what it wraps."""
    wrapper = plain(wrapped, note)
    assert callable(wrapper)
    return functools.wraps(wrapped)(wrapper)


def by_wrapt(wrapped: Handle, note: Callable[[], None]) -> object:
    """What wrapt makes, which is a function by `inspect.isfunction`."""

    def noting(
        handle: Callable[[httpx.Request], Awaitable[httpx.Response]],
        transport: object,
        args: tuple[httpx.Request],
        kwargs: Mapping[str, object],
    ) -> Awaitable[httpx.Response]:
        note()
        return handle(*args)

    make = cast("Callable[[object, object], object]", wrapt.FunctionWrapper)  # its types know no bound methods
    return make(wrapped, noting)


def partially(wrapped: Handle, note: Callable[[], None]) -> object:
    """What Python itself makes of a method and some of its arguments, which is not callable."""

    async def handle(
        self: httpx.AsyncHTTPTransport, note: Callable[[], None], request: httpx.Request
    ) -> httpx.Response:
        note()
        return await wrapped(self, request)

    return functools.partialmethod(handle, note)


@pytest.mark.parametrize("wrap", [plain, named_alike, by_wrapt, partially, Lying])
async def test_a_method_that_was_replaced_is_called(
    monkeypatch: pytest.MonkeyPatch, wrap: Callable[[Handle, Callable[[], None]], object]
) -> None:
    """However its replacement passes itself off."""
    noted: list[bool] = []
    async with ScriptedServer(WELL) as server, Client(base_url=server.base_url) as client:
        await create_image_variation(client, image=SMALL)
        monkeypatch.setattr(
            httpx.AsyncHTTPTransport,
            "handle_async_request",
            wrap(httpx.AsyncHTTPTransport.handle_async_request, lambda: noted.append(True)),
        )
        await create_image_variation(client, image=SMALL)
        monkeypatch.undo()
        await create_image_variation(client, image=SMALL)
    assert (len(noted), server.posts) == (1, 3)
