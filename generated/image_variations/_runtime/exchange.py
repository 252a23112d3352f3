# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""One request and its answer over httpx."""

import socket
import ssl
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from io import BytesIO
from types import MappingProxyType

import httpx
from attrs import Factory, define, field, frozen

from . import cancellation
from .bodies import Body
from .decoding import PIECE_SIZE, DecodingError, decoder_for
from .errors import ConnectionFailedError, ConnectionLostError, TLSError, TransportError
from .secrets import Redactor

_NO_SUCH_HOST = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
"""What a resolver says of a host that does not exist; not every system has both."""

_LONGEST_BLOCK = 64 * 1024
"""Bytes: so few are written faster in one block, copied, than in several. A larger image is never copied."""

_LONGEST_REQUEST_ID = 200

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


@frozen
class Outgoing:
    """A request, ready to be sent as often as it takes."""

    method: str
    url: httpx.URL
    headers: dict[str, str] = field(repr=False)
    body: Body | None = field(repr=False)
    connect_timeout: float | None


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
        is_over: Whether the exchange has ended: from then on nothing more is handed over.
    """

    tail_handed_over: bool = False
    is_final: bool = False
    is_over: bool = False
    head: Head | None = None
    body: BytesIO = Factory(BytesIO)  # grows without being copied, and gives its bytes without copying them


class OpenAnswer:
    """An answer whose body is still on the wire, or cannot be read at all."""

    def __init__(
        self, head: Head, body: cancellation.ResponseReader | BrokenAnswerError, progress: Progress, redactor: Redactor
    ) -> None:
        self._body = body
        self._progress = progress
        self.redactor = redactor
        self.head = progress.head = head

    async def aclose(self) -> None:
        """Read no more."""
        if isinstance(self._body, cancellation.ResponseReader):
            with self.redactor.over_logs():
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
        body = self._body
        if isinstance(body, BrokenAnswerError):
            raise body
        if body.response.is_closed:  # a hook of the caller's client has read it, or there never was a wire
            try:
                content = body.response.content
            except httpx.ResponseNotRead as error:
                raise BrokenAnswerError("the body was read or closed by a hook of the http_client") from error
            yield content
            return
        stream = body.response.stream
        assert isinstance(stream, httpx.AsyncByteStream)  # noqa: S101  # an AsyncClient has no other kind
        chunk = b""
        try:
            decoder = decoder_for(self.head.headers.get("content-encoding", ""))
            # Not `aiter_raw`: it refuses an answer that a transport such as httpx.MockTransport made from bytes.
            with self.redactor.over_logs():  # and not longer: who reads may go on in another context
                body.begin(stream)
            async with aclosing(body.chunks()) as chunks:
                async for chunk in chunks:
                    for piece in decoder.decode(chunk):
                        yield piece
            decoder.finish()
        except DecodingError as error:
            if not self._progress.body.tell():
                self._progress.body.write(chunk)  # it may be paid for: what came is kept as it came
            raise BrokenAnswerError(str(error)) from error
        except Exception as error:  # transports raise what they like
            raise BrokenAnswerError(f"the body broke off ({_described(error, self.redactor)})") from error

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
    http: httpx.AsyncClient, outgoing: Outgoing, progress: Progress, redactor: Redactor
) -> AsyncGenerator[OpenAnswer]:
    """Send a request, and keep its answer open while the context lasts.

    Raises:
        TransportError: No status line came back.
    """
    # Where there is no body to hand over, the server may have the request as soon as it is sent; of a
    # safe one it may have as many as it takes (RFC 9110, section 9.2.1).
    progress.tail_handed_over = outgoing.body is None and outgoing.method not in _SAFE_METHODS
    handled = sys.exception()
    response = await _sent(http, outgoing, progress)
    if isinstance(response, httpx.Response):
        head = Head(response.status_code, response.headers)
        answer = OpenAnswer(head, cancellation.ResponseReader(response), progress, redactor)
    else:
        answer = _broken_answer(response, handled, progress, redactor)
    try:
        # An answer may begin before the request ends, so only now nothing more is handed over.
        yield answer
    finally:
        progress.is_over = True
        await answer.aclose()


def _request(outgoing: Outgoing, progress: Progress, handover: cancellation.Handover) -> httpx.Request:
    """The request, made here and not by the AsyncClient, which would add headers and cookies of its own."""
    extensions = {
        "timeout": _timeouts(outgoing.connect_timeout),
        "trace": handover.trace,
        "on_head": handover.on_head,  # our own: see http_client
    }
    if outgoing.body is None:
        return httpx.Request(outgoing.method, outgoing.url, headers=outgoing.headers, extensions=extensions)
    headers = {
        **outgoing.headers,
        "Content-Type": outgoing.body.content_type,
        "Content-Length": str(outgoing.body.size),
    }
    # httpx adds no header to a `stream`, as it would to `content`: none is missing.
    content = _Content(outgoing.body, progress)
    return httpx.Request(outgoing.method, outgoing.url, headers=headers, stream=content, extensions=extensions)


async def _sent(http: httpx.AsyncClient, outgoing: Outgoing, progress: Progress) -> httpx.Response | Exception:
    """Send a request. What the transport raises is returned: raised, it would stay behind what is raised for it."""
    handover = cancellation.Handover(lambda head: _note_head(progress, *head), outgoing.connect_timeout)
    try:
        return await cancellation.send(http, _request(outgoing, progress, handover), handover)
    except BaseException as error:  # transports raise what they like
        progress.is_over = True
        if isinstance(error, Exception):
            return error
        raise


def _timeouts(connect: float | None) -> Mapping[str, float | None]:
    """What a transport is asked to bound: connecting, and nothing else."""
    # No dict: of one, pyreqwest 0.15.1 makes a limit for the whole request, and gives up what is being made.
    return MappingProxyType({"connect": connect, "read": None, "write": None, "pool": None})


def _note_head(progress: Progress, status_code: int, headers: Sequence[tuple[bytes, bytes]]) -> None:
    progress.head = Head(status_code, httpx.Headers(list(headers)))


def _broken_answer(
    error: Exception, handled: BaseException | None, progress: Progress, redactor: Redactor
) -> OpenAnswer:
    """The answer of which a status came, and then httpx failed at what it said, or one of the caller's hooks did.

    Raises:
        TransportError: No status came.
    """
    if isinstance(error, httpx.HTTPStatusError):  # of a hook that asks for a success
        progress.head = Head(error.response.status_code, error.response.headers)
    if progress.head is None:
        causes = _causes(error, handled)
        progress.is_final = _is_final(causes)
        raise _no_answer(error, causes, redactor, sent_whole=progress.tail_handed_over) from redactor.cause(error)
    broken = BrokenAnswerError(f"it could not be taken over ({_described(error, redactor)})")
    broken.__cause__ = redactor.cause(error)
    return OpenAnswer(progress.head, broken, progress, redactor)


def _no_answer(
    error: Exception, causes: Sequence[BaseException], redactor: Redactor, *, sent_whole: bool
) -> TransportError:
    reason = _described(error, redactor)
    # Within an open connection a broken TLS record is an error of the same class as a handshake that fails.
    of_the_handshake = ssl.SSLCertVerificationError if sent_whole else ssl.SSLError
    # While a handshake waits for the server it raises SSLWantReadError, which is then behind a timeout.
    if any(isinstance(cause, of_the_handshake) and not isinstance(cause, ssl.SSLWantReadError) for cause in causes):
        return TLSError(f"no TLS connection could be made: {reason}")
    if sent_whole:
        return ConnectionLostError(f"the request was sent whole, and then no usable response came: {reason}")
    return ConnectionFailedError(f"no complete request reached the server: {reason}")


def _is_final(causes: Sequence[BaseException]) -> bool:
    """Whether a connection failed for a reason that stays: an untrusted certificate, or a host that does not exist.

    A resolver that is out of order for the moment says EAI_AGAIN, which does not stay.
    """
    return any(
        isinstance(cause, ssl.SSLCertVerificationError)
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
