"""One request and its answer over httpx."""

import ssl
from collections.abc import AsyncIterator

import httpx
from attrs import field, frozen

from .bodies import Body
from .errors import ConnectionFailedError, ConnectionLostError, ResponseError, TLSError, TransportError

_TAIL_SIZE = 64


@frozen
class Outgoing:
    """A request, ready to be sent as often as it takes."""

    method: str
    url: httpx.URL
    headers: dict[str, str] = field(repr=False)
    body: Body | None = field(repr=False)


@frozen
class Incoming:
    """A whole answer."""

    status_code: int
    headers: httpx.Headers
    content: bytes = field(repr=False)

    @property
    def request_id(self) -> str | None:
        """The server's name for the request."""
        return request_id(self.headers)


def request_id(headers: httpx.Headers) -> str | None:
    """The server's own name for a request, if an answer's headers carry one."""
    value: str | None = headers.get("x-request-id")
    return value


class _Content:
    """A body that notes when its tail is handed to the transport.

    Until then the server cannot have the whole request, whatever goes wrong; from then
    on it may.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.tail_handed_over = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if len(self._content) > _TAIL_SIZE:
            yield self._content[:-_TAIL_SIZE]
        self.tail_handed_over = True
        yield self._content[-_TAIL_SIZE:]


async def exchange(http: httpx.AsyncClient, outgoing: Outgoing) -> Incoming:
    """Send a request and read its answer.

    Raises:
        TransportError: No status line came back.
        ResponseError: The body of a success broke off or could not be decoded.
    """
    headers = dict(outgoing.headers)
    content = _Content(outgoing.body.content if outgoing.body else b"")
    if outgoing.body:
        headers["Content-Type"] = outgoing.body.content_type
        headers["Content-Length"] = str(len(outgoing.body.content))
    request = http.build_request(
        outgoing.method, outgoing.url, headers=headers, content=content if outgoing.body else None
    )
    content.tail_handed_over = outgoing.body is None
    try:
        response = await http.send(request, stream=True)
    except Exception as error:  # transports raise what they like
        raise _no_answer(error, sent_whole=content.tail_handed_over) from error
    try:
        return Incoming(response.status_code, response.headers, await response.aread())
    except Exception as error:
        if response.is_success:
            raise ResponseError(
                f"the answer broke off: {type(error).__name__}",
                status_code=response.status_code,
                request_id=request_id(response.headers),
            ) from error
        return Incoming(response.status_code, response.headers, b"")
    finally:
        await response.aclose()


def _no_answer(error: Exception, *, sent_whole: bool) -> TransportError:
    if any(isinstance(cause, ssl.SSLError) for cause in _causes(error)):
        return TLSError(f"no TLS connection: {error}")
    if sent_whole:
        return ConnectionLostError(f"the request was sent whole and no answer came: {type(error).__name__} {error}")
    return ConnectionFailedError(f"no complete request reached the server: {type(error).__name__} {error}")


def _causes(error: BaseException | None) -> list[BaseException]:
    causes: list[BaseException] = []
    while error is not None and error not in causes:
        causes.append(error)
        error = error.__cause__ or error.__context__
    return causes
