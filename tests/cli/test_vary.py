"""`image-variations vary`: one image becomes files, and every way to fail is one line and an exit status."""

import asyncio
import base64
import errno
import io
import os
import signal
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.reference_server import ReferenceServer
from tests.support.background import in_background
from tests.support.cli import RunningCommand, lines_of, run_command, summary_of
from tests.support.disks import Failing
from tests.support.pictures import make_png
from tests.support.server import ScriptedServer
from tests.support.turns import reply, reset, send, take_request, wait_for


def test_an_image_becomes_files(environment: ReferenceServer, tmp_path: Path) -> None:
    """The files are named after the image, their paths are printed, and the options arrive as form fields."""
    (tmp_path / "otter.png").write_bytes(make_png(32, 32))
    fields = ("-n", "2", "--size", "512x512", "--user", "me", "--field", "seed=7")
    result = run_command("vary", "otter.png", *fields, "--output-dir", "out", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines() == ["out/otter-1.png", "out/otter-2.png"]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"otter-1.png", "otter-2.png"}
    sent = environment.requests[-1].fields
    assert dict(sent) == {"n": "2", "size": "512x512", "user": "me", "seed": "7", "response_format": "b64_json"}


def test_standard_input_is_an_image_too(
    environment: ReferenceServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`-` reads it, `--fit` makes what the endpoint takes of it, and `--json` prints lines of JSON alone."""
    photo = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(photo, "JPEG")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(photo.getvalue())))
    result = run_command("vary", "-", "--fit", "crop", "--json", cwd=tmp_path)
    assert result.returncode == 0
    assert [line["type"] for line in lines_of(result.stdout)] == ["fit", "attempt", "file", "summary"]
    summary = summary_of(result.stdout)
    assert (summary["images"], summary["requests"], summary["billed"]) == (1, 1, "yes")
    assert summary["files"] == ["variations/variation-1.png"]
    assert (tmp_path / "variations" / "variation-1.png").is_file()
    assert "40 x 30" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("otter.png", "-n", "11"), 2, "-n must be at most 10, not 11"),
        (("otter.png", "-n", "0"), 2, "-n must be at least 1, not 0"),
        (("otter.png", "--size", "512x521"), 2, "--size must be '256x256'"),
        (("otter.png", "--response-format", "b64"), 2, "--response-format must be 'url'"),
        (("otter.png", "--field", "seed"), 2, "'seed' is not like name=value"),
        (("otter.png", "--field", "a=1", "--field", "a=2"), 2, "'a' is given twice"),
        (("otter.png", "-n", "1", "--field", "n=2"), 2, "'n' has an option of its own"),
        (("otter.png", "--field", "image=x"), 2, "the image is an argument"),
        (("otter.png", "--timeout", "0"), 2, "'0' is not a number of seconds above 0"),
        (("otter.png", "--api-key", "sk-secret"), 2, "No such option: --api-key"),
        ((), 2, "Missing argument 'IMAGE'"),
        (("wide.png",), 1, "--fit pad, crop or stretch"),
        (("nothing.png",), 1, "nothing.png cannot be read: No such file or directory"),
        ((".",), 1, "Is a directory"),
        (("otter.png", "--output-dir", "otter.png"), 1, "otter.png"),
        (("otter.png", "--api-key-file", "nothing.key"), 1, "nothing.key cannot be read"),
        (("otter.png", "--base-url", "ftp://host/"), 1, "base_url must be like"),
    ],
)
def test_what_cannot_be_sent_is_refused_before_anything_is_sent(
    environment: ReferenceServer, tmp_path: Path, arguments: tuple[str, ...], status: int, words: str
) -> None:
    """One line says what is wrong, also as JSON before the summary; it is wrong usage if the options are at fault."""
    (tmp_path / "otter.png").write_bytes(make_png(32, 32))
    (tmp_path / "wide.png").write_bytes(make_png(32, 16))
    before = len(environment.requests)
    result = run_command("vary", *arguments, "--json", cwd=tmp_path)
    assert result.returncode == status
    [line] = result.stderr.splitlines()
    assert words in line
    error, summary = lines_of(result.stdout)
    assert (error["type"], error["status"], summary["type"]) == ("error", status, "summary")
    assert words in str(error["message"])
    assert (summary["images"], summary["requests"]) == (0, 0)
    assert len(environment.requests) == before


def test_a_wrong_key_is_an_error_that_says_what_to_do(
    environment: ReferenceServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The status is 1, the line names the variable and the cost, and shows no key."""
    (tmp_path / "otter.png").write_bytes(make_png(32, 32))
    (tmp_path / "right.key").write_text(f"{environment.api_key}\n")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong-key")
    result = run_command("vary", "otter.png", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (1, "")
    [line] = result.stderr.splitlines()
    assert "nothing was billed" in line
    assert "OPENAI_API_KEY" in line
    assert "sk-wrong-key" not in line
    assert run_command("vary", "otter.png", "--api-key-file", "right.key", cwd=tmp_path).returncode == 0


def test_images_that_the_disk_does_not_take_are_written_when_it_does(
    environment: ReferenceServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are paid for: the command says what to free, holds them in memory, and tries again."""
    (tmp_path / "otter.png").write_bytes(make_png(32, 32))
    sync, failing = os.fsync, [Failing(errno.ENOSPC)] * 3

    def fail_at_first(descriptor: int) -> None:
        (failing.pop() if failing else sync)(descriptor)

    monkeypatch.setattr(os, "fsync", fail_at_first)
    before = len(environment.requests)
    result = run_command("vary", "otter.png", "-n", "2", "-o", "out", cwd=tmp_path)
    assert (result.returncode, failing) == (0, [])
    assert "free some space" in result.stderr
    assert sorted(result.stdout.split()) == ["out/otter-1.png", "out/otter-2.png"]
    assert all((tmp_path / path).is_file() for path in result.stdout.split())
    assert len(environment.requests) == before + 1


async def test_signals_end_a_call_in_order_and_then_at_once(tmp_path: Path) -> None:
    """After the first, the response is awaited and saved; the second gives up, and says that it may be billed."""
    (tmp_path / "otter.png").write_bytes(make_png(32, 32))
    answer = asyncio.Event()
    success = reply(200, {"data": [{"b64_json": base64.b64encode(make_png()).decode()}]})
    async with ScriptedServer((take_request, wait_for(answer), send(success))) as server:
        environment = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "key"}
        start = RunningCommand.start("vary", "otter.png", "--json", cwd=tmp_path, environment=environment)
        again = RunningCommand.start("vary", "otter.png", "--json", cwd=tmp_path, environment=environment)
        async with await start as first, await again as second:
            await server.until(lambda: len(server.requests) == 2)
            for command in (first, second):
                command.interrupt(signal.SIGTERM)
                await command.until_note("waiting for the response")
            second.interrupt(signal.SIGINT)
            stopped = await second.end()
            answer.set()
            finished = await first.end()
    assert (stopped.returncode, finished.returncode) == (130, 130)
    assert [line["type"] for line in lines_of(stopped.stdout)] == ["attempt", "error", "summary"]
    assert summary_of(stopped.stdout)["billed"] == "unknown"
    assert "it may have been billed" in stopped.stderr
    assert [line["type"] for line in lines_of(finished.stdout)] == ["attempt", "file", "error", "summary"]
    assert (tmp_path / "variations" / "otter-1.png").is_file()


def test_an_unknown_outcome_has_a_status_of_its_own(tmp_path: Path) -> None:
    """A call that may have been billed ends with 4, so that a script does not take it for one that cost nothing."""
    (tmp_path / "otter.png").write_bytes(make_png(32, 32))
    with in_background(ScriptedServer((take_request, reset))) as server:
        result = run_command("vary", "otter.png", "--json", "--base-url", server.base_url, cwd=tmp_path)
    assert result.returncode == 4
    assert "it may have been billed" in result.stderr
    assert summary_of(result.stdout)["requests"] == 1
