"""HTTP/1.1 messages as values: the head of a request, the head of a response, and where its body ends (RFC 9112).

h11 parses the heads of responses and bodies in chunks. A body of known length is counted here, because
h11 copies it twice, and the head of a request is written here, because h11 takes ten times as long.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

import h11
import httpx
from attrs import field, frozen

from ..redaction import Redactor

Headers = Sequence[tuple[bytes, bytes]]

_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch

_FIELD_VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*").fullmatch

_TARGET = re.compile(rb"[\x21-\x7e]+").fullmatch

_STATUS_LINE = re.compile(rb"HTTP/1\.[0-9] ([1-9][0-9][0-9])(?: [^\r\n]*)?\r?\n").match

_FRAMING = frozenset({b"content-length", b"transfer-encoding"})

_BODILESS = frozenset({204, 304})

_MAX_REQUEST_ID = 200

_MAX_INCOMPLETE = 100 * 1024
"""Bytes of a chunk's first line, or of the trailers, that are held before their end has come."""


class BrokenHeadError(httpx.RemoteProtocolError):
    """A status line came, but the headers after it are malformed, too long or cut off.

    Attributes:
        status_code: The status that the line names.
    """

    def __init__(self, message: str, status_code: int) -> None:
        super().__init__(message)
        self.status_code = status_code


class RequestHead(NamedTuple):
    """A request line and its headers.

    Attributes:
        target: What stands in the request line: a path with its query, a URL, or an authority.
    """

    method: bytes
    target: bytes
    headers: Headers

    def __repr__(self) -> str:
        return f"<RequestHead {self.method.decode('ascii', 'replace')}>"  # the rest may hold keys; tools show locals

    def encode(self) -> bytes:
        """Write the head.

        Raises:
            httpx.LocalProtocolError: A part of it would read as something else.
        """
        if not _TOKEN(self.method) or not _TARGET(self.target):
            raise httpx.LocalProtocolError("the method or the URL cannot stand in a request line")
        lines = [b"%b %b HTTP/1.1\r\n" % (self.method, self.target)]
        for name, value in self.headers:
            if not _TOKEN(name) or not _FIELD_VALUE(value):
                raise httpx.LocalProtocolError(f"the header {name!r} has a name or a value that cannot be sent")
            lines.append(b"%b: %b\r\n" % (name, value))
        lines.append(b"\r\n")
        return b"".join(lines)

    def body_length(self) -> int | None:
        """Return how many bytes the body has; `None` if it is sent in chunks.

        Raises:
            httpx.LocalProtocolError: The headers do not say, or say it twice.
        """
        framing = {value.lower() for name, value in self.headers if name.lower() in _FRAMING} or {b"0"}
        value = framing.pop()
        if framing or not (value == b"chunked" or value.isdigit()):
            raise httpx.LocalProtocolError("Content-Length and Transfer-Encoding do not say where the body ends")
        return None if value == b"chunked" else int(value)


@frozen
class Head:
    """A status line and its headers.

    Attributes:
        proxy: The proxy that read the request, and may have responded itself. Of a tunnel none reads it.
    """

    status_code: int
    headers: httpx.Headers = field(repr=False)
    reason: bytes = field(default=b"", repr=False)
    http_version: bytes = b"1.1"
    proxy: str = ""

    @property
    def status(self) -> str:
        """The status, and the proxy that it came from: by its meaning if it is 407, or else perhaps."""
        proxy = f"the proxy {self.proxy}" if self.proxy else "a proxy"
        if self.status_code == 407:
            return f"407 from {proxy}"
        return f"{self.status_code} through {proxy}" if self.proxy else f"{self.status_code}"

    @property
    def is_success(self) -> bool:
        """Whether the status is a 2xx."""
        return 200 <= self.status_code < 300

    def request_id(self, redactor: Redactor) -> str | None:
        """Return the server's own name for the request, as a line of bounded length without the key."""
        value: str = self.headers.get("x-request-id", "")
        return redactor.line(value)[:_MAX_REQUEST_ID] or None


class Framing:
    """Where the body of a response ends: here with its connection. Whether it is whole, only its content can say.

    Attributes:
        is_whole: Whether the end has come.
        keeps_alive: Whether the connection may be used again after it.
    """

    def __init__(self, *, is_whole: bool = False, keeps_alive: bool = False) -> None:
        self.is_whole = is_whole
        self.keeps_alive = keeps_alive

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """Return the part of the data that belongs to the body, and what follows it.

        Raises:
            httpx.RemoteProtocolError: The data are not framed as the head says.
        """
        return data, b""

    def end(self) -> None:
        """Note that nothing more comes.

        Raises:
            httpx.RemoteProtocolError: The body is not whole.
        """
        self.is_whole = True


class _Counted(Framing):
    """The framing of a body with a length that the head says, or without any."""

    def __init__(self, length: int, *, keeps_alive: bool) -> None:
        super().__init__(is_whole=not length, keeps_alive=keeps_alive)
        self._left = self._length = length

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        excess = b""
        if len(data) > self._left:
            data, excess = data[: self._left], data[self._left :]
        self._left -= len(data)
        self.is_whole = not self._left
        return data, excess

    def end(self) -> None:
        received = self._length - self._left
        raise httpx.RemoteProtocolError(f"the connection was closed after {received} of {self._length} bytes")


class _Chunked(Framing):
    """The framing of a body in chunks (RFC 9112, section 7.1). Trailers may follow; they are dropped."""

    def __init__(self, parser: h11.Connection, *, keeps_alive: bool) -> None:
        super().__init__(keeps_alive=keeps_alive)
        self._parser = parser

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        pieces: list[bytes] = []
        try:
            self._parser.receive_data(data)
            while isinstance(event := self._parser.next_event(), h11.Data):
                pieces.append(bytes(event.data))
        except (h11.RemoteProtocolError, ValueError) as error:
            raise httpx.RemoteProtocolError(f"the chunks of the body are malformed: {error!s:.200}") from error
        self.is_whole = isinstance(event, h11.EndOfMessage)
        return b"".join(pieces), self._parser.trailing_data[0] if self.is_whole else b""

    def end(self) -> None:
        raise httpx.RemoteProtocolError("the connection was closed before the last chunk")


def parse_head(data: bytes, method: bytes) -> tuple[Head, Framing]:
    """Parse a status line and its headers, up to the empty line.

    Args:
        data: The bytes.
        method: The method of the request: a response to HEAD has no body, nor has a tunnel.

    Raises:
        BrokenHeadError: The headers are malformed, or contradict each other.
        httpx.RemoteProtocolError: There is no status line.
    """
    parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_INCOMPLETE)
    parser.receive_data(data)
    try:
        event = parser.next_event()
    except (h11.RemoteProtocolError, ValueError) as error:
        raise broken_head(data, str(error)) from error
    if not isinstance(event, h11.Response) or not event.http_version.startswith(b"1."):
        raise broken_head(data, "there is no status line of a final response")
    headers = [*event.headers]
    head = Head(event.status_code, httpx.Headers(headers), event.reason, event.http_version)
    return head, _framing(head, headers, method, parser)


def broken_head(data: bytes, reason: str) -> httpx.RemoteProtocolError:
    """Return the error for a head that cannot be read. It has the status if that much can be."""
    reason = reason[:200]  # it may quote a line, which may be long
    if (line := _STATUS_LINE(data)) is None:
        return httpx.RemoteProtocolError(f"no status line that can be read came: {reason}")
    return BrokenHeadError(f"the headers after the status line cannot be read: {reason}", int(line[1]))


def _framing(head: Head, headers: Headers, method: bytes, parser: h11.Connection) -> Framing:
    """Tell where the body ends (RFC 9112, section 6.3). h11 has refused what contradicts itself."""
    fields = dict(headers)
    length = int(fields[b"content-length"]) if b"content-length" in fields else None
    is_chunked = b"transfer-encoding" in fields
    # A length beside chunks may be an attempt at smuggling, and chunks in HTTP/1.0 are faulty (sections 6.1 and 6.3).
    # A body where none may be would come in place of the next response.
    is_suspicious = is_chunked and length is not None
    is_suspicious |= head.status_code == 204 and (is_chunked or bool(length))
    keeps_alive = head.http_version == b"1.1" and not asks_to_close(headers) and not is_suspicious
    if method == b"HEAD" or head.status_code in _BODILESS or (method == b"CONNECT" and head.is_success):
        return _Counted(0, keeps_alive=keeps_alive)
    if is_chunked:
        return _Chunked(parser, keeps_alive=keeps_alive)
    return Framing() if length is None else _Counted(length, keeps_alive=keeps_alive)


def asks_to_close(headers: Headers) -> bool:
    """Return whether the headers of a request or a response ask to close the connection after it."""
    said = [value.lower() for name, value in headers if name.lower() == b"connection"]
    return b"close" in b",".join(said)
