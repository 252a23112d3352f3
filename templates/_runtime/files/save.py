"""The file of a response to the disk: whole or not there, in constant memory."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import TypeVar

from ..client import BaseClient
from ..errors import BaseError, SaveError
from ..images.files import PendingFile
from ..images.writing import Room, Writing
from ..request.build import Arguments
from ..request.operation import Operation
from ..tasks import run_in_thread
from .stream import FileResponses, StreamedFile, file_call, receive_file
from .target import Target

T = TypeVar("T")


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
        pending = await run_in_thread(target.prepare)
    except (OSError, ValueError) as error:
        raise SaveError(f"{target.path}: the file cannot be saved there: {error}") from error
    paths: list[Path] = []  # a task that is cancelled gets no result of a thread

    def finish(file: PendingFile) -> None:
        paths.append(target.finish(file))

    writing = Writing(pending, finish, Room(client.max_response_bytes))
    try:
        async with receive_file(call, files) as file:
            await writing.run(_pieces(file))
            if writing.failure is not None:
                lost = f"its bytes are lost: {writing.loss}"
                where = lost if writing.content is None else "its bytes are in `unsaved[0]`"
                what = f"{target.path}: the file cannot be saved: {writing.failure}"
                raise call.fail(SaveError(f"{what}; {where}")) from writing.failure
            return paths[0]
    except BaseError as error:
        error.partial = tuple(paths)
        if writing.content is not None:
            error.unsaved = {0: writing.content}
        raise


async def _pieces(file: StreamedFile) -> AsyncGenerator[bytes]:
    async for piece in file:
        yield piece
    await file.aclose()  # its slot and its connection are free while the disk takes its time
