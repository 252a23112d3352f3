# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Writing a file as it arrives, off the event loop, and holding it in memory once the disk has failed."""

from collections.abc import AsyncIterator, Callable

from attrs import define, field

from ..tasks import run_in_thread
from .files import PendingFile

_BATCH_SIZE = 768 * 1024
"""Bytes that are gathered before they are written: a thread for each small piece would cost more than it writes."""


@define
class Room:
    """The bytes that may still be held of what the disk does not take."""

    left: int


@define(eq=False)
class Writing:
    """A file on its way to the disk, or into memory once that has failed.

    A task that is cancelled gets no result of a thread. What came of it is kept here.

    Attributes:
        finish: Gives the file its name.
        failure: What the disk failed with.
        size: How many bytes came, if it failed.
        content: These bytes, if they are the whole file and are not lost.
        loss: Why they are lost.
    """

    file: PendingFile
    finish: Callable[[PendingFile], object]
    room: Room
    failure: Exception | None = field(default=None, init=False)
    size: int = field(default=0, init=False)
    content: bytes | None = field(default=None, init=False, repr=False)
    loss: str = field(default="max_response_bytes leaves no room for them", init=False)

    async def run(self, pieces: AsyncIterator[bytes]) -> None:
        """Write the file, or hold it. Nothing of it is left on the disk but what has a name."""
        batch: list[bytes] = []
        size = 0
        try:
            async for piece in pieces:
                batch.append(piece)
                size += len(piece)
                if size >= _BATCH_SIZE:
                    size = 0
                    await run_in_thread(self._write, batch)
                    if self.failure is not None:
                        return await self._hold(pieces)
            try:
                await run_in_thread(self._write, batch, is_last=True)
            finally:  # the time may run out just now
                if self.failure is not None:
                    await self._hold(pieces)
        finally:
            if self.file.is_pending:
                await run_in_thread(self.file.discard)

    def _write(self, batch: list[bytes], *, is_last: bool = False) -> None:
        try:
            self.file.write(batch)
            if is_last:
                self.finish(self.file)
        except (OSError, ValueError) as error:
            self.failure = error.with_traceback(None)  # it leads here, and would stay until a collection

    async def _hold(self, rest: AsyncIterator[bytes]) -> None:
        self.size, room = self.file.size, self.room
        held = list[bytes]() if self.size <= room.left else None
        if held is not None:
            room.left -= self.size
            try:
                held.append(await run_in_thread(self.file.take_back))
            except OSError as error:
                room.left += self.size
                held, self.loss = None, f"they cannot be read back: {error}"
        try:
            async for piece in rest:
                self.size += len(piece)
                if held is not None:
                    held.append(piece)
                    room.left -= len(piece)
                    if room.left < 0:
                        room.left += self.size
                        held = None
        except BaseException:  # half a file is of no use
            room.left += 0 if held is None else self.size
            raise
        self.content = None if held is None else b"".join(held)
