"""One request and its response, over our own transport or any other of httpx's."""

import math
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import suppress
from functools import partial
from io import BytesIO
from types import MappingProxyType

import httpx
from attrs import Factory, define, field

from ..attempt import Facts
from ..errors import BaseError, TransportError
from ..redaction import Redactor
from ..request.bodies import Body
from ..request.request import Request
from . import foreign
from .connecting import check_host
from .decoding import PIECE_SIZE, Decoder, DecodingError
from .http_client import HttpClient
from .messages import BrokenHeadError, Head, RequestHead
from .protocol import Timeouts
from .transport import Origin, Transport
from .transport_errors import describe, transport_error

_MAX_BLOCK = 64 * 1024
"""Bytes: so few are written faster in one block, copied, than in several. A larger image is never copied."""


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
        number: Which attempt of its call it is, from 1.
    """

    redactor: Redactor
    number: int = 1
    facts: Facts = Factory(Facts)
    head: Head | None = None
    body: BytesIO = Factory(BytesIO)  # grows without being copied, and gives its bytes without copying them
    peer: str | None = None
    is_over: bool = False

    def note_head(self, head: Head) -> None:
        """Note that a response has begun."""
        self.head = head
        self.facts.status_code = head.status_code


@define(eq=False, repr=False)
class OpenResponse:
    """A response whose body is still on the wire, or cannot be read at all.

    Closing it frees its connection, and whatever `on_closed` frees.

    Args:
        head: Its status line and headers.
        progress: What is known of its attempt.
        read: Returns the next piece of its body, which is not decoded; it is empty at the end.
        close: Ends the reading.
    """

    head: Head
    _progress: Progress
    _read: Callable[[], Awaitable[bytes]]
    _close: Callable[[], Awaitable[object]] | None = None
    on_closed: Callable[[], object] | None = field(default=None, init=False)

    @property
    def redactor(self) -> Redactor:
        """Keeps secrets out of what is shown of it."""
        return self._progress.redactor

    async def aclose(self) -> None:
        """Read no more. How the connection ends is not an error."""
        self._progress.is_over = True
        try:
            if self._close is not None:
                with suppress(Exception):
                    await self._close()
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

    async def pieces(self, limit: float = math.inf) -> AsyncGenerator[bytes]:
        """Give the decoded body in pieces as they arrive. Keep little of a body that is too long.

        Raises:
            BrokenBodyError: It is longer than `limit` bytes, breaks off, is not what its
                `Content-Encoding` says, or could not be taken over.
        """
        body, chunk, size = self._progress.body, b"", 0
        try:
            decoder = Decoder(self.head.headers.get("content-encoding", ""))
            while chunk := await self._read():
                for piece in decoder.decode(chunk):
                    if (size := size + len(piece)) > limit:
                        body.truncate(min(body.tell(), PIECE_SIZE))
                        raise BrokenBodyError(f"the body is longer than max_response_bytes ({limit})")
                    yield piece
                chunk = piece = b""  # nothing is held of a body while more of it is waited for
            decoder.finish()
            return
        except BrokenBodyError:
            raise
        except DecodingError as error:
            if not body.tell():
                body.write(chunk)  # it may be paid for: what came is kept as it came
            reason, cause = str(error), self.redactor.cause(error)
        except Exception as error:  # transports raise what they like
            reason, cause = f"the body broke off ({describe(error, self.redactor)})", self.redactor.cause(error)
        # Not raised above: what the transport says may hold a secret, and would stay behind it.
        try:
            raise BrokenBodyError(reason) from cause
        finally:  # by its traceback the cause would lead to itself, and stay until a collection
            del cause

    async def read(self, limit: int) -> bytes:
        """Return the whole decoded body.

        Raises:
            BrokenBodyError: It is longer than `limit` bytes, breaks off, or is not what its
                `Content-Encoding` says.
        """
        body = self._progress.body
        async for piece in self.pieces(limit):
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
        BaseError: The address must not be connected to.
    """
    handled = sys.exception()
    if http.transport is not None:
        progress.redactor = progress.redactor.with_secrets(http.transport.secrets)
    try:
        if (transport := http.direct()) is not None:
            return await _send_directly(transport, request, progress)
        return await _send_over_httpx(http.client, request, progress)
    except BaseException as error:  # transports raise what they like
        progress.is_over = True
        if isinstance(error, BaseError) or not isinstance(error, Exception):
            raise
        failure = _explain_failure(error, handled, progress)
    if isinstance(failure, OpenResponse):
        return failure
    # Not raised above, where it would lead to what the transport says.
    try:
        raise failure
    finally:  # as in `pieces`
        del failure, handled


async def _send_directly(transport: Transport, request: Request, progress: Progress) -> OpenResponse:
    head, body = await transport.send(
        Origin.of(request.url),
        _request_head(request),
        _Content(request.body, progress),
        Timeouts(request.connect_timeout),
        request.check_address,
    )
    progress.peer = body.connection.peer or None
    progress.note_head(head)
    return OpenResponse(head, progress, body.read, body.aclose)


async def _send_over_httpx(client: httpx.AsyncClient, request: Request, progress: Progress) -> OpenResponse:
    origin = Origin.of(request.url)
    await check_host(origin.host, origin.port, request.check_address)
    # Other transports do not tell when they send a request without a body: it may have arrived at once. That does
    # not matter if it is safe.
    progress.facts.tail_handed_over = request.body is None and not request.is_safe
    response = await foreign.send(client, _httpx_request(request, progress))
    head = Head(response.status_code, response.headers)
    progress.note_head(head)
    body = foreign.Body(response)
    return OpenResponse(head, progress, body.read, body.aclose)


def _request_head(request: Request) -> RequestHead:
    # Apart from what can fail: tools that report errors show locals, and a header holds the key.
    headers = [(name.encode(), value.encode()) for name, value in request.headers.items()]
    return RequestHead(request.method.encode(), request.url.raw_path, headers)


def _httpx_request(request: Request, progress: Progress) -> httpx.Request:
    """Make httpx's request. `AsyncClient.build_request` would add headers and cookies of its own."""
    # No dict: of one, pyreqwest 0.15.1 makes a limit for the whole request, and gives up what is being made.
    timeouts = MappingProxyType({"connect": request.connect_timeout, "read": None, "write": None, "pool": None})
    extensions = {
        "timeout": timeouts,
        "on_head": progress.note_head,  # read by the hook in http_client
        "check_address": request.check_address,  # read by our transport in the caller's client
        "attempt": progress.number,  # read by a fake
    }
    # httpx adds no header to a `stream`, as it would to `content`: none is missing. Given one, aiohttp sends a body.
    stream = None if request.body is None else _Content(request.body, progress)
    return httpx.Request(
        request.method, request.url, headers=dict(request.headers), stream=stream, extensions=extensions
    )


def _explain_failure(
    error: Exception, handled: BaseException | None, progress: Progress
) -> OpenResponse | TransportError:
    """Return a response that says why it cannot be read, or an error if no head came before sending failed."""
    redactor = progress.redactor
    if isinstance(error, httpx.HTTPStatusError):  # of a hook that asks for a success
        progress.note_head(Head(error.response.status_code, error.response.headers))
    if isinstance(error, BrokenHeadError) and 200 <= error.status_code < 300:
        progress.note_head(Head(error.status_code, httpx.Headers()))
    if progress.head is None:
        failure = transport_error(error, handled, progress.facts, redactor)
        failure.__cause__ = redactor.cause(error)
        return failure
    # A status came, and then httpx failed at what it said, or one of the caller's hooks did.
    reason = f"it could not be taken over ({describe(error, redactor)})"
    return OpenResponse(progress.head, progress, partial(_break_off, reason, redactor.cause(error)))


async def _break_off(reason: str, cause: BaseException | None) -> bytes:
    raise BrokenBodyError(reason) from cause
