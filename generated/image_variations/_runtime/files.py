"""Files as arguments: what is accepted, and how it becomes bytes without blocking the event loop."""

import asyncio
import inspect
import os
import re
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from attrs import field, frozen

from .errors import InvalidRequestError


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


def read_file(value: object) -> FileInput | None:
    """A value that can be sent as a file, as it is."""
    if isinstance(value, File | os.PathLike | bytes | bytearray | memoryview) or hasattr(value, "read"):
        return cast(FileInput, value)
    return None


@frozen
class Upload:
    """A file that was read: what the wire needs of it."""

    content: bytes = field(repr=False)
    file_name: str
    mime_type: str


_MEDIA_TYPE = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+/[!#$%&'*+.^_`|~0-9A-Za-z-]+(;[ -~]*)?")
"""A media type in printable ASCII (RFC 9110, section 8.3.1): nothing that ends a header line."""


async def read_upload(name: str, value: object, *, media_type: str, limit: int | None) -> Upload:
    """Read one file argument, off the event loop where that can block.

    Args:
        name: The argument's name, for errors.
        value: What the caller gave.
        media_type: The media type to send when the caller names none.
        limit: How many bytes are allowed. At most one byte more is read, so that a
            rule can still see that there are too many.

    Raises:
        InvalidRequestError: It is no file, cannot be read, or is empty.
    """
    file = value if isinstance(value, File) else File(cast(FileContent, value))
    mime_type = file.mime_type if file.mime_type is not None else media_type
    if not isinstance(mime_type, str) or not _MEDIA_TYPE.fullmatch(mime_type):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers err
        raise InvalidRequestError(name, mime_type, "must be a media type such as image/png")
    content = await _read(name, file.payload, limit)
    if not content:
        raise InvalidRequestError(name, file.payload, "must not be empty, nor have been read to its end before")
    return Upload(content, file.file_name or _file_name(file.payload) or _default_name(name, media_type), mime_type)


async def _read(name: str, payload: object, limit: int | None) -> bytes:
    if isinstance(payload, str):
        raise InvalidRequestError(name, payload, "must be wrapped as pathlib.Path(...), if it is a path")
    if isinstance(payload, bytes):
        return payload
    if isinstance(payload, bytearray | memoryview):
        return bytes(cast("bytearray | memoryview[int]", payload))
    size = -1 if limit is None else limit + 1
    try:
        if (path := _path(payload)) is not None:
            return await asyncio.to_thread(_read_path, path, size)
        if not callable(getattr(payload, "read", None)):
            raise InvalidRequestError(name, payload, "must be a path, bytes, or an object opened in binary mode")
        if _reads_asynchronously(payload):
            raise InvalidRequestError(name, payload, "must be read without await: give `upload.file` of an upload")
        content = await asyncio.to_thread(_read_handle, cast(BinaryIO, payload), size)
    except InvalidRequestError:
        raise
    except Exception as error:  # a caller's object raises what it likes
        raise InvalidRequestError(name, payload, f"must be a file that can be read ({error})") from error
    if not isinstance(content, bytes):
        raise InvalidRequestError(name, payload, "must be opened in binary mode, not in text mode")
    return content


def _path(payload: object) -> Path | None:
    return Path(cast("os.PathLike[str]", payload)) if isinstance(payload, os.PathLike) else None


def _reads_asynchronously(payload: object) -> bool:
    return inspect.iscoroutinefunction(getattr(payload, "read", None))


def _read_path(path: Path, size: int) -> bytes:
    with path.open("rb") as handle:
        return handle.read(size)


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


def _read_handle(handle: BinaryIO, size: int) -> object:
    """Read up to `size` bytes and put a seekable handle back to where the caller had it."""
    with _locks.held(handle):
        try:
            start = handle.tell()
        except (AttributeError, OSError):  # a pipe, or an object that only reads
            return _read_all(handle, size)
        try:
            return _read_all(handle, size)
        finally:
            handle.seek(start)


def _read_all(handle: Readable, size: int) -> object:
    """Read until `size` bytes or the end: a pipe and a raw file may return less than they are asked for."""
    chunks: list[bytes] = []
    remaining = size
    while remaining:
        chunk = handle.read(remaining if remaining > 0 else -1)
        if not isinstance(chunk, bytes):  # pyright: ignore[reportUnnecessaryIsInstance]  # a caller's object
            return chunk
        if not chunk:
            break
        chunks.append(chunk)
        if remaining > 0:
            remaining -= len(chunk)
    return b"".join(chunks)


def _file_name(payload: object) -> str | None:
    """The file's own name, if it has one that is text: a pipe's `name` is a number."""
    own: object = _path(payload) or getattr(payload, "name", None)
    return Path(own).name or None if isinstance(own, str | Path) else None


def _default_name(field: str, media_type: str) -> str:
    subtype = media_type.partition("/")[2]
    return f"{field}.{subtype}" if subtype.isalnum() else field
