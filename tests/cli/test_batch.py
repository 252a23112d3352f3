"""A batch: each source once, whatever was sent before, and what a run ends with."""

import asyncio
import os
from pathlib import Path

import pytest
from attrs import evolve
from image_variations import Client
from image_variations_cli import (
    BatchWaits,
    DifferentOptionsError,
    Event,
    ImageRefusedError,
    LedgerError,
    RowDone,
    RowsFound,
    RowStarted,
    RowWaits,
    Source,
)
from image_variations_cli.batch import Fitted
from image_variations_cli.ledger.schema import versions
from image_variations_cli.rows import FieldValue, Fit

from tests.support.batches import (
    IMAGE,
    ONE_IMAGE,
    QuickClient,
    draw_images,
    image_names,
    read_counts,
    read_rows,
    source_of,
)
from tests.support.ledgers import open_ledger, retry_batch, run_batch
from tests.support.server import ScriptedServer
from tests.support.turns import Turn, cut_reply, in_parts, make_image, reply, reset, take_request, wait_for

pytestmark = pytest.mark.usefixtures("ledger_kind")

API_ERROR = {"error": {"message": "the server is overloaded", "type": "server_error"}}

UNKNOWN: Turn = (take_request, make_image, reset)
"""The server may have made the image, and nobody knows."""


async def test_each_source_becomes_files_named_after_it(quick: Client, tmp_path: Path, out: Path) -> None:
    """A source's images are files named after its stem, and its row says which."""
    summary = await run_batch(quick, draw_images(tmp_path / "in", 3), out)
    assert image_names(out) == {"00000-1.png", "00001-1.png", "00002-1.png"}
    assert (out / "00001-1.png").read_bytes() == IMAGE
    assert [row.files for row in await read_rows(out)] == [("00000-1.png",), ("00001-1.png",), ("00002-1.png",)]
    assert (summary.counts.done, summary.counts.rows, summary.done, summary.images) == (3, 3, 3, 3)


async def test_running_again_sends_what_is_left_and_nothing_else(
    quick: Client, scripted: ScriptedServer, tmp_path: Path, out: Path
) -> None:
    """A second run with the same sources sends the rows that are pending, and no other."""
    sources = draw_images(tmp_path / "in", 5)
    first = await run_batch(quick, sources, out, limit=2)
    assert (first.counts.done, first.counts.pending, scripted.posts) == (2, 3, 2)
    events: list[Event] = []
    second = await run_batch(quick, sources, out, on_event=events.append)
    assert (second.counts.done, second.counts.pending, scripted.posts) == (5, 0, 5)
    assert RowsFound(pending=3, done=2, failed=0, unknown=0, is_complete=True) in events
    await run_batch(quick, sources, out)
    assert scripted.posts == 5


async def test_equal_files_are_rows_of_their_own(
    quick: Client, scripted: ScriptedServer, tmp_path: Path, out: Path
) -> None:
    """Two files with the same bytes are two rows, also when the batch runs again."""
    (source,) = draw_images(tmp_path, 1)
    assert source.path is not None
    twin = tmp_path / "twin.png"
    twin.write_bytes(source.path.read_bytes())
    await run_batch(quick, [source, source_of(twin)], out)
    await run_batch(quick, [source_of(twin), source], out)
    assert scripted.posts == 2
    assert image_names(out) == {"00000-1.png", "twin-1.png"}


async def test_moved_files_are_the_same_rows(
    quick: Client, scripted: ScriptedServer, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files that were moved and renamed, another order and another working directory change nothing."""
    sources = draw_images(tmp_path / "in", 3)
    await run_batch(quick, sources, out)
    (tmp_path / "in").rename(tmp_path / "moved")
    paths = sorted((tmp_path / "moved").iterdir(), reverse=True)
    renamed = [path.rename(path.with_name(f"new-{path.name}")) for path in paths]
    monkeypatch.chdir(tmp_path / "moved")
    await run_batch(quick, [source_of(path.relative_to(tmp_path / "moved")) for path in renamed], out)
    assert scripted.posts == 3
    assert {row.path for row in await read_rows(out)} == {str(path) for path in renamed}


async def test_an_edited_file_is_a_new_row(quick: Client, scripted: ScriptedServer, tmp_path: Path, out: Path) -> None:
    """A file with other bytes is sent, although its path was done; its files are told apart from the old ones."""
    (source,) = draw_images(tmp_path / "in", 1)
    assert source.path is not None
    await run_batch(quick, [source], out)
    draw_images(tmp_path / "in", 1, side=9)
    summary = await run_batch(quick, [source], out)
    assert (scripted.posts, summary.counts.done) == (2, 2)
    assert image_names(out) == {"00000-1.png", "00000~2-1.png"}


async def test_files_are_not_read_again_if_size_and_time_are_the_same(quick: Client, tmp_path: Path, out: Path) -> None:
    """Resuming asks the disk for size and time alone: a file that cannot be read any more is still known."""
    (source,) = draw_images(tmp_path / "in", 1)
    assert source.path is not None
    os.utime(source.path, (1_000_000, 1_000_000))
    await run_batch(quick, [source], out)
    size = source.path.stat().st_size
    source.path.write_bytes(bytes(size))
    os.utime(source.path, (1_000_000, 1_000_000))
    summary = await run_batch(quick, [source], out)
    assert (summary.counts.rows, summary.counts.done) == (1, 1)


@pytest.mark.parametrize("extension", ["png", "jpeg"])
async def test_equal_stems_are_told_apart(quick: Client, tmp_path: Path, out: Path, extension: str) -> None:
    """Sources with the same stem get names of their own, whatever their folders, extensions and case."""
    first, second, third, fourth = draw_images(tmp_path / "in", 4)
    for source, name in ((first, "a/otter.png"), (second, f"b/Otter.{extension}"), (third, "c/otter~2.png")):
        assert source.path is not None
        (tmp_path / name).parent.mkdir()
        source.path.rename(tmp_path / name)
    assert fourth.path is not None
    fourth.path.rename(tmp_path / "otter-1.png")
    paths = [tmp_path / "a/otter.png", tmp_path / f"b/Otter.{extension}", tmp_path / "c/otter~2.png"]
    await run_batch(quick, map(source_of, [*paths, tmp_path / "otter-1.png"]), out)
    assert image_names(out) == {"otter-1.png", "Otter~2-1.png", "otter~2~2-1.png", "otter-1-1.png"}


async def test_a_file_that_is_there_is_never_replaced(quick: Client, tmp_path: Path, out: Path) -> None:
    """An image whose name belongs to a file of somebody else's gets the next number."""
    draw_images(out, 0)
    (out / "00000-1.png").write_text("mine")
    await run_batch(quick, draw_images(tmp_path / "in", 1), out)
    assert (out / "00000-1.png").read_text() == "mine"
    assert (await read_rows(out))[0].files == ("00000-2.png",)


async def test_names_of_any_alphabet_become_files(quick: Client, tmp_path: Path, out: Path) -> None:
    """Line breaks, quotes, dashes, long names and bytes that are not Unicode give files, and rows that can be shown."""
    (tmp_path / "in").mkdir()
    names = [b"a\nb", b"-rf", b'"q"', "Ötter 🦦".encode(), b"\xff\xfe", b"x" * 240, b"..", b".hidden", b"a\tb"]
    paths: list[Path] = []
    for index, name in enumerate(names):
        path = tmp_path / "in" / os.fsdecode(name + b".png")
        path.write_bytes(IMAGE + bytes([index]))
        paths.append(path)
    summary = await run_batch(quick, map(source_of, paths), out)
    assert summary.counts.done == len(names)
    rows = await read_rows(out)
    assert [row.path for row in rows] == [str(path) for path in paths]
    assert all(row.name.isprintable() for row in rows)
    assert all((out / file).read_bytes() == IMAGE for row in rows for file in row.files)


async def test_a_source_that_cannot_be_read_fails_alone(quick: Client, tmp_path: Path, out: Path) -> None:
    """A source with a problem, and one that is not there, are failed rows; the others go on."""
    (good,) = draw_images(tmp_path / "in", 1)
    broken = Source("list.csv, line 2", "broken", problem="the line names no file")
    summary = await run_batch(quick, [broken, source_of(tmp_path / "none.png"), good], out)
    assert (summary.counts.failed, summary.counts.done, summary.counts.requests) == (2, 1, 1)
    rows = await read_rows(out)
    assert [row.problem for row in rows[:2]] == [
        "the line names no file",
        "it cannot be read: No such file or directory",
    ]


async def test_a_source_that_can_be_read_later_takes_the_place_of_the_failure(
    quick: Client, tmp_path: Path, out: Path
) -> None:
    """A file that was missing, and is there in the next run, leaves no failed row behind."""
    await run_batch(quick, [source_of(tmp_path / "in" / "00000.png")], out)
    summary = await run_batch(quick, draw_images(tmp_path / "in", 1), out)
    assert (summary.counts.rows, summary.counts.done) == (1, 1)


async def test_an_image_that_does_not_fit_costs_nothing(
    quick: Client, scripted: ScriptedServer, tmp_path: Path, out: Path
) -> None:
    """An image that is refused before it is sent is a failed row, and may be sent with another fit."""

    def refuse(content: bytes, fit: str) -> Fitted:
        raise ImageRefusedError("it is not square: pass --fit pad")

    sources = draw_images(tmp_path / "in", 1)
    first = await run_batch(quick, sources, out, fit_image=refuse)
    assert (first.counts.failed, scripted.posts) == (1, 0)
    assert (await read_rows(out))[0].problem == "it is not square: pass --fit pad"
    second = await run_batch(quick, sources, out, fit="pad")
    assert (second.counts.rows, second.counts.done, scripted.posts) == (1, 1, 1)


@pytest.mark.parametrize(
    ("fields", "fit", "option"),
    [({"n": 2}, "refuse", "n"), ({}, "pad", "fit"), ({"size": "256x256"}, "refuse", "size")],
)
async def test_other_options_for_the_same_bytes_stop_before_anything_is_sent(
    quick: Client,
    scripted: ScriptedServer,
    tmp_path: Path,
    out: Path,
    fields: dict[str, FieldValue],
    fit: Fit,
    option: str,
) -> None:
    """If images were paid for with other options, nothing is sent, and the error names the option."""
    sources = draw_images(tmp_path / "in", 2)
    await run_batch(quick, sources[1:], out)
    with pytest.raises(DifferentOptionsError, match=f"{option} was .* and is .* now") as caught:
        await run_batch(quick, sources, out, fields=fields, fit=fit)
    assert (caught.value.option, scripted.posts) == (option, 1)
    assert (await read_counts(out)).rows == 1
    await run_batch(quick, sources, out)  # the ledger is as it was
    assert scripted.posts == 2
    again = await run_batch(quick, sources, out, again=True, fields=fields, fit=fit)
    assert (scripted.posts, again.counts.done) == (4, 4)


async def test_fields_of_a_source_go_before_those_of_the_batch(
    quick: Client, scripted: ScriptedServer, tmp_path: Path, out: Path
) -> None:
    """The same image may come twice with fields of its own, and is two rows, also when the batch runs again."""
    (plain,) = draw_images(tmp_path / "in", 1)
    other = Source(plain.name, plain.stem, plain.path, fields={"n": 3, "prompt": "an otter"})
    for _ in range(2):
        await run_batch(quick, [plain, other], out, fields={"n": 2})
    fields = sorted((dict(request.form.fields) for request in scripted.requests), key=lambda one: one["n"])
    assert [(one["n"], one.get("prompt")) for one in fields] == [("2", None), ("3", "an otter")]
    assert fields[0]["response_format"] == "b64_json"


async def test_a_dry_run_changes_nothing(quick: Client, scripted: ScriptedServer, tmp_path: Path, out: Path) -> None:
    """A dry run says what there is to do, sends nothing, and leaves no directory and no row."""
    sources = draw_images(tmp_path / "in", 3)
    dry = await run_batch(quick, sources, out, dry_run=True, fields={"n": 2})
    assert (dry.wanted.pending, dry.wanted.images_pending, scripted.posts) == (3, 6, 0)
    assert os.listdir(tmp_path) == ["in"]
    await run_batch(quick, sources[:1], out)
    dry = await run_batch(quick, sources, out, dry_run=True)
    assert (dry.wanted.pending, dry.wanted.done, scripted.posts) == (2, 1, 1)
    assert (await read_counts(out)).rows == 1


async def test_a_refused_request_is_repeated_by_the_clients_policy(
    quick: Client, scripted: ScriptedServer, tmp_path: Path, out: Path
) -> None:
    """An attempt that was rejected has its own outcome, its row is sent again under its key, and counts once."""
    scripted.script = (reply(429, API_ERROR, {"Retry-After": "7"}), reply(503, API_ERROR), ONE_IMAGE)
    events: list[Event] = []
    summary = await run_batch(quick, draw_images(tmp_path / "in", 1), out, on_event=events.append)
    assert (summary.counts.done, summary.counts.requests, summary.counts.images_billed) == (1, 3, 1)
    (row,) = await read_rows(out)
    assert [(one.number, one.outcome, one.status_code, one.wait) for one in row.attempts] == [
        (1, "rejected", 429, 7.0),
        (2, "rejected", 503, 0.1),
        (3, "billed", 200, None),
    ]
    keys = {request.headers["idempotency-key"] for request in scripted.requests}
    assert keys == {row.idempotency_key}
    assert [type(event) for event in events if not isinstance(event, RowsFound)] == [
        RowStarted,
        RowWaits,
        RowWaits,
        RowDone,
    ]


async def test_a_row_that_waits_is_pending(scripted: ScriptedServer, tmp_path: Path, out: Path) -> None:
    """While a row waits out a 429 the ledger calls it pending, and not unknown; stopping does not wait for it."""
    scripted.script = (reply(429, API_ERROR, {"Retry-After": "50"}), ONE_IMAGE)
    waits, stop = asyncio.Event(), asyncio.Event()

    def watch(event: Event) -> None:
        if isinstance(event, RowWaits):
            waits.set()

    async with Client(base_url=scripted.base_url) as client:
        running = asyncio.create_task(
            run_batch(client, draw_images(tmp_path / "in", 1), out, on_event=watch, stop=stop)
        )
        await waits.wait()
        counts = await read_counts(out)
        assert (counts.pending, counts.unknown, counts.requests) == (1, 0, 1)
        stop.set()
        summary = await running
    assert (summary.counts.pending, summary.was_stopped) == (1, True)


async def test_an_unknown_outcome_is_never_sent_again_by_a_batch(
    quick: Client, scripted: ScriptedServer, tmp_path: Path, out: Path
) -> None:
    """A row whose response was lost is unknown, and only `retry` with `unknown` sends it, under the same key."""
    scripted.script = (UNKNOWN, ONE_IMAGE)
    sources = draw_images(tmp_path / "in", 1)
    first = await run_batch(quick.with_options(retry_unknown=True), sources, out)
    assert (first.counts.unknown, first.counts.images_unknown, scripted.posts) == (1, 1, 1)
    await run_batch(quick, sources, out)
    await retry_batch(quick, out, failed=True)
    assert scripted.posts == 1
    last = await retry_batch(quick, out, unknown=True)
    assert (last.counts.done, last.counts.unknown, scripted.posts) == (1, 0, 2)
    assert len({request.headers["idempotency-key"] for request in scripted.requests}) == 1
    (row,) = await read_rows(out)
    assert (row.billed, row.files) == ("yes", ("00000-1.png",))


async def test_a_refused_retry_of_an_unknown_row_leaves_it_unknown(
    quick: Client, scripted: ScriptedServer, tmp_path: Path, out: Path
) -> None:
    """A retry that the server refuses says nothing of the first request: the row is unknown still."""
    scripted.script = (UNKNOWN, reply(400, API_ERROR))
    sources = draw_images(tmp_path / "in", 1)
    await run_batch(quick, sources, out)
    summary = await retry_batch(quick, out, unknown=True)
    assert (summary.counts.unknown, summary.counts.failed) == (1, 0)
    await run_batch(quick, sources, out)
    assert scripted.posts == 2


async def test_rows_that_failed_are_sent_again_only_if_asked(
    quick: Client, scripted: ScriptedServer, tmp_path: Path, out: Path
) -> None:
    """A row that was refused for itself fails at no cost, and `retry` with `failed` sends it."""
    scripted.script = (reply(400, API_ERROR), ONE_IMAGE)
    sources = draw_images(tmp_path / "in", 1)
    first = await run_batch(quick, sources, out)
    assert (first.counts.failed, first.counts.images_billed) == (1, 0)
    await run_batch(quick, sources, out)
    assert scripted.posts == 1
    assert (await retry_batch(quick, out, failed=True)).counts.done == 1


async def test_failures_that_were_billed_need_a_word_more_and_get_a_new_key(
    quick: Client, scripted: ScriptedServer, tmp_path: Path, out: Path
) -> None:
    """A success without an image was paid for: only `billed` sends it again, under a new key."""
    scripted.script = (reply(200, {"data": []}), cut_reply(10, {"data": []}), ONE_IMAGE)
    first = await run_batch(quick, draw_images(tmp_path / "in", 2), out, concurrency=1)
    assert (first.counts.failed, first.counts.billed_failures, first.counts.images_billed) == (2, 2, 2)
    await retry_batch(quick, out, failed=True)
    assert scripted.posts == 2
    last = await retry_batch(quick, out, failed=True, billed=True)
    assert (last.counts.done, last.counts.images_billed) == (2, 4)
    assert len({request.headers["idempotency-key"] for request in scripted.requests}) == 4


@pytest.mark.parametrize("status", [401, 403, 404, 307])
async def test_a_cause_that_concerns_every_row_stops_the_run(
    quick: Client, scripted: ScriptedServer, tmp_path: Path, out: Path, status: int
) -> None:
    """A wrong key or path stops the run after a few rows, which are pending; it goes on when that is mended."""
    scripted.script = (reply(status, API_ERROR),)
    sources = draw_images(tmp_path / "in", 40)
    summary = await run_batch(quick, sources, out, concurrency=4)
    assert (summary.counts.pending, summary.counts.failed) == (40, 0)
    assert summary.problem is not None
    assert summary.problem.startswith("every row meets this")
    assert scripted.posts <= 8
    scripted.script = (ONE_IMAGE,)
    assert (await run_batch(quick, sources, out)).counts.done == 40


async def test_a_spent_quota_stops_the_run(quick: Client, scripted: ScriptedServer, tmp_path: Path, out: Path) -> None:
    """A quota that is used up stops the run at once, also after successes; the rows that it met are pending."""
    spent = {"error": {"message": "no credit", "type": "insufficient_quota", "code": "insufficient_quota"}}
    scripted.script = (ONE_IMAGE, reply(429, spent))
    summary = await run_batch(quick, draw_images(tmp_path / "in", 9), out, concurrency=1)
    assert (summary.counts.done, summary.counts.pending, scripted.posts) == (1, 8, 2)
    assert summary.problem is not None
    assert "no credit" in summary.problem


async def test_no_connection_stops_the_run(tmp_path: Path, out: Path) -> None:
    """A server that is not there stops the run after a few rows, which are pending."""
    async with ScriptedServer(is_listening=False) as server, QuickClient(base_url=server.base_url) as client:
        summary = await run_batch(client, draw_images(tmp_path / "in", 30), out, concurrency=4)
    assert (summary.counts.pending, summary.counts.rows) == (30, 30)
    assert summary.problem is not None


async def test_one_source_and_a_wrong_key_is_no_failed_row(
    quick: Client, scripted: ScriptedServer, tmp_path: Path, out: Path
) -> None:
    """A run whose only row met what may be every row's ends with a problem, and the row is pending."""
    scripted.script = (reply(401, API_ERROR),)
    summary = await run_batch(quick, draw_images(tmp_path / "in", 1), out)
    assert summary.counts.pending == 1
    assert summary.problem is not None


async def test_a_refusal_that_others_do_not_meet_is_the_rows_own(
    quick: Client, scripted: ScriptedServer, tmp_path: Path, out: Path
) -> None:
    """A 403 between successes fails its row, and the run goes on."""
    scripted.script = (ONE_IMAGE, reply(403, API_ERROR), ONE_IMAGE)
    summary = await run_batch(quick, draw_images(tmp_path / "in", 3), out, concurrency=1)
    assert (summary.counts.done, summary.counts.failed, summary.problem) == (2, 1, None)


async def test_a_second_batch_waits_for_the_rows_of_the_first(
    quick: Client, scripted: ScriptedServer, tmp_path: Path, out: Path
) -> None:
    """Another batch with the same sources sends nothing twice, and ends when all rows have an outcome."""
    going_on = asyncio.Event()
    scripted.script = (in_parts(going_on, ONE_IMAGE),)
    sources = draw_images(tmp_path / "in", 1)
    first = asyncio.create_task(run_batch(quick, sources, out))
    await scripted.until(lambda: scripted.requests != [])
    waits = asyncio.Event()

    def take(event: Event) -> None:
        if isinstance(event, BatchWaits):
            waits.set()

    second = asyncio.create_task(run_batch(quick, sources, out, on_event=take))
    await waits.wait()
    assert (await read_counts(out)).pending == 1
    going_on.set()
    assert [(run.done, run.counts.done) for run in await asyncio.gather(first, second)] == [(1, 1), (0, 1)]
    assert scripted.posts == 1


async def test_a_cancelled_batch_stops_at_once_and_says_what_is_unknown(
    quick: Client, scripted: ScriptedServer, tmp_path: Path, out: Path
) -> None:
    """What was sent without an outcome when the batch is cancelled is unknown; what was not sent is pending."""
    scripted.script = ((take_request, wait_for(asyncio.Event())),)
    running = asyncio.create_task(run_batch(quick, draw_images(tmp_path / "in", 9), out, concurrency=2))
    await scripted.until(lambda: len(scripted.requests) == 2)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    counts = await read_counts(out)
    assert (counts.unknown, counts.pending) == (2, 7)


async def test_a_stopped_batch_finishes_what_is_under_way(
    quick: Client, scripted: ScriptedServer, tmp_path: Path, out: Path
) -> None:
    """Setting `stop` sends nothing more, and finishes what was sent."""
    going_on, stop = asyncio.Event(), asyncio.Event()
    scripted.script = (in_parts(going_on, ONE_IMAGE),)
    running = asyncio.create_task(run_batch(quick, draw_images(tmp_path / "in", 9), out, concurrency=2, stop=stop))
    await scripted.until(lambda: len(scripted.requests) == 2)
    stop.set()
    going_on.set()
    summary = await running
    assert (summary.counts.done, summary.counts.pending, scripted.posts) == (2, 7, 2)


async def test_a_ledger_of_a_newer_version_is_left_alone(quick: Client, tmp_path: Path, out: Path) -> None:
    """A ledger that a newer version wrote is refused with what to do."""
    await run_batch(quick, draw_images(tmp_path / "in", 1), out)
    async with await open_ledger(out) as ledger:
        await ledger.database.write(lambda connection: connection.execute(versions.update().values(version=99)))
    with pytest.raises(LedgerError, match=r"version 99.*pip install --upgrade"):
        await open_ledger(out)


async def test_a_clock_that_is_set_back_changes_nothing(scripted: ScriptedServer, tmp_path: Path, out: Path) -> None:
    """Times in the ledger are shown and decide nothing: a clock that goes back day by day is harmless."""
    scripted.script = (reply(429, API_ERROR), ONE_IMAGE, UNKNOWN, ONE_IMAGE)
    moments = iter(range(2_000_000_000, 0, -86_400))

    class Backwards(QuickClient):
        clock = evolve(QuickClient.clock, wall=lambda: float(next(moments)))

    sources = draw_images(tmp_path / "in", 4)
    async with Backwards(base_url=scripted.base_url) as client:
        first = await run_batch(client, sources, out, limit=2, concurrency=1)
        assert (first.counts.done, first.counts.unknown, first.counts.pending) == (1, 1, 2)
        await run_batch(client, sources, out, concurrency=1)
        last = await retry_batch(client, out, unknown=True)
    assert (last.counts.done, last.counts.requests, scripted.posts) == (4, 6, 6)
    assert len({row.key_minted for row in await read_rows(out)}) == 4
