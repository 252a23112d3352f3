"""`image-variations batch`, `status` and `retry`: what they print, and the exit status that they end with."""

import asyncio
import base64
import json
import signal
import subprocess
from pathlib import Path

import pytest

from tests.reference_server import ReferenceServer
from tests.support.background import in_background
from tests.support.cli import COMMAND, RunningCommand, lines_of, run_command, summary_of
from tests.support.ledgers import ledger_options
from tests.support.pictures import make_png
from tests.support.server import ScriptedServer
from tests.support.turns import reply, reset, send, take_request, wait_for

pytestmark = pytest.mark.usefixtures("ledger_kind")

COUNTS = ("rows", "done", "failed", "unknown", "pending", "images", "requests")

COLORS = ("teal", "red", "blue", "green", "white", "black")


def _fill(folder: Path, number: int = 3) -> Path:
    """Make a folder of different images."""
    folder.mkdir()
    for color in COLORS[:number]:
        (folder / f"{color}.png").write_bytes(make_png(16, 16, color))
    return folder


def _counts(output: str) -> list[object]:
    return [summary_of(output)[name] for name in COUNTS]


def test_a_batch_that_is_run_again_sends_nothing_again(environment: ReferenceServer, tmp_path: Path) -> None:
    """Every image becomes files or one clear line, what was done shows at once, and the costs add up."""
    photos = _fill(tmp_path / "photos")
    (photos / "fake.png").write_bytes(b"no image")
    (photos / "notes.md").write_text("no image")
    arguments = ("batch", "photos", "-o", "out", "-n", "2", "--price", "0.02")
    before = len(environment.requests)
    first = run_command(*arguments, cwd=tmp_path)
    assert first.returncode == 3
    assert first.stdout.splitlines() == [
        "4 rows: 3 done, 1 failed, 0 unknown, 0 pending",
        "6 images in out, for 3 requests",
        "cost so far: 0.12",
    ]
    notes = first.stderr.splitlines()
    assert "left out: 1 without an image's extension" in notes
    assert "4 rows, 4 to send: 8 images at the most, which cost 0.16 at the most" in notes
    assert sum(note.startswith("photos/fake.png: ") for note in notes) == 1
    assert sorted(path.name for path in (tmp_path / "out").glob("*.png")) == [
        f"{color}-{number}.png" for color in sorted(COLORS[:3]) for number in (1, 2)
    ]
    again = run_command(*arguments, "--json", cwd=tmp_path)
    assert again.returncode == 3
    assert _counts(again.stdout) == [4, 3, 1, 0, 0, 6, 3]
    found = [line for line in lines_of(again.stdout) if line["type"] == "found"][-1]
    assert (found["done"], found["failed"], found["pending"]) == (3, 1, 0)
    assert len(environment.requests) == before + 3


def test_a_dry_run_changes_nothing(environment: ReferenceServer, tmp_path: Path) -> None:
    """It says what would be sent, also beside a ledger, and needs no server."""
    _fill(tmp_path / "photos")
    plan = ("batch", "photos", "-o", "out", "--dry-run", "--price", "0.02", "--json")
    before = len(environment.requests)
    nothing = run_command(*plan, cwd=tmp_path)
    assert nothing.returncode == 0
    assert not (tmp_path / "out").exists()
    [line] = [line for line in lines_of(nothing.stdout) if line["type"] == "plan"]
    assert (line["rows"], line["requests"], line["images"], line["cost"]) == (3, 3, 3, 0.06)
    limited = run_command("batch", "photos", "-o", "out", "--limit", "1", "--json", cwd=tmp_path)
    assert limited.returncode == 0
    assert _counts(limited.stdout) == [3, 1, 0, 0, 2, 1, 1]
    ledger = run_command("status", "-o", "out", "--all", "--json", cwd=tmp_path).stdout
    [line] = [line for line in lines_of(run_command(*plan, cwd=tmp_path).stdout) if line["type"] == "plan"]
    assert line["requests"] == 2
    assert run_command("status", "-o", "out", "--all", "--json", cwd=tmp_path).stdout == ledger
    assert len(environment.requests) == before + 1


def test_other_options_for_known_images_need_again(environment: ReferenceServer, tmp_path: Path) -> None:
    """The command stops before it sends, names the option that differs, and sends with `--again`."""
    _fill(tmp_path / "photos", 1)
    assert run_command("batch", "photos", "-o", "out", cwd=tmp_path).returncode == 0
    before = len(environment.requests)
    arguments = ("batch", "photos", "-o", "out", "-n", "2", "--json")
    stopped = run_command(*arguments, cwd=tmp_path)
    assert stopped.returncode == 1
    assert stopped.stderr.startswith("image-variations: -n differs: ")
    assert "--again" in stopped.stderr
    assert [line["type"] for line in lines_of(stopped.stdout)][-2:] == ["error", "summary"]
    assert _counts(stopped.stdout) == [1, 1, 0, 0, 0, 1, 1]
    assert len(environment.requests) == before
    assert run_command(*arguments, "--again", cwd=tmp_path).returncode == 0
    assert len(environment.requests) == before + 1


def test_a_wrong_key_stops_the_batch_and_the_right_one_goes_on(
    environment: ReferenceServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The status is 1, the rows stay pending, and resuming with another key sends them."""
    _fill(tmp_path / "photos", 6)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong-key")
    stopped = run_command("batch", "photos", "-o", "out", "--concurrency", "1", "--json", cwd=tmp_path)
    assert stopped.returncode == 1
    assert "image-variations doctor" in stopped.stderr
    assert "sk-wrong-key" not in stopped.stderr + stopped.stdout
    summary = summary_of(stopped.stdout)
    assert (summary["rows"], summary["pending"]) == (6, 6)
    monkeypatch.setenv("OPENAI_API_KEY", environment.api_key)
    resumed = run_command("batch", "photos", "-o", "out", "--json", cwd=tmp_path)
    assert resumed.returncode == 0
    assert summary_of(resumed.stdout)["done"] == 6


async def test_batches_that_are_started_together_share_the_rows(environment: ReferenceServer, tmp_path: Path) -> None:
    """Each image is made once, and each of them ends with the outcome of the whole."""
    _fill(tmp_path / "photos", 6)
    before = len(environment.requests)
    arguments = ("batch", "photos", "-o", "out", "--json")
    running = [await RunningCommand.start(*arguments, cwd=tmp_path, environment={}) for _ in range(2)]
    results = [await command.end() for command in running]
    assert [result.returncode for result in results] == [0, 0]
    assert [_counts(result.stdout) for result in results] == [[6, 6, 0, 0, 0, 6, 6]] * 2
    assert len(environment.requests) == before + 6


async def test_signals_end_a_batch_in_order_and_then_at_once(tmp_path: Path) -> None:
    """The first finishes what is under way, the second leaves it unknown; both say what is left, and resuming works."""
    _fill(tmp_path / "photos", 6)
    go = asyncio.Event()
    success = reply(200, {"data": [{"b64_json": base64.b64encode(make_png()).decode()}]})
    async with ScriptedServer((take_request, wait_for(go), send(success))) as server:
        variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "key"}

        async def start(folder: str) -> RunningCommand:
            arguments = ("batch", "photos", "-o", folder, "--concurrency", "2", "--json")
            return await RunningCommand.start(*arguments, cwd=tmp_path, environment=variables)

        async with await start("first") as first, await start("second") as second:
            await server.until(lambda: len(server.requests) == 4)
            for command, number in ((first, signal.SIGINT), (second, signal.SIGTERM)):
                command.interrupt(number)
                await command.until_note("finishing the requests that are under way")
            second.interrupt()
            stopped = await second.end()
            go.set()
            finished = await first.end()
        assert (finished.returncode, stopped.returncode) == (130, 130)
        assert _counts(finished.stdout) == [6, 2, 0, 0, 4, 2, 2]
        assert _counts(stopped.stdout) == [6, 0, 0, 2, 4, 0, 2]
        assert "4 rows pending, 2 unknown" in stopped.stderr
        for result in (finished, stopped):
            assert [line["type"] for line in lines_of(result.stdout)][-2:] == ["error", "summary"]
        async with await start("first") as command:
            resumed = await command.end()
    assert resumed.returncode == 0
    assert _counts(resumed.stdout) == [6, 6, 0, 0, 0, 6, 6]


def test_what_may_be_billed_is_sent_again_only_by_retry(environment: ReferenceServer, tmp_path: Path) -> None:
    """`batch` leaves unknown rows alone, `status` shows them and the range of the cost, `retry --unknown` ends them."""
    _fill(tmp_path / "photos", 2)
    batch = ("batch", "photos", "-o", "out", "--json")
    with in_background(ScriptedServer((take_request, reset))) as server:
        lost = run_command(*batch, "--base-url", server.base_url, cwd=tmp_path)
    assert lost.returncode == 4
    assert _counts(lost.stdout) == [2, 0, 0, 2, 0, 0, 2]
    assert "image-variations retry --unknown --output-dir out" in lost.stderr
    status = ("status", "-o", "out", "--price", "0.02")
    retry = ("retry", "--unknown", "-o", "out", "--json")
    results = [run_command(*arguments, cwd=tmp_path) for arguments in (batch, status, retry, (*status, "--json"))]
    assert [result.returncode for result in results] == [4, 4, 0, 0]
    assert "unknown  photos/red.png: " in results[1].stdout
    assert "its idempotency key is" in results[1].stdout
    assert "cost so far: at least 0.00 and at most 0.04" in results[1].stdout
    assert _counts(results[2].stdout) == [2, 2, 0, 0, 0, 2, 4]
    [cost] = [line for line in lines_of(results[3].stdout) if line["type"] == "cost"]
    assert (cost["images_least"], cost["images_most"]) == (2, 4)


def test_an_export_is_a_file_beside_the_ledger_unless_it_is_named(environment: ReferenceServer, tmp_path: Path) -> None:
    """Its path is printed; `--to -` writes to standard output, which `--json` needs for itself."""
    _fill(tmp_path / "photos", 2)
    (tmp_path / "photos" / "fake.png").write_bytes(b"no image")
    assert run_command("batch", "photos", "-o", "out", cwd=tmp_path).returncode == 3
    page = run_command("export", "--format", "html", "-o", "out", cwd=tmp_path)
    assert (page.returncode, page.stdout) == (0, "out/variations.html\n")
    assert "fake.png" in (tmp_path / "out" / "variations.html").read_text()
    table = run_command("export", "--format", "csv", "-o", "out", "--to", "rows.csv", "--json", cwd=tmp_path)
    assert [line["type"] for line in lines_of(table.stdout)] == ["file", "summary"]
    assert len((tmp_path / "rows.csv").read_text().splitlines()) == 4
    export = ("export", "--format", "jsonl", "-o", "out", "--to", "-")
    command = [*COMMAND, *export, *ledger_options(export, tmp_path)]
    streamed = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
    assert [json.loads(line)["state"] for line in streamed.stdout.splitlines()].count("done") == 2
    refused = run_command("export", "--format", "csv", "-o", "out", "--to", "-", "--json", cwd=tmp_path)
    assert refused.returncode == 2
    assert run_command("export", "--format", "html", "-o", "none", cwd=tmp_path).returncode == 1


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("batch", "photos"), 2, "Missing option '--output-dir'"),
        (("batch", "-o", "out"), 2, "Missing argument 'SOURCES...'"),
        (("batch", "photos", "-o", "out", "-n", "11"), 2, "-n must be at most 10"),
        (("batch", "photos", "-o", "out", "--rate", "50"), 2, "write one like 50/min"),
        (("batch", "photos", "-o", "out", "--rate", "59/h"), 2, "less than one request in a minute"),
        (("batch", "photos", "-o", "out", "--price", "-1"), 2, "write one like 0.02"),
        (("batch", "photos", "-o", "out", "--limit", "-1"), 2, "--limit"),
        (("batch", "photos", "-o", "out", "--concurrency", "0"), 2, "--concurrency"),
        (("batch", "-", "-o", "out"), 2, "--format"),
        (("batch", "photos", "-o", "photos/red.png"), 1, "photos/red.png"),
        (("status", "-o", "out"), 1, "has no ledger"),
        (("retry", "-o", "out"), 2, "--failed or --unknown"),
        (("retry", "--failed", "--unknown", "-o", "out"), 2, "--failed or --unknown"),
        (("retry", "--unknown", "--billed", "-o", "out"), 2, "--billed goes with --failed"),
        (("retry", "--failed", "-o", "out"), 1, "has no ledger"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    environment: ReferenceServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    status: int,
    words: str,
) -> None:
    """Nothing is sent, and the error is told in JSON before the summary."""
    _fill(tmp_path / "photos", 2)
    before = len(environment.requests)
    result = run_command(*arguments, "--json", cwd=tmp_path)
    assert result.returncode == status
    [line] = result.stderr.splitlines()
    assert line.startswith("image-variations: ")
    assert words in line
    assert [line["type"] for line in lines_of(result.stdout)] == ["error", "summary"]
    assert len(environment.requests) == before
    assert not (tmp_path / "out").exists()
