"""`image-variations vary`: one image, now."""

import asyncio
import errno
import sys
import time
from base64 import b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path

import typer
from attrs import define, field, frozen
from image_variations import (
    Attempt,
    Client,
    File,
    Image,
    ImagesResponse,
    ImageVariationsError,
    SaveError,
    create_image_variation_files,
    save_images,
)

from ..errors import BatchError
from ..fitting import fit_image, run_in_pool
from ..rows import Billed, Fit
from . import exits
from .connect import check_fields, open_client
from .interrupts import catch_signals
from .options import Fields, Server
from .output import Failure, Output
from .progress import show_wait

_STDIN = Path("-")
_STDIN_STEM = "variation"
_PAUSE = 0.5
"""Seconds between two tries to write to a disk that is full."""

_MAX_STDIN = 256 * 1024 * 1024
"""The longest image that is read from standard input, in bytes."""


@frozen
class Work:
    """What one call is to send, and where its files go."""

    image: Path
    fields: Fields
    fit: Fit
    output_dir: Path

    @property
    def stem(self) -> str:
        """What the files are named after."""
        return _STDIN_STEM if self.image == _STDIN else self.image.stem


@define(eq=False)
class _Watch:
    """A call as it is seen from outside.

    Attributes:
        attempts: Those that are over.
        is_ending: Whether a signal asked for the end.
        task: The call itself.
    """

    output: Output
    attempts: list[Attempt] = field(factory=list[Attempt])
    is_ending: bool = False
    task: "asyncio.Task[list[Path]] | None" = None

    @property
    def billed(self) -> Billed:
        """What the call can have cost so far."""
        costs: set[Billed] = {attempt.billed for attempt in self.attempts}
        if "yes" in costs:
            return "yes"
        return "unknown" if "unknown" in costs else "no"

    def take(self, attempt: Attempt) -> None:
        """Show an attempt that is over."""
        self.attempts.append(attempt)
        self.output.event(
            "attempt",
            number=attempt.number,
            outcome=str(attempt.outcome),
            billed=attempt.billed,
            status_code=attempt.status_code,
            wait=attempt.wait,
            request_id=attempt.request_id,
        )
        if attempt.wait is not None:
            status = f", status {attempt.status_code}" if attempt.status_code else ""
            self.output.note(f"attempt {attempt.number}: {attempt.outcome}{status}; again in {attempt.wait:.1f} s")
            if self.is_ending:
                self.stop()

    def end(self) -> None:
        """Have the attempt that is under way be the last. Its images are saved."""
        self.is_ending = True
        last = self.attempts[-1] if self.attempts else None
        if last is not None and last.wait is not None and time.time() < last.end + last.wait:
            self.stop()  # nothing is under way
        else:
            self.output.note("interrupted: waiting for the response, which may be paid for; Ctrl-C again stops at once")

    def stop(self) -> None:
        """Have the call end at once."""
        if self.task is not None:
            self.task.cancel()


def vary(work: Work, server: Server, output: Output) -> int:
    """Vary one image. Return the exit status.

    Raises:
        BatchError: The image cannot be read.
        ImageVariationsError: It cannot be sent, or no image came.
    """
    check_fields(work.fields.checked)
    content = _read_stdin() if work.image == _STDIN else _read(work.image)
    return asyncio.run(_vary(work, content, server, output))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BatchError(f"{path} cannot be read: {error.strerror}") from None


def _read_stdin() -> bytes:
    # Here and not in the event loop: a thread that waits for a pipe would hold up the end of the process.
    if sys.stdin.isatty():
        raise typer.BadParameter("standard input is a terminal; pipe an image, or name a file", param_hint="IMAGE")
    content = sys.stdin.buffer.read(_MAX_STDIN + 1)
    if len(content) > _MAX_STDIN:
        raise BatchError(f"standard input is longer than {_MAX_STDIN // 1024**2} MB, which no image should be")
    if not content:
        raise BatchError("standard input is empty; pipe an image")
    return content


async def _vary(work: Work, content: bytes, server: Server, output: Output) -> int:
    watch = _Watch(output)
    start = time.monotonic()
    async with open_client(server, on_attempt=watch.take) as client:
        watch.task = asyncio.create_task(_send(client, work, content, output))
        name = "standard input" if work.image == _STDIN else str(work.image)
        with catch_signals(watch.end, watch.stop), show_wait(output, f"varying {name}"):
            [result] = await asyncio.gather(watch.task, return_exceptions=True)
    files, failure = _judge(result, watch)
    for path in files:
        output.print(str(path))
        output.event("file", path=str(path))
    if failure is not None:
        output.fail(failure)
    output.summary(
        images=len(files),
        requests=len(watch.attempts),
        billed=watch.billed,
        files=[str(path) for path in files],
        elapsed=round(time.monotonic() - start, 3),
    )
    return exits.OK if failure is None else failure.exit_status


async def _send(client: Client, work: Work, content: bytes, output: Output) -> list[Path]:
    fitted = await run_in_pool(fit_image, content, work.fit)
    if fitted.note:
        output.note(fitted.note)
        output.event("fit", note=fitted.note)
    try:
        return await create_image_variation_files(
            client,
            work.output_dir,
            image=File(fitted.content, file_name="image.png"),
            extra_fields=work.fields.all,  # the document's were checked before the image was read
            stem=work.stem,
        )
    except SaveError as error:
        if not _is_disk_full(error):
            raise
        output.note(f"{error}; the images are held in memory: free some space, or give them up with two Ctrl-C")
        return [*error.partial, *await _save_held(client, work, error.unsaved)]


async def _save_held(client: Client, work: Work, held: Mapping[int, bytes]) -> list[Path]:
    """Write images that were paid for as soon as the disk takes them."""
    files = list[Path]()
    while held:
        await asyncio.sleep(_PAUSE)
        images = [Image(b64_json=b64encode(content).decode()) for content in held.values()]
        try:
            files += await save_images(client, ImagesResponse(data=images), work.output_dir, stem=work.stem)
            held = {}
        except SaveError as error:
            if not _is_disk_full(error):
                raise
            files += error.partial
            held = error.unsaved
    return files


def _is_disk_full(error: SaveError) -> bool:
    """Return whether images could not be written, and may be when there is room."""
    cause = error.__cause__
    return bool(error.unsaved) and isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT)


def _judge(result: list[Path] | BaseException, watch: _Watch) -> tuple[Sequence[Path], Failure | None]:
    """Return the files that were saved, and what went wrong."""
    if isinstance(result, asyncio.CancelledError):
        message = f"interrupted; {exits.COSTS[watch.billed]}"
        return (), Failure(exits.INTERRUPTED, message, "KeyboardInterrupt", watch.billed)
    if isinstance(result, BaseException):
        files = result.partial if isinstance(result, ImageVariationsError) else ()
        return files, exits.describe(result)
    if watch.is_ending:
        return result, Failure(exits.INTERRUPTED, "interrupted; the images are saved", "KeyboardInterrupt", "yes")
    return result, None
