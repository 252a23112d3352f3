# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""One request and its response, over our own transport or any other of httpx's."""

import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import suppress
from io import BytesIO
from types import MappingProxyType
from typing import Protocol

import httpx
from attrs import Factory, define, field, frozen

from ..attempt import Facts
from ..errors import ImageVariationsError
from ..redaction import Redactor
from ..request.bodies import Body
from ..request.request import Request
from . import foreign
from .connecting import allow_any, check_host
from .decoding import PIECE_SIZE, DecodingError, decoder_for
from .http_client import HttpClient
from .messages import BrokenHeadError, RequestHead
from .protocol import Connection
from .transport import Bounds, Origin, Transport
from .transport_errors import describe, transport_error

_MAX_BLOCK = 64 * 1024
"""Bytes: so few are written faster in one block, copied, than in several. A larger image is never copied."""

_MAX_REQUEST_ID = 200


@frozen
class Head:
    """The status line and the headers of a response."""

    status_code: int
    headers: httpx.Headers = field(repr=False)

    @property
    def is_success(self) -> bool:
        """Whether the status is a 2xx."""
        return 200 <= self.status_code < 300

    def request_id(self, redactor: Redactor) -> str | None:
        """Return the server's own name for the request, as a line of bounded length without the key."""
        value: str = self.headers.get("x-request-id", "")
        return redactor.line(value)[:_MAX_REQUEST_ID] or None


class BrokenBodyError(Exception):
    """The body of a response could not be read to its end. The message says why."""


@define
class Progress:
    """What is known of an attempt, while it goes on and when it is over, however it ends.

    Attributes:
        redactor: Keeps its key out of what is shown.
        facts: What the retry policy goes by.
        head: The status line and the headers, once they came.
        body: What was read of the body, decoded.
        peer: The address that the server was reached at, if the transport tells.
        is_over: Whether the attempt has ended: from then on nothing more is handed over.
    """

    redactor: Redactor
    facts: Facts = Factory(Facts)
    head: Head | None = None
    body: BytesIO = Factory(BytesIO)  # grows without being copied, and gives its bytes without copying them
    peer: str | None = None
    is_over: bool = False

    def note_head(self, status_code: int, headers: httpx.Headers) -> None:
        """Note that a response has begun."""
        self.head = Head(status_code, headers)
        self.facts.status_code = status_code


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

    reason: str
    cause: BaseException | None

    async def read(self) -> bytes:
        raise BrokenBodyError(self.reason) from self.cause

    async def aclose(self) -> None:
        pass


class OpenResponse:
    """A response whose body is still on the wire, or cannot be read at all.

    Closing it frees its connection, and whatever `on_closed` frees.
    """

    def __init__(self, head: Head, body: ResponseBody, progress: Progress) -> None:
        self.head = head
        self.redactor = progress.redactor
        self.on_closed: Callable[[], object] | None = None
        self._body = body
        self._progress = progress

    async def aclose(self) -> None:
        """Read no more. How the connection ends is not an error."""
        self._progress.is_over = True
        try:
            with suppress(Exception), self.redactor.over_logs():
                await self._body.aclose()
        finally:
            if self.on_closed is not None:
                on_closed, self.on_closed = self.on_closed, None
                on_closed()

    def keep(self, piece: bytes, limit: int) -> None:
        """Keep a piece of the body for the error of a call that fails, unless more than `limit` bytes are kept."""
        if self._progress.body.tell() < limit:
            self._progress.body.write(piece)

    @property
    def received(self) -> bytes:
        """What was read of the body so far."""
        return self._progress.body.getvalue()

    async def pieces(self) -> AsyncGenerator[bytes]:
        """Give the decoded body in pieces as they arrive.

        Raises:
            BrokenBodyError: It breaks off, is not what its `Content-Encoding` says, or could
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
            raise BrokenBodyError(str(error)) from error
        except Exception as error:  # transports raise what they like
            raise BrokenBodyError(f"the body broke off ({describe(error, self.redactor)})") from error

    async def _next(self) -> bytes:
        with self.redactor.over_logs():  # and not longer: who reads may go on in another context
            return await self._body.read()

    async def read(self, limit: int) -> bytes:
        """Return the whole decoded body.

        Raises:
            BrokenBodyError: It is longer than `limit` bytes, breaks off, or is not what its
                `Content-Encoding` says.
        """
        body = self._progress.body
        async for piece in self.pieces():
            if body.tell() + len(piece) > limit:
                body.truncate(min(body.tell(), PIECE_SIZE))
                raise BrokenBodyError(f"the body is longer than max_response_bytes ({limit})")
            body.write(piece)
        return body.getvalue()


class _Content(httpx.AsyncByteStream):
    """A body that notes when its tail is handed to the transport."""

    def __init__(self, body: Body | None, progress: Progress) -> None:
        self._chunks = body.chunks if body else (b"",)
        self._progress = progress

    async def __aiter__(self) -> AsyncIterator[bytes]:
        *chunks, tail = self._chunks
        if 0 < sum(map(len, chunks)) <= _MAX_BLOCK:
            chunks = [b"".join(chunks)]
        for chunk in chunks:
            self._check()
            yield chunk
        self._check()
        self._progress.facts.tail_handed_over = True
        yield tail

    def _check(self) -> None:
        """See that what follows may be sent: a transport that begins again by itself could have it billed twice."""
        if self._progress.facts.tail_handed_over:
            raise RuntimeError("the request was handed over whole, and is not sent a second time")
        if self._progress.is_over:
            raise RuntimeError("the attempt is over, and nothing more of it is sent")


async def send(http: HttpClient, request: Request, progress: Progress) -> OpenResponse:
    """Send a request once, and return its response, which is to be closed.

    Raises:
        TransportError: No status line came back.
    """
    handled = sys.exception()
    sent = await _sent(http, request, progress)
    body = _unsent(sent, handled, progress) if isinstance(sent, Exception) else sent
    assert progress.head is not None  # noqa: S101  # a response has one
    return OpenResponse(progress.head, body, progress)


async def _sent(http: HttpClient, request: Request, progress: Progress) -> ResponseBody | Exception:
    """Send a request. Return what a transport raises: raised, it would be the context of the error made from it.

    Raises:
        ImageVariationsError: The address must not be connected to.
    """
    try:
        if (transport := http.direct()) is not None:
            return await _send_directly(transport, request, progress)
        origin = Origin.of(request.url)
        await check_host(origin.host, origin.port, request.check_address or allow_any)
        head_note = _HeadNote(progress)
        # Other transports do not tell when they send a request without a body: it may have arrived at once. That does
        # not matter if it is safe.
        progress.facts.tail_handed_over = request.body is None and not request.is_safe
        try:
            response = await foreign.send(http.client, _httpx_request(request, progress, head_note))
        finally:
            head_note.progress = None
        progress.note_head(response.status_code, response.headers)
        return foreign.Body(response)
    except BaseException as error:  # transports raise what they like
        progress.is_over = True
        if isinstance(error, ImageVariationsError) or not isinstance(error, Exception):
            raise
        return error


async def _send_directly(transport: Transport, request: Request, progress: Progress) -> ResponseBody:
    head, connection = await transport.send(
        Origin.of(request.url),
        _request_head(request),
        _Content(request.body, progress),
        Bounds(request.connect_timeout, check_address=request.check_address or allow_any),
    )
    progress.peer = connection.peer or None
    progress.note_head(head.status_code, httpx.Headers([*head.headers]))
    return _DirectBody(transport, connection)


def _request_head(request: Request) -> RequestHead:
    # Apart from what can fail: tools that report errors show locals, and a header holds the key.
    headers = [(name.encode(), value.encode()) for name, value in request.headers.items()]
    return RequestHead(request.method.encode(), request.url.raw_path, headers)


@define
class _HeadNote:
    """Notes the head of a response.

    A transport may keep a request, and this with it, so it drops the attempt once the request was sent.
    """

    progress: Progress | None

    def __call__(self, response: httpx.Response) -> None:
        if self.progress is not None:
            self.progress.note_head(response.status_code, response.headers)


def _httpx_request(request: Request, progress: Progress, head_note: _HeadNote) -> httpx.Request:
    """Make httpx's request. `AsyncClient.build_request` would add headers and cookies of its own."""
    # `on_head` is read by the hook in http_client, `check_address` by our transport in the caller's client.
    extensions: dict[str, object] = {"timeout": _timeouts(request.connect_timeout), "on_head": head_note}
    if request.check_address is not None:
        extensions["check_address"] = request.check_address
    # httpx adds no header to a `stream`, as it would to `content`: none is missing. Given one, aiohttp sends a body.
    stream = None if request.body is None else _Content(request.body, progress)
    return httpx.Request(
        request.method, request.url, headers=dict(request.headers), stream=stream, extensions=extensions
    )


def _timeouts(connect: float | None) -> Mapping[str, float | None]:
    """Return what a transport is asked to bound: connecting, and nothing else."""
    # No dict: of one, pyreqwest 0.15.1 makes a limit for the whole request, and gives up what is being made.
    return MappingProxyType({"connect": connect, "read": None, "write": None, "pool": None})


def _unsent(error: Exception, handled: BaseException | None, progress: Progress) -> ResponseBody:
    """Return a body that says why it cannot be read, if the head of a response came before sending failed.

    Raises:
        TransportError: No status came.
    """
    redactor = progress.redactor
    if isinstance(error, httpx.HTTPStatusError):  # of a hook that asks for a success
        progress.note_head(error.response.status_code, error.response.headers)
    if isinstance(error, BrokenHeadError) and 200 <= error.status_code < 300:
        progress.note_head(error.status_code, httpx.Headers())
    if progress.head is None:
        raise transport_error(error, handled, progress.facts, redactor) from redactor.cause(error)
    # A status came, and then httpx failed at what it said, or one of the caller's hooks did.
    return _UnreadableBody(f"it could not be taken over ({describe(error, redactor)})", redactor.cause(error))
