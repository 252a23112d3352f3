"""The file of a response to the disk: whole or not there, in constant memory."""

from pathlib import Path
from typing import TypeVar

from attrs import define, field

from ..client import BaseClient
from ..errors import BaseError, SaveError
from ..images.files import PendingFile
from ..request.build import Arguments
from ..request.operation import Operation
from ..tasks import run_in_thread
from .stream import FileResponses, StreamedFile, file_call, receive_file
from .target import Target

T = TypeVar("T")

_BATCH_SIZE = 512 * 1024
"""Bytes that are gathered before they are written: a thread for each small piece would cost more than it writes."""


async def save_file(
    client: BaseClient, operation: Operation[T], arguments: Arguments, files: FileResponses, target: Target
) -> Path:
    """Call an operation, save the file that it returns as it arrives, and return its path.

    Before anything is sent, the directory is made, and a file written there.

    Raises:
        BaseError: Whatever went wrong. Its `partial` names the file if that was saved all the same, and its
            `unsaved` has the bytes of a file that came whole and could not be written.
    """
    call = file_call(client, operation, arguments, files)
    try:
        sink = _Sink(target, await run_in_thread(target.prepare))
    except (OSError, ValueError) as error:
        raise SaveError(f"{target.path}: the file cannot be saved there: {error}") from error
    try:
        async with receive_file(call, files) as file:
            await _write(file, sink)
            if sink.path is None:
                raise call.fail(SaveError(sink.complaint)) from sink.error
            return sink.path
    except BaseError as error:
        sink.report(error)
        raise
    finally:
        if sink.file.is_pending:
            await run_in_thread(sink.file.discard)


async def _write(file: StreamedFile, sink: "_Sink") -> None:
    """Write a file as it arrives, off the event loop."""
    batch: list[bytes] = []
    size = 0
    async for piece in file:
        batch.append(piece)
        size += len(piece)
        if size >= _BATCH_SIZE:
            await run_in_thread(sink.take, batch)
            size = 0
    await file.aclose()  # its slot and its connection are free while the disk takes its time
    await run_in_thread(sink.finish, batch)


@define(eq=False)
class _Sink:
    """Where the bytes of a file go: to the disk, or into memory once that has failed. Its functions block.

    A task that is cancelled gets no result of a thread. What came of it is kept here.

    Attributes:
        path: The path that the file got.
        error: What the disk failed with.
    """

    target: Target
    file: PendingFile
    path: Path | None = field(default=None, init=False)
    error: Exception | None = field(default=None, init=False)
    _held: bytearray = field(factory=bytearray, init=False, repr=False)
    _loss: Exception | None = field(default=None, init=False)
    _is_whole: bool = field(default=False, init=False)

    @property
    def complaint(self) -> str:
        """What is wrong with the disk, and where the bytes are."""
        what = f"{self.target.path}: the file cannot be saved: {self.error}"
        if self._loss is None:
            return f"{what}; its bytes are in `unsaved[0]`"
        return f"{what}; its bytes are lost: they cannot be read back: {self._loss}"

    def take(self, batch: list[bytes]) -> None:
        """Take more of the file, and empty the list."""
        if self.error is None:
            try:
                self.file.write(batch)
            except (OSError, ValueError) as error:
                self._hold(error)
        elif self._loss is None:
            self._held += b"".join(batch)
        batch.clear()

    def finish(self, batch: list[bytes]) -> None:
        """Take the rest of the file, and give it its path."""
        self.take(batch)
        if self.error is None:
            try:
                self.path = self.target.finish(self.file)
            except (OSError, ValueError) as error:
                self._hold(error)
        self._is_whole = True

    def report(self, error: BaseError) -> None:
        """Add to an error what became of the file."""
        if self.path is not None:
            error.partial = (self.path,)
        elif self._is_whole and self._loss is None:
            error.unsaved = {0: bytes(self._held)}

    def _hold(self, error: Exception) -> None:
        """Take back what the disk has."""
        self.error = error
        try:
            self._held += self.file.take_back()
        except OSError as loss:
            self._loss = loss
