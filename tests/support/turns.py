"""What a scripted server does with a request: a turn, which is the bytes to send, or a row of small steps.

A turn of bytes sends them once the whole request is there.
"""

import asyncio
import json
import os
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from attrs import define

from tests.support.reference_form import Form, parse_form

if TYPE_CHECKING:
    from tests.support.server import ScriptedServer

_TURNS_TO_READ = 50

Step = Callable[["Visit"], Awaitable[None]]
Steps = tuple[Step, ...]
Turn = bytes | Steps
Script = Sequence[Turn]

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
"""SO_LINGER with no time: closing sends a reset in place of the rest (RFC 9293, section 3.6)."""


class Received(NamedTuple):
    """A whole request, as it came."""

    head: str
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        """Its headers, by names in lower case."""
        pairs = (line.split(": ", 1) for line in self.head.split("\r\n")[1:] if line)
        return {name.lower(): value for name, value in pairs}

    @property
    def form(self) -> Form:
        """What a parser that knows nothing of the client reads in the body."""
        return parse_form(header(self.head, "content-type"), self.body)


@define(eq=False)
class Visit:
    """One request on one connection.

    Attributes:
        first: Its first byte; the rest is still in `reader`.
        head: The request line and the headers, once they were taken.
        body: The body, once it was taken.
    """

    server: "ScriptedServer"
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    first: bytes
    head: str = ""
    body: bytes = b""


def header(head: str, name: str) -> str:
    """The value of a header, or nothing."""
    lines = (line.partition(":") for line in head.split("\r\n")[1:])
    return next((value.strip() for found, _, value in lines if found.lower() == name), "")


def path_of(head: str) -> str:
    """The path of a request, with its query."""
    return head.split(" ")[1]


async def take_head(visit: Visit) -> None:
    """Read the request line and the headers, unless they were read, and leave the body on the wire."""
    if visit.head:
        return
    visit.head = (visit.first + await visit.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    visit.server.posts += visit.head.startswith("POST ")


async def take_request(visit: Visit) -> None:
    """Read the whole request."""
    await take_head(visit)
    visit.body = await visit.reader.readexactly(int(header(visit.head, "content-length") or 0))
    visit.server.requests.append(Received(visit.head, visit.body))


async def make_image(visit: Visit) -> None:
    """Make the image that was asked for: from here on the call is billed."""
    visit.server.made += 1


async def let_read(visit: Visit) -> None:
    """Give a client on this event loop the time to read what was sent."""
    for _ in range(_TURNS_TO_READ):
        await asyncio.sleep(0)


async def reset(visit: Visit) -> None:
    """Reset the connection."""
    visit.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    visit.writer.transport.abort()


async def break_tls(visit: Visit) -> None:
    """Send what is not a TLS record, over a connection that speaks TLS."""
    os.write(visit.writer.get_extra_info("socket").fileno(), b"no record" * 10)


async def close(visit: Visit) -> None:
    """Close the connection in good order."""
    visit.writer.close()


async def stop_writing(visit: Visit) -> None:
    """Say that nothing more comes, and still read."""
    visit.writer.write_eof()


async def stall(visit: Visit) -> None:
    """Do nothing more, neither read nor write, for as long as the server runs."""
    await asyncio.get_running_loop().create_future()


async def await_hang_up(visit: Visit) -> None:
    """Drop what the client sends, until it closes the connection."""
    while await visit.reader.read(1 << 16):
        pass


async def widen(visit: Visit) -> None:
    """Read as fast as others do from here on, whatever the receive buffer was."""
    visit.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)


def send(data: bytes) -> Step:
    """Send these bytes as they are."""

    async def send(visit: Visit) -> None:
        visit.writer.write(data)
        await visit.writer.drain()

    return send


def drip(data: bytes, interval: float = 0.1) -> Step:
    """Send these bytes one at a time, so many seconds apart."""

    async def drip(visit: Visit) -> None:
        for position in range(len(data)):
            visit.writer.write(data[position : position + 1])
            await visit.writer.drain()
            await asyncio.sleep(interval)

    return drip


def wait_for(event: asyncio.Event) -> Step:
    """Do nothing until something has happened."""

    async def wait_for(visit: Visit) -> None:
        await event.wait()

    return wait_for


def respond(status: int, body: object = b"", headers: Mapping[str, str] | None = None) -> Step:
    """Send a response; a body that is neither a string nor bytes is sent as JSON."""
    return send(reply(status, body, headers))


def reply(status: int, body: object = b"", headers: Mapping[str, str] | None = None) -> bytes:
    """A response as it goes over the wire. The headers given replace those that it would have."""
    content = _bytes_of(body)
    lines = {"Content-Length": str(len(content)), **(headers or {})}
    head = [f"HTTP/1.1 {status} Reply", *(f"{name}: {value}" for name, value in lines.items())]
    return "\r\n".join([*head, "", ""]).encode("latin-1") + content


def in_parts(*parts: bytes | asyncio.Event) -> Steps:
    """A turn that sends one part after the other once the whole request is there, and waits for each event."""
    return (take_request, *(send(part) if isinstance(part, bytes) else wait_for(part) for part in parts))


def cut_reply(size: int, body: object) -> Steps:
    """A turn that sends so many bytes of a body, and closes the connection."""
    content = _bytes_of(body)
    head = reply(200, b"", {"Content-Length": str(len(content))})
    return (take_request, send(head + content[:size]), close)


def chunked(pieces: Sequence[bytes]) -> Steps:
    """A turn that sends a body in chunks that end where the pieces do."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return in_parts(head, *(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces if piece), b"0\r\n\r\n")


def _bytes_of(body: object) -> bytes:
    return body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()


API_ERROR = {"error": {"message": "Try later.", "type": "server_error", "param": None, "code": None}}
"""A failure in the API's own words."""

SUCCESS = reply(200, {"created": 1, "data": [{"b64_json": "aGk="}]})
REJECTION = reply(503, API_ERROR)
NOT_FOUND = reply(404)

HANG_UP: Steps = (take_request, close)
"""Close the connection without a response."""

SILENCE: Steps = (take_request,)
"""Keep the connection open, and say nothing."""
