"""A file out of a response: its bytes while they arrive."""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Self, TypeVar

import httpx
from attrs import define, evolve, field, frozen

from ..call.call import Call
from ..client import BaseClient
from ..connection.exchange import BrokenBodyError, OpenResponse
from ..connection.messages import Head
from ..errors import ClientStateError
from ..request.build import Arguments
from ..request.operation import Operation

T = TypeVar("T")

_ERROR_SIZE = 64 * 1024
"""Bytes of a file that are kept for its errors: the beginning says what it is."""

_WORDS = re.compile(r"text/html|.*[/+]json")
"""Media types of what servers and gateways send in place of a file."""

_ANY = re.compile(r"json|html|octet-stream|\*", re.IGNORECASE)
"""What the document says of a file that may be of such a type itself."""

_MISUSED = "a file is read once, in one task, within the context of its call"


@frozen
class FileResponses:
    """The responses of an operation that are files: their statuses in the document, and the media types to ask for."""

    statuses: tuple[str, ...]
    accept: str


@define(eq=False)
class StreamedFile:
    """A file while it arrives: iterate over it, once, for its bytes in pieces.

    Attributes:
        headers: The headers of the response, such as `content-type`.
    """

    headers: httpx.Headers = field(repr=False)
    _pieces: AsyncGenerator[bytes] = field(repr=False)
    _close: Callable[[], Awaitable[None]] = field(repr=False)
    _fail: Callable[[ClientStateError], ClientStateError] = field(repr=False)
    _is_reading: bool = field(default=False, init=False)
    _is_whole: bool = field(default=False, init=False)
    _is_closed: bool = field(default=False, init=False)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._is_whole:
            raise StopAsyncIteration
        if self._is_reading or self._is_closed:
            raise self._fail(ClientStateError(_MISUSED))
        self._is_reading = True
        try:
            piece = await anext(self._pieces, b"")
        except BaseException:
            self._is_closed = True  # its generator is over: that must not look like the end of the file
            raise
        finally:
            self._is_reading = False
        if self._is_closed:  # by another task
            raise self._fail(ClientStateError(_MISUSED))
        self._is_whole = not piece
        if self._is_whole:
            raise StopAsyncIteration
        return piece

    async def aclose(self) -> None:
        """Read no more, and let go of the connection."""
        self._is_closed = True
        with suppress(RuntimeError):  # another task is at it still; it finds the response closed
            await self._pieces.aclose()
        await self._close()


@asynccontextmanager
async def open_file(
    client: BaseClient, operation: Operation[T], arguments: Arguments, files: FileResponses
) -> AsyncGenerator[StreamedFile]:
    """Call an operation, and give the file that it returns as it arrives while the context lasts.

    Raises:
        BaseError: Whatever went wrong; entering the context, or reading on.
    """
    async with receive_file(file_call(client, operation, arguments, files), files) as file:
        yield file


def file_call(client: BaseClient, operation: Operation[T], arguments: Arguments, files: FileResponses) -> Call[T]:
    """Return a call of an operation that asks for the file that it has.

    Raises:
        BaseError: The client cannot make it.
    """
    return client.call(evolve(operation, accept=files.accept), arguments)


@asynccontextmanager
async def receive_file(call: Call[T], files: FileResponses) -> AsyncGenerator[StreamedFile]:
    """Make a call, and give the file of its response.

    Raises:
        BaseError: Whatever went wrong.
    """
    async with call.open() as response:
        if not _is_file(call.operation, response.head, files):
            with suppress(BrokenBodyError):  # what came of it says enough
                await response.read(call.settings.max_response_bytes)
            raise call.unusable(response, "the response is not the file that was asked for; its body is in `content`")
        headers = response.redactor.headers(response.head.headers)
        async with aclosing(StreamedFile(headers, _pieces(call, response), response.aclose, call.fail)) as file:
            yield file


def _is_file(operation: Operation[T], head: Head, files: FileResponses) -> bool:
    """Tell whether a response is one of those that are files, and not a page or words of JSON in place of one."""
    if head.status_code in (204, 205):  # they have no content (RFC 9110, sections 15.3.5 and 15.3.6)
        return False
    media_type = head.headers.get("content-type", "").partition(";")[0].strip().lower()
    if _WORDS.fullmatch(media_type) and not _ANY.search(files.accept):
        return False
    reader = operation.reader_for(head.status_code)
    return any(operation.responses[status] is reader for status in files.statuses)


async def _pieces(call: Call[T], response: OpenResponse) -> AsyncGenerator[bytes]:
    """Give the body in pieces, none of which is empty."""
    try:
        async with aclosing(response.pieces(call.settings.max_response_bytes)) as pieces:
            async for piece in pieces:
                response.keep(piece, _ERROR_SIZE)
                if piece:
                    yield piece
    except BrokenBodyError as error:
        raise call.unusable(response, str(error)) from None
