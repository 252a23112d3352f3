"""Responses that are streams of server-sent events."""

import json

from tests.support.turns import Step, Steps, close, in_parts, send

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
DONE = b"data: [DONE]\n\n"
END = b"0\r\n\r\n"


def event(value: object, name: str | None = None) -> bytes:
    """An event; data that are no string are written as JSON."""
    data = value if isinstance(value, str) else json.dumps(value)
    lines = [*([f"event: {name}"] if name else []), *(f"data: {line}" for line in data.split("\n"))]
    return "\n".join([*lines, "", ""]).encode()


def chunk(data: bytes) -> bytes:
    """A chunk of a chunked body."""
    return b"%x\r\n%s\r\n" % (len(data), data) if data else b""


def stream(*events: bytes, head: bytes = HEAD) -> Steps:
    """A turn that sends events, each in a chunk of its own, and ends the body."""
    return in_parts(head, *map(chunk, events), END)


def cut_stream(*events: bytes) -> Steps:
    """A turn that sends events, and closes the connection within the body."""
    return (*in_parts(HEAD, *map(chunk, events)), close)


def send_events(*events: bytes) -> Step:
    """Send the head of a stream and events, with more to come."""
    return send(HEAD + b"".join(map(chunk, events)))
