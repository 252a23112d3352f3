"""The recipe that turns attempts into OpenTelemetry spans: `examples/tracing.py`."""

import asyncio
import json
import sys
from pathlib import Path

import pytest
from image_variations import Client, ConnectionLostError, create_image_variation
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode, Tracer

from examples import tracing
from tests.reference_server import ReferenceServer
from tests.support.clocks import SleeplessClock
from tests.support.server import ScriptedServer
from tests.support.turns import API_ERROR, HANG_UP, SUCCESS, reply

KEY = "sk-never-in-a-span"
NOON = 1_795_435_200.0


class NoonClient(Client):
    """A client whose time begins at noon, and passes only while it sleeps."""


@pytest.fixture(autouse=True)
def noon() -> None:
    """Begin each test at noon."""
    NoonClient.clock = SleeplessClock(now=NOON, fraction=1.0).clock


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    """Where the spans go."""
    return InMemorySpanExporter()


@pytest.fixture
def tracer(exporter: InMemorySpanExporter) -> Tracer:
    """What makes the spans."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider.get_tracer(__name__)


async def test_each_attempt_becomes_a_span(
    scripted: ScriptedServer, tracer: Tracer, exporter: InMemorySpanExporter, png: bytes
) -> None:
    """Its attributes have the names of the semantic conventions, and say which repetition it is."""
    scripted.script = [reply(500, API_ERROR, {"x-request-id": "req_1"}), SUCCESS]
    observer = tracing.record_attempts(tracer, known={"server.address": "127.0.0.1"})
    async with NoonClient(base_url=scripted.base_url, on_attempt=observer) as client:
        await create_image_variation(client, image=png)
    first, second = exporter.get_finished_spans()
    assert [(span.name, span.kind) for span in (first, second)] == [("POST", SpanKind.CLIENT)] * 2
    assert dict(first.attributes or {}) == {
        "server.address": "127.0.0.1",
        "http.request.method": "POST",
        "http.response.status_code": 500,
        "http.response.header.x-request-id": ("req_1",),
        "image_variations.outcome": "rejected",
        "image_variations.billed": "no",
        "image_variations.wait": 0.5,
        "error.type": "500",
    }
    assert dict(second.attributes or {}) == {
        "server.address": "127.0.0.1",
        "http.request.method": "POST",
        "http.request.resend_count": 1,
        "http.response.status_code": 200,
        "image_variations.outcome": "billed",
        "image_variations.billed": "yes",
    }


async def test_a_span_has_the_times_of_its_attempt(
    scripted: ScriptedServer, tracer: Tracer, exporter: InMemorySpanExporter, png: bytes
) -> None:
    """It begins and ends when the attempt did, in nanoseconds; the wait between two attempts is in neither span."""
    scripted.script = [reply(429, b"", {"Retry-After": "10"}), SUCCESS]
    async with NoonClient(base_url=scripted.base_url, on_attempt=tracing.record_attempts(tracer)) as client:
        await create_image_variation(client, image=png)
    times = [(span.start_time, span.end_time) for span in exporter.get_finished_spans()]
    noon, later = round(NOON * 1e9), round((NOON + 11.0) * 1e9)
    assert times == [(noon, noon), (later, later)]


async def test_spans_are_below_the_span_of_their_call(
    scripted: ScriptedServer, tracer: Tracer, exporter: InMemorySpanExporter, png: bytes
) -> None:
    """Calls that run at the same time keep their attempts apart."""
    scripted.script = [reply(429), SUCCESS]

    async def vary(name: str) -> None:
        with tracer.start_as_current_span(name):
            await create_image_variation(client, image=png)

    async with NoonClient(base_url=scripted.base_url, on_attempt=tracing.record_attempts(tracer)) as client:
        await asyncio.gather(vary("one"), vary("other"))
    spans = exporter.get_finished_spans()
    calls = {span.name: span for span in spans if span.name != "POST"}
    assert [len(below(calls[name], spans)) for name in sorted(calls)] in ([1, 2], [2, 1])
    assert len(spans) == 5


def below(parent: ReadableSpan, spans: tuple[ReadableSpan, ...]) -> list[ReadableSpan]:
    """The spans whose parent is this one."""
    assert parent.context is not None
    return [span for span in spans if span.parent is not None and span.parent.span_id == parent.context.span_id]


@pytest.mark.parametrize(
    ("said", "status", "error_type"),
    [
        (SUCCESS, StatusCode.UNSET, None),
        (reply(302, b"", {"Location": "/"}), StatusCode.UNSET, None),
        (reply(400), StatusCode.ERROR, "400"),
        (reply(502), StatusCode.ERROR, "502"),
        (HANG_UP, StatusCode.ERROR, "unknown"),
    ],
    ids=["200", "302", "400", "502", "no answer"],
)
async def test_a_failed_attempt_is_a_span_with_an_error(
    scripted: ScriptedServer,
    tracer: Tracer,
    exporter: InMemorySpanExporter,
    png: bytes,
    said: bytes,
    status: StatusCode,
    error_type: str | None,
) -> None:
    """For a client a status from 400 on is an error, and so is none at all."""
    scripted.script = [said]
    async with NoonClient(base_url=scripted.base_url, on_attempt=tracing.record_attempts(tracer)) as client:
        await asyncio.gather(create_image_variation(client, image=png), return_exceptions=True)
    [span] = exporter.get_finished_spans()
    assert (span.status.status_code, (span.attributes or {}).get("error.type")) == (status, error_type)


async def test_spans_hold_neither_bodies_nor_keys(
    scripted: ScriptedServer, tracer: Tracer, exporter: InMemorySpanExporter, png: bytes
) -> None:
    """What was sent, what came back and the key are in no part of a span."""
    scripted.script = [reply(503, {"error": {"message": f"echo {KEY}"}}, {"x-request-id": KEY}), HANG_UP]
    observer = tracing.record_attempts(tracer)
    async with NoonClient(base_url=scripted.base_url, api_key=KEY, on_attempt=observer) as client:
        with pytest.raises(ConnectionLostError):
            await create_image_variation(client, image=png, user="secret-user")
    written = [span.to_json() for span in exporter.get_finished_spans()]
    assert len(written) == 2
    for secret in (KEY, "echo", "secret-user", "PNG"):
        assert secret not in json.dumps(written)


async def test_the_recipe_runs(
    server: ReferenceServer,
    png: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As a program it varies a picture and prints the span of the attempt below the one of the whole."""
    picture = tmp_path / "otter.png"
    picture.write_bytes(png)
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", server.api_key)
    monkeypatch.setattr(sys, "argv", ["tracing", str(picture)])
    await tracing.main()
    printed = capsys.readouterr().out
    assert '"http.response.status_code": 200' in printed
    assert '"name": "vary an image"' in printed
    assert server.api_key not in printed
