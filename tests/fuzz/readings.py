"""What a reader makes of a byte stream, and the two second opinions: `http.client` and aiohttp."""

import asyncio
import http.client
import io
import re
import socket
from bisect import bisect_left
from collections.abc import Iterable
from typing import Literal, cast

from aiohttp import ClientPayloadError
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import HttpResponseParser
from aiohttp.streams import StreamReader
from attrs import frozen

Ending = Literal["closes", "half-closes", "resets", "is silent"]
"""What a server does after the last byte."""

_SPACES = re.compile(r"[ \t\r\n]+")
_FRAMING = frozenset({"content-length", "transfer-encoding"})

Headers = tuple[tuple[str, str], ...]


@frozen
class Reading:
    """What a reader makes of a stream.

    Attributes:
        kind: "whole" for a response with its whole body, "error", or "waits" for more bytes.
        status: The status, of a whole response.
        headers: Its headers, with names in lower case.
        why: What the reader said, for people.
    """

    kind: Literal["whole", "error", "waits"]
    status: int | None = None
    headers: Headers = ()
    body: bytes = b""
    why: str = ""

    def is_same(self, other: "Reading") -> bool:
        """Whether two readers agree. How they word an error does not matter."""
        mine = (self.kind, self.status, self.headers, self.body)
        return mine == (other.kind, other.status, other.headers, other.body)

    def header(self, name: str) -> str | None:
        """Return the first value of a header."""
        return next((value for found, value in self.headers if found == name), None)

    def __repr__(self) -> str:
        if self.kind != "whole":
            return f"{self.kind} ({self.why[:200]})" if self.why else self.kind
        return f"{self.status} {self.headers!r:.300} and {len(self.body)} bytes {self.body!r:.100}"


def make_headers(pairs: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Return headers so that they can be compared.

    White space around a value is no part of it, and a fold is any white space (RFC 9112, section 5). Headers that
    frame a body are left out, because readers join and reword them: the body shows what they were taken for.
    """
    headers = ((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in pairs)
    return tuple((name, _SPACES.sub(" ", value.strip(" \t\r\n"))) for name, value in headers if name not in _FRAMING)


# The standard library's opinion.


class _SilenceError(Exception):
    """A reader asked for more than the server sends."""


class _Wire(io.BytesIO):
    """What a server sends, as a file."""

    def __init__(self, stream: bytes, ending: Ending) -> None:
        super().__init__(stream)
        self._ending = ending

    def read(self, size: int | None = -1, /) -> bytes:
        """Read bytes."""
        data = super().read(size)
        if size is not None and len(data) < size:
            self._meet_the_end()
        return data

    def readline(self, size: int | None = -1, /) -> bytes:
        """Read a line."""
        line = super().readline(size)
        if len(line) != size and not line.endswith(b"\n"):
            self._meet_the_end()
        return line

    def close(self) -> None:
        """Stay open: another response may be read behind one that is forgotten, and closes what it read."""

    def _meet_the_end(self) -> None:
        if self._ending == "is silent":
            raise _SilenceError
        if self._ending == "resets":
            raise ConnectionResetError


class _Socket:
    """The part of a socket that `http.client.HTTPResponse` uses."""

    def __init__(self, wire: _Wire) -> None:
        self._wire = wire

    def makefile(self, _mode: str) -> _Wire:
        """Return the same file each time, so that another response can be read behind one."""
        return self._wire


def read_with_http_client(stream: bytes, ending: Ending, method: str) -> Reading:
    """Read a stream with the standard library, which passes over status 100; other 1xx are passed over here."""
    connection = cast(socket.socket, _Socket(_Wire(stream, ending)))
    try:
        while True:
            response = http.client.HTTPResponse(connection, method=method)
            response.begin()
            if not 100 <= response.status < 200 or response.status == 101:
                break
        pieces: list[bytes] = []
        while piece := response.read(2**16):  # not all at once: it makes room for as many bytes as it is told of
            pieces.append(piece)
        if response.length:
            raise http.client.IncompleteRead(b"", response.length)
    except _SilenceError:
        return Reading("waits")
    except (http.client.HTTPException, OSError, ValueError) as error:
        return Reading("error", why=repr(error))
    headers = ((name.encode("latin-1", "replace"), value.encode("latin-1")) for name, value in response.getheaders())
    return Reading("whole", response.status, make_headers(headers), b"".join(pieces))


# aiohttp's opinion.


class _Aiohttp:
    """aiohttp's parser, as an `aiohttp.ClientSession` has it; an event loop has to run."""

    def __init__(self, method: str) -> None:
        loop = asyncio.get_running_loop()
        self.parser = HttpResponseParser(
            BaseProtocol(loop),
            loop,
            2**30,
            max_line_size=2**17,  # as much as we allow, and more: lengths alone are no difference then
            max_field_size=2**17,
            max_headers=2**17,
            payload_exception=ClientPayloadError,
            response_with_body=method != "HEAD",
            read_until_eof=True,
            auto_decompress=False,
        )
        self.error: Exception | None = None
        self._final: tuple[int, Headers, StreamReader] | None = None

    def feed(self, stream: bytes) -> bool:
        """Feed a stream; return whether it is refused."""
        try:
            messages, _, _ = self.parser.feed_data(stream)
        except HttpProcessingError as error:
            self.error = error
            return True
        for message, body in messages:
            if self._final is None and (message.code == 101 or not 100 <= message.code < 200):
                self._final = message.code, make_headers(message.raw_headers), body
        return False

    def end(self) -> None:
        """Say that nothing more comes."""
        try:
            self.parser.feed_eof()
        except (HttpProcessingError, ClientPayloadError) as error:
            self.error = error

    def is_whole(self) -> bool:
        """Whether the final response is whole."""
        return self._final is not None and self._final[2].is_eof() and self._final[2].exception() is None

    def reading(self) -> Reading:
        """Return what was read."""
        if self._final is None or not self.is_whole():
            return Reading("error", why=repr(self.error))
        status, headers, body = self._final
        return Reading("whole", status, headers, b"" if status in (204, 304) else body.read_nowait())


def read_with_aiohttp(stream: bytes, ending: Ending, method: str) -> Reading:
    """Read a stream as aiohttp does."""
    parser = _Aiohttp(method)
    if parser.feed(stream):
        # It drops a whole response if what comes with it is malformed. So see how far it can read.
        error = parser.error
        readable = bisect_left(range(1, len(stream)), x=True, key=lambda size: _Aiohttp(method).feed(stream[:size]))
        parser = _Aiohttp(method)
        parser.feed(stream[:readable])
        parser.error = error
    elif not parser.is_whole() and ending == "is silent":
        return Reading("waits")
    elif not parser.is_whole() and ending != "resets":
        parser.end()
    return parser.reading()
