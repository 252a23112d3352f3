"""Pictures in files of async libraries, and in what is still to be opened: awaited, put back, and closed."""

import asyncio
import functools
import importlib.resources
import io
import os
import sys
import tempfile
import threading
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import BinaryIO, Literal, cast

import anyio
import pytest
from attrs import Factory, define
from image_variations import CallTimeoutError, Client, File, FileInput, InvalidRequestError, create_image_variation
from image_variations._runtime.request import file_reading
from starlette.datastructures import Headers, UploadFile

from tests.support.forms import files_of
from tests.support.pictures import make_png
from tests.support.server import ScriptedServer

LIMIT = 4194303
"""The pin's `maxLength` of the image."""

ONE_IMAGE = {"data": [{"url": "https://example.com/1.png"}]}

BEFORE = b"what the caller has read already"


@pytest.fixture
async def client(scripted: ScriptedServer) -> AsyncIterator[Client]:
    """A client of a server that answers with a picture."""
    scripted.respond(200, ONE_IMAGE)
    async with Client(base_url=scripted.base_url, timeout=30) as open_client:
        yield open_client


@pytest.fixture
def content() -> bytes:
    """The content of a picture that takes several reads."""
    return make_png() + bytes(100_000)


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait until a file is put back, however busy the machine is."""
    monkeypatch.setattr(file_reading, "_PUTTING_BACK_SECONDS", 60)


@define
class AsyncFile:
    """A file all of whose methods are coroutine functions, and which gives a few thousand bytes at a time."""

    content: bytes
    position: int = 0
    is_being_read: bool = False
    was_read_by_two: bool = False
    threads: set[int] = Factory(set[int])

    async def read(self, size: int, /) -> bytes:
        """Give some bytes, after others had their turn."""
        self.was_read_by_two |= self.is_being_read
        self.threads.add(threading.get_ident())
        self.is_being_read = True
        try:
            await asyncio.sleep(0)
        finally:
            self.is_being_read = False
        chunk = self.content[self.position :][: min(size, 30_000)]
        self.position += len(chunk)
        return chunk

    async def tell(self) -> int:
        """Say where it stands."""
        await asyncio.sleep(0)
        return self.position

    async def seek(self, position: int, /) -> int:
        """Go there."""
        await asyncio.sleep(0)
        self.position = position
        return position


@define
class Reading:
    """A file that can only be read, by whatever function."""

    read: Callable[[int], Awaitable[bytes]]


@define
class Opening:
    """What can be opened, and notes what it gave."""

    content: bytes
    opened: list[io.BytesIO] = Factory(list[io.BytesIO])

    def open(self, mode: Literal["rb"], /) -> BinaryIO:
        """Give a new file."""
        assert mode == "rb"
        self.opened.append(io.BytesIO(self.content))
        return self.opened[-1]


class ReadingAndOpening(Opening):
    """A file that is open, and can be opened again, as those of Django."""

    def read(self, size: int, /) -> bytes:
        """Give everything, at first."""
        chunk, self.content = self.content, b""
        return chunk


_spooled: list[tempfile.SpooledTemporaryFile[bytes]] = []
"""The files of the uploads that a test has made."""


@pytest.fixture(autouse=True)
def closed_uploads() -> Iterator[None]:
    """Close the uploads' files, as FastAPI does after a request."""
    yield
    while _spooled:
        _spooled.pop().close()


def _upload(content: bytes, *, max_size: int = 1024 * 1024) -> UploadFile:
    """An upload as FastAPI makes it; one of more than `max_size` bytes is on the disk."""
    file = tempfile.SpooledTemporaryFile[bytes](max_size=max_size)
    _spooled.append(file)
    file.write(content)
    file.seek(0)
    return UploadFile(cast(BinaryIO, file), filename="otter.png", size=len(content))


def _stream(content: bytes) -> asyncio.StreamReader:
    stream = asyncio.StreamReader()
    stream.feed_data(content)
    stream.feed_eof()
    return stream


def _future_of(file: BinaryIO, size: int) -> "asyncio.Future[bytes]":
    """What only the event loop's own thread can make."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[bytes] = loop.create_future()
    loop.call_soon(future.set_result, file.read(size))
    return future


def _in_a_thread(file: BinaryIO) -> Reading:
    return Reading(lambda size: asyncio.to_thread(file.read, size))


def _in_executor(content: bytes) -> Reading:
    read = io.BytesIO(content).read
    return Reading(functools.partial(asyncio.get_running_loop().run_in_executor, None, read))


def _buffers(content: bytes, kind: Callable[[bytes], object]) -> Reading:
    file = io.BytesIO(content)

    async def read(size: int) -> bytes:
        return cast(bytes, kind(file.read(size)))

    return Reading(read)


def _unsized(content: bytes) -> Reading:
    chunks = iter([content, b""])

    async def read(size: int) -> bytes:
        return next(chunks)

    return Reading(read)


def _in_archive(name: str) -> zipfile.Path:
    """What has a name in an archive that itself has none."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writing:
        writing.writestr("pictures/zipped.png", make_png())
    return zipfile.Path(zipfile.ZipFile(archive), name)


def _resource(content: bytes, folder: Path) -> FileInput:
    """A file of a package that is itself in an archive."""
    archive = folder / "packages.zip"
    with zipfile.ZipFile(archive, "w") as packages:
        packages.writestr("zipped_otters/__init__.py", "")
        packages.writestr("zipped_otters/otter.png", content)
    sys.path.insert(0, str(archive))
    try:
        return importlib.resources.files("zipped_otters") / "otter.png"
    finally:
        sys.path.remove(str(archive))
        sys.modules.pop("zipped_otters", None)


SOURCES: dict[str, Callable[[bytes, Path], FileInput]] = {
    "upload": lambda content, _: _upload(content),
    "upload on the disk": lambda content, _: _upload(content, max_size=10),
    "File of an upload": lambda content, _: File(_upload(content)),
    "async file": lambda content, _: AsyncFile(content),
    "stream": lambda content, _: _stream(content),
    "read is a lambda": lambda content, _: _in_a_thread(io.BytesIO(content)),
    "read is a partial": lambda content, _: Reading(functools.partial(asyncio.to_thread, io.BytesIO(content).read)),
    "read returns a future": lambda content, _: Reading(functools.partial(_future_of, io.BytesIO(content))),
    "read goes to an executor": lambda content, _: _in_executor(content),
    "read returns a bytearray": lambda content, _: _buffers(content, bytearray),
    "read returns a view": lambda content, _: _buffers(content, memoryview),
    "read pays no attention to the size": lambda content, _: _unsized(content),
    "to be opened": lambda content, _: Opening(content),
    "open, and to be opened": lambda content, _: ReadingAndOpening(content),
    "file of a zipped package": _resource,
}


@pytest.mark.parametrize("make", SOURCES.values(), ids=SOURCES.keys())
async def test_what_is_awaited_or_opened_gives_its_bytes(
    scripted: ScriptedServer, client: Client, content: bytes, tmp_path: Path, make: Callable[[bytes, Path], FileInput]
) -> None:
    """However an object gives its bytes, the server gets them, all of them and in order."""
    await create_image_variation(client, image=make(content, tmp_path))
    assert [file.content for file in files_of(scripted)] == [content]


async def test_files_of_anyio_are_read_and_put_back(
    scripted: ScriptedServer, client: Client, content: bytes, tmp_path: Path
) -> None:
    """An open file of anyio, at whatever place, and its paths, which are paths."""
    path = tmp_path / "otter.png"
    path.write_bytes(BEFORE + content)
    async with await anyio.open_file(path, "rb") as file:
        await file.seek(len(BEFORE))
        await asyncio.gather(*(create_image_variation(client, image=file) for _ in range(3)))
        assert await file.tell() == len(BEFORE)
    path.write_bytes(content)
    await create_image_variation(client, image=anyio.Path(path))
    assert [(file.file_name, file.content) for file in files_of(scripted)] == [("otter.png", content)] * 4


@pytest.mark.parametrize("max_size", [10, 1024 * 1024], ids=["on the disk", "in memory"])
async def test_an_upload_is_read_from_where_it_stands_and_stays_there(
    scripted: ScriptedServer, client: Client, content: bytes, max_size: int
) -> None:
    """An `UploadFile` can seek and not tell: where it stands, the file tells that it holds."""
    upload = _upload(BEFORE + content, max_size=max_size)
    await upload.seek(len(BEFORE))
    await asyncio.gather(*(create_image_variation(client, image=upload) for _ in range(5)))
    assert upload.file.tell() == len(BEFORE)
    assert await upload.read() == content
    assert [file.content for file in files_of(scripted)] == [content] * 5
    await upload.close()


async def test_readers_of_one_async_file_wait_for_each_other(
    scripted: ScriptedServer, client: Client, content: bytes
) -> None:
    """Calls that share an async file read it in turn, in the event loop, each from the same place."""
    file = AsyncFile(BEFORE + content, position=len(BEFORE))
    await asyncio.gather(*(create_image_variation(client, image=file) for _ in range(5)))
    assert [sent.content for sent in files_of(scripted)] == [content] * 5
    assert file.position == len(BEFORE)
    assert not file.was_read_by_two
    assert file.threads == {threading.get_ident()}


async def test_a_stream_can_be_read_once(scripted: ScriptedServer, client: Client, content: bytes) -> None:
    """What came out of a stream is sent; a second call finds it empty, and sends nothing."""
    stream = _stream(content)
    await create_image_variation(client, image=stream)
    with pytest.raises(InvalidRequestError, match="must not be empty"):
        await create_image_variation(client, image=stream)
    assert [file.content for file in files_of(scripted)] == [content]


async def test_an_async_file_is_read_in_the_callers_context(client: Client, content: bytes) -> None:
    """What the caller has set in context variables, as tracers and frameworks do, the file finds there."""
    variable: ContextVar[str] = ContextVar("variable", default="unset")
    variable.set("the caller's")
    seen: set[str] = set()
    file = io.BytesIO(content)

    async def read(size: int) -> bytes:
        seen.add(variable.get())
        return file.read(size)

    await create_image_variation(client, image=Reading(read))
    assert seen == {"the caller's"}


async def test_no_more_of_an_async_file_is_read_than_can_be_sent(scripted: ScriptedServer, client: Client) -> None:
    """Of a file without an end, the limit and one byte more are asked for, enough to see that it is too long."""
    asked: list[int] = []

    async def read(size: int) -> bytes:
        asked.append(size)
        return (b"" if len(asked) > 1 else make_png()).ljust(min(size, 1_000_000), b"\0")

    with pytest.raises(InvalidRequestError, match=f"image: must be at most {LIMIT} bytes long"):
        await create_image_variation(client, image=Reading(read))
    assert asked == [LIMIT + 1 - 1_000_000 * reads for reads in range(5)]
    assert scripted.connections == 0


# Files that do not end.


@define
class Unending(AsyncFile):
    """An async file whose end does not come.

    Attributes:
        ignores_cancellation: Whether its read goes on although it is cancelled.
    """

    ignores_cancellation: bool = False
    is_waiting: asyncio.Event = Factory(asyncio.Event)
    may_end: asyncio.Event = Factory(asyncio.Event)

    async def read(self, size: int, /) -> bytes:
        """Give what there is, then wait."""
        chunk = await super(Unending, self).read(size)
        if chunk:
            return chunk
        self.is_waiting.set()
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            if not self.ignores_cancellation:
                raise
            await self.may_end.wait()
        return b""


async def test_a_stream_that_never_ends_does_not_outlast_the_timeout(scripted: ScriptedServer, content: bytes) -> None:
    """The time for reading the picture is part of the call's, and nothing was sent."""
    stream = asyncio.StreamReader()
    stream.feed_data(content)
    async with Client(base_url=scripted.base_url, timeout=0.1) as client:
        with pytest.raises(CallTimeoutError) as timeout:
            await create_image_variation(client, image=stream)
    assert timeout.value.billed == "no"
    assert scripted.connections == 0


@pytest.mark.usefixtures("patience")
async def test_a_file_whose_call_times_out_is_put_back(scripted: ScriptedServer, content: bytes) -> None:
    """When the error is raised the file stands where it stood, and its next reader gets all of it."""
    file = Unending(BEFORE + content, position=len(BEFORE))
    async with Client(base_url=scripted.base_url, timeout=0.1) as client:
        with pytest.raises(CallTimeoutError):
            await create_image_variation(client, image=file)
        assert file.position == len(BEFORE)
        file.may_end.set()
        scripted.respond(200, ONE_IMAGE)
        await create_image_variation(client.with_options(timeout=30), image=file)
    assert [sent.content for sent in files_of(scripted)] == [content]


@pytest.mark.usefixtures("patience")
async def test_a_file_whose_call_is_cancelled_is_put_back(
    scripted: ScriptedServer, client: Client, content: bytes
) -> None:
    """The read is cancelled with the call, nothing is sent, and no task stays behind."""
    file = Unending(BEFORE + content, position=len(BEFORE))
    before = asyncio.all_tasks()
    call = asyncio.create_task(create_image_variation(client, image=file))
    async with asyncio.timeout(20):
        await file.is_waiting.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert file.position == len(BEFORE)
    assert asyncio.all_tasks() == before
    assert scripted.connections == 0


@pytest.mark.usefixtures("patience")
async def test_a_call_may_be_cancelled_at_any_point_of_a_read(
    scripted: ScriptedServer, client: Client, content: bytes
) -> None:
    """After whatever turn of the event loop a call is cancelled, the next one reads the whole file."""
    for turns in range(60):
        file = AsyncFile(BEFORE + content, position=len(BEFORE))
        call = asyncio.create_task(create_image_variation(client, image=file))
        for _ in range(turns):
            await asyncio.sleep(0)
        call.cancel()
        await asyncio.wait((call,))
        await create_image_variation(client, image=file)
        assert file.position == len(BEFORE)
        assert not file.was_read_by_two
    assert {sent.content for sent in files_of(scripted)} == {content}


async def test_a_read_that_ignores_its_cancellation_keeps_no_call(scripted: ScriptedServer, content: bytes) -> None:
    """The call ends soon after its timeout; the file is put back when its read is over, and read by nobody before."""
    file = Unending(content, ignores_cancellation=True)
    scripted.respond(200, ONE_IMAGE)
    async with Client(base_url=scripted.base_url, timeout=0.1) as client, asyncio.timeout(20):
        with pytest.raises(CallTimeoutError):
            await create_image_variation(client, image=file)
        second = asyncio.create_task(create_image_variation(client.with_options(timeout=30), image=file))
        await asyncio.sleep(0)
        file.may_end.set()
        await second
    assert [sent.content for sent in files_of(scripted)] == [content]
    assert not file.was_read_by_two


# What is opened.


async def test_what_was_opened_is_closed(scripted: ScriptedServer, client: Client, content: bytes) -> None:
    """Each call opens a file of its own and closes it, also one that is refused."""
    opening = Opening(content)
    await asyncio.gather(*(create_image_variation(client, image=opening) for _ in range(3)))
    assert [file.content for file in files_of(scripted)] == [content] * 3
    refused = Opening(b"no PNG")
    with pytest.raises(InvalidRequestError, match="must be a PNG file"):
        await create_image_variation(client, image=refused)
    assert [file.closed for file in (*opening.opened, *refused.opened)] == [True] * 4


async def test_what_is_opened_may_be_async(
    scripted: ScriptedServer, client: Client, content: bytes, tmp_path: Path
) -> None:
    """An `open` that returns a coroutine is awaited, and so is the `aclose` of its file."""
    (tmp_path / "otter.png").write_bytes(content)
    opened: list[anyio.AsyncFile[bytes]] = []

    class AsyncOpening:
        async def open(self, mode: Literal["rb"], /) -> anyio.AsyncFile[bytes]:
            opened.append(await anyio.open_file(tmp_path / "otter.png", mode))
            return opened[0]

    await create_image_variation(client, image=cast(FileInput, AsyncOpening()))
    assert [file.content for file in files_of(scripted)] == [content]
    assert opened[0].wrapped.closed


async def test_a_path_is_opened_as_a_path(
    scripted: ScriptedServer, client: Client, content: bytes, tmp_path: Path
) -> None:
    """What is a path is one first, whatever methods it has."""
    path = tmp_path / "otter.png"
    path.write_bytes(content)

    class Odd(os.PathLike[str]):
        def __fspath__(self) -> str:
            return str(path)

        def read(self, size: int) -> bytes:
            raise AssertionError

        def open(self, mode: str) -> BinaryIO:
            raise AssertionError

    await create_image_variation(client, image=Odd())
    assert [file.content for file in files_of(scripted)] == [content]


# Names and media types.


async def test_an_uploads_own_name_is_sent_and_its_media_type_is_not(
    scripted: ScriptedServer, client: Client, png: bytes
) -> None:
    """Of the name the last part is sent; the media type is the document's, unless the caller gives it."""

    def upload(name: str | None) -> UploadFile:
        return UploadFile(io.BytesIO(png), filename=name, headers=Headers({"content-type": "text/html"}))

    images: tuple[FileInput, ...] = (
        *(upload("otter.png"), upload("../otter.png"), upload("C:\\pictures\\otter.png")),
        *(upload(None), upload(""), File(upload("otter.png"), "renamed.png")),
        _in_archive("pictures/zipped.png"),
    )
    for image in images:
        await create_image_variation(client, image=image)
    await create_image_variation(client, image=File(upload("otter.png"), mime_type="image/x-png"))
    assert [file.file_name for file in files_of(scripted)] == [
        *("otter.png", "otter.png", "otter.png", "image.png", "image.png", "renamed.png", "zipped.png", "otter.png"),
    ]
    assert [file.mime_type for file in files_of(scripted)] == ["image/png"] * 7 + ["image/x-png"]


async def test_files_among_the_extra_fields_are_awaited_too(
    scripted: ScriptedServer, client: Client, png: bytes
) -> None:
    """A file for a field that the document does not know, alone or in a list, may be an upload."""
    extra = {"mask": _upload(b"mask"), "more": [_upload(b"one"), Opening(b"two")]}
    await create_image_variation(client, image=png, extra_fields=extra)
    assert [(file.name, file.content) for file in files_of(scripted)] == [
        *(("image", png), ("mask", b"mask"), ("more", b"one"), ("more", b"two")),
    ]


# What is refused.


def _giving(result: object) -> Reading:
    async def read(size: int) -> object:
        return result

    return Reading(cast("Callable[[int], Awaitable[bytes]]", read))


def _raising(error: BaseException) -> Reading:
    async def read(size: int) -> bytes:
        raise error

    return Reading(read)


class Sizeless:
    """An async file that is read whole or not at all."""

    async def read(self) -> bytes:
        """Give everything."""
        return b""


def _closed_upload() -> UploadFile:
    upload = _upload(make_png())
    upload.file.close()
    return upload


class TextOpening:
    """What opens in text mode, whatever it is asked for."""

    def open(self, mode: str, /) -> io.StringIO:
        """Give text."""
        return io.StringIO("text")


class OpeningNothing:
    """What opens nothing that could be read."""

    def open(self, mode: str, /) -> None:
        """Give nothing."""


EMPTY = r"must not be empty; is it already at its end\?"

REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "an empty upload": (lambda: _upload(b""), EMPTY),
    "a stream at its end": (lambda: _stream(b""), EMPTY),
    "a closed upload": (_closed_upload, "must be a file that can be read .*closed file"),
    "text": (lambda: _giving("text"), "must be opened in binary mode, not in text mode"),
    "nothing yet": (lambda: _giving(None), "must not be in non-blocking mode"),
    "numbers": (lambda: _giving([1]), r"must have a read\(\) that returns bytes, not list"),
    "a broken file": (lambda: _raising(OSError("broken")), r"must be a file that can be read \(broken\)"),
    "its own timeout": (lambda: _raising(TimeoutError("slow")), r"must be a file that can be read \(slow\)"),
    "its own loop": (lambda: _raising(RuntimeError("no running event loop")), "must be a file that can be read"),
    "a cancelled source": (lambda: _raising(asyncio.CancelledError()), "its read was cancelled"),
    "a read without a size": (Sizeless, "must be a file that can be read .*positional argument"),
    "a folder in an archive": (lambda: _in_archive("pictures/"), "must be a file that can be read"),
    "nothing in an archive": (lambda: _in_archive("otter.png"), "must be a file that can be read"),
    "text of an archive": (TextOpening, "must be opened in binary mode, not in text mode"),
    "what opens nothing": (OpeningNothing, "must be a file that can be read .*'read'"),
    "a package": (lambda: importlib.resources.files("tests.documents"), "must be a file that can be read"),
    "the class of uploads": (lambda: UploadFile, "must be a file that can be read"),
    "an archive": (lambda: _in_archive("").root, "must be a file that can be read"),
}


@pytest.mark.parametrize(("make", "complaint"), REFUSED.values(), ids=REFUSED.keys())
async def test_what_gives_no_picture_is_refused_before_a_connection_is_opened(
    scripted: ScriptedServer, client: Client, make: Callable[[], object], complaint: str
) -> None:
    """The error names the argument and says what is asked of it, and the server hears nothing."""
    with pytest.raises(InvalidRequestError, match=f"image: .*{complaint}") as refusal:
        await create_image_variation(client, image=cast(FileInput, make()))
    assert refusal.value.billed == "no"
    assert len(str(refusal.value)) < 400
    assert scripted.connections == 0


async def test_what_an_async_read_raises_is_the_cause(client: Client) -> None:
    """The exception of the file's own stands behind the refusal."""
    reason = OSError("broken")
    with pytest.raises(InvalidRequestError) as refusal:
        await create_image_variation(client, image=_raising(reason))
    assert refusal.value.__cause__ is reason
