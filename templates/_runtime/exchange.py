"""One request and its answer over httpx."""

import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx
from attrs import field, frozen

from .bodies import Body
from .decoding import DecodingError, decoder_for
from .errors import ConnectionFailedError, ConnectionLostError, TLSError, TransportError
from .secrets import Redactor

_TAIL_SIZE = 64


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

    @property
    def request_id(self) -> str | None:
        """The server's own name for the request, in a bounded number of characters."""
        value: str | None = self.headers.get("x-request-id")
        return value[:200] if value else None


class BrokenAnswerError(Exception):
    """The body of an answer could not be read to its end. The message says why.

    Attributes:
        content: What was read of it, decoded.
    """

    def __init__(self, message: str, content: bytes) -> None:
        super().__init__(message)
        self.content = content


class OpenAnswer:
    """An answer whose body is still on the wire."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self.head = Head(response.status_code, response.headers)

    async def pieces(self) -> AsyncIterator[bytes]:
        """The decoded body, in pieces as they arrive.

        Raises:
            BrokenAnswerError: It breaks off, or is not what its `Content-Encoding` says.
        """
        stream = self._response.stream
        assert isinstance(stream, httpx.AsyncByteStream)  # noqa: S101  # an AsyncClient has no other kind
        try:
            decoder = decoder_for(self.head.headers.get("content-encoding", ""))
            # Not `aiter_raw`: it refuses an answer that a transport such as httpx.MockTransport made from bytes.
            async for chunk in stream:
                for piece in decoder.decode(chunk):
                    yield piece
            decoder.finish()
        except DecodingError as error:
            raise BrokenAnswerError(str(error), b"") from error
        except Exception as error:  # transports raise what they like
            raise BrokenAnswerError(f"the body broke off ({_described(error)})", b"") from error

    async def read(self, limit: int) -> bytes:
        """The whole decoded body.

        Raises:
            BrokenAnswerError: It is longer than `limit` bytes, breaks off, or is not what its
                `Content-Encoding` says.
        """
        pieces: list[bytes] = []
        size = 0
        try:
            async for piece in self.pieces():
                size += len(piece)
                if size > limit:
                    raise BrokenAnswerError(f"the body is longer than max_response_bytes ({limit})", pieces[0])
                pieces.append(piece)
        except BrokenAnswerError as error:
            raise BrokenAnswerError(str(error), error.content or b"".join(pieces)) from error.__cause__
        return b"".join(pieces)


class _Content:
    """A body that notes when its tail is handed to the transport.

    Until then the server cannot have the whole request, whatever goes wrong; from then
    on it may.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.tail_handed_over = not content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if len(self._content) > _TAIL_SIZE:
            yield self._content[:-_TAIL_SIZE]
        self.tail_handed_over = True
        yield self._content[-_TAIL_SIZE:]


@asynccontextmanager
async def exchange(http: httpx.AsyncClient, outgoing: Outgoing, redactor: Redactor) -> AsyncGenerator[OpenAnswer]:
    """Send a request, and keep its answer open while the context lasts.

    Raises:
        TransportError: No status line came back.
    """
    content = _Content(outgoing.body.content if outgoing.body else b"")
    headers = dict(outgoing.headers)
    if outgoing.body:
        headers["Content-Type"] = outgoing.body.content_type
        headers["Content-Length"] = str(len(outgoing.body.content))
    # Made here and not by the AsyncClient, which would add headers and cookies of its own.
    request = httpx.Request(
        outgoing.method,
        outgoing.url,
        headers=headers,
        content=content if outgoing.body else None,
        extensions={
            "timeout": {"connect": outgoing.connect_timeout, "read": None, "write": None, "pool": None},
        },
    )
    try:
        response = await http.send(request, stream=True, auth=None, follow_redirects=False)
    except Exception as error:  # transports raise what they like
        raise _no_answer(error, redactor, sent_whole=content.tail_handed_over) from redactor.cause(error)
    try:
        yield OpenAnswer(response)
    finally:
        with suppress(Exception):  # the answer is in hand; how its connection ends changes nothing
            await response.aclose()


def _no_answer(error: Exception, redactor: Redactor, *, sent_whole: bool) -> TransportError:
    reason = redactor.text(_described(error))
    if any(isinstance(cause, ssl.SSLError) for cause in _causes(error)):
        return TLSError(f"no TLS connection could be made: {reason}")
    if sent_whole:
        return ConnectionLostError(f"the request was sent whole, and then no usable answer came: {reason}")
    return ConnectionFailedError(f"no complete request reached the server: {reason}")


def _described(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error)[:200]}" if str(error) else type(error).__name__


def _causes(error: BaseException | None) -> list[BaseException]:
    causes: list[BaseException] = []
    while error is not None and error not in causes:
        causes.append(error)
        error = error.__cause__ or error.__context__
    return causes
