"""What commands print: in one line each, readable by programs, and silent if nobody reads."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from image_variations_cli.text import show_text

from tests.support.cli import COMMAND, lines_of, run_command, summary_of
from tests.support.pictures import make_png

COMMANDS = ("vary", "batch", "status", "retry", "export", "doctor")


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_has_examples(command: str, tmp_path: Path) -> None:
    """Each is a line to copy."""
    result = run_command(command, "--help", cwd=tmp_path)
    assert result.returncode == 0
    assert f"  image-variations {command}" in result.stdout.partition("Examples:")[2]


def test_the_help_lists_the_exit_statuses(tmp_path: Path) -> None:
    """Those of the command are all there, and any other is a failure."""
    result = run_command("--help", cwd=tmp_path)
    statuses = result.stdout.partition("Exit statuses:")[2]
    assert [line.split()[0] for line in statuses.splitlines() if line.startswith("    ")] == [
        "0", "1", "2", "3", "4", "11", "130"
    ]  # fmt: skip
    assert "Any other is a failure." in statuses


def test_no_command_is_wrong_usage(tmp_path: Path) -> None:
    """The help then goes to standard error, and an unknown command or option is named."""
    result = run_command(cwd=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("Usage: image-variations")
    unknown = run_command("varry", "--json", cwd=tmp_path)
    assert unknown.returncode == 2
    assert "Did you mean 'vary'" in unknown.stderr
    assert [line["type"] for line in lines_of(unknown.stdout)] == ["error", "summary"]
    assert all(
        type(summary_of(unknown.stdout)[name]) is int for name in ("rows", "done", "failed", "unknown", "pending")
    )


def test_help_and_version_load_neither_the_client_nor_its_libraries(tmp_path: Path) -> None:
    """They answer at once: nothing is imported that only work needs."""
    program = (
        "import sys; from image_variations_cli.__main__ import main\n"
        "status = main()\n"
        "print([name for name in ('PIL', 'sqlalchemy', 'httpx', 'rich', 'asyncio') if name in sys.modules], status)\n"
    )
    for option in ("--help", "--version"):
        command = [sys.executable, "-c", program, option]
        assert subprocess.run(command, check=True, capture_output=True, text=True).stdout.endswith("[] 0\n")


def test_a_name_is_shown_in_one_line_and_obeyed_by_no_terminal() -> None:
    """Line breaks, control characters, what reverses text, and bytes that are no text are written as escapes."""
    assert show_text("a\nb\r\x1b[31m\x9b\x07\u2028\u202e\udcff.png") == r"a\nb\r\x1b[31m\x9b\x07\u2028\u202e\xff.png"
    assert show_text("ein Ötter 水獺.png") == "ein Ötter 水獺.png"


def test_a_strange_file_name_is_shown_escaped(tmp_path: Path) -> None:
    """Also one that is not Unicode, and also by a standard error that has ASCII alone."""
    name = os.fsdecode(b"o\xff\n\x1b[31mtter\xc3\xb6.png")
    environment = {**os.environ, "OPENAI_API_KEY": "key", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    command = [*COMMAND, "vary", "--json", "--", name]
    result = subprocess.run(command, cwd=tmp_path, env=environment, check=False, capture_output=True)
    assert result.returncode == 1
    [line] = result.stderr.splitlines()
    assert rb"o\xff\n\x1b[31mtter" in line


def test_a_reader_that_has_gone_is_no_error(tmp_path: Path) -> None:
    """As with `| head`: nothing is said of it, and no traceback is shown."""
    reading, writing = os.pipe()
    os.close(reading)
    for arguments in (["--version"], ["--help"], ["doctor", "--json"]):
        result = subprocess.run(
            [*COMMAND, *arguments], cwd=tmp_path, env={**os.environ, "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"},
            check=False, stdout=writing, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert (result.returncode, result.stderr) == (1, b"")
    os.close(writing)


def test_a_full_disk_behind_standard_output_is_an_error_in_one_line(tmp_path: Path) -> None:
    """What was printed is lost, so the command says so and ends with 1."""
    (tmp_path / "otter.png").write_bytes(make_png())
    with Path("/dev/full").open("wb") as full:
        command = [*COMMAND, "doctor", "--json"]
        result = subprocess.run(command, cwd=tmp_path, check=False, stdout=full, stderr=subprocess.PIPE)
    assert result.returncode == 1
    assert result.stderr == b"image-variations: standard output cannot be written to: No space left on device\n"
