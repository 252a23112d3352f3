"""A batch with its images in an S3 bucket, and its ledger on this machine."""

import asyncio
from pathlib import Path
from typing import TypeVar

import pytest
from image_variations_cli import (
    BatchError,
    BatchPaused,
    BatchResumed,
    Event,
    RowDone,
    Summary,
    run_batch,
)
from image_variations_cli.storage import ImageFiles, open_storage

from tests.machines.s3 import S3Server, objects_in
from tests.reference_server import ReferenceServer
from tests.support.batches import IMAGE, ONE_IMAGE, QuickClient, draw_images
from tests.support.cli import run_command
from tests.support.pictures import make_png
from tests.support.server import ScriptedServer

T = TypeVar("T")

IMAGES = 12


async def run(
    scripted: ScriptedServer, folder: Path, output_dir: str, on_event: "asyncio.Queue[Event] | None" = None
) -> Summary:
    """Run a batch of twelve images."""
    scripted.script = (ONE_IMAGE,)
    async with QuickClient(base_url=scripted.base_url) as client:
        return await run_batch(
            client,
            draw_images(folder / "in", IMAGES),
            output_dir,
            ledger=str(folder / "ledger.sqlite3"),
            concurrency=4,
            on_event=None if on_event is None else on_event.put_nowait,
        )


async def until(kind: type[T], events: "asyncio.Queue[Event]") -> T:
    """Wait for an event of a kind."""
    while not isinstance(event := await events.get(), kind):
        pass
    return event


async def test_images_go_to_a_bucket_and_are_paid_once(scripted: ScriptedServer, bucket: str, tmp_path: Path) -> None:
    """Each row that is done has its whole object, nothing else is there, and a second run sends nothing."""
    for _ in range(2):
        summary = await run(scripted, tmp_path, f"{bucket}/night/1/")
        assert (summary.counts.done, summary.counts.rows, scripted.posts) == (IMAGES, IMAGES, IMAGES)
        assert objects_in(bucket) == {f"night/1/{number:05}-1.png": IMAGE for number in range(IMAGES)}


async def test_an_object_of_others_is_never_overwritten(bucket: str) -> None:
    """The server itself refuses a name that is taken, also between two writers that both saw it free."""
    one, other = open_storage(bucket), open_storage(bucket)
    await one.prepare()
    await other.prepare()
    files = [ImageFiles("otter", [make_png(size)]) for size in range(8, 16)]
    await asyncio.gather(*((one, other)[number % 2].write(image) for number, image in enumerate(files)))
    names = {image.names[0]: image.images[0] for image in files}
    assert objects_in(bucket) == names
    assert len(names) == len(files)
    one.close()
    other.close()


async def test_a_bucket_that_is_not_there_stops_the_run_before_it_sends(
    scripted: ScriptedServer, bucket: str, tmp_path: Path
) -> None:
    """It is said in one line, and no request is sent."""
    with pytest.raises(BatchError) as caught:
        await run(scripted, tmp_path, f"{bucket}-else/out")
    assert str(caught.value) == (
        f"{bucket}-else/out: images cannot be written there: The specified bucket does not exist"
    )
    assert scripted.posts == 0


async def test_a_store_that_is_away_in_the_middle_loses_nothing(scripted: ScriptedServer, tmp_path: Path) -> None:
    """The run stops taking rows, holds what came, and writes it when the store is back. Nothing is paid twice."""
    events: asyncio.Queue[Event] = asyncio.Queue()
    with S3Server.running() as s3, s3.named():
        bucket = s3.make_bucket()
        running = asyncio.create_task(run(scripted, tmp_path, bucket, events))
        await until(RowDone, events)
        s3.stop()
        paused = await until(BatchPaused, events)
        assert f"{bucket} cannot be written to: " in paused.problem
        assert paused.problem.endswith(". Let it be written to, and the batch goes on by itself")
        s3.start()
        await until(BatchResumed, events)
        summary = await running
        left = [events.get_nowait() for _ in range(events.qsize())]
        written = {name for event in left if isinstance(event, RowDone) for name in event.files}
        assert written
        assert written <= objects_in(bucket).keys()
    assert (summary.counts.done, summary.counts.rows, scripted.posts) == (IMAGES, IMAGES, IMAGES)


def test_every_subcommand_takes_a_bucket(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, served: ReferenceServer
) -> None:
    """`batch`, `status`, `retry` and `export` work with a URL and a ledger that is named; pages have the images."""
    monkeypatch.setenv("OPENAI_BASE_URL", served.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", served.api_key)
    draw_images(tmp_path / "in", 3, side=32)
    (tmp_path / "in" / "broken.png").write_bytes(b"no image")
    place = ("-o", f"{bucket}/out", "--ledger", "night.sqlite3")
    batch = run_command("batch", "in", *place, cwd=tmp_path)
    assert batch.stdout.splitlines() == [
        "4 rows: 3 done, 1 failed, 0 unknown, 0 pending",
        f"3 images in {bucket}/out, for 3 requests",
    ]
    assert f"image-variations status --output-dir {bucket}/out --ledger night.sqlite3" in batch.stderr
    assert sorted(objects_in(f"{bucket}/out")) == [f"{number:05}-1.png" for number in range(3)]
    assert run_command("status", *place, cwd=tmp_path).stdout.startswith("failed   in/broken.png: ")
    assert run_command("retry", "--failed", *place, cwd=tmp_path).returncode == 3
    exported = run_command("export", "--format", "html", *place, cwd=tmp_path)
    assert exported.stdout == "variations.html\n"
    page = (tmp_path / "variations.html").read_text(encoding="utf-8")
    assert page.count('alt="Variation 1: ') == 3
    assert f"Image variations in {bucket}/out" in page
