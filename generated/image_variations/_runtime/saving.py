# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Images to files: many at once, each whole or not there, and what was saved stays saved."""

import asyncio
import os
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

from attrs import define, field, frozen

from .client import BaseClient
from .downloader import Downloader
from .errors import ImageVariationsError, InvalidRequestError, SaveError
from .image_files import PendingFile, prepare_directory
from .images import ImageMembers, decoded_pieces, no_image, open_answer
from .off_loop import run_to_its_end
from .operation import Operation
from .preparation import Arguments

T = TypeVar("T")

_BATCH_SIZE = 512 * 1024
"""Bytes that are gathered before they are written: a thread for each small piece would cost more than it writes."""


@frozen
class Destination:
    """Where images are saved.

    Attributes:
        directory: The folder; it is made where it is not there.
        stem: What each file name begins with; its number and extension follow.
        overwrite: Whether files may be replaced.
    """

    directory: Path
    stem: str
    overwrite: bool

    @classmethod
    def checked(cls, directory: "os.PathLike[str]", stem: str, *, overwrite: bool) -> "Destination":
        """One whose files stay within its directory.

        Raises:
            InvalidRequestError: `stem` is not a plain file name, or `directory` is not a path.
        """
        if not _is_file_name(stem):
            raise InvalidRequestError("stem", stem, "must be a plain file name: files stay within the directory")
        try:
            return cls(Path(directory), stem, overwrite)
        except TypeError as error:
            raise InvalidRequestError("directory", directory, "must be a path") from error

    def file(self, number: int) -> PendingFile:
        """The file with this number."""
        return PendingFile(self.directory, f"{self.stem}-{number}", self.overwrite)

    async def prepare(self, count: int, *, all_or_none: bool = False) -> None:
        """See that `count` files can be written, before anything is paid for.

        Args:
            count: The highest number that a file will have.
            all_or_none: Whether what stands in the way of one of them, whatever its extension, is an error.

        Raises:
            SaveError: The directory cannot be written to, or a file is in the way.
        """
        names = [f"{self.stem}-{number}" for number in range(1, count + 1)]
        last = f"{self.stem}-{count}"
        try:
            needed = names if all_or_none else ()
            await run_to_its_end(prepare_directory, self.directory, last, needed, overwrite=self.overwrite)
        except (OSError, ValueError) as error:
            raise _save_error(f"{self.directory}: images cannot be saved there", error) from error


def _save_error(what: str, error: Exception) -> SaveError:
    """The error for what the system says; of a file that is there already, with what to do."""
    if isinstance(error, FileExistsError):
        return SaveError(f"{error.filename} already exists; pass overwrite=True to replace it")
    return SaveError(f"{what}: {error}")


def _is_file_name(name: object) -> bool:
    if not isinstance(name, str) or not name or not name.isprintable():
        return False
    return Path(name).name == name and "/" not in name and "\\" not in name


async def save_each(
    client: BaseClient, sources: Sequence[tuple[str | None, str | None]], destination: Destination
) -> list[Path]:
    """Save each image, given as base64 text or link, all at once.

    Raises:
        ImageVariationsError: One could not be had or written. The others were saved all the same;
            the error's `partial` names them.
    """
    await destination.prepare(len(sources))
    saving = _Saving(client.downloader, destination)
    await asyncio.gather(*(saving.source(number, *source) for number, source in enumerate(sources, start=1)))
    return saving.result()


async def save_stream(
    client: BaseClient,
    operation: Operation[T],
    arguments: Arguments,
    members: ImageMembers,
    destination: Destination,
    count: int = 1,
) -> list[Path]:
    """Call an operation, and save its images as they arrive.

    That so many can be saved is seen to before anything is sent.

    Raises:
        ImageVariationsError: Whatever went wrong; its `partial` names the files that were saved.
    """
    await destination.prepare(count, all_or_none=True)
    downloader = client.downloader()
    saving = _Saving(lambda: downloader, destination)
    try:
        async with open_answer(client, operation, arguments, members) as answer:
            saving.settled = answer.settled
            links: list[tuple[int, str]] = []
            async for image in answer.images:
                if image.url is None:
                    await saving.image(image.index + 1, image)
                else:
                    links.append((image.index + 1, image.url))
            # Within the call: its timeout bounds the downloads too.
            await asyncio.gather(*(saving.link(*link) for link in links))
            return saving.result()
    except ImageVariationsError as error:
        error.partial = saving.paths
        raise


@define(eq=False)
class _Saving:
    """What is saved together. What becomes of one image is nothing to the others.

    Attributes:
        downloader: Gives what fetches links.
        settled: Completes an error with the attempts and the cost of its call.
    """

    downloader: Callable[[], Downloader]
    destination: Destination
    settled: Callable[[ImageVariationsError], ImageVariationsError] | None = None
    _saved: dict[int, Path] = field(factory=dict[int, Path], init=False)
    _errors: dict[int, ImageVariationsError] = field(factory=dict[int, ImageVariationsError], init=False)

    @property
    def paths(self) -> tuple[Path, ...]:
        """What is saved, in the answer's order."""
        return tuple(path for _, path in sorted(self._saved.items()))

    def result(self) -> list[Path]:
        """What is saved, if that is all.

        Raises:
            ImageVariationsError: The first of the images that are not.
        """
        if self._errors:
            number, error = min(self._errors.items())
            error.partial = self.paths
            error.add_note(f"Image {number} of {len(self._saved) + len(self._errors)}; saved: {len(self._saved)}.")
            raise error
        return list(self.paths)

    async def source(self, number: int, payload: str | None, link: str | None) -> None:
        """Save what an item of an answer holds or links to."""
        if payload:
            await self.image(number, decoded_pieces(payload))
        elif link:
            await self.link(number, link)
        else:
            self._failed(number, no_image())

    async def link(self, number: int, link: str) -> None:
        """Save what a link leads to."""

        async def consume(pieces: AsyncIterator[bytes]) -> Path:
            return await _write(pieces, self.destination.file(number))

        async def download() -> Path:
            return await self.downloader().delivered(link, consume)

        await self._kept(number, download())

    async def image(self, number: int, image: AsyncIterable[bytes]) -> None:
        """Save an image a piece at a time, as it arrives or is decoded."""
        await self._kept(number, _write(image, self.destination.file(number)))

    async def _kept(self, number: int, saving: Awaitable[Path]) -> None:
        try:
            self._saved[number] = await saving
        except ImageVariationsError as error:
            self._failed(number, error)

    def _failed(self, number: int, error: ImageVariationsError) -> None:
        self._errors[number] = self.settled(error) if self.settled else error


async def _write(image: AsyncIterable[bytes], file: PendingFile) -> Path:
    """Write an image to its file, off the event loop.

    Raises:
        SaveError: It cannot be written. Nothing of it is left behind.
    """
    batch: list[bytes] = []
    size = 0
    try:
        async for piece in image:
            batch.append(piece)
            size += len(piece)
            if size >= _BATCH_SIZE:
                await run_to_its_end(file.write, batch)
                batch.clear()
                size = 0
        return await run_to_its_end(file.finish, batch)
    except ImageVariationsError:  # a CallTimeoutError is an OSError too
        raise
    except (OSError, ValueError) as error:
        raise _save_error(f"{file.directory / file.name}: the image cannot be saved", error) from error
    finally:
        if file.is_pending:
            await run_to_its_end(file.discard)
