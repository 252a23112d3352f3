"""Output directories that are URLs: whole objects, by names that are given once."""

from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from image_variations_cli import BatchError, BatchPaused, Event, retry_batch, run_batch
from image_variations_cli.batch.disk import Disk
from image_variations_cli.errors import LedgerFullError
from image_variations_cli.places import is_url
from image_variations_cli.storage import ImageFiles, Storage, open_storage
from image_variations_cli.storage.objects import Objects

from tests.reference_server import ReferenceServer
from tests.support.batches import QuickClient, draw_images
from tests.support.cli import run_command
from tests.support.pictures import make_png
from tests.support.server import ScriptedServer
from tests.support.turns import reply

FIRST, SECOND = make_png(), make_png(24)


class Files:
    """A file system in memory that does what a test wants.

    Attributes:
        protocol: What it is called by.
        ignores_conditions: Whether it makes an object although there is one.
        confirms: Whether it says that it has made an image.
        refused: What ends the names that it refuses.
        refuses: What it refuses to do with these.
        error: What it raises for everything.
        calls: What it did.
    """

    def __init__(self, protocol: str = "s3", *, ignores_conditions: bool = False) -> None:
        self.protocol: str | tuple[str, ...] = protocol
        self.ignores_conditions = ignores_conditions
        self.confirms = True
        self.refused: str | None = None
        self.refuses = {"create", "overwrite", "mv", "rm"}
        self.error: Exception | None = None
        self.objects: dict[str, bytes] = {}
        self.calls: list[str] = []

    def pipe_file(self, path: str, value: bytes, *, mode: str = "overwrite") -> None:
        """Write."""
        self._begin(mode, path)
        if mode == "create" and path in self.objects and not self.ignores_conditions:
            raise FileExistsError(path)
        self.objects[path] = value
        self._end(path)

    def cat_file(self, path: str) -> bytes:
        """Read."""
        return self.objects[path]

    def exists(self, path: str) -> bool:
        """Look."""
        return path in self.objects

    def mv(self, path1: str, path2: str) -> None:
        """Rename."""
        self._begin("mv", path2)
        self.objects[path2] = self.objects.pop(path1)
        self._end(path2)

    def rm_file(self, path: str) -> None:
        """Remove."""
        self._begin("rm", path)
        del self.objects[path]

    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        """Make a folder; it has none."""

    def invalidate_cache(self) -> None:
        """Forget what it does not keep."""

    def _begin(self, call: str, path: str) -> None:
        if self.error is not None:
            raise self.error
        if self.refused is not None and path.endswith(self.refused) and call in self.refuses:
            raise PermissionError("refused")
        self.calls.append(call)

    def _end(self, path: str) -> None:
        if not self.confirms and path.endswith(".png"):
            raise ConnectionResetError("lost")


KINDS: dict[str, Callable[[], Files]] = {
    "an object store": lambda: Files("s3"),
    "an object store without conditions": lambda: Files("s3", ignores_conditions=True),
    "a file system": lambda: Files("sftp"),
}


@pytest.fixture(params=KINDS)
def files(request: pytest.FixtureRequest) -> Files:
    """A file system of each kind."""
    return KINDS[request.param]()


@pytest.fixture
async def objects(files: Files) -> AsyncIterator[Objects]:
    """A prefix there."""
    opened = Objects("s3://bucket/out", files, "bucket/out")
    await opened.prepare()
    yield opened
    opened.close()


async def written(storage: Storage, stem: str, *images: bytes) -> list[str]:
    """Write a row's images. Return their names."""
    files = ImageFiles(stem, images)
    await storage.write(files)
    return files.names


async def test_nothing_but_images_is_left(objects: Objects, files: Files) -> None:
    """The probe is gone, and the images are there under numbered names."""
    assert files.objects == {}
    assert await written(objects, "otter", FIRST, SECOND) == ["otter-1.png", "otter-2.png"]
    assert files.objects == {"bucket/out/otter-1.png": FIRST, "bucket/out/otter-2.png": SECOND}
    assert await objects.read("otter-2.png") == SECOND


async def test_a_name_that_is_taken_stays_with_its_object(objects: Objects, files: Files) -> None:
    """An object that is not ours is never overwritten: the image gets the next number."""
    files.objects["bucket/out/otter-1.png"] = b"another program's"
    assert await written(objects, "otter", FIRST) == ["otter-2.png"]
    assert files.objects["bucket/out/otter-1.png"] == b"another program's"


async def test_an_object_that_was_made_and_not_confirmed_is_found_again(objects: Objects, files: Files) -> None:
    """If the connection is lost after the store has an image, the next try takes the same name and makes no second."""
    files.confirms = False
    pending = ImageFiles("otter", [FIRST])
    with pytest.raises(OSError, match="lost"):
        await objects.write(pending)
    files.confirms = True
    await objects.write(pending)
    assert pending.names == ["otter-1.png"]
    assert files.objects == {"bucket/out/otter-1.png": FIRST}


async def test_what_was_not_written_is_written_the_next_time(objects: Objects, files: Files) -> None:
    """After a failure in the middle the images that are there keep their names, and nothing half-made is left."""
    pending = ImageFiles("otter", [FIRST, SECOND])
    files.refused = "otter-2.png"
    with pytest.raises(OSError, match="refused"):
        await objects.write(pending)
    assert (pending.names, pending.size) == (["otter-1.png"], len(SECOND))
    assert files.objects == {"bucket/out/otter-1.png": FIRST}
    files.refused = None
    await objects.write(pending)
    assert files.objects == {"bucket/out/otter-1.png": FIRST, "bucket/out/otter-2.png": SECOND}


async def test_an_image_has_its_name_when_it_is_whole(objects: Objects, files: Files) -> None:
    """A file system where a file can be seen half-written gets it under another name first, and renames it."""
    await written(objects, "otter", FIRST)
    [*_, last] = files.calls
    assert last == ("create" if files.protocol == "s3" and not files.ignores_conditions else "mv")


async def test_who_may_write_and_not_remove_can_work_there() -> None:
    """The probe stays then, and nothing else."""
    files = Files()
    files.refused = ".probe"
    files.refuses = {"rm"}
    objects = Objects("s3://bucket", files, "bucket")
    await objects.prepare()
    assert await written(objects, "otter", FIRST) == ["otter-1.png"]
    objects.close()


async def test_a_store_that_cannot_rename_is_told_of_before_anything_is_sent() -> None:
    """What needs a rename for each image would hold every image in memory, after it was paid for."""
    files = Files("az")
    files.refused, files.refuses = "", {"mv"}
    objects = Objects("az://container", files, "container")
    with pytest.raises(OSError, match="refused"):
        await objects.prepare()
    assert files.objects == {}
    objects.close()


class Misplaced(Files):
    """A file system that takes the name of its folder for a pattern, as fsspec's own way to rename does."""

    def mv(self, path1: str, path2: str) -> None:
        """Rename to another place."""
        super().mv(path1, f"{path2}/{path1}")


async def test_a_folder_where_renaming_misplaces_files_is_told_of_before_anything_is_sent() -> None:
    """Nothing fails there, and the images would be where no row says."""
    objects = Objects("az://container/otters*", Misplaced("az"), "container/otters*")
    with pytest.raises(OSError, match="otters"):
        await objects.prepare()
    objects.close()


@pytest.mark.parametrize("error", [PermissionError("Access Denied"), RuntimeError("Access Denied"), KeyError()])
async def test_an_error_of_any_library_is_one_of_the_system(error: Exception) -> None:
    """What cannot be written there is said before anything is sent, and is tried again in the middle of a run."""
    files = Files()
    files.error = error
    objects = Objects("s3://bucket", files, "bucket")
    with pytest.raises(OSError, match=r"Access Denied|KeyError"):
        await objects.prepare()
    objects.close()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nowhere://bucket/out", "nowhere://bucket/out: images cannot be written there: Protocol not known: nowhere"),
        ("gs://bucket/out", "gs://bucket/out: images cannot be written there: Please install gcsfs"),
        ("file:///photos/out", "file:///photos/out: write a directory of this machine as a path: /photos/out"),
        ("sftp://me:secret@host/out", "the URL of --output-dir has a password"),
    ],
)
def test_a_url_that_cannot_be_opened_is_said_in_one_line(url: str, words: str) -> None:
    """The line names the URL and what to do, and no password."""
    with pytest.raises(BatchError) as caught:
        open_storage(url)
    assert str(caught.value).startswith(words)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("place", "expected"),
    [("s3://bucket", True), ("memory://out", True), ("out", False), (Path("out"), False), ("C:\\out", False)],
)
def test_a_path_is_not_taken_for_a_url(place: str | Path, expected: bool) -> None:
    """What has a scheme is a URL. A letter and a colon are a drive."""
    assert is_url(place) is expected


async def test_a_url_of_fsspec_can_be_written_to_and_read() -> None:
    """What fsspec knows needs no code of ours: here, its file system in memory."""
    storage = open_storage("memory://batches/out/")
    await storage.prepare()
    assert await written(storage, "otter", FIRST) == ["otter-1.png"]
    assert await written(storage, "otter", SECOND) == ["otter-2.png"]
    assert await storage.read("otter-1.png") == FIRST
    assert str(storage) == "memory://batches/out"
    storage.close()


@pytest.mark.parametrize(
    "command", [("batch", "otter.png"), ("status",), ("retry", "--failed"), ("export", "--format=csv")]
)
def test_who_names_no_place_for_the_ledger_is_told_so(
    environment: ReferenceServer, tmp_path: Path, command: tuple[str, ...]
) -> None:
    """No object store can hold a SQLite file: one line says what to name, as for any wrong usage."""
    (tmp_path / "otter.png").write_bytes(FIRST)
    ended = run_command(*command, "-o", "memory://out", cwd=tmp_path)
    assert ended.returncode == 2
    assert ended.stderr == (
        "image-variations: memory://out cannot hold the ledger: name a database with --ledger "
        "postgresql://user@host/database, or a file of this machine with --ledger ledger.sqlite3\n"
    )


def test_a_ledger_can_be_a_file_elsewhere(environment: ReferenceServer, tmp_path: Path) -> None:
    """`--ledger` also takes a path, and its folder is made; nothing but images is in the output directory then."""
    (tmp_path / "otter.png").write_bytes(FIRST)
    place = ("-o", "out", "--ledger", "ledgers/night.sqlite3")
    assert run_command("batch", "otter.png", *place, cwd=tmp_path).returncode == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["otter-1.png"]
    dry = run_command("batch", "otter.png", *place, "--dry-run", cwd=tmp_path)
    assert "1 row, 0 to send: 0 images at the most" in dry.stderr
    assert run_command("status", *place, cwd=tmp_path).stdout.startswith("1 row: 1 done")
    missing = run_command("status", "-o", "out", "--ledger", "none.sqlite3", cwd=tmp_path)
    assert missing.stderr == (
        f"image-variations: {tmp_path} has no ledger (none.sqlite3): run image-variations batch first\n"
    )


def test_one_image_goes_to_a_directory(environment: ReferenceServer, tmp_path: Path) -> None:
    """`vary` makes no folder called `s3:`."""
    (tmp_path / "otter.png").write_bytes(FIRST)
    ended = run_command("vary", "otter.png", "-o", "s3://bucket/out", cwd=tmp_path)
    assert (ended.returncode, [path.name for path in tmp_path.iterdir()]) == (2, ["otter.png"])
    assert "vary writes to a directory; batch also writes to URLs" in ended.stderr


def test_a_page_has_the_images_of_a_store(environment: ReferenceServer, tmp_path: Path) -> None:
    """The images are read where they are. No browser opens their URLs, so nothing links to them."""
    (tmp_path / "otter.png").write_bytes(FIRST)
    place = ("-o", "memory://page/out", "--ledger", "ledger.sqlite3")
    assert run_command("batch", "otter.png", *place, cwd=tmp_path).stdout.splitlines() == [
        "1 row: 1 done, 0 failed, 0 unknown, 0 pending",
        "1 image in memory://page/out, for 1 request",
    ]
    assert run_command("export", "--format", "html", *place, cwd=tmp_path).stdout == "variations.html\n"
    page = (tmp_path / "variations.html").read_text(encoding="utf-8")
    assert page.count('alt="Variation 1: ') == 1
    assert page.count("<a href=") == 1  # the original


async def test_an_image_that_comes_again_is_listed_once(scripted: ScriptedServer, tmp_path: Path) -> None:
    """A server that honours idempotency keys sends the images again that a failed row has: they keep their names."""
    incomplete = {"data": [{"b64_json": b64encode(FIRST).decode()}, {"url": "http://127.0.0.1:1/lost.png"}]}
    scripted.script = (reply(200, incomplete), reply(200, {"data": incomplete["data"][:1]}))
    place, ledger = "memory://again/out", str(tmp_path / "ledger.sqlite3")
    async with QuickClient(base_url=scripted.base_url) as client:
        first = await run_batch(client, draw_images(tmp_path / "in", 1), place, ledger=ledger)
        again = await retry_batch(client, place, ledger=ledger, failed=True, billed=True)
    assert (first.counts.failed, first.counts.images) == (1, 1)
    assert (again.counts.done, again.counts.images) == (1, 1)


def test_a_ledger_whose_disk_is_full_is_not_taken_for_the_store() -> None:
    """The line names the ledger and what to do there, and not the store of the images."""
    events = list[Event]()
    disk = Disk(Objects("s3://bucket", Files(), "bucket"), events.append)
    disk.note_ledger(LedgerFullError("/ledgers/night.sqlite3: database or disk is full"))
    assert events == [
        BatchPaused(
            "/ledgers/night.sqlite3: database or disk is full. Free some space there, and the batch goes on by itself",
            0,
        )
    ]
