"""Programs are started, waited for and stopped, and nothing of them stays."""

import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.interop.processes import MARK, ProgramError, find_marked, kill_marked, neutral_environment, run_program

needs_proc = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are found in /proc")

FOR_EVER = "import time; time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); {FOR_EVER}"
PARENT = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', sys.argv[1]]{}); time.sleep(600)"


@pytest.fixture
def mark() -> str:
    """What the programs of a test have in their environment."""
    return secrets.token_hex(8)


def says(log: Path, words: str) -> Callable[[], bool]:
    """Whether a program has printed something."""
    return lambda: words in log.read_text(encoding="utf-8")


def environment_with(mark: str) -> dict[str, str]:
    """An environment with a mark."""
    return {**os.environ, MARK: mark}


async def test_a_program_is_ready_when_it_says_so(tmp_path: Path) -> None:
    """What is asked for is looked at again and again."""
    log = tmp_path / "log"
    command = [sys.executable, "-c", f"print('ready', flush=True); {FOR_EVER}"]
    with run_program(command, log, environment=os.environ, folder=tmp_path) as program:
        await program.wait_until_ready(says(log, "ready"), 60)
        assert program.process.poll() is None
    assert program.process.poll() is not None


async def test_a_program_that_ends_before_it_is_ready_is_an_error_at_once(tmp_path: Path) -> None:
    """The error has the status, and what the program said last."""
    command = [sys.executable, "-c", "import sys; print('a'); print('the port is taken'); print(); sys.exit(3)"]
    with (
        run_program(command, tmp_path / "log", environment=os.environ, folder=tmp_path) as program,
        pytest.raises(ProgramError, match="ended with status 3 before it was ready; it said last: the port is taken"),
    ):
        await program.wait_until_ready(lambda: False, 600)


async def test_a_program_that_never_gets_ready_is_an_error(tmp_path: Path) -> None:
    """The wait is bounded, and the program is stopped."""
    command = [sys.executable, "-c", FOR_EVER]
    with (
        run_program(command, tmp_path / "log", environment=os.environ, folder=tmp_path) as program,
        pytest.raises(ProgramError, match=r"was not ready after 0\.1 s; it said last: nothing"),
    ):
        await program.wait_until_ready(lambda: False, 0.1)
    assert program.process.poll() is not None


async def test_a_program_that_should_end_is_waited_for(tmp_path: Path) -> None:
    """An installer that fails is an error, and so is one that takes too long."""
    for code, complaint in (("import sys; sys.exit(4)", "ended with status 4"), (FOR_EVER, "was not over after 1 s")):
        command = [sys.executable, "-c", code]
        with (
            run_program(command, tmp_path / "log", environment=os.environ, folder=tmp_path) as program,
            pytest.raises(ProgramError, match=complaint),
        ):
            await program.wait_until_over(1)


def test_a_program_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """The message names it."""
    with (
        pytest.raises(ProgramError, match="nowhere cannot be started: No such file or directory"),
        run_program([tmp_path / "nowhere"], tmp_path / "log", environment=os.environ, folder=tmp_path),
    ):
        pass


async def test_a_program_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    """It has its time to clean up, and not more."""
    log = tmp_path / "log"
    command = [sys.executable, "-c", STUBBORN]
    with run_program(command, log, environment=os.environ, folder=tmp_path, grace=0.1) as program:
        await program.wait_until_ready(says(log, "deaf"), 60)
    assert program.process.returncode == -9


@needs_proc
async def test_what_a_program_started_is_stopped_with_it(tmp_path: Path, mark: str) -> None:
    """Also if it does not listen to SIGTERM, while the program itself does."""
    log = tmp_path / "log"
    command = [sys.executable, "-c", PARENT.format(""), STUBBORN]
    with run_program(command, log, environment=environment_with(mark), folder=tmp_path, grace=0.1) as program:
        await program.wait_until_ready(says(log, "deaf"), 60)
        assert len(find_marked(f"{MARK}={mark}")) == 2
    assert find_marked(f"{MARK}={mark}") == {}


@needs_proc
async def test_what_left_the_group_of_a_program_is_found_and_killed(tmp_path: Path, mark: str) -> None:
    """A daemon of its own session is told by the mark that it inherited."""
    log = tmp_path / "log"
    command = [sys.executable, "-c", PARENT.format(", start_new_session=True"), STUBBORN]
    with run_program(command, log, environment=environment_with(mark), folder=tmp_path) as program:
        await program.wait_until_ready(says(log, "deaf"), 60)
    [left] = kill_marked(mark)
    assert STUBBORN in left


def test_programs_are_not_led_elsewhere() -> None:
    """Proxies, certificates, keys and another Python's settings stay out; the rest goes along."""
    environment = {
        "PATH": "/bin",
        "HTTP_PROXY": "http://proxy",
        "no_proxy": "*",
        "SSL_CERT_FILE": "ca.pem",
        "OPENAI_API_KEY": "key",
        "PYTHONPATH": ".",
        "NODE_OPTIONS": "--inspect",
    }
    assert neutral_environment(environment, LANG="C") == {"PATH": "/bin", "LANG": "C"}
