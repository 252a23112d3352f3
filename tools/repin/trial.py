"""Commands that are run in the copy of the checkout."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from attrs import frozen

from tools.paths import ROOT
from tools.repin import selected
from tools.repin.outcome import Proof

_PASSED_TESTS = re.compile(r"\b(\d+) passed\b")
_PYTEST_OPTIONS = ["--continue-on-collection-errors", "--numprocesses=auto", "--maxprocesses=8", "--dist=worksteal"]
_PYTEST_RAN = (0, 1, 2)
"""Its exit statuses if tests passed, failed, or could not be imported."""
_PYTEST_FOUND_NONE = 5


class FailedError(Exception):
    """The new pin, or the proof of it, failed.

    Attributes:
        output: What the command printed last.
    """

    def __init__(self, message: str, output: str = "") -> None:
        super().__init__(message)
        self.output = "\n".join(output.splitlines()[-60:])


@frozen
class Trial:
    """A copy of the checkout, and the commands that are run in it."""

    folder: Path

    def program(self, name: str, *options: str) -> str:
        """Run a program of `tools/`, and return what it printed.

        Raises:
            FailedError: Its exit status is not 0.
        """
        status, output = self._run([sys.executable, "-m", f"tools.{name}", *options])
        if status:
            raise FailedError(f"make {name} failed with exit status {status}", output)
        return output

    def proof(self, command: Sequence[str], typed: str | None = None) -> Proof:
        """Run a command that has to succeed.

        Args:
            command: The command.
            typed: The command as a person would type it, if that is another.

        Raises:
            FailedError: Its exit status is not 0.
        """
        start, name = time.monotonic(), typed or shlex.join(command)
        status, output = self._run(command)
        if status:
            raise FailedError(f"{name} failed with exit status {status}", output)
        return Proof(name, time.monotonic() - start)

    def tests(self) -> tuple[int, set[str]]:
        """Run the project's tests; return how many passed, and the ids of those that failed.

        Raises:
            FailedError: The tests cannot be run.
        """
        status, output, failed = self._pytest([])
        if status not in _PYTEST_RAN or (status and not failed):
            raise _cannot_run(status, output)
        passed = _PASSED_TESTS.findall(output)
        return int(passed[-1]) if passed else 0, failed

    def failing(self, tests: Iterable[str]) -> set[str]:
        """Run some of the project's tests, and return those that fail. One that is not there does not.

        Raises:
            FailedError: The tests cannot be run.
        """
        tests = set(tests)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8") as names:
            names.write("\n".join(tests))
            names.flush()
            files = sorted({test.partition("::")[0] for test in tests})
            options = ["-p", selected.__name__, *files]
            status, output, failed = self._pytest(options, {selected.VARIABLE: names.name})
        if status not in (*_PYTEST_RAN, _PYTEST_FOUND_NONE):
            raise _cannot_run(status, output)
        # If a file cannot be imported, it stands for its tests.
        return {test for test in tests if {test, test.partition("::")[0]} & failed}

    def _pytest(self, options: Sequence[str], environment: Mapping[str, str] = {}) -> tuple[int, str, set[str]]:
        """Run pytest, and return its exit status, all that it printed, and the ids of what failed."""
        with tempfile.TemporaryDirectory() as cache:
            command = [sys.executable, "-m", "pytest", "-q", "-o", f"cache_dir={cache}", *_PYTEST_OPTIONS, *options]
            status, output = self._run(command, environment)
            failed = Path(cache, "v", "cache", "lastfailed")
            return status, output, set(json.loads(failed.read_text(encoding="utf-8"))) if failed.is_file() else set()

    def _run(self, command: Sequence[str], environment: Mapping[str, str] = {}) -> tuple[int, str]:
        """Run a command, and return its exit status and all that it printed."""
        # The environment has this checkout installed: the copy comes before it.
        path = os.pathsep.join([str(self.folder), str(self.folder / "generated"), str(ROOT)])
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": path, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        try:
            output, _ = process.communicate()
        except BaseException:  # an interrupted re-pin leaves nothing running
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        return process.returncode, output


def _cannot_run(status: int, output: str) -> FailedError:
    return FailedError(f"the tests cannot be run: pytest ended with exit status {status}", output)
