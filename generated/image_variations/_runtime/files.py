# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Files as arguments: what is accepted, and how it becomes bytes without blocking the event loop."""

import asyncio
import inspect
import os
import re
import threading
from collections.abc import Callable, Generator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol, TypeVar, cast

from attrs import field, frozen

from .errors import InvalidRequestError

T = TypeVar("T")


class Readable(Protocol):
    """Anything opened in binary mode: a file, a pipe, a `BytesIO`, an upload's own file."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, and none only at the end."""
        ...


FileContent = os.PathLike[str] | bytes | bytearray | memoryview | Readable


@frozen
class File:
    """A file with the name and media type that it is to be sent under.

    Attributes:
        payload: The content: a path, bytes, or an object opened in binary mode.
        file_name: The name to send. By default the file's own, or one made from the
            field's name.
        mime_type: The media type to send. By default the one that the document names.
    """

    payload: FileContent
    file_name: str | None = None
    mime_type: str | None = None


FileInput = FileContent | File
"""What every file argument takes. A `str` is not among them: wrap a path in `Path`."""


def as_file_input(value: object) -> FileInput | None:
    """The value itself if it can be sent as a file, else `None`."""
    if isinstance(value, File | os.PathLike | bytes | bytearray | memoryview) or hasattr(value, "read"):
        return cast(FileInput, value)
    return None


@frozen
class Upload:
    """A file that was read: what the wire needs of it."""

    content: bytes = field(repr=False)
    file_name: str
    mime_type: str


_MEDIA_TYPE = re.compile(
    r"(?!(?:multipart|message)/)[!#$%&'*+.^_`|~0-9a-z-]+/[!#$%&'*+.^_`|~0-9a-z-]+(?:;[ -~]*)?", re.IGNORECASE | re.ASCII
)
"""A media type in printable ASCII (RFC 9110, section 8.3.1): nothing that ends a header line.
None that holds parts of its own, for some servers would read those as the form's."""


async def read_upload(name: str, value: object, *, media_type: str, limit: int | None) -> Upload:
    """Read one file argument, off the event loop where that can block.

    Args:
        name: The argument's name, for errors.
        value: What the caller gave.
        media_type: The media type to send when the caller names none.
        limit: How many bytes are allowed. At most one byte more is read, so that a
            rule can still see that there are too many.

    Raises:
        InvalidRequestError: It is not a file, cannot be read, or is empty.
    """
    file = value if isinstance(value, File) else File(cast(FileContent, value))
    mime_type = cast(object, file.mime_type if file.mime_type is not None else media_type)
    if not isinstance(mime_type, str) or not _MEDIA_TYPE.fullmatch(mime_type):
        raise InvalidRequestError(name, mime_type, "must have the media type of a single file, such as image/png")
    file_name = cast(object, file.file_name)
    if not isinstance(file_name, str | None):
        raise InvalidRequestError(name, file_name, "must have a str as its file name")
    try:
        content = await _read(file.payload, None if limit is None else limit + 1)
        file_name = file_name or _own_name(file.payload) or _default_name(name, media_type)
    except _UnreadableError as error:
        raise InvalidRequestError(name, file.payload, str(error)) from error.__cause__
    except Exception as error:  # a caller's object raises what it likes
        raise InvalidRequestError(name, file.payload, f"must be a file that can be read ({error})") from error
    if not content:
        raise InvalidRequestError(name, file.payload, "must not be empty; is it already at its end?")
    return Upload(content, file_name, mime_type)


class _UnreadableError(Exception):
    """What was given is not a file. The message says what is asked for."""


async def _read(payload: object, size: int | None) -> bytes:
    """The content, of which at most `size` bytes are read."""
    if isinstance(payload, bytes):
        return payload
    if isinstance(payload, bytearray | memoryview):
        return bytes(cast("bytearray | memoryview[int]", payload))
    if isinstance(payload, str):
        raise _UnreadableError("must be wrapped as pathlib.Path(...), if it is a path")
    if _is_path(payload):
        path = Path(cast("os.PathLike[str]", payload))
        return await _in_a_thread_of_its_own(lambda: _read_path(path, size))
    if not callable(getattr(payload, "read", None)):
        raise _UnreadableError("must be a path, bytes, or an object opened in binary mode")
    handle = cast(Readable, payload)
    if inspect.iscoroutinefunction(handle.read):
        raise _UnreadableError(_IS_ASYNC)
    return await _in_a_thread_of_its_own(lambda: _read_handle(handle, size))


_IS_ASYNC = "must have a read() that is not a coroutine: for an upload, pass `upload.file`"


def _is_path(payload: object) -> bool:
    return isinstance(payload, os.PathLike)


async def _in_a_thread_of_its_own(read: Callable[[], T]) -> T:
    """Run what can wait for as long as it likes, as reading a pipe or a file of a network does.

    In the event loop's own threads it would keep others from being read and hosts from
    being looked up, and after a timeout the program from ending. And nothing tells whether a
    path or an object that can seek will wait.
    """
    outcome: Future[T] = Future()

    def run() -> None:
        outcome.set_running_or_notify_cancel()
        try:
            outcome.set_result(read())
        except (CancelledError, asyncio.CancelledError) as error:
            # Of something that the object waits for. As it is, it would pass for a cancellation of who waits here.
            unreadable = _UnreadableError("must be a file that can be read (its read was cancelled)")
            unreadable.__cause__ = error
            outcome.set_exception(unreadable)
        except BaseException as error:  # it belongs to who waits
            outcome.set_exception(error)

    threading.Thread(target=run, name=f"{__name__}.read", daemon=True).start()
    return await asyncio.wrap_future(outcome)


def _read_path(path: Path, size: int | None) -> bytes:
    with path.open("rb") as handle:
        return handle.read(-1 if size is None else size)


class _HandleLocks:
    """One lock for each handle that is being read: calls that share one read it in turn, each from the same place."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._in_use: dict[int, tuple[threading.Lock, int]] = {}

    @contextmanager
    def held(self, handle: object) -> Generator[None]:
        """Hold the lock of a handle. By identity, for a handle need not be hashable."""
        with self._guard:
            lock, readers = self._in_use.get(id(handle), (threading.Lock(), 0))
            self._in_use[id(handle)] = lock, readers + 1
        try:
            with lock:
                yield
        finally:
            with self._guard:
                lock, readers = self._in_use.pop(id(handle))
                if readers > 1:
                    self._in_use[id(handle)] = lock, readers - 1


_locks = _HandleLocks()


def _read_handle(handle: Readable, size: int | None) -> bytes:
    """Read up to `size` bytes, and put the handle back to where the caller had it, if that is possible."""
    with _locks.held(handle), _put_back(handle):
        return _read_all(handle, size)


@contextmanager
def _put_back(handle: object) -> Generator[None]:
    tell: object = getattr(handle, "tell", None)
    seek: object = getattr(handle, "seek", None)
    start: object = None
    with suppress(Exception):  # a pipe, or an object that only reads; reading shows what is amiss
        start = tell() if callable(tell) else None
    try:
        yield
    finally:
        if start is not None and callable(seek):
            with suppress(Exception):
                seek(start)


def _read_all(handle: Readable, size: int | None) -> bytes:
    """Read until `size` bytes or the end: a pipe and a raw file may return less than they are asked for."""
    content = bytearray()
    while size is None or len(content) < size:
        try:
            chunk = cast(object, handle.read(-1 if size is None else size - len(content)))
        except StopIteration as error:  # no future can hold one: who waits would wait for ever
            raise _UnreadableError("must be a file that can be read (it raised StopIteration)") from error
        if not isinstance(chunk, bytes | bytearray):
            raise _UnreadableError(_complaint(chunk))
        if not chunk:
            break
        content += chunk
    return bytes(content if size is None else memoryview(content)[:size])


def _complaint(chunk: object) -> str:
    """Why what `read` returned cannot be used."""
    if inspect.iscoroutine(chunk):
        chunk.close()
    if inspect.isawaitable(chunk):
        return _IS_ASYNC
    if chunk is None:
        return "must not be in non-blocking mode: its read() returned None"
    return "must be opened in binary mode, not in text mode"


def _own_name(payload: object) -> str | None:
    """The file's own name, if it has one: a pipe's `name` is a number, and that of standard input `<stdin>`."""
    own = cast("str | os.PathLike[str] | None", payload if _is_path(payload) else getattr(payload, "name", None))
    if not isinstance(own, str | os.PathLike):
        return None
    name = Path(own).name
    if name.startswith("<"):
        return None
    # What a file system holds need not be UTF-8; it is not a reason not to send the image.
    return name.encode(errors="replace").decode()


def _default_name(field: str, media_type: str) -> str:
    subtype = media_type.partition("/")[2]
    return f"{field}.{subtype}" if subtype.isalnum() else field
