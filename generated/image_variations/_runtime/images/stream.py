# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Images out of a response: decoded while it arrives, downloaded if it links to them."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, suppress
from functools import partial
from typing import Generic, TypeVar

from attrs import define, field

from ..call.call import Call
from ..client import BaseClient
from ..connection.exchange import BrokenBodyError, OpenResponse
from ..errors import ClientStateError, ImageVariationsError
from ..request.build import Arguments
from ..request.operation import Operation
from .base64_stream import Base64Decoder, Base64Error
from .download import Downloader
from .scanner import Begin, End, Event, ImageScanner, Link, ScanError, Text
from .streamed_image import ImageMembers, StreamedImage

T = TypeVar("T")

_ERROR_SIZE = 64 * 1024
"""Bytes of a streamed response that are kept for its errors: links to images, or why there are none."""

_IN_TURN = "images come in turn: read one to its end, once and in one task, before the next is asked for"

_OVER = "images are read within the context of their call, and it is over"


@asynccontextmanager
async def images_of(
    opening: AbstractAsyncContextManager["ImagesReader[T]"],
) -> AsyncGenerator[AsyncGenerator[StreamedImage]]:
    """Open a response, and give its images as they arrive while the context lasts.

    Raises:
        ImageVariationsError: Whatever went wrong; entering the context, or asking for the next image.
    """
    async with opening as reader:
        yield reader.images


@asynccontextmanager
async def open_response(
    client: BaseClient, operation: Operation[T], arguments: Arguments, members: ImageMembers
) -> AsyncGenerator["ImagesReader[T]"]:
    """Call an operation, and give its response, with the images still to come.

    Raises:
        ImageVariationsError: Whatever went wrong.
    """
    call, downloader = client.call(operation, arguments), Downloader.of(client)
    async with call.open() as response, aclosing(ImagesReader(call, response, members, downloader)) as reader:
        yield reader


@define(eq=False)
class ImagesReader(Generic[T]):
    """The images of a response, in turn. Asking for the next image skips the unread rest of the current one.

    Attributes:
        call: The call that the response belongs to; it completes errors.
        images: The images, as they arrive.
    """

    call: Call[T]
    _response: OpenResponse
    _members: ImageMembers
    _downloader: Downloader
    images: AsyncGenerator[StreamedImage] = field(init=False)
    _events: "AsyncGenerator[Event]" = field(init=False)
    _arriving: Begin | None = field(default=None, init=False)
    _is_unread: bool = field(default=False, init=False)
    _is_reading: bool = field(default=False, init=False)
    _downloads: list[AsyncGenerator[bytes]] = field(factory=list[AsyncGenerator[bytes]], init=False)
    _is_closed: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self._events = self._read()
        self.images = self._in_turn()

    async def aclose(self) -> None:
        """Read no more."""
        self._is_closed = True
        for generator in (*self._downloads, self.images, self._events):
            with suppress(RuntimeError):  # another task is at it still; it finds the response closed
                await generator.aclose()

    def _error(self, reason: str) -> ImageVariationsError:
        return self._misused() if self._is_closed else self.call.unusable(self._response, reason)

    def _misused(self) -> ImageVariationsError:
        return self.call.fail(ClientStateError(_OVER if self._is_closed else _IN_TURN))

    async def _in_turn(self) -> AsyncGenerator[StreamedImage]:
        count = 0
        while (event := await self._next()) is not None:
            if isinstance(event, Begin):
                count += 1
                yield self._image(event)
                self._is_unread = False
                while self._arriving is event:
                    await self._next()
            elif isinstance(event, Link):
                count += 1
                yield StreamedImage(event.item, event.url, partial(self._download, event.url))
        if not count:
            raise self._error("the body holds no image")

    def _image(self, begin: Begin) -> StreamedImage:
        return StreamedImage(begin.item, None, partial(self._decode, begin))

    async def _next(self) -> Event | None:
        """Return what comes next in the response; `None` at its end."""
        if self._is_reading:
            raise self._misused()
        self._is_reading = True
        try:
            event = await anext(self._events, None)
        finally:
            self._is_reading = False
        if isinstance(event, Begin):
            self._arriving, self._is_unread = event, True
        elif event is None or isinstance(event, End):
            self._arriving = None
        return event

    async def _read(self) -> "AsyncGenerator[Event]":
        """Give what the scanner finds."""
        members, limit = self._members, self.call.settings.max_response_bytes
        scanner = ImageScanner(items=members.items, payload=members.payload, link=members.link)
        try:
            async with aclosing(self._response.pieces(limit)) as pieces:
                async for piece in pieces:
                    self._response.keep(piece, _ERROR_SIZE)
                    for event in scanner.feed(piece):
                        yield event
            scanner.finish()
        except (ScanError, BrokenBodyError) as error:
            reason = f"the body {error}" if isinstance(error, ScanError) else str(error)
            raise self._error(reason) from None

    async def _decode(self, begin: Begin) -> AsyncGenerator[bytes]:
        if self._arriving is not begin or not self._is_unread:
            raise self._misused()
        self._is_unread = False
        text = f"{self._members.link if begin.is_link else self._members.payload} of item {begin.item}"
        decoder = Base64Decoder(takes_plain=begin.is_link)
        try:
            while isinstance(event := await self._next(), Text):
                if data := decoder.feed(event.data):
                    yield data
                    if self._arriving is not begin:  # it was skipped meanwhile
                        raise self._misused()
            if event is None:
                raise self._error(f"{text} is cut short")
            if data := decoder.finish():
                yield data
        except Base64Error as error:
            raise self._error(f"{text} {error}") from None

    async def _download(self, url: str) -> AsyncGenerator[bytes]:
        if not self._is_closed:
            pieces = self._downloader.pieces(url)
            self._downloads.append(pieces)
            try:
                async for piece in pieces:
                    yield piece
            except ImageVariationsError as error:
                raise self.call.fail(error)  # noqa: B904  # the same error
        if self._is_closed:
            raise self._misused()
