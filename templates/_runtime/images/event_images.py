"""Images out of an event stream: decoded while they arrive, partial ones before the whole one."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing, asynccontextmanager
from functools import partial
from typing import Protocol, TypeVar

from attrs import define, evolve, field

from ..client import BaseClient
from ..connection.exchange import BrokenBodyError, OpenResponse
from ..errors import BaseError, ResponseError
from ..events.parser import ServerSentEvent
from ..events.stream import MEDIA_TYPE, is_stream, read_words
from ..request.build import Arguments
from ..request.operation import Operation
from ..response.status_errors import response_error
from .download import Downloader
from .event_scanner import EventBegin, EventError, EventImageScanner
from .partial_image import ImageEvents, PartialImage
from .scanner import Begin, End, Event, ImageScanner, ScanError
from .stream import ImagesReader
from .streamed_image import ImageMembers, StreamedImage

T = TypeVar("T")

_ERROR_SIZE = 64 * 1024
"""Bytes of a response that are kept for its errors."""


@asynccontextmanager
async def open_event_response(
    client: BaseClient,
    operation: Operation[T],
    arguments: Arguments,
    members: ImageMembers,
    kinds: ImageEvents,
    *,
    asks_for_events: bool,
    takes_partial: bool,
) -> AsyncGenerator[ImagesReader[T]]:
    """Call an operation, and give its response, with the images still to come. The first is waited for.

    Raises:
        BaseError: Whatever went wrong.
    """
    if asks_for_events:
        operation = evolve(operation, accept=MEDIA_TYPE)
    call, downloader = client.call(operation, arguments), Downloader.of(client)
    readers: list[EventImagesReader[T]] = []

    async def begin(response: OpenResponse) -> ResponseError | None:
        reader = EventImagesReader(call, response, members, downloader, kinds, takes_partial)
        readers[:] = [reader]
        return await reader.begin()

    async with call.open(begin), aclosing(readers[0]) as reader:
        yield reader


class _Scanner(Protocol):
    is_over: bool

    def feed(self, chunk: bytes) -> Iterable[Event]: ...

    def finish(self) -> Iterable[Event]: ...


@define(eq=False)
class _BodyScanner:
    """Reads a body that is no stream."""

    _scanner: ImageScanner
    _limit: int
    is_over: bool = field(default=False, init=False)
    _size: int = field(default=0, init=False)

    def feed(self, chunk: bytes) -> Iterable[Event]:
        self._size += len(chunk)
        if self._size > self._limit:
            raise BrokenBodyError(f"the body is longer than max_response_bytes ({self._limit})")
        try:
            yield from self._scanner.feed(chunk)
        except ScanError as error:
            raise ScanError(f"the body {error}") from error

    def finish(self) -> Iterable[Event]:
        try:
            self._scanner.finish()
        except ScanError as error:
            raise ScanError(f"the body {error}") from error
        return []


@define(eq=False)
class EventImagesReader(ImagesReader[T]):
    """The images of a response that is an event stream, or JSON after all."""

    _kinds: ImageEvents
    _takes_partial: bool
    _has_begun: bool = field(default=False, init=False)
    _refusal: ResponseError | None = field(default=None, init=False)

    async def begin(self) -> ResponseError | None:
        """Read on to the first image. Return the error that the server sent in its place, if it sent one.

        Raises:
            BaseError: The response cannot be used.
        """
        try:
            await self._next()
        except ResponseError:
            if self._refusal is None:
                raise
        return self._refusal

    def _image(self, begin: Begin) -> StreamedImage:
        if not isinstance(begin, EventBegin):
            return super()._image(begin)
        read = partial(self._decode, begin)
        if begin.partial is None:
            return StreamedImage(begin.index, None, read)
        return PartialImage(begin.index, None, read, begin.partial)

    async def _read(self) -> AsyncGenerator[Event]:
        """Give what a scanner finds, after a mark that something was found."""
        try:
            async with aclosing(self._batches()) as batches:
                async for batch in batches:
                    for event in batch:
                        if not self._has_begun:
                            self._has_begun = True
                            yield End()
                        yield event
        except (ScanError, BrokenBodyError) as error:
            raise self._error(str(error)) from None
        except EventError as error:
            raise self._failure(error) from None

    async def _batches(self) -> AsyncGenerator[Iterable[Event]]:
        """Give what is found in each piece of the body."""
        start, scanner = b"", None
        async with aclosing(self._response.pieces()) as pieces:
            async for piece in pieces:
                self._response.keep(piece, _ERROR_SIZE)
                start += piece
                if scanner is None and not start.strip():
                    continue
                scanner = scanner or self._scanner_of(start)
                yield scanner.feed(start)
                start = b""
                if scanner.is_over:
                    break
        yield (scanner or self._scanner_of(start)).finish()

    def _scanner_of(self, start: bytes) -> _Scanner:
        members, limit = self._members, self.call.settings.max_response_bytes
        if is_stream(self._response, start):
            return EventImageScanner(members, self._kinds, self._takes_partial, limit)
        return _BodyScanner(ImageScanner(items=members.items, payload=members.payload, link=members.link), limit)

    def _failure(self, error: EventError) -> BaseError:
        """Return the error of an event that says that the server failed."""
        event, response = ServerSentEvent(error.data.decode(errors="replace")), self._response
        words = read_words(event, event.json, response.redactor)
        reason = "the server sent an error"
        failure = response_error(response.head, response.received, reason, response.redactor, details=words)
        if self._has_begun:
            return self.call.fail(failure)
        self._refusal = failure
        return failure
