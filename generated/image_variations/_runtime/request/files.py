# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Files as arguments: what is accepted, and what of it is sent."""

import os
import re
from collections.abc import Awaitable
from contextlib import suppress
from pathlib import Path, PureWindowsPath
from typing import IO, Literal, Protocol, cast

from attrs import field, frozen

from ..errors import InvalidRequestError
from .file_reading import UnreadableError, read_payload

OCTET_STREAM = "application/octet-stream"


class Readable(Protocol):
    """Anything opened in binary mode: a file, a pipe, a `BytesIO`."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, and none only at the end."""
        ...


class AsyncReadable(Protocol):
    """The same of an async library: an `UploadFile`, a file of anyio or aiofiles, an `asyncio.StreamReader`."""

    def read(self, size: int, /) -> Awaitable[bytes]:
        """Return an awaitable of at most `size` bytes, and of none only at the end."""
        ...


class Openable(Protocol):
    """Anything that can be opened: a `zipfile.Path`, a file of `importlib.resources`."""

    # IO[bytes] is a Readable. Behind overloads, as those have that are named above, pyright 1.1.414 does not see it.
    def open(self, mode: Literal["rb"], /) -> IO[bytes] | Readable:
        """Open it in binary mode."""
        ...


FileContent = os.PathLike[str] | bytes | bytearray | memoryview | Readable | AsyncReadable | Openable


@frozen
class File:
    """A file with the name and media type that it is to be sent under.

    Attributes:
        payload: The content: a path, bytes, an object opened in binary mode, or one with
            `open("rb")`. The `read` of an object may be a coroutine function.
        file_name: The name to send. By default the file's own, or one made from the
            field's name.
        mime_type: The media type to send. By default the one that the document names, also
            for an upload: what its sender claims it to be is not passed on.
    """

    payload: FileContent
    file_name: str | None = None
    mime_type: str | None = None


FileInput = FileContent | File
"""What every file argument takes. A `str` is not among them: wrap a path in `Path`."""


def as_file_input(value: object) -> FileInput | None:
    """Return the value itself if it can be sent as a file, else `None`."""
    is_file = isinstance(value, File | os.PathLike | bytes | bytearray | memoryview)
    if is_file or callable(getattr(value, "read", None)) or callable(getattr(value, "open", None)):
        return cast(FileInput, value)
    return None


@frozen
class Upload:
    """A file that was read: what the wire needs of it."""

    content: bytes = field(repr=False)
    file_name: str
    mime_type: str


def content_of(value: object) -> object:
    """Return the content of a file that was read, or a list with those of its files in their place, else `None`."""
    if isinstance(value, list):
        items = cast("list[object]", value)
        has_file = any(isinstance(item, Upload) for item in items)
        return [item.content if isinstance(item, Upload) else item for item in items] if has_file else None
    return value.content if isinstance(value, Upload) else None


_MEDIA_TYPE = re.compile(
    r"(?!(?:multipart|message)/)[!#$%&'*+.^_`|~0-9a-z-]+/[!#$%&'*+.^_`|~0-9a-z-]+(?:;[ -~]*)?", re.IGNORECASE | re.ASCII
)
"""A media type in printable ASCII (RFC 9110, section 8.3.1): nothing that ends a header line.
None that holds parts of its own, for some servers would read those as the form's."""


async def read_upload(name: str, value: object, *, media_type: str, limit: int | None) -> Upload:
    """Read one file argument: off the event loop if that can block, in it if the file is an async one.

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
        content = await read_payload(file.payload, None if limit is None else limit + 1)
        file_name = file_name or _own_name(file.payload) or _default_name(name, media_type)
    except UnreadableError as error:
        raise InvalidRequestError(name, file.payload, str(error)) from error.__cause__
    except Exception as error:  # a caller's object raises what it likes
        rule = f"must be a file that can be read ({_words_of(error)})"
        raise InvalidRequestError(name, file.payload, rule) from error
    if not content:
        raise InvalidRequestError(name, file.payload, "must not be empty; is it already at its end?")
    return Upload(content, file_name, mime_type)


def _words_of(error: Exception) -> str:
    with suppress(Exception):  # that of zipfile.Path for a missing file cannot always say its name
        return str(error) or type(error).__name__
    return type(error).__name__


def _own_name(payload: object) -> str | None:
    """Return the file's own name, if it has one: a pipe's `name` is a number, and that of standard input `<stdin>`."""
    name = ""
    with suppress(Exception):  # some names are computed, and a name is no reason not to send the image
        if isinstance(payload, os.PathLike):
            name = Path(cast("os.PathLike[str]", payload)).name
        elif isinstance(own := getattr(payload, "name", None), str | os.PathLike):
            name = Path(cast("str | os.PathLike[str]", own)).name
        elif isinstance(own := getattr(payload, "filename", None), str):
            name = PureWindowsPath(own).name  # its sender's, on whatever system
    if name.startswith("<"):
        return None
    # What a file system holds need not be UTF-8; it is not a reason not to send the image.
    return name.encode(errors="replace").decode()


def _default_name(field: str, media_type: str) -> str:
    subtype = media_type.partition("/")[2]
    return f"{field}.{subtype}" if subtype.isalnum() else field
