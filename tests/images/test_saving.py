"""Paid for, and saved: whatever the disk says, however a call ends, and whenever its process is killed."""

import asyncio
import base64
import errno
import os
import pickle
import shutil
import sys
import tempfile
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from image_variations import (
    CallTimeoutError,
    Client,
    Image,
    ImagesResponse,
    ResponseError,
    SaveError,
    StatusError,
    create_image_variation_files,
    save_images,
)
from image_variations._runtime.images.files import PendingFile

from tests.support.clocks import SleeplessClient
from tests.support.disks import Failing, largest_file, sizes_of_open_files, until
from tests.support.pictures import PICTURES
from tests.support.sampling import sampled
from tests.support.server import ScriptedServer
from tests.support.turns import close, cut_reply, in_parts, reply

PNG, OTHER, THIRD = PICTURES
LARGE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 6000
JPEG = b"\xff\xd8\xff\xe0" + bytes(20)

Save = Callable[[Client, ScriptedServer, list[Image], Path], Awaitable[list[Path]]]


async def save_response(client: Client, scripted: ScriptedServer, items: list[Image], directory: Path) -> list[Path]:
    """Save what a response holds."""
    return await save_images(client, ImagesResponse(data=items), directory)


async def save_call(client: Client, scripted: ScriptedServer, items: list[Image], directory: Path) -> list[Path]:
    """Save what a call brings."""
    scripted.draw(reply(200, ImagesResponse(data=items).to_dict()))
    return await create_image_variation_files(client, directory, image=PNG)


either_way = pytest.mark.parametrize("save", [save_response, save_call])
one_way = pytest.mark.parametrize("save", sampled([save_response, save_call], save_call))
"""The same, where `make test` tries one of them."""


@pytest.fixture
async def scripted() -> AsyncIterator[ScriptedServer]:
    """A server that has an image at each of a few paths."""
    async with ScriptedServer() as running:
        running.routes.update({"/png": [reply(200, PNG)], "/large": [reply(200, LARGE)], "/gone": [reply(410)]})
        yield running


@pytest.fixture
async def client(scripted: ScriptedServer) -> AsyncIterator[Client]:
    """A client of it."""
    async with SleeplessClient(base_url=scripted.base_url) as client:
        yield client


def inline(image: bytes) -> Image:
    """An item that holds its image."""
    return Image(b64_json=base64.b64encode(image).decode())


def names(directory: Path) -> list[str]:
    """Everything in a directory."""
    return sorted(os.listdir(directory))


class Text(str):
    """A text that a weak reference can be made to."""

    __slots__ = ("__weakref__",)


async def test_a_text_goes_when_its_image_is_written(client: Client, scripted: ScriptedServer, tmp_path: Path) -> None:
    """Unless the caller keeps the response: it is not held until the last image is there."""
    can_go_on = asyncio.Event()
    scripted.routes["/slow"] = [in_parts(can_go_on, b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(PNG), PNG)]
    item = inline(LARGE)
    item.b64_json = Text(item.b64_json)
    text = weakref.ref(item.b64_json)
    saving = asyncio.ensure_future(
        save_images(client, ImagesResponse(data=[item, Image(url="/slow")]), tmp_path / "images")
    )
    del item
    await until(lambda: text() is None)
    assert names(tmp_path / "images") == ["variation-1.png"]
    can_go_on.set()
    assert [path.read_bytes() for path in await saving] == [LARGE, PNG]


# Names.


async def test_calls_at_once_save_every_image(client: Client, scripted: ScriptedServer, tmp_path: Path) -> None:
    """Eight calls into one directory, with images of several formats: each gets its files, in its response's order."""
    images = [PNG, JPEG, LARGE]
    saved = await asyncio.gather(
        *(save_call(client, scripted, [inline(PNG), inline(JPEG), Image(url="/large")], tmp_path) for _ in range(8))
    )
    assert [[path.read_bytes() for path in paths] for paths in saved] == [images] * 8
    assert len({path.stem for paths in saved for path in paths}) == 24
    assert len(names(tmp_path)) == 24


@one_way
async def test_ten_thousand_files_are_no_obstacle(
    client: Client, scripted: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, save: Save
) -> None:
    """The directory is listed once for all the images of a response."""
    for number in range(1, 10_001):
        (tmp_path / f"variation-{number}.png").touch()
    listed: list[object] = []
    listdir = os.listdir

    def listing(path: Path) -> list[str]:
        listed.append(path)
        return listdir(path)

    monkeypatch.setattr(os, "listdir", listing)
    paths = await save(client, scripted, [inline(PNG)] * 10, tmp_path)
    assert [path.name for path in paths] == [f"variation-{number}.png" for number in range(10_001, 10_011)]
    assert listed == [tmp_path]


# A disk that fails.


@pytest.fixture
def small_files() -> Iterator[None]:
    """A disk that takes no file of more than 1 MB."""
    with largest_file(1_000_000):
        yield


@either_way
@pytest.mark.usefixtures("small_files")
async def test_what_the_disk_does_not_take_is_in_the_error(
    client: Client, scripted: ScriptedServer, tmp_path: Path, save: Save
) -> None:
    """An image that comes inline, or by a link, is whole in the error; the others are saved."""
    items = [inline(LARGE), inline(OTHER), Image(url="/large"), Image(url="/png")]
    with pytest.raises(SaveError, match=r"image 1 .* File too large.*its bytes are in `unsaved\[0\]`") as failed:
        await save(client, scripted, items, tmp_path)
    assert failed.value.unsaved == {0: LARGE, 2: LARGE}
    assert failed.value.partial == (tmp_path / "variation-2.png", tmp_path / "variation-4.png")
    assert names(tmp_path) == ["variation-2.png", "variation-4.png"]
    assert sizes_of_open_files(tmp_path) == []
    assert isinstance(failed.value.__cause__, OSError)
    assert len(str(failed.value) + repr(failed.value)) < 1000
    copy = pickle.loads(pickle.dumps(failed.value))  # noqa: S301  # our own
    assert copy.unsaved == failed.value.unsaved


@pytest.mark.usefixtures("small_files")
async def test_an_error_of_a_call_has_its_cost_and_its_unsaved_images(
    client: Client, scripted: ScriptedServer, tmp_path: Path
) -> None:
    """Whatever the first error is: a link that is gone does not hide an image that the disk did not take."""
    with pytest.raises(StatusError) as failed:
        await save_call(client, scripted, [Image(url="/gone"), inline(LARGE)], tmp_path)
    assert (failed.value.billed, failed.value.unsaved) == ("yes", {1: LARGE})
    assert "Images that could not be written: 1; `unsaved` has their bytes." in failed.value.__notes__


@pytest.mark.usefixtures("small_files")
@pytest.mark.parametrize("ends", ["broken", "late"])
async def test_a_response_that_breaks_off_loses_no_unsaved_image(
    client: Client, scripted: ScriptedServer, tmp_path: Path, ends: str
) -> None:
    """Its error has the images that came whole before, and no half of one."""
    body = ImagesResponse(data=[inline(LARGE), inline(LARGE)]).to_dict()
    whole = reply(200, body)
    scripted.draw((*in_parts(whole[:-200], *([asyncio.Event()] if ends == "late" else [])), close))
    with pytest.raises(CallTimeoutError if ends == "late" else SaveError) as failed:
        await create_image_variation_files(client, tmp_path, image=PNG, timeout=3 if ends == "late" else None)
    assert (failed.value.billed, failed.value.unsaved) == ("yes", {0: LARGE})
    assert names(tmp_path) == []


@pytest.mark.usefixtures("small_files")
async def test_a_download_that_breaks_off_is_kept_once_it_comes_whole(
    client: Client, scripted: ScriptedServer, tmp_path: Path
) -> None:
    """What was held of the first try takes no room from the second."""
    scripted.routes["/late"] = [cut_reply(len(LARGE) - 1, LARGE), reply(200, LARGE)]
    bounded = client.with_options(max_response_bytes=len(LARGE))
    with pytest.raises(SaveError) as failed:
        await save_call(bounded, scripted, [Image(url="/late")], tmp_path)
    assert failed.value.unsaved == {0: LARGE}


@either_way
@pytest.mark.usefixtures("small_files")
async def test_no_more_is_held_than_a_response_may_have(
    client: Client, scripted: ScriptedServer, tmp_path: Path, save: Save
) -> None:
    """`max_response_bytes` bounds the unsaved images together; each of them is whole."""
    limit = 2 * len(LARGE) + 1000
    with pytest.raises(SaveError) as failed:
        await save(client.with_options(max_response_bytes=limit), scripted, [Image(url="/large")] * 3, tmp_path)
    assert list(failed.value.unsaved.values()) == [LARGE] * 2


@pytest.mark.usefixtures("small_files")
async def test_an_image_that_is_too_large_to_be_held_is_said_to_be_lost(client: Client, tmp_path: Path) -> None:
    """The response itself is longer than the client accepts one, which may be another client's."""
    bounded = client.with_options(max_response_bytes=len(LARGE) - 1)
    with pytest.raises(SaveError, match=r"its 1536008 bytes are lost: max_response_bytes leaves no room") as failed:
        await save_images(bounded, ImagesResponse(data=[inline(LARGE), inline(PNG)]), tmp_path)
    assert failed.value.unsaved == {}
    assert names(tmp_path) == ["variation-2.png"]


async def test_what_the_disk_does_not_give_back_is_said_to_be_lost(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is broken may neither take nor give."""
    monkeypatch.setattr(os, "fsync", Failing(errno.EIO))
    monkeypatch.setattr(PendingFile, "_written", Failing(errno.EIO))
    with pytest.raises(SaveError, match="its 73 bytes are lost: they cannot be read back"):
        await save_images(client, ImagesResponse(data=[inline(PNG.ljust(73)[:73])]), tmp_path)


@either_way
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
async def test_a_disk_that_fails_at_the_end_loses_nothing(
    client: Client, scripted: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, save: Save, code: int
) -> None:
    """Some errors come only when the file is synced, after its last byte was written."""
    monkeypatch.setattr(os, "fsync", Failing(code))
    with pytest.raises(SaveError) as failed:
        await save(client, scripted, [inline(LARGE), Image(url="/png")], tmp_path)
    assert failed.value.unsaved == {0: LARGE, 1: PNG}
    assert names(tmp_path) == []


async def test_a_directory_that_is_removed_is_not_made_again(
    client: Client, scripted: ScriptedServer, tmp_path: Path
) -> None:
    """What comes after it is in the error, written before or not."""
    directory = tmp_path / "images"
    more = asyncio.Event()
    whole = reply(200, ImagesResponse(data=[inline(LARGE), inline(JPEG)]).to_dict())
    scripted.draw(in_parts(whole[:1_500_000], more, whole[1_500_000:]))
    saving = asyncio.create_task(create_image_variation_files(client, directory, image=PNG))
    await until(lambda: any(sizes_of_open_files(directory)))
    shutil.rmtree(directory)
    more.set()
    with pytest.raises(SaveError) as failed:
        await saving
    assert failed.value.unsaved == {0: LARGE, 1: JPEG}
    assert names(tmp_path) == []


@either_way
async def test_a_directory_that_cannot_be_written_to_costs_nothing(
    client: Client, scripted: ScriptedServer, tmp_path: Path, save: Save
) -> None:
    """No directory, or one that takes no byte: it is found before anything is sent."""
    (tmp_path / "file").touch()
    with pytest.raises(SaveError, match="images cannot be saved there") as refused:
        await save(client, scripted, [Image(url="/png")], tmp_path / "file" / "below")
    assert (refused.value.billed, refused.value.unsaved) == ("no", {})
    with largest_file(0), pytest.raises(SaveError, match="images cannot be saved there"):
        await save(client, scripted, [Image(url="/png")], tmp_path)
    assert scripted.requests == []


async def test_a_relative_directory_is_taken_as_it_is(
    client: Client, scripted: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Below the current one, and without reading `~` as anything else."""
    monkeypatch.chdir(tmp_path)
    assert await save_response(client, scripted, [inline(PNG)], Path("~/a")) == [Path("~/a/variation-1.png")]
    assert (tmp_path / "~" / "a" / "variation-1.png").read_bytes() == PNG


# However it ends.


def ours(before: "set[asyncio.Task[object]]") -> "list[asyncio.Task[object]]":
    """Return the tasks that are new, but for the event loop's own and the server's."""
    others = ("async_generator_athrow", "ScriptedServer", "_accept_connection2")
    return [task for task in asyncio.all_tasks() - before if not any(name in repr(task) for name in others)]


@one_way
async def test_nothing_goes_on_after_a_cancellation(
    client: Client, scripted: ScriptedServer, tmp_path: Path, save: Save
) -> None:
    """Whenever it comes: no task, no open file and no temporary one is left, and nothing comes later."""
    items = [inline(LARGE), Image(url="/large"), inline(JPEG), Image(url="/large")]
    directories: list[Path] = []
    for turns in (int(1.16**step) for step in range(64)):
        directory = Path(tempfile.mkdtemp(dir=tmp_path))
        directories.append(directory)
        before = asyncio.all_tasks()
        saving = asyncio.ensure_future(save(client, scripted, items, directory))
        for _ in range(turns):
            await asyncio.sleep(0)
        saving.cancel()
        await asyncio.wait([saving])
        assert ours(before) == []
        assert sizes_of_open_files(directory) == []
        assert all(name.startswith("variation-") for name in names(directory))
        shutil.rmtree(directory)
    await asyncio.get_running_loop().shutdown_default_executor()
    assert not any(directory.exists() for directory in directories)


@either_way
async def test_downloads_end_together_if_cancelled(
    client: Client, scripted: ScriptedServer, tmp_path: Path, save: Save
) -> None:
    """All of them have ended when the call returns, not only the first."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(LARGE)
    scripted.routes["/stalled"] = [in_parts(head + LARGE[:-1], asyncio.Event())]
    before = asyncio.all_tasks()
    saving = asyncio.ensure_future(save(client, scripted, [Image(url="/stalled")] * 5, tmp_path))
    await until(lambda: sum(size > 1 for size in sizes_of_open_files(tmp_path)) == 5)
    saving.cancel()
    await asyncio.wait([saving])
    assert ours(before) == []
    assert sizes_of_open_files(tmp_path) == []
    assert names(tmp_path) == []


async def test_an_unexpected_error_leaves_nothing_running(
    client: Client, scripted: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes out when all the images have ended."""

    class UnexpectedError(Exception):
        """An error that nobody expects."""

    def fail(_: object) -> None:
        raise UnexpectedError

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", fail)
        before = asyncio.all_tasks()
        with pytest.raises(UnexpectedError):
            await save_response(client, scripted, [inline(LARGE), inline(PNG), Image(url="/large")], tmp_path)
    assert ours(before) == []
    assert names(tmp_path) == []
    assert sizes_of_open_files(tmp_path) == []


async def test_an_image_that_the_disk_refuses_as_the_call_ends_is_in_the_error(
    client: Client, scripted: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It came whole and is paid for: that nobody waits for its file any more does not lose it."""
    scripted.draw(reply(200, ImagesResponse(data=[inline(PNG)]).to_dict()))
    saving = asyncio.create_task(create_image_variation_files(client, tmp_path, image=PNG))
    loop = asyncio.get_running_loop()

    def fail_once_the_client_closes(_: object) -> None:
        asyncio.run_coroutine_threadsafe(client.aclose(), loop)
        while not saving.cancelling():
            pass
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", fail_once_the_client_closes)
    with pytest.raises(ResponseError, match="the client was closed") as late:
        await saving
    assert (late.value.unsaved, late.value.billed) == ({0: PNG}, "yes")
    assert names(tmp_path) == []


async def test_a_file_that_is_named_as_the_time_runs_out_is_reported(
    client: Client, scripted: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk takes its time: the call waits for it, and its error knows of the file."""
    scripted.draw(reply(200, ImagesResponse(data=[inline(PNG), inline(OTHER)]).to_dict()))
    call = create_image_variation_files(client, tmp_path, image=PNG, timeout=1)
    saving = asyncio.ensure_future(call)

    def wait_for_the_timeout(_: object) -> None:
        while not saving.cancelling():
            pass

    monkeypatch.setattr(os, "fsync", wait_for_the_timeout)
    with pytest.raises(CallTimeoutError) as late:
        await saving
    assert late.value.partial == (tmp_path / "variation-1.png",)
    assert names(tmp_path) == ["variation-1.png"]


# kill -9

CALL = """
import asyncio, os, sys
from pathlib import Path
from image_variations import Client, create_image_variation_files

{patch}

async def main(url, directory, image):
    async with Client(base_url=url) as client:
        await create_image_variation_files(client, Path(directory), image=Path(image), overwrite=True)

asyncio.run(main(*sys.argv[1:]))
"""


async def killed(
    scripted: ScriptedServer, directory: Path, patch: str, meanwhile: Callable[[], Awaitable[object]] | None = None
) -> None:
    """Kill a process with a call whose image has come in part."""
    image = directory.parent / "in.png"
    image.write_bytes(PNG)
    whole = reply(200, ImagesResponse(data=[inline(LARGE)]).to_dict())
    scripted.draw(in_parts(whole[:-200], asyncio.Event()))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CALL.format(patch=patch), scripted.base_url, str(directory), str(image)
    )
    try:
        await until(lambda: any(size > 1 for size in sizes_of_open_files(directory, process.pid)))
        if meanwhile:
            await meanwhile()
    finally:
        process.kill()
        await process.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="O_TMPFILE")
async def test_a_killed_process_leaves_nothing(scripted: ScriptedServer, tmp_path: Path) -> None:
    """What it was writing had no name yet."""
    directory = tmp_path / "images"
    await killed(scripted, directory, "")
    assert names(directory) == []


async def test_what_a_killed_process_leaves_elsewhere_is_removed_once_it_is_dead(
    client: Client, scripted: ScriptedServer, tmp_path: Path
) -> None:
    """Where a file needs a name, the next call leaves it to its writer as long as that lives, and removes it then."""
    directory = tmp_path / "images"

    async def save_beside() -> None:
        await save_response(client, scripted, [inline(PNG)], directory)
        assert [name for name in names(directory) if name.endswith(".part")]

    await killed(scripted, directory, "vars(os).pop('O_TMPFILE', None)", save_beside)
    assert len(names(directory)) == 2
    await save_response(client, scripted, [inline(PNG)], directory)
    assert names(directory) == ["variation-1.png", "variation-2.png"]
