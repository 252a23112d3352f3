# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""One request and its answer, over our own transport or any other of httpx's."""

import socket
import ssl
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from io import BytesIO
from types import MappingProxyType
from typing import Protocol

import httpx
from attrs import Factory, define, field, frozen

from .bodies import Body
from .connection import foreign
from .connection.connecting import CheckAddress, allow_any, check_host
from .connection.http_client import HttpClient
from .connection.messages import BrokenHeadError, RequestHead
from .connection.protocol import Connection
from .connection.transport import Bounds, Origin, Transport
from .decoding import PIECE_SIZE, DecodingError, decoder_for
from .errors import ConnectionFailedError, ConnectionLostError, ImageVariationsError, TLSError, TransportError
from .secrets import Redactor

_NO_SUCH_HOST = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
"""What a resolver says of a host that does not exist; not every system has both."""

_LONGEST_BLOCK = 64 * 1024
"""Bytes: so few are written faster in one block, copied, than in several. A larger image is never copied."""

_LONGEST_REQUEST_ID = 200

_HANDSHAKE_ALERTS = (
    "ALERT_CERTIFICATE_REQUIRED",
    "ALERT_BAD_CERTIFICATE",
    "ALERT_UNSUPPORTED_CERTIFICATE",
    "ALERT_CERTIFICATE_REVOKED",
    "ALERT_CERTIFICATE_EXPIRED",
    "ALERT_CERTIFICATE_UNKNOWN",
    "ALERT_UNKNOWN_CA",
    "ALERT_ACCESS_DENIED",
    "ALERT_HANDSHAKE_FAILURE",
)
"""How OpenSSL names the alerts by which a server refuses a client's certificate (RFC 8446, section 6.2)."""

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


@frozen
class Outgoing:
    """A request, ready to be sent as often as it takes."""

    method: str
    url: httpx.URL
    headers: dict[str, str] = field(repr=False)
    body: Body | None = field(repr=False)
    connect_timeout: float | None
    check_address: CheckAddress = field(default=allow_any, repr=False)


@frozen
class Head:
    """The status line and the headers of an answer."""

    status_code: int
    headers: httpx.Headers = field(repr=False)

    @property
    def is_success(self) -> bool:
        """Whether the status is a 2xx."""
        return 200 <= self.status_code < 300

    def request_id(self, redactor: Redactor) -> str | None:
        """The server's own name for the request, as a line of bounded length without the key."""
        value: str = self.headers.get("x-request-id", "")
        return redactor.line(value)[:_LONGEST_REQUEST_ID] or None


class BrokenAnswerError(Exception):
    """The body of an answer could not be read to its end. The message says why."""


@define
class Progress:
    """How far an exchange came: what is known of it when it ends, however it ends.

    Attributes:
        tail_handed_over: Whether the tail of the body was handed to the transport.
            Until then the server cannot have the whole request, whatever goes wrong;
            from then on it may.
        head: The status line and the headers, once they came.
        body: What was read of the body, decoded.
        is_final: Whether no connection could be made for a reason that stays.
        is_refused_by_tls: Whether the server refused the client's certificate, and so read no request.
        peer: The address that the server was reached at, if the transport tells.
        is_over: Whether the exchange has ended: from then on nothing more is handed over.
    """

    tail_handed_over: bool = False
    is_final: bool = False
    is_refused_by_tls: bool = False
    is_over: bool = False
    peer: str | None = None
    head: Head | None = None
    body: BytesIO = Factory(BytesIO)  # grows without being copied, and gives its bytes without copying them


class ResponseBody(Protocol):
    """The undecoded body of a response."""

    async def read(self) -> bytes:
        """Return the next piece; it is empty at the end."""
        ...

    async def aclose(self) -> None:
        """Read no more."""
        ...


class _DirectBody:
    """A body that comes over our own connection."""

    def __init__(self, transport: Transport, connection: Connection) -> None:
        self._transport = transport
        self._connection: Connection | None = connection

    async def read(self) -> bytes:
        return b"" if self._connection is None else await self._connection.read()

    async def aclose(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            self._transport.release(connection)


@frozen
class _UnreadableBody:
    """A body that cannot be taken over."""

    error: BrokenAnswerError

    async def read(self) -> bytes:
        raise self.error

    async def aclose(self) -> None:
        pass


class OpenAnswer:
    """An answer whose body is still on the wire, or cannot be read at all."""

    def __init__(self, head: Head, body: ResponseBody, progress: Progress, redactor: Redactor) -> None:
        self.head = progress.head = head
        self._body = body
        self._progress = progress
        self.redactor = redactor

    async def aclose(self) -> None:
        """Read no more. How the connection ends is not an error."""
        self._progress.is_over = True
        with suppress(Exception), self.redactor.over_logs():
            await self._body.aclose()

    def keep(self, piece: bytes, limit: int) -> None:
        """Keep a piece of the body, in case that the call fails, unless more than `limit` bytes are kept already."""
        if self._progress.body.tell() < limit:
            self._progress.body.write(piece)

    @property
    def received(self) -> bytes:
        """What was read of the body so far."""
        return self._progress.body.getvalue()

    async def pieces(self) -> AsyncGenerator[bytes]:
        """The decoded body, in pieces as they arrive.

        Raises:
            BrokenAnswerError: It breaks off, is not what its `Content-Encoding` says, or could
                not be taken over.
        """
        chunk = b""
        try:
            decoder = decoder_for(self.head.headers.get("content-encoding", ""))
            while chunk := await self._next():
                for piece in decoder.decode(chunk):
                    yield piece
            decoder.finish()
        except DecodingError as error:
            if not self._progress.body.tell():
                self._progress.body.write(chunk)  # it may be paid for: what came is kept as it came
            raise BrokenAnswerError(str(error)) from error
        except Exception as error:  # transports raise what they like
            raise BrokenAnswerError(f"the body broke off ({_described(error, self.redactor)})") from error

    async def _next(self) -> bytes:
        with self.redactor.over_logs():  # and not longer: who reads may go on in another context
            return await self._body.read()

    async def read(self, limit: int) -> bytes:
        """The whole decoded body.

        Raises:
            BrokenAnswerError: It is longer than `limit` bytes, breaks off, or is not what its
                `Content-Encoding` says.
        """
        body = self._progress.body
        async for piece in self.pieces():
            if body.tell() + len(piece) > limit:
                body.truncate(min(body.tell(), PIECE_SIZE))
                raise BrokenAnswerError(f"the body is longer than max_response_bytes ({limit})")
            body.write(piece)
        return body.getvalue()


class _Content(httpx.AsyncByteStream):
    """A body that notes when its tail is handed to the transport."""

    def __init__(self, body: Body, progress: Progress) -> None:
        self._body = body
        self._progress = progress

    async def __aiter__(self) -> AsyncIterator[bytes]:
        *chunks, tail = self._body.chunks
        if 0 < sum(map(len, chunks)) <= _LONGEST_BLOCK:
            chunks = [b"".join(chunks)]
        for chunk in chunks:
            self._check()
            yield chunk
        self._check()
        self._progress.tail_handed_over = True
        yield tail

    def _check(self) -> None:
        """See that what follows may be sent: a transport that begins again by itself could have it billed twice."""
        if self._progress.tail_handed_over:
            raise RuntimeError("the request was handed over whole, and is not sent a second time")
        if self._progress.is_over:
            raise RuntimeError("the attempt is over, and nothing more of it is sent")


@asynccontextmanager
async def exchange(
    http: HttpClient, outgoing: Outgoing, progress: Progress, redactor: Redactor
) -> AsyncGenerator[OpenAnswer]:
    """Send a request, and keep its answer open while the context lasts.

    Raises:
        TransportError: No status line came back.
    """
    # Where there is no body to hand over, the server may have the request as soon as it is sent; of a
    # safe one it may have as many as it takes (RFC 9110, section 9.2.1).
    progress.tail_handed_over = outgoing.body is None and outgoing.method not in _SAFE_METHODS
    handled = sys.exception()
    sent = await _sent(http, outgoing, progress)
    head, body = _unsent(sent, handled, progress, redactor) if isinstance(sent, Exception) else sent
    answer = OpenAnswer(head, body, progress, redactor)
    try:
        # An answer may begin before the request ends, so only now nothing more is handed over.
        yield answer
    finally:
        await answer.aclose()


async def _sent(http: HttpClient, outgoing: Outgoing, progress: Progress) -> tuple[Head, ResponseBody] | Exception:
    """Send a request. What the transport raises is returned: raised, it would stay behind what is raised for it."""
    try:
        if (transport := http.direct()) is not None:
            return await _send_directly(transport, outgoing, progress)
        origin = Origin.of(outgoing.url)
        await check_host(origin.host, origin.port, outgoing.check_address)
        head_note = _HeadNote(progress)
        try:
            response = await foreign.send(http.client, _request(outgoing, progress, head_note))
        finally:
            head_note.progress = None
        return Head(response.status_code, response.headers), foreign.Body(response)
    except BaseException as error:  # transports raise what they like
        progress.is_over = True
        if isinstance(error, Exception):
            return error
        raise


async def _send_directly(transport: Transport, outgoing: Outgoing, progress: Progress) -> tuple[Head, ResponseBody]:
    head, connection = await transport.send(
        Origin.of(outgoing.url),
        _request_head(outgoing),
        _content(outgoing, progress),
        Bounds(outgoing.connect_timeout, check_address=outgoing.check_address),
    )
    progress.peer = connection.peer or None
    return Head(head.status_code, httpx.Headers([*head.headers])), _DirectBody(transport, connection)


def _request_head(outgoing: Outgoing) -> RequestHead:
    # Apart from what can fail: tools that report errors show locals, and a header holds the key.
    headers = [(name.encode(), value.encode()) for name, value in _headers(outgoing).items()]
    return RequestHead(outgoing.method.encode(), outgoing.url.raw_path, headers)


@define
class _HeadNote:
    """Notes the head of a response. Transports may keep a request for good: it leads to nothing once it was sent."""

    progress: Progress | None

    def __call__(self, response: httpx.Response) -> None:
        if self.progress is not None:
            self.progress.head = Head(response.status_code, response.headers)


def _request(outgoing: Outgoing, progress: Progress, head_note: _HeadNote) -> httpx.Request:
    """The request, made here and not by the AsyncClient, which would add headers and cookies of its own."""
    # All but the first are ours: see http_client.
    extensions: dict[str, object] = {"timeout": _timeouts(outgoing.connect_timeout), "on_head": head_note}
    if outgoing.check_address is not allow_any:
        extensions["check_address"] = outgoing.check_address  # for our own transport within the caller's client
    # httpx adds no header to a `stream`, as it would to `content`: none is missing. Given one, aiohttp sends a body.
    stream = None if outgoing.body is None else _content(outgoing, progress)
    headers = _headers(outgoing)
    return httpx.Request(outgoing.method, outgoing.url, headers=headers, stream=stream, extensions=extensions)


def _headers(outgoing: Outgoing) -> dict[str, str]:
    headers = {"Host": outgoing.url.netloc.decode(), **outgoing.headers}
    if outgoing.body is not None:
        headers |= {"Content-Type": outgoing.body.content_type, "Content-Length": str(outgoing.body.size)}
    return headers


def _content(outgoing: Outgoing, progress: Progress) -> httpx.AsyncByteStream:
    return httpx.ByteStream(b"") if outgoing.body is None else _Content(outgoing.body, progress)


def _timeouts(connect: float | None) -> Mapping[str, float | None]:
    """What a transport is asked to bound: connecting, and nothing else."""
    # No dict: of one, pyreqwest 0.15.1 makes a limit for the whole request, and gives up what is being made.
    return MappingProxyType({"connect": connect, "read": None, "write": None, "pool": None})


def _unsent(
    error: Exception, handled: BaseException | None, progress: Progress, redactor: Redactor
) -> tuple[Head, ResponseBody]:
    """The head that came before sending failed, with a body that says why it cannot be read.

    Raises:
        TransportError: No status came.
    """
    if isinstance(error, ImageVariationsError):
        raise error  # of the check of an address
    if isinstance(error, httpx.HTTPStatusError):  # of a hook that asks for a success
        progress.head = Head(error.response.status_code, error.response.headers)
    if isinstance(error, BrokenHeadError) and 200 <= error.status_code < 300:
        progress.head = Head(error.status_code, httpx.Headers())
    if progress.head is None:
        causes = _causes(error, handled)
        progress.is_final = _is_final(causes)
        progress.is_refused_by_tls = any(map(_is_refusal, causes))
        raise _no_answer(error, causes, redactor, sent_whole=progress.tail_handed_over) from redactor.cause(error)
    # A status came, and then httpx failed at what it said, or one of the caller's hooks did.
    broken = BrokenAnswerError(f"it could not be taken over ({_described(error, redactor)})")
    broken.__cause__ = redactor.cause(error)
    return progress.head, _UnreadableBody(broken)


def _no_answer(
    error: Exception, causes: Sequence[BaseException], redactor: Redactor, *, sent_whole: bool
) -> TransportError:
    reason = _described(error, redactor)
    if any(_is_of_handshake(cause, sent_whole=sent_whole) for cause in causes):
        return TLSError(f"no TLS connection could be made: {reason}")
    if sent_whole:
        return ConnectionLostError(f"the request was sent whole, and then no usable response came: {reason}")
    return ConnectionFailedError(f"no complete request reached the server: {reason}")


def _is_of_handshake(error: BaseException, *, sent_whole: bool) -> bool:
    """Whether an error comes from a TLS handshake. A broken record of an open connection is of the same class."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return True
    if not isinstance(error, ssl.SSLError) or isinstance(error, ssl.SSLWantReadError):
        return False  # while a handshake waits for the server, SSLWantReadError is behind a timeout
    # In TLS 1.3 the server sees the client's certificate after the client takes the handshake for done.
    return not sent_whole or _is_refusal(error)


def _is_refusal(error: BaseException) -> bool:
    reason: str | None = getattr(error, "reason", None)  # one that Python itself raises has none
    return isinstance(error, ssl.SSLError) and (reason or "").endswith(_HANDSHAKE_ALERTS)


def _is_final(causes: Sequence[BaseException]) -> bool:
    """Whether a connection failed for a reason that stays: a certificate, or a host that does not exist.

    A resolver that is out of order for the moment says EAI_AGAIN, which does not stay.
    """
    return any(
        isinstance(cause, ssl.SSLCertVerificationError)
        or _is_refusal(cause)
        or (isinstance(cause, socket.gaierror) and cause.errno in _NO_SUCH_HOST)
        for cause in causes
    )


def _described(error: BaseException, redactor: Redactor) -> str:
    # Redacted before it is cut, or a part of the key could be left.
    text = redactor.line(str(error))
    # By the name that the library behind a transport has: httpx-aiohttp says ConnectTimeout when a server hangs up.
    named = error.__cause__ or error if isinstance(error, httpx.TransportError) else error
    return f"{type(named).__name__}: {text[:200]}" if text else type(named).__name__


def _causes(error: BaseException | None, handled: BaseException | None) -> list[BaseException]:
    """The exception and those behind it, but none that the caller was already handling."""
    causes: list[BaseException] = []
    while error is not None and error is not handled and error not in causes:
        causes.append(error)
        error = error.__cause__ or error.__context__
    return causes
