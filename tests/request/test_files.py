"""Pictures as arguments: what is accepted, how it is read, and what is refused before a connection is opened."""

import asyncio
import concurrent.futures
import io
import os
import tempfile
import threading
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import cast

import pytest
from attrs import Factory, define
from image_variations import (
    CallTimeoutError,
    Client,
    File,
    FileInput,
    InvalidRequestError,
    create_image_variation,
)
from image_variations._runtime.request.files import Readable, read_upload
from starlette.datastructures import UploadFile

from tests.support.clocks import SleeplessClock
from tests.support.forms import files_of
from tests.support.pictures import make_png
from tests.support.server import ScriptedServer
from tests.support.turns import REJECTION, SUCCESS

LIMIT = 4194303
"""The pin's `maxLength` of the image."""

ONE_IMAGE = {"data": [{"url": "https://example.com/1.png"}]}


@pytest.fixture
async def client(scripted: ScriptedServer) -> AsyncIterator[Client]:
    """A client of a server that answers with a picture."""
    scripted.respond(200, ONE_IMAGE)
    async with Client(base_url=scripted.base_url, timeout=30) as open_client:
        yield open_client


@define
class Source:
    """An object that can only be read, and notes how."""

    content: bytes
    most: int = 1_000_000
    sizes: list[int] = Factory(list[int])
    threads: list[int] = Factory(list[int])
    _position: int = 0

    def read(self, size: int, /) -> bytes:
        """Give at most `most` bytes."""
        self.sizes.append(size)
        self.threads.append(threading.get_ident())
        end = self._position + min(size, self.most)
        chunk = self.content[self._position : end]
        self._position += len(chunk)
        return chunk


@define
class Endless:
    """A PNG file that has no end."""

    head: bytes
    given: int = 0

    def read(self, size: int, /) -> bytes:
        """Give as many bytes as are asked for."""
        assert 0 < size <= LIMIT + 1
        chunk = self.head[self.given :][:size].ljust(size, b"\0") if self.given < len(self.head) else bytes(size)
        self.given += size
        return chunk


@define
class Viewing:
    """A file that gives views of its content."""

    content: bytes
    reads: int = 0

    def read(self, size: int, /) -> memoryview:
        """Give everything, at first."""
        self.reads += 1
        return memoryview(self.content if self.reads == 1 else b"")


@define
class Careless:
    """An object that pays no attention to the size that it is asked for."""

    content: bytes
    reads: int = 0

    def read(self, size: int, /) -> bytes:
        """Give everything, at first."""
        self.reads += 1
        return self.content if self.reads == 1 else b""


class Folder(os.PathLike[str]):
    """A path of another library's making."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __fspath__(self) -> str:
        return str(self._path)


def pipe_with(content: bytes) -> io.BufferedReader:
    """A pipe into which a thread writes."""
    reading, writing = os.pipe()

    def write() -> None:
        with os.fdopen(writing, "wb") as end:
            end.write(content)

    threading.Thread(target=write, daemon=True).start()
    return os.fdopen(reading, "rb")


SOURCES: dict[str, Callable[[Path], FileInput]] = {
    "bytes": lambda path: path.read_bytes(),
    "bytearray": lambda path: bytearray(path.read_bytes()),
    "memoryview": lambda path: memoryview(path.read_bytes()),
    "path": lambda path: path,
    "path of another library": Folder,
    "buffered file": lambda path: path.open("rb"),
    "raw file": lambda path: path.open("rb", buffering=0),
    "file for writing too": lambda path: path.open("r+b"),
    "pipe": lambda path: pipe_with(path.read_bytes()),
    "BytesIO": lambda path: io.BytesIO(path.read_bytes()),
    "temporary file": lambda path: _spooled(path.read_bytes()),
    "upload": lambda path: UploadFile(io.BytesIO(path.read_bytes()), filename="upload.png").file,
    "object that can only be read": lambda path: Source(path.read_bytes()),
    "object that gives a little at a time": lambda path: Source(path.read_bytes(), most=7),
    "object that gives all at once": lambda path: Careless(path.read_bytes()),
    "object that gives views": lambda path: cast(Readable, Viewing(path.read_bytes())),
    "file in an archive": lambda path: _archived(path.read_bytes()),
    "File": lambda path: File(path),
}


def _archived(content: bytes) -> zipfile.Path:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writing:
        writing.writestr("pictures/otter.png", content)
    return zipfile.Path(zipfile.ZipFile(archive), "pictures/otter.png")


def _spooled(content: bytes) -> tempfile.SpooledTemporaryFile[bytes]:
    file = tempfile.SpooledTemporaryFile[bytes](max_size=10)
    file.write(content)
    file.seek(0)
    return file


@pytest.fixture
def content() -> bytes:
    """The content of a picture that is larger than a pipe's buffer."""
    return make_png() + bytes(100_000)


@pytest.fixture
def otter(tmp_path: Path, content: bytes) -> Path:
    """That picture on the disk."""
    path = tmp_path / "otter.png"
    path.write_bytes(content)
    return path


@pytest.fixture(params=[*SOURCES.values()], ids=[*SOURCES])
def source(request: pytest.FixtureRequest, otter: Path) -> Iterator[FileInput]:
    """The picture, in one of all the ways in which it can be given."""
    make: Callable[[Path], FileInput] = request.param
    given = make(otter)
    yield given
    if isinstance(given, io.IOBase | tempfile.SpooledTemporaryFile):
        given.close()


async def test_a_picture_may_come_as_anything_that_gives_bytes(
    scripted: ScriptedServer, client: Client, source: FileInput, content: bytes
) -> None:
    """Whatever holds the picture, the server gets its bytes, all of them and in order."""
    await create_image_variation(client, image=source)
    assert [file.content for file in files_of(scripted)] == [content]


async def test_a_file_is_read_from_where_it_stands_and_stays_there(
    scripted: ScriptedServer, client: Client, otter: Path, content: bytes
) -> None:
    """What the caller has read already is not sent, and the caller's position does not move."""
    for buffering in (-1, 0):
        with otter.open("rb", buffering=buffering) as handle:
            await create_image_variation(client, image=handle)
            assert handle.tell() == 0
    prefixed = io.BytesIO(b"header" + content)
    prefixed.seek(6)
    await create_image_variation(client, image=prefixed)
    assert prefixed.tell() == 6
    assert [file.content for file in files_of(scripted)] == [content] * 3


async def test_an_open_file_serves_many_calls_at_once(
    scripted: ScriptedServer, client: Client, otter: Path, content: bytes
) -> None:
    """Calls that share a handle read it in turn: each sends the whole picture."""
    with otter.open("rb") as handle:
        await asyncio.gather(*(create_image_variation(client, image=handle) for _ in range(20)))
        await create_image_variation(client, image=handle)
    assert [file.content for file in files_of(scripted)] == [content] * 21


class Contested(io.BytesIO):
    """A file whose first reader waits for another to read from it too, who must not before the first has finished."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.first_reader: int | None = None
        self.intruded = threading.Event()
        self.resumed = threading.Event()

    def read(self, size: int | None = -1, /) -> bytes:
        """Give at most a thousand bytes."""
        reader = threading.get_ident()
        if self.first_reader is None:
            self.first_reader = reader
            self.intruded.wait(0.2)
        chunk = super().read(min(size or 1000, 1000))
        if reader == self.first_reader:
            self.resumed.set()
        elif not self.intruded.is_set():
            self.intruded.set()
            self.resumed.wait(0.2)
        return chunk


async def test_readers_of_one_file_wait_for_each_other(
    scripted: ScriptedServer, client: Client, content: bytes
) -> None:
    """However long a call takes to read a handle, no other call reads from it meanwhile."""
    handle = Contested(content)
    await asyncio.gather(*(create_image_variation(client, image=handle) for _ in range(3)))
    assert [file.content for file in files_of(scripted)] == [content] * 3


async def test_a_pipe_can_be_read_once(scripted: ScriptedServer, client: Client, content: bytes) -> None:
    """What came out of a pipe is sent; a second call finds it empty, and sends nothing."""
    with pipe_with(content) as pipe:
        await create_image_variation(client, image=pipe)
        with pytest.raises(InvalidRequestError, match=r"must not be empty; is it already at its end\?"):
            await create_image_variation(client, image=pipe)
    assert [file.content for file in files_of(scripted)] == [content]


async def test_a_file_is_read_once_however_often_it_is_sent(scripted: ScriptedServer, content: bytes) -> None:
    """The repetitions of a call send what was read for the first attempt."""

    class SleeplessClient(Client):
        clock = SleeplessClock().clock

    scripted.script = [REJECTION, REJECTION, SUCCESS]
    async with SleeplessClient(base_url=scripted.base_url) as client:
        with pipe_with(content) as pipe:
            await create_image_variation(client, image=pipe)
    assert [file.content for file in files_of(scripted)] == [content] * 3
    assert len({body for _, body in scripted.requests}) == 1


@define
class Patient:
    """An object whose `read` waits until the event loop has shown that it runs."""

    content: bytes
    loop_runs: threading.Event = Factory(threading.Event)
    waited_for_the_loop: bool | None = None

    def read(self, size: int, /) -> bytes:
        """Wait, then give everything."""
        if self.waited_for_the_loop is None:
            self.waited_for_the_loop = self.loop_runs.wait(2)
            return self.content
        return b""


@define
class PatientAndSeekable(Patient):
    """The same, of a file."""

    def seekable(self) -> bool:
        """Whether it can be put back."""
        return True


@pytest.mark.parametrize("kind", [Patient, PatientAndSeekable])
async def test_files_are_read_off_the_event_loop(client: Client, png: bytes, kind: type[Patient]) -> None:
    """While `read` waits, other tasks run."""
    handle = kind(png)
    call = asyncio.create_task(create_image_variation(client, image=handle))
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_later(0.01, handle.loop_runs.set)
    await call
    assert handle.waited_for_the_loop is True


async def test_paths_are_read_off_the_event_loop(client: Client, png: bytes, tmp_path: Path) -> None:
    """While a path is opened, which for a named pipe waits for its writer, other tasks run."""
    fifo = tmp_path / "fifo.png"
    os.mkfifo(fifo)
    loop_runs = threading.Event()
    waited: list[bool] = []

    def write() -> None:
        waited.append(loop_runs.wait(2))
        fifo.write_bytes(png)

    writer = threading.Thread(target=write)
    writer.start()
    call = asyncio.create_task(create_image_variation(client, image=fifo))
    asyncio.get_running_loop().call_later(0.01, loop_runs.set)
    await call
    writer.join()
    assert waited == [True]


class GivenUp:
    """A file whose own source was cancelled."""

    def __init__(self, kind: type[BaseException]) -> None:
        self.kind = kind

    def read(self, size: int, /) -> bytes:
        """Tell that nothing comes any more."""
        raise self.kind


@pytest.mark.parametrize("kind", [concurrent.futures.CancelledError, asyncio.CancelledError])
async def test_a_file_whose_source_was_cancelled_cancels_no_call(client: Client, kind: type[BaseException]) -> None:
    """Nobody has cancelled the call: the file cannot be read."""
    with pytest.raises(InvalidRequestError, match="its read was cancelled"):
        await create_image_variation(client, image=GivenUp(kind))


async def test_a_pipe_that_never_ends_does_not_outlast_the_timeout(scripted: ScriptedServer) -> None:
    """The time for reading the picture is part of the call's, and nothing was sent."""
    reading, writing = os.pipe()
    async with Client(base_url=scripted.base_url, timeout=0.1) as client:
        with os.fdopen(reading, "rb") as pipe:
            with pytest.raises(CallTimeoutError) as timeout:
                await create_image_variation(client, image=pipe)
            os.close(writing)
            # Closing a pipe waits for who reads it.
    assert timeout.value.billed == "no"
    assert scripted.connections == 0


async def test_pipes_that_wait_keep_no_other_file_from_being_read(
    scripted: ScriptedServer, client: Client, otter: Path
) -> None:
    """Forty pipes that nobody writes to yet, more than the event loop has threads, do not hold up a path."""
    pipes = [os.pipe() for _ in range(40)]
    handles = [os.fdopen(reading, "rb") for reading, _ in pipes]
    calls = [asyncio.create_task(create_image_variation(client, image=handle)) for handle in handles]
    async with asyncio.timeout(5):
        await create_image_variation(client, image=otter)
    for _, writing in pipes:
        with os.fdopen(writing, "wb") as end:
            end.write(make_png())
    await asyncio.gather(*calls)
    for handle in handles:
        handle.close()
    assert len(scripted.requests) == 41


def test_a_program_ends_although_a_pipe_still_waits(png: bytes) -> None:
    """After a timeout the event loop closes without waiting for the pipe."""
    reading, writing = os.pipe()

    async def call() -> None:
        async with Client(base_url="http://127.0.0.1:9", timeout=0.05) as client:
            with pytest.raises(CallTimeoutError):
                await create_image_variation(client, image=pipe)

    with os.fdopen(reading, "rb") as pipe:
        closing = threading.Timer(60, os.close, [writing])
        closing.start()
        asyncio.run(call())
        still_waits = closing.is_alive()
        closing.cancel()
        if still_waits:
            os.close(writing)
    assert still_waits


def test_a_program_ends_although_a_named_pipe_has_no_writer(tmp_path: Path) -> None:
    """A path can be that of a pipe: after a timeout the event loop closes without waiting for it."""
    fifo = tmp_path / "otter.png"
    os.mkfifo(fifo)

    async def call() -> None:
        async with Client(base_url="http://127.0.0.1:9", timeout=0.05) as client:
            with pytest.raises(CallTimeoutError):
                await create_image_variation(client, image=fifo)

    def end_the_wait() -> None:
        os.close(os.open(fifo, os.O_WRONLY))

    ending = threading.Timer(60, end_the_wait)
    ending.start()
    asyncio.run(call())
    still_waits = ending.is_alive()
    ending.cancel()
    if still_waits:
        end_the_wait()  # of the thread that reads
    assert still_waits


async def test_no_more_is_read_than_can_be_sent(scripted: ScriptedServer, client: Client, png: bytes) -> None:
    """Of a file without an end, the limit and one byte more are read, enough to see that it is too long."""
    endless = Endless(png)
    with pytest.raises(InvalidRequestError, match=f"image: must be at most {LIMIT} bytes long"):
        await create_image_variation(client, image=endless)
    assert endless.given == LIMIT + 1
    assert scripted.connections == 0


async def test_what_is_given_beyond_the_limit_is_dropped() -> None:
    """Also of an object that gives more than it is asked for, the limit and one byte more are kept."""
    upload = await read_upload("image", Careless(b"x" * 1000), media_type="image/png", limit=9)
    assert upload.content == b"x" * 10


async def test_the_largest_picture_is_sent(
    scripted: ScriptedServer, client: Client, png: bytes, tmp_path: Path
) -> None:
    """A file of just the limit passes, one byte more does not, however it is given."""
    path = tmp_path / "large.png"
    path.write_bytes(png.ljust(LIMIT, b"\0"))
    with path.open("rb") as handle:
        for image in (path, handle, png.ljust(LIMIT, b"\0")):
            await create_image_variation(client, image=image)
    assert [len(file.content) for file in files_of(scripted)] == [LIMIT] * 3
    path.write_bytes(png.ljust(LIMIT + 1, b"\0"))
    with path.open("rb") as handle:
        for image in (path, handle, png.ljust(LIMIT + 1, b"\0")):
            with pytest.raises(InvalidRequestError, match=f"must be at most {LIMIT} bytes long"):
                await create_image_variation(client, image=image)
    assert len(scripted.requests) == 3


class Unreadable:
    """A file on a disk that is broken."""

    def read(self, size: int, /) -> bytes:
        """Fail."""
        raise RuntimeError("the disk is broken")


class Exhausted:
    """A file that ends as an iterator does."""

    def read(self, size: int, /) -> bytes:
        """Fail in the one way that a future cannot pass on."""
        raise StopIteration


class Unopened:
    """What is opened as an iterator ends."""

    def open(self, mode: str, /) -> io.BytesIO:
        """Fail in the one way that a future cannot pass on."""
        raise StopIteration


class Wordless:
    """A file whose error cannot say what is wrong."""

    class Error(Exception):
        """As that of `zipfile.Path` for a missing file of an archive that has no name."""

        def __str__(self) -> str:
            raise TypeError

    def read(self, size: int, /) -> bytes:
        """Fail."""
        raise self.Error


class Numeric:
    """A file of something else."""

    def read(self, size: int, /) -> list[int]:
        """Give what is no bytes."""
        return [1]


class NotReady:
    """A file that was opened without blocking."""

    def read(self, size: int, /) -> None:
        """Say that there is nothing yet, as io.RawIOBase does."""


def _closed() -> io.BytesIO:
    file = io.BytesIO(b"x")
    file.close()
    return file


def _at_its_end() -> io.BytesIO:
    file = io.BytesIO(make_png())
    file.read()
    return file


def _text_file() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(make_png()), "latin-1")


def _released() -> memoryview:
    view = memoryview(b"x")
    view.release()
    return view


EMPTY = r"must not be empty; is it already at its end\?"
NO_FILE = "must be a path, bytes, or an object opened in binary mode"

REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "no bytes": (lambda: b"", EMPTY),
    "an empty file": (io.BytesIO, EMPTY),
    "a file at its end": (_at_its_end, EMPTY),
    "a closed file": (_closed, "must be a file that can be read"),
    "released memory": (_released, "must be a file that can be read"),
    "a text file": (_text_file, "must be opened in binary mode, not in text mode"),
    "text in memory": (lambda: io.StringIO("x"), "must be opened in binary mode, not in text mode"),
    "a file name": (lambda: "otter.png", r"must be wrapped as pathlib\.Path\(\.{3}\), if"),
    "a file name with a tilde": (lambda: "~/o.png", r"must be wrapped as pathlib\.Path\(\.{3}\)\.expanduser\(\), if"),
    "a missing file": (lambda: Path("no-such-otter.png"), "must be a file that can be read .*No such file"),
    "a path with a tilde": (lambda: Path("~/otter.png"), r"`~` is not expanded: pass path\.expanduser\(\)"),
    "a path with a user": (lambda: File(Folder(Path("~root/o.png"))), r"pass path\.expanduser\(\)"),
    "a folder": (lambda: Path("/"), "must be a file that can be read .*Is a directory"),
    "a number": (lambda: 7, NO_FILE),
    "a file within a file": (lambda: File(File(b"x")), NO_FILE),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # callers err
    "a class": (lambda: io.BytesIO, "must be a file that can be read"),
    "a broken file": (Unreadable, r"must be a file that can be read \(the disk is broken\)"),
    "a file that stops iterating": (Exhausted, r"must be a file that can be read \(it raised StopIteration\)"),
    "what stops iterating when it is opened": (
        Unopened,
        r"must be a file that can be read \(it raised StopIteration\)",
    ),
    "a file whose error has no words": (Wordless, r"must be a file that can be read \(Error\)"),
    "a file of something else": (Numeric, r"must have a read\(\) that returns bytes, not list"),
    "a file that is not ready": (NotReady, "must not be in non-blocking mode"),
    "a JPEG": (lambda: b"\xff\xd8\xff\xe0".ljust(100, b"\0"), "must be a PNG file"),
    "a PNG that is cut short": (lambda: make_png()[:23], "must be a PNG file"),
    "text that claims to be a PNG": (lambda: b"\x89PNG\r\n\x1a\n".ljust(100, b"x"), "must be a PNG file"),
    "a wide PNG": (lambda: make_png(16, 8), "must be square: as wide as it is high"),
    "a high PNG": (lambda: make_png(8, 16), "must be square: as wide as it is high"),
    "a file name that is a path": (lambda: File(make_png(), Path("o.png")), "must have a str as its file name"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # callers err
    "a media type that is none": (
        lambda: File(make_png(), "o.png", "png"),
        "must have the media type of a single file, such as image/png",
    ),
    "a file name that UTF-8 cannot hold": (lambda: File(make_png(), "\ud800"), "must be text that UTF-8 can hold"),
}


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        *(pytest.param(*row, id=name) for name, row in REFUSED.items()),
        pytest.param(lambda: [make_png()], "must be one file", id="a list"),
    ],
)
async def test_what_is_no_picture_is_refused_before_a_connection_is_opened(
    scripted: ScriptedServer, client: Client, make: Callable[[], object], complaint: str
) -> None:
    """The error names the argument and says what is asked of it, and the server hears nothing."""
    image = make()
    with pytest.raises(InvalidRequestError, match=f"image: .*{complaint}") as refusal:
        await create_image_variation(client, image=image)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # callers err
    assert refusal.value.field == "image"
    assert refusal.value.billed == "no"
    assert len(str(refusal.value)) < 400
    assert scripted.connections == 0


async def test_a_refusal_does_not_show_the_content(client: Client) -> None:
    """Of bytes that are refused the error tells the size."""
    with pytest.raises(InvalidRequestError, match=r"\(got 1000 bytes\)$"):
        await create_image_variation(client, image=b"x" * 1000)


def _named_in_latin_1(path: Path) -> Path:
    """The file under a name that is not UTF-8, which is not a reason not to send the picture."""
    link = Path(os.fsdecode(os.fsencode(path.parent) + b"/caf\xe9.png"))
    link.symlink_to(path)
    return link


async def test_the_files_own_name_is_sent(scripted: ScriptedServer, client: Client, png: bytes, tmp_path: Path) -> None:
    """A file is sent under its own name, unless another is given; what has no name gets the field's."""
    path = tmp_path / "otter.png"
    path.write_bytes(png)
    latin = _named_in_latin_1(path)
    standard_input = io.BytesIO(png)
    standard_input.name = "<stdin>"  # as that of sys.stdin.buffer
    with path.open("rb") as handle, pipe_with(png) as pipe:
        for image in (path, handle, File(handle, "renamed.png"), File(path, ""), pipe, standard_input, png, latin):
            await create_image_variation(client, image=image)
    assert [file.file_name for file in files_of(scripted)] == [
        *("otter.png", "otter.png", "renamed.png", "otter.png"),
        *("image.png", "image.png", "image.png", "caf?.png"),
    ]


async def test_a_media_type_of_the_callers_own_is_sent(scripted: ScriptedServer, client: Client, png: bytes) -> None:
    """A server that wants another type, or parameters, gets them as they are given."""
    await create_image_variation(client, image=File(png, mime_type='image/png; name="a;b"'))
    assert b'\r\nContent-Type: image/png; name="a;b"\r\n\r\n' in scripted.requests[0].body
