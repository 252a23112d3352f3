"""Images to files: many at once, each whole or not there, and what was saved stays saved."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine, Generator, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, aclosing, contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from attrs import define, field

from ..client import BaseClient
from ..errors import BaseError, SaveError
from ..tasks import run_in_thread
from .destination import Destination
from .download import Downloader
from .fetch import held_image, no_image
from .files import PendingFile
from .stream import ImagesReader
from .writing import Room, Writing

T = TypeVar("T")


async def save_each(
    client: BaseClient, sources: Iterable[tuple[str | None, str | None]], destination: Destination
) -> list[Path]:
    """Save each image, given as base64 text or link, all at once. A text is held until its image is written.

    Raises:
        BaseError: One could not be had or written. The others were saved all the same;
            the error's `partial` names them.
    """
    await _prepare(destination)
    saving = _Saving(lambda: Downloader.of(client), destination, Room(client.max_response_bytes), _note_bill)
    with saving.reporting():
        await _all(saving.source(number, *source) for number, source in enumerate(sources, start=1))
    return saving.files()


async def save_response(
    client: BaseClient, opening: AbstractAsyncContextManager[ImagesReader[T]], destination: Destination
) -> list[Path]:
    """Open a response, and save its images as they arrive.

    Before anything is sent, the directory is made, and a file written there.

    Raises:
        BaseError: Whatever went wrong; its `partial` names the files that were saved.
    """
    await _prepare(destination)
    downloader = Downloader.of(client)
    saving = _Saving(lambda: downloader, destination, Room(client.max_response_bytes))
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
    return saving.files()


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


async def _each(pieces: Iterator[bytes]) -> AsyncGenerator[bytes]:
    for piece in pieces:
        yield piece


def _note_bill(error: BaseError) -> BaseError:
    """Say that the images were paid for: only saving them again is free."""
    error.billed = "yes"
    return error


@define(eq=False)
class _Saving:
    """What is saved together. What becomes of one image is nothing to the others.

    Attributes:
        downloader: Gives what fetches links.
        room: What may still be held of images that the disk does not take.
        complete: Completes an error with the attempts and the cost of its call.
    """

    downloader: Callable[[], Downloader]
    destination: Destination
    room: Room
    complete: Callable[[BaseError], BaseError] = lambda error: error
    _saved: dict[int, Path] = field(factory=dict[int, Path], init=False)
    _unsaved: dict[int, bytes] = field(factory=dict[int, bytes], init=False)
    _errors: dict[int, BaseError] = field(factory=dict[int, BaseError], init=False)

    def files(self) -> list[Path]:
        """Return the files that were saved, in the response's order."""
        return [path for _, path in sorted(self._saved.items())]

    @contextmanager
    def reporting(self) -> Generator[None]:
        """Raise the error of the first image that has no file. Add to any error what was saved and what was not."""
        try:
            yield
            self._raise_first()
        except BaseError as error:
            error.partial = tuple(self.files())
            error.unsaved = dict(sorted(self._unsaved.items()))
            if self._unsaved:
                error.add_note(f"Images that could not be written: {len(self._unsaved)}; `unsaved` has their bytes.")
            raise

    def _raise_first(self) -> None:
        if self._errors:
            number, error = min(self._errors.items())
            error.add_note(f"Image {number} of {len(self._saved) + len(self._errors)}; saved: {len(self._saved)}.")
            self._errors.clear()
            try:
                raise error
            finally:  # as in `_all`
                del error

    async def source(self, number: int, payload: str | None, link: str | None) -> None:
        """Save the image that an item of a response holds or links to."""
        if pieces := held_image(payload, link):
            await self.image(number, _each(pieces))
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
        except BaseError as error:
            if number not in self._saved:  # the time may run out while the file gets its name
                self._errors[number] = self.complete(error)

    async def _write(self, number: int, image: AsyncIterator[bytes]) -> None:
        """Write an image to its file.

        Raises:
            SaveError: It cannot be written. The disk has nothing of it; `_unsaved` has it all if there is room.
        """

        def finish(file: PendingFile) -> None:
            # Noted in the thread: the task may be cancelled before it gets the path.
            self._saved[number] = self.destination.finish(file, number)

        writing = Writing(self.destination.file(), finish, self.room)
        try:
            await writing.run(image)
        finally:
            if writing.content is not None:
                self._unsaved[number - 1] = writing.content
        if writing.failure is not None:
            lost = f"its {writing.size} bytes are lost: {writing.loss}"
            where = lost if writing.content is None else f"its bytes are in `unsaved[{number - 1}]`"
            what = f"{self.destination.directory}: image {number} of the response cannot be saved: {writing.failure}"
            raise SaveError(f"{what}; {where}") from writing.failure
