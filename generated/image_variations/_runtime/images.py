# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Images out of an answer: decoded while it arrives, downloaded where it links to them."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from typing import TypeVar

from attrs import define, field, frozen

from .answer_scanner import AnswerScanner, Begin, End, Event, Link, ScanError, Text
from .base64_stream import Base64Decoder, Base64Error, decode, decode_in_slices
from .client import BaseClient
from .downloader import Downloader
from .errors import ClientStateError, ImageVariationsError, ResponseError
from .exchange import BrokenAnswerError, OpenAnswer
from .off_loop import OFF_LOOP_SIZE
from .operation import Operation
from .preparation import Arguments

T = TypeVar("T")

_KEPT_SIZE = 64 * 1024
"""Bytes of a streamed answer that are kept, in case that it holds no image and says why."""

_OK = 200
"""The status of a response of which only the model is known; it was a success."""

_IN_TURN = "images come in turn: read one to its end, once and in one task, before the next is asked for"
_OVER = "images are read within the context of their call, and it is over"


@frozen
class ImageMembers:
    """Where an answer has its images: in the list `items`, as base64 in `payload` or as a link in `link`."""

    items: str
    payload: str
    link: str


@define(eq=False)
class StreamedImage:
    """One image while it arrives: iterate over it, once and before the next, for its decoded bytes in pieces.

    Attributes:
        index: Its place among the response's items, from 0.
        url: Where it is downloaded from, if the response only links to it.
    """

    index: int
    url: str | None
    _read: Callable[[], AsyncGenerator[bytes]] = field(repr=False)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._read()


@asynccontextmanager
async def open_images(
    client: BaseClient, operation: Operation[T], arguments: Arguments, members: ImageMembers
) -> AsyncGenerator[AsyncGenerator[StreamedImage]]:
    """Call an operation, and give its images as they arrive while the context lasts.

    Raises:
        ImageVariationsError: Whatever went wrong; entering the context, or asking for the next image.
    """
    async with open_answer(client, operation, arguments, members) as answer:
        yield answer.images


@asynccontextmanager
async def open_answer(
    client: BaseClient, operation: Operation[T], arguments: Arguments, members: ImageMembers
) -> AsyncGenerator["ImagesReader"]:
    """Call an operation, and give its answer, with the images still to come.

    Raises:
        ImageVariationsError: Whatever went wrong.
    """
    call, downloader = client.call(operation, arguments), client.downloader()
    async with call.opened() as success:
        answer = ImagesReader(
            success.answer,
            members,
            downloader,
            call.settings.max_response_bytes,
            lambda reason, kept: call.unusable(success, kept, reason),
            lambda error: call.settled(success, error),
        )
        try:
            yield answer
        finally:
            await answer.aclose()


@define(eq=False)
class ImagesReader:
    """Reads an answer's images in turn. What of one is not read is passed over when the next is asked for.

    Attributes:
        settled: Completes an error with the attempts and the cost of its call.
        images: The images, as they arrive.
    """

    _answer: OpenAnswer
    _members: ImageMembers
    _downloader: Downloader
    _limit: int
    _unusable: Callable[[str, bytes], ImageVariationsError]
    settled: Callable[[ImageVariationsError], ImageVariationsError]
    images: AsyncGenerator[StreamedImage] = field(init=False)
    _found: "AsyncGenerator[Event]" = field(init=False)
    _arriving: int | None = field(default=None, init=False)
    _unread: int | None = field(default=None, init=False)
    _is_reading: bool = field(default=False, init=False)
    _downloads: list[AsyncGenerator[bytes]] = field(factory=list[AsyncGenerator[bytes]], init=False)
    _kept: bytearray = field(factory=bytearray, init=False)
    _is_closed: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self._found = self._read()
        self.images = self._in_turn()

    async def aclose(self) -> None:
        """Read no more."""
        self._is_closed = True
        for generator in (*self._downloads, self.images, self._found):
            with suppress(RuntimeError):  # another task is at it still; it finds the answer closed
                await generator.aclose()

    def _error(self, reason: str) -> ImageVariationsError:
        return self._misused() if self._is_closed else self._unusable(reason, bytes(self._kept))

    def _misused(self) -> ImageVariationsError:
        return self.settled(ClientStateError(_OVER if self._is_closed else _IN_TURN))

    async def _in_turn(self) -> AsyncGenerator[StreamedImage]:
        count = 0
        while (event := await self._next()) is not None:
            if isinstance(event, Begin):
                count += 1
                self._unread = event.item
                yield StreamedImage(event.item, None, partial(self._decoded, event.item))
                self._unread = None
                while self._arriving == event.item:
                    await self._next()
            elif isinstance(event, Link):
                count += 1
                yield StreamedImage(event.item, event.url, partial(self._downloaded, event.url))
        if not count:
            raise self._error("the body holds no image")

    async def _next(self) -> Event | None:
        """What comes next in the answer; `None` at its end."""
        if self._is_reading:
            raise self._misused()
        self._is_reading = True
        try:
            event = await anext(self._found, None)
        finally:
            self._is_reading = False
        if isinstance(event, Begin):
            self._arriving = event.item
        elif event is None or isinstance(event, End):
            self._arriving = None
        return event

    async def _read(self) -> "AsyncGenerator[Event]":
        """What the scanner finds."""
        members, limit = self._members, self._limit
        scanner = AnswerScanner(items=members.items, payload=members.payload, link=members.link)
        size = 0
        try:
            async for piece in self._answer.pieces():
                size += len(piece)
                if size > limit:
                    raise BrokenAnswerError(f"the body is longer than max_response_bytes ({limit})")
                if len(self._kept) < _KEPT_SIZE:
                    self._kept += piece
                for event in scanner.feed(piece):
                    yield event
            scanner.finish()
        except (ScanError, BrokenAnswerError) as error:
            reason = f"the body {error}" if isinstance(error, ScanError) else str(error)
            raise self._error(reason) from None

    async def _decoded(self, item: int) -> AsyncGenerator[bytes]:
        if self._unread != item:
            raise self._misused()
        self._unread = None
        decoder = Base64Decoder()
        is_empty = True
        try:
            while isinstance(event := await self._next(), Text):
                if data := decoder.feed(event.data):
                    is_empty = False
                    yield data
                    if self._arriving != item:  # passed over meanwhile
                        raise self._misused()
            if event is not None and (data := decoder.finish()):
                is_empty = False
                yield data
        except Base64Error as error:
            raise self._error(f"{self._members.payload} of item {item} {error}") from None
        if event is None or is_empty:
            raise self._error(f"{self._members.payload} of item {item} is {'empty' if event else 'cut short'}")

    async def _downloaded(self, url: str) -> AsyncGenerator[bytes]:
        if not self._is_closed:
            pieces = self._downloader.pieces(url)
            self._downloads.append(pieces)
            try:
                async for piece in pieces:
                    yield piece
            except ImageVariationsError as error:
                raise self.settled(error)  # noqa: B904  # the same error
        if self._is_closed:
            raise self._misused()


async def decode_image(text: str) -> bytes:
    """Decode base64, off the event loop where it is long.

    Raises:
        ResponseError: It is not base64, or holds nothing.
    """
    with _reading_base64():
        image = await asyncio.to_thread(decode, text) if len(text) > OFF_LOOP_SIZE else decode(text)
    if not image:
        raise _empty_text()
    return image


async def decoded_pieces(text: str) -> AsyncIterator[bytes]:
    """Decode base64 a slice at a time.

    Raises:
        ResponseError: It is not base64, or holds nothing.
    """
    is_empty = True
    with _reading_base64():
        for piece in decode_in_slices(text):
            is_empty = is_empty and not piece
            yield piece
    if is_empty:
        raise _empty_text()


@contextmanager
def _reading_base64() -> Generator[None]:
    try:
        yield
    except Base64Error as error:
        raise ResponseError(f"the response's base64 text {error}", status_code=_OK) from error


def _empty_text() -> ResponseError:
    return ResponseError("the response's base64 text is empty", status_code=_OK)


async def fetch(client: BaseClient, payload: str | None, link: str | None) -> bytes:
    """An image's bytes: decoded where the answer holds it, else downloaded.

    Raises:
        ImageVariationsError: There is neither, or it cannot be had.
    """
    if payload:
        return await decode_image(payload)
    if link:
        return await client.downloader().whole(link)
    raise no_image()


def no_image() -> ResponseError:
    """The error for an item that is none."""
    return ResponseError("the item has neither base64 nor a link", status_code=_OK)
