"""OpenTelemetry spans for the attempts of each call, through the client's `on_attempt`.

    pip install opentelemetry-sdk
    python -m examples.tracing otter.png

Each attempt becomes one span below the span that is current where the call is made, also one that another attempt
follows. Names and values are those of OpenTelemetry's semantic conventions for HTTP clients,
https://opentelemetry.io/docs/specs/semconv/http/http-spans/, where they have one. Neither bodies nor keys are recorded:
an `Attempt` has none. The server and its key are `OPENAI_BASE_URL` and `OPENAI_API_KEY`.
"""

import asyncio
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from image_variations import Attempt, Client, ImageVariationsError, create_image_variation
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer

NANOSECONDS = 1_000_000_000


Attributes = dict[str, str | int | float | list[str]]


def record_attempts(tracer: Tracer, known: Mapping[str, str | int] | None = None) -> Callable[[Attempt], None]:
    """An observer that makes a span of each attempt: `Client(on_attempt=record_attempts(tracer))`.

    Args:
        tracer: What makes the spans.
        known: Attributes for every span. An attempt does not know its server, so
            `server.address`, `server.port` and `url.full` belong here.
    """

    def record(attempt: Attempt) -> None:
        span = tracer.start_span(
            "POST",  # what the conventions call a span whose URL has no template
            kind=SpanKind.CLIENT,
            attributes={**(known or {}), **describe(attempt)},
            start_time=round(attempt.start * NANOSECONDS),
        )
        if has_failed(attempt):
            span.set_status(Status(StatusCode.ERROR))
        span.end(round(attempt.end * NANOSECONDS))

    return record


def describe(attempt: Attempt) -> Attributes:
    """The attributes of an attempt's span. What is `None` in the attempt is left out."""
    attributes: Attributes = {
        "http.request.method": "POST",
        "image_variations.outcome": attempt.outcome.value,
        "image_variations.billed": attempt.outcome.billed,
    }
    if attempt.number > 1:
        attributes["http.request.resend_count"] = attempt.number - 1
    if attempt.status_code is not None:
        attributes["http.response.status_code"] = attempt.status_code
    if attempt.request_id is not None:
        attributes["http.response.header.x-request-id"] = [attempt.request_id]
    if attempt.wait is not None:
        attributes["image_variations.wait"] = attempt.wait
    if has_failed(attempt):
        # "error.type" is the status, or what happened where there is none.
        attributes["error.type"] = str(attempt.status_code or attempt.outcome.value)
    return attributes


def has_failed(attempt: Attempt) -> bool:
    """Whether a client's span is one of an error: no status came, or one from 400 on."""
    return attempt.status_code is None or attempt.status_code >= 400


async def main() -> None:
    """Vary an image, and print the spans of its attempts and of the whole."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(out=sys.stdout)))
    tracer = provider.get_tracer("examples.tracing")
    async with Client(on_attempt=record_attempts(tracer)) as client:
        with tracer.start_as_current_span("vary an image"):
            await create_image_variation(client, image=Path(sys.argv[1]))


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except ImageVariationsError as error:
        sys.exit(f"{type(error).__name__}: {error}")
