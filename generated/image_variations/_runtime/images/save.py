# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Images to files: many at once, each whole or not there, and what was saved stays saved."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine, Generator, Iterable
from contextlib import AbstractAsyncContextManager, aclosing, contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from attrs import define, field

from ..client import BaseClient
from ..errors import ImageVariationsError, SaveError
from ..request.build import Arguments
from ..request.operation import Operation
from ..tasks import run_in_thread
from .destination import Destination
from .download import Downloader
from .fetch import HeldImage, no_image
from .files import PendingFile
from .stream import ImagesReader, open_response
from .streamed_image import ImageMembers

T = TypeVar("T")

_BATCH_SIZE = 512 * 1024
"""Bytes that are gathered before they are written: a thread for each small piece would cost more than it writes."""


async def save_each(
    client: BaseClient, sources: Iterable[tuple[str | None, str | None]], destination: Destination
) -> list[Path]:
    """Save each image, given as base64 text or link, all at once. A text is held until its image is written.

    Raises:
        ImageVariationsError: One could not be had or written. The others were saved all the same;
            the error's `partial` names them.
    """
    await _prepare(destination)
    saving = _Saving(lambda: Downloader.of(client), destination, client.max_response_bytes, _note_bill)
    await _all(saving.source(number, *source) for number, source in enumerate(sources, start=1))
    with saving.reporting():
        return saving.result()


async def save_stream(
    client: BaseClient,
    operation: Operation[T],
    arguments: Arguments,
    members: ImageMembers,
    destination: Destination,
) -> list[Path]:
    """Call an operation, and save its images as they arrive.

    Raises:
        ImageVariationsError: As `save_response`.
    """
    return await save_response(client, open_response(client, operation, arguments, members), destination)


async def save_response(
    client: BaseClient, opening: AbstractAsyncContextManager[ImagesReader[T]], destination: Destination
) -> list[Path]:
    """Open a response, and save its images as they arrive.

    Before anything is sent, the directory is made, and a file written there.

    Raises:
        ImageVariationsError: Whatever went wrong; its `partial` names the files that were saved.
    """
    await _prepare(destination)
    downloader = Downloader.of(client)
    saving = _Saving(lambda: downloader, destination, client.max_response_bytes)
    with saving.reporting():
        async with opening as reader:
            saving.complete = reader.call.fail
            links: list[tuple[int, str]] = []
            async for image in reader.images:
                position = destination.position_of(image)
                if image.url is None:
                    await saving.image(position, aiter(image))
                else:
                    links.append((position, image.url))
            # Within the call: its timeout bounds the downloads too.
            await _all(saving.link(*link) for link in links)
            return saving.result()


async def _prepare(destination: Destination) -> None:
    try:
        await run_in_thread(destination.prepare)
    except (OSError, ValueError) as error:
        raise SaveError(f"{destination.directory}: images cannot be saved there: {error}") from error


async def _all(savings: Iterable[Coroutine[None, None, None]]) -> None:
    """Wait until all have ended, also if one fails or this is cancelled. By default `gather` lets the others run on."""
    failed = [result for result in await asyncio.gather(*savings, return_exceptions=True) if result is not None]
    try:
        if failed:
            raise failed[0]
    finally:  # by its traceback the error would lead to itself, and stay until a collection
        del failed


def _note_bill(error: ImageVariationsError) -> ImageVariationsError:
    """Say that the images were paid for: only saving them again is free."""
    error.billed = "yes"
    return error


@define(eq=False)
class _Saving:
    """What is saved together. What becomes of one image is nothing to the others.

    Attributes:
        downloader: Gives what fetches links.
        room: Bytes that may still be held of images that the disk does not take.
        complete: Completes an error with the attempts and the cost of its call.
    """

    downloader: Callable[[], Downloader]
    destination: Destination
    room: int
    complete: Callable[[ImageVariationsError], ImageVariationsError] = lambda error: error
    _saved: dict[int, Path] = field(factory=dict[int, Path], init=False)
    _unsaved: dict[int, bytes] = field(factory=dict[int, bytes], init=False)
    _errors: dict[int, ImageVariationsError] = field(factory=dict[int, ImageVariationsError], init=False)

    def result(self) -> list[Path]:
        """Return the files, in the response's order, if every image has one.

        Raises:
            ImageVariationsError: The error of the first image that has none.
        """
        if self._errors:
            number = min(self._errors)
            note = f"Image {number} of {len(self._saved) + len(self._errors)}; saved: {len(self._saved)}."
            error = self._errors[number]
            error.add_note(note)
            self._errors.clear()
            try:
                raise error
            finally:  # as in `_all`
                del error
        return [path for _, path in sorted(self._saved.items())]

    @contextmanager
    def reporting(self) -> Generator[None]:
        """Add to an error what was saved and what could not be written."""
        try:
            yield
        except ImageVariationsError as error:
            error.partial = tuple(path for _, path in sorted(self._saved.items()))
            error.unsaved = dict(sorted(self._unsaved.items()))
            if self._unsaved:
                error.add_note(f"Images that could not be written: {len(self._unsaved)}; `unsaved` has their bytes.")
            raise

    async def source(self, number: int, payload: str | None, link: str | None) -> None:
        """Save the image that an item of a response holds or links to."""
        if held := HeldImage.of(payload, link):
            await self.image(number, held.pieces())
        elif link:
            await self.link(number, link)
        else:
            self._errors[number] = self.complete(no_image())

    async def link(self, number: int, link: str) -> None:
        """Download an image, and save it."""

        async def download() -> None:
            await self.downloader().deliver(link, partial(self._write, number))

        await self._save(number, download())

    async def image(self, number: int, image: AsyncGenerator[bytes]) -> None:
        """Save an image a piece at a time, as it arrives or is decoded."""
        async with aclosing(image):  # left to the event loop, it would be closed by a task of its own
            await self._save(number, self._write(number, image))

    async def _save(self, number: int, saving: Awaitable[None]) -> None:
        try:
            await saving
        except ImageVariationsError as error:
            if number not in self._saved:  # the time may run out while the file gets its name
                self._errors[number] = self.complete(error)

    async def _write(self, number: int, image: AsyncIterator[bytes]) -> None:
        """Write an image to its file, off the event loop.

        Raises:
            SaveError: It cannot be written. The disk has nothing of it; `_unsaved` has it all if there is room.
        """
        sink = _Sink(self, self.destination.file())
        batch: list[bytes] = []
        size = 0
        try:
            async for piece in image:
                batch.append(piece)
                size += len(piece)
                if size >= _BATCH_SIZE:
                    await sink.take(batch, sink.file.write)
                    size = 0
            await sink.take(batch, partial(self._finish, number, sink.file))
            if sink.error is not None:
                raise self._unwritable(number, sink) from sink.error
        finally:
            sink.drop()
            if sink.file.is_pending:
                await run_in_thread(sink.file.discard)

    def _finish(self, number: int, file: PendingFile, batch: list[bytes]) -> None:
        file.write(batch)
        # Noted in the thread: the task may be cancelled before it gets the path.
        self._saved[number] = self.destination.finish(file, number)

    def _unwritable(self, number: int, sink: "_Sink") -> SaveError:
        what = f"{self.destination.directory}: image {number} of the response cannot be saved: {sink.error}"
        image, sink.held = sink.held, None
        if image is None:
            return SaveError(f"{what}; its {sink.size} bytes are lost: {sink.reason}")
        self._unsaved[number - 1] = bytes(image)
        return SaveError(f"{what}; its bytes are in `unsaved[{number - 1}]`")


@define(eq=False)
class _Sink:
    """Where the bytes of one image go: to its file, or into memory once the disk has failed.

    Attributes:
        size: Bytes that it was given.
        error: What the disk failed with.
        held: The image, if the disk failed and there is room for it.
        reason: Why it is not held.
    """

    saving: _Saving
    file: PendingFile
    size: int = 0
    error: Exception | None = None
    held: bytearray | None = field(factory=bytearray, init=False, repr=False)
    reason: str = "max_response_bytes leaves no room for them"

    async def take(self, batch: list[bytes], write: Callable[[list[bytes]], None]) -> None:
        """Pass a batch on to `write`, or hold it. The list is empty afterwards."""
        self.size += sum(map(len, batch))
        if self.error is None:
            try:
                await run_in_thread(write, batch)
                return
            except (OSError, ValueError) as error:
                self.error = error
            batch = [await self._take_back()]
        data = b"".join(batch)
        batch.clear()
        if self.held is None or len(data) > self.saving.room:
            self.drop()
        else:
            self.held += data
            self.saving.room -= len(data)

    async def _take_back(self) -> bytes:
        """Return what the file was given, if there is room for it."""
        if self.size <= self.saving.room:
            try:
                return await run_in_thread(self.file.take_back)
            except OSError as error:
                self.reason = f"they cannot be read back: {error}"
        self.drop()
        await run_in_thread(self.file.discard)
        return b""

    def drop(self) -> None:
        """Hold nothing of the image any longer."""
        if self.held is not None:
            self.saving.room += len(self.held)
            self.held = None
