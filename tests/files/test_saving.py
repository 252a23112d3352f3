"""A file on the disk: whole or not there, in constant memory, and never lost once it was paid for."""

import asyncio
import errno
import gzip
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from image_variations import Client

from tests.files.rows import BROKEN, HEAD, SPEECH, over_each_transport
from tests.support.disks import Failing, largest_file, sizes_of_open_files, until
from tests.support.server import ScriptedServer
from tests.support.turns import Turn, in_parts, reply, stall

LARGE = SPEECH * 6
"""Longer than what is written at once, and than what a test's disk takes of a file."""


def names(directory: Path) -> list[str]:
    """Everything in a directory."""
    return sorted(os.listdir(directory))


# What is saved.


@over_each_transport
async def test_a_file_appears_once_it_is_whole(
    package: ModuleType, client: Client, scripted: ScriptedServer, tmp_path: Path
) -> None:
    """At its path, in directories that are made for it, and with nothing beside it."""
    path, more = tmp_path / "a" / "b" / "otters.mp3", asyncio.Event()
    scripted.script = [in_parts(reply(200, LARGE)[:-9], more, LARGE[-9:])]
    saving = asyncio.create_task(package.create_speech_file(client, path, input="otters"))
    await until(lambda: path.parent.exists() and any(size > 1 for size in sizes_of_open_files(path.parent)))
    assert names(path.parent) == []
    more.set()
    assert await saving == path
    assert path.read_bytes() == LARGE
    assert names(path.parent) == ["otters.mp3"]
    assert sizes_of_open_files(path.parent) == []


@pytest.mark.parametrize("content", [b"", gzip.compress(SPEECH)], ids=["nothing", "gzip"])
async def test_what_came_is_in_the_file(
    package: ModuleType, client: Client, scripted: ScriptedServer, tmp_path: Path, content: bytes
) -> None:
    """Without its `Content-Encoding`; an empty file is one too."""
    scripted.respond(200, content, {"Content-Encoding": "gzip"} if content else {})
    path = await package.create_speech_file(client, tmp_path / "a", input="otters")
    assert path.read_bytes() == (SPEECH if content else b"")


async def test_the_path_is_an_argument_beside_those_of_the_document(
    package: ModuleType, client: Client, scripted: ScriptedServer, tmp_path: Path
) -> None:
    """The document's own `path` and `overwrite` are sent, whatever the file's are."""
    scripted.respond(200, SPEECH)
    assert await package.get_file_2(client, tmp_path / "a", path="b", path_header="c") == tmp_path / "a"
    assert await package.create_speech_file(
        client, tmp_path / "a", input="otters", overwrite_body=False, overwrite=True
    )
    assert "GET /v1/files?path=b " in scripted.requests[0].head
    assert b'"overwrite":false' in scripted.requests[1].body.replace(b" ", b"")


async def test_a_file_is_replaced_once_the_new_one_is_whole(
    package: ModuleType, client: Client, scripted: ScriptedServer, tmp_path: Path
) -> None:
    """With `overwrite` the old one is there until then, and stays if the new one breaks off."""
    path = tmp_path / "otters.mp3"
    path.write_bytes(b"old")
    scripted.script = [BROKEN["cut"], reply(200, SPEECH)]
    with pytest.raises(package.ResponseError):
        await package.create_speech_file(client, path, input="otters", overwrite=True)
    assert path.read_bytes() == b"old"
    assert await package.create_speech_file(client, path, input="otters", overwrite=True) == path
    assert path.read_bytes() == SPEECH
    assert names(tmp_path) == ["otters.mp3"]


# What is found before anything is paid for.


@pytest.mark.parametrize("overwrite", [False, True])
async def test_a_path_that_cannot_be_had_costs_nothing(
    package: ModuleType, client: Client, scripted: ScriptedServer, tmp_path: Path, overwrite: bool
) -> None:
    """A file in the way of a directory, a directory in the way of the file, or a name that no disk takes."""
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "file" / "a", tmp_path / "folder", tmp_path / ("a" * 300), tmp_path / "a\0b"):
        with pytest.raises(package.SaveError, match="cannot be saved there") as refused:
            await package.create_speech_file(client, path, input="otters", overwrite=overwrite)
        assert refused.value.billed == "no"
    assert scripted.requests == []


async def test_a_file_that_is_there_is_found_before_the_call(
    package: ModuleType, client: Client, scripted: ScriptedServer, tmp_path: Path
) -> None:
    """Also a link that leads nowhere; the error says which option replaces it."""
    (tmp_path / "file").write_bytes(b"mine")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("file", "link"):
        with pytest.raises(package.SaveError, match="overwrite") as refused:
            await package.create_speech_file(client, tmp_path / name, input="otters")
        assert isinstance(refused.value.__cause__, FileExistsError)
    assert scripted.requests == []


@pytest.mark.parametrize("path", [Path("/"), Path(), None, 7])
async def test_what_is_no_path_of_a_file_is_refused(
    package: ModuleType, client: Client, scripted: ScriptedServer, path: object
) -> None:
    """Before the disk is asked."""
    with pytest.raises(package.InvalidRequestError, match=r"^path: must"):
        await package.create_speech_file(client, path, input="otters")
    assert scripted.requests == []


async def test_a_full_disk_is_found_before_the_call(
    package: ModuleType, client: Client, scripted: ScriptedServer, tmp_path: Path
) -> None:
    """One that does not take a single byte."""
    with largest_file(0), pytest.raises(package.SaveError, match="cannot be saved there"):
        await package.create_speech_file(client, tmp_path / "a", input="otters")
    assert scripted.requests == []
    assert names(tmp_path) == []


# What goes wrong after that.


@over_each_transport
@pytest.mark.parametrize("turn", BROKEN.values(), ids=BROKEN)
async def test_a_file_that_breaks_off_leaves_nothing(
    package: ModuleType, client: Client, scripted: ScriptedServer, tmp_path: Path, turn: Turn
) -> None:
    """Nothing on the disk, nothing sent again, and the beginning of what came in the error."""
    scripted.script = [turn]
    with pytest.raises(package.ResponseError) as broken:
        await package.create_speech_file(client, tmp_path / "a", input="otters", retry_unknown=True)
    assert (broken.value.billed, broken.value.partial, broken.value.unsaved) == ("yes", (), {})
    assert SPEECH[:9] in broken.value.content or len(broken.value.content) == 0
    assert len(scripted.requests) == 1
    assert names(tmp_path) == []
    assert sizes_of_open_files(tmp_path) == []


@over_each_transport
async def test_a_stall_leaves_nothing(
    package: ModuleType, client: Client, scripted: ScriptedServer, tmp_path: Path
) -> None:
    """The timeout ends it."""
    scripted.script = [(*in_parts(HEAD + SPEECH[:100_000]), stall)]
    with pytest.raises(package.CallTimeoutError) as late:
        await package.create_speech_file(client, tmp_path / "a", input="otters", timeout=0.3)
    assert late.value.billed == "yes"
    assert names(tmp_path) == []
    assert sizes_of_open_files(tmp_path) == []


@over_each_transport
async def test_cancelling_leaves_nothing(
    package: ModuleType, client: Client, scripted: ScriptedServer, tmp_path: Path
) -> None:
    """However often: no file, no task and no connection, and the next call has its turn."""
    scripted.script = [(*in_parts(reply(200, LARGE)[:-9]), stall), reply(200, SPEECH)]
    saving = asyncio.create_task(package.create_speech_file(client, tmp_path / "a", input="otters"))
    await until(lambda: any(size > 1 for size in sizes_of_open_files(tmp_path)))
    saving.cancel()
    await asyncio.sleep(0)
    saving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await saving
    assert names(tmp_path) == []
    assert sizes_of_open_files(tmp_path) == []
    assert await package.create_speech_file(client, tmp_path / "a", input="otters") == tmp_path / "a"


async def test_a_name_that_is_taken_meanwhile_costs_no_file(
    package: ModuleType, client: Client, scripted: ScriptedServer, tmp_path: Path
) -> None:
    """What is paid for is saved beside what came first, under the next number that is free."""
    path, more = tmp_path / "otters.tar.gz", asyncio.Event()
    (tmp_path / "otters.tar-2.gz").touch()
    scripted.script = [in_parts(HEAD, more, SPEECH)]
    saving = asyncio.create_task(package.create_speech_file(client, path, input="otters"))
    await scripted.until(lambda: bool(scripted.requests))
    path.write_bytes(b"mine")
    more.set()
    assert await saving == tmp_path / "otters.tar-3.gz"
    assert path.read_bytes() == b"mine"
    assert (tmp_path / "otters.tar-3.gz").read_bytes() == SPEECH


async def test_a_directory_that_takes_the_name_meanwhile_costs_no_file(
    package: ModuleType, client: Client, scripted: ScriptedServer, tmp_path: Path
) -> None:
    """Not even with `overwrite`, which replaces files."""
    more = asyncio.Event()
    scripted.script = [in_parts(HEAD, more, SPEECH)]
    saving = asyncio.create_task(package.create_speech_file(client, tmp_path / "a", input="otters", overwrite=True))
    await scripted.until(lambda: bool(scripted.requests))
    (tmp_path / "a").mkdir()
    more.set()
    assert (await saving).read_bytes() == SPEECH
    assert names(tmp_path) == ["a", "a-2"]


@pytest.mark.parametrize("overwrite", [False, True])
async def test_a_file_system_without_hard_links_will_do(
    package: ModuleType,
    client: Client,
    scripted: ScriptedServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    overwrite: bool,
) -> None:
    """The file is written beside its path under a name of its own, and renamed."""
    monkeypatch.setattr(os, "link", Failing(errno.EPERM))
    scripted.respond(200, SPEECH)
    path = await package.create_speech_file(client, tmp_path / "a", input="otters", overwrite=overwrite)
    assert path.read_bytes() == SPEECH
    assert names(tmp_path) == ["a"]


@pytest.fixture
def small_files() -> Iterator[None]:
    """A disk that takes no file of more than 1 MB."""
    with largest_file(1_000_000):
        yield


@pytest.mark.usefixtures("small_files")
async def test_what_the_disk_does_not_take_is_in_the_error(
    package: ModuleType, client: Client, scripted: ScriptedServer, tmp_path: Path
) -> None:
    """A disk that is full in the middle of a file loses none of it, and has none of it."""
    scripted.respond(200, LARGE)
    with pytest.raises(package.SaveError, match=r"File too large.*its bytes are in `unsaved\[0\]`") as failed:
        await package.create_speech_file(client, tmp_path / "a", input="otters")
    assert failed.value.unsaved == {0: LARGE}
    assert (failed.value.billed, failed.value.partial, len(failed.value.attempts)) == ("yes", (), 1)
    assert isinstance(failed.value.__cause__, OSError)
    assert names(tmp_path) == []
    assert sizes_of_open_files(tmp_path) == []
    assert len(str(failed.value) + repr(failed.value)) < 1000
    assert pickle.loads(pickle.dumps(failed.value)).unsaved == {0: LARGE}  # noqa: S301  # our own


@pytest.mark.usefixtures("small_files")
async def test_no_half_of_a_file_is_passed_off_as_one(
    package: ModuleType, client: Client, scripted: ScriptedServer, tmp_path: Path
) -> None:
    """What breaks off after the disk has failed is in no `unsaved`."""
    scripted.script = [(*in_parts(reply(200, LARGE)[:-9]), stall)]
    with pytest.raises(package.CallTimeoutError) as failed:
        await package.create_speech_file(client, tmp_path / "a", input="otters", timeout=0.5)
    assert failed.value.unsaved == {}
    assert LARGE.startswith(failed.value.content)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
async def test_a_disk_that_fails_at_the_end_loses_nothing(
    package: ModuleType,
    client: Client,
    scripted: ScriptedServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
) -> None:
    """Some errors come only when the file is synced, after its last byte was written."""
    monkeypatch.setattr(os, "fsync", Failing(code))
    scripted.respond(200, LARGE)
    with pytest.raises(package.SaveError) as failed:
        await package.create_speech_file(client, tmp_path / "a", input="otters")
    assert failed.value.unsaved == {0: LARGE}
    assert names(tmp_path) == []


async def test_what_the_disk_does_not_give_back_is_said_to_be_lost(
    package: ModuleType, client: Client, scripted: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is broken may neither take nor give."""
    files = sys.modules[f"{package.__name__}._runtime.images.files"]
    monkeypatch.setattr(os, "fsync", Failing(errno.EIO))
    monkeypatch.setattr(files.PendingFile, "_written", Failing(errno.EIO))
    scripted.respond(200, SPEECH)
    with pytest.raises(package.SaveError, match="its bytes are lost: they cannot be read back") as failed:
        await package.create_speech_file(client, tmp_path / "a", input="otters")
    assert (failed.value.unsaved, failed.value.billed) == ({}, "yes")


async def test_a_file_that_is_named_as_its_call_ends_is_reported(
    package: ModuleType, client: Client, scripted: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk takes its time: the call waits for it, and its error knows of the file."""
    scripted.respond(200, SPEECH)
    saving = asyncio.create_task(package.create_speech_file(client, tmp_path / "a", input="otters"))
    loop = asyncio.get_running_loop()

    def close_the_client(_: object) -> None:
        asyncio.run_coroutine_threadsafe(client.aclose(), loop)
        while not saving.cancelling():
            pass

    monkeypatch.setattr(os, "fsync", close_the_client)
    with pytest.raises(package.ResponseError, match="the client was closed") as late:
        await saving
    assert late.value.partial == (tmp_path / "a",)
    assert (tmp_path / "a").read_bytes() == SPEECH


async def test_the_connection_is_free_while_the_disk_takes_its_time(
    package: ModuleType, client: Client, scripted: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The only slot is another call's before the file has its name."""
    scripted.respond(200, SPEECH)
    synced, loop = asyncio.Event(), asyncio.get_running_loop()

    def call_meanwhile(_: object) -> None:
        future = asyncio.run_coroutine_threadsafe(package.create_speech(client, input="more otters"), loop)
        assert future.result(10) == SPEECH
        loop.call_soon_threadsafe(synced.set)

    monkeypatch.setattr(os, "fsync", call_meanwhile)
    await package.create_speech_file(client, tmp_path / "a", input="otters")
    assert synced.is_set()


MEMORY = """
import asyncio, sys, tracemalloc
from pathlib import Path
from files_client import Client, create_speech_file

async def main(url, directory):
    async with Client(base_url=url) as client:
        await create_speech_file(client, Path(directory, "a"), input="warm-up")
        tracemalloc.start()
        await create_speech_file(client, Path(directory, "b"), input="otters")
        print(tracemalloc.get_traced_memory()[1])

asyncio.run(main(*sys.argv[1:]))
"""


async def test_memory_does_not_grow_with_the_file(
    package: ModuleType, scripted: ScriptedServer, tmp_path: Path
) -> None:
    """Thirty megabytes take no more of it than a batch or two."""
    content = os.urandom(30_000_000)
    scripted.script = [reply(200, SPEECH), reply(200, content)]
    assert package.__file__ is not None
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", MEMORY, scripted.base_url, str(tmp_path)),
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(package.__file__).parent.parent)},
    )
    said, _ = await process.communicate()
    assert int(said) < 5_000_000
    assert (tmp_path / "b").read_bytes() == content
