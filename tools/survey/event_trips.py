"""Events of round trips: a server sends each event that the document knows, and each is to arrive as its type."""

import json
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import cast

from tools.generate.events import Events
from tools.openapi.document import node
from tools.survey.arrivals import TripError, normal, plain, shown

_DONE = "[DONE]"

Opened = AbstractAsyncContextManager[AsyncGenerator[object]]


def write_stream(values: list[object], planned: Events) -> bytes:
    """Return the response of a server that sends these events."""
    content = b"".join(_lines_of(value, planned) for value in values) + f"data: {_DONE}\n\n".encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content


def _lines_of(value: object, planned: Events) -> bytes:
    name, data = "", value
    if planned.is_whole:
        members = node(value)
        name, data = f"event: {members.get('event')}\n", members.get("data")
    text = data if planned.is_text and isinstance(data, str) else json.dumps(data)
    return f"{name}data: {text}\n\n".encode()


async def check_events(call: Callable[[], Opened], values: list[object], planned: Events) -> None:
    """Read the events of a call, and hold them against those that were sent.

    Raises:
        TripError: One is not what was sent, or is not known.
    """
    async with call() as events:
        got = [event async for event in events]
    if len(got) != len(values):
        raise TripError(f"{len(values)} events were sent, and {len(got)} were given")
    for event, value in zip(got, values, strict=True):
        if planned.is_known and type(event).__name__ == "ServerSentEvent":
            raise TripError(f"the event {shown(value)} is not known")
        if planned.is_known and normal(plain(event)) != normal(value):
            raise TripError(f"the event reads as {shown(plain(event))}, and was {shown(value)}")


async def check_error(call: Callable[[], Opened], value: object) -> None:
    """Read an event that is an error, and see that it is raised with its code.

    Raises:
        TripError: It is not.
    """
    raised: Exception | None = None
    try:
        async with call() as events:
            _ = [event async for event in events]
    except Exception as error:
        raised = error
    said = next(_words_of(value))
    if type(raised).__name__ != "ResponseError" or getattr(raised, "code", None) != said.get("code"):
        raise TripError(f"the error {shown(value)} is raised as {raised!r:.200}")


def _words_of(value: object) -> Iterator[Mapping[str, object]]:
    members = node(value)
    for part in (members.get("error"), members.get("data"), members):
        if isinstance(part, Mapping):
            yield cast("Mapping[str, object]", part)
