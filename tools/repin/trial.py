"""Commands that are run in the copy of the checkout."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from tools.repin.outcome import Proof

_FAILED_TEST = re.compile(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", re.MULTILINE)
_PASSED_TESTS = re.compile(r"\b(\d+) passed\b")
_PYTEST_RAN = (0, 1, 2)
"""Its exit statuses if tests passed, failed, or could not be imported."""


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

    def tests(self) -> tuple[Proof, list[str]]:
        """Run the project's tests, and return those that fail.

        Raises:
            FailedError: The tests cannot be run.
        """
        start = time.monotonic()
        parallel = ["--numprocesses=auto", "--maxprocesses=8", "--dist=worksteal"]
        status, output = self._run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *parallel])
        failed = sorted(set(_FAILED_TEST.findall(output)))
        if status not in _PYTEST_RAN or (status and not failed):
            raise FailedError(f"the tests cannot be run: pytest ended with exit status {status}", output)
        passed = _PASSED_TESTS.findall(output)
        result = f"{passed[-1] if passed else 0} passed" + (f", {len(failed)} to adapt" if failed else "")
        return Proof("make test", time.monotonic() - start, result), failed

    def _run(self, command: Sequence[str]) -> tuple[int, str]:
        """Run a command, and return its exit status and all that it printed."""
        # The environment has this checkout installed: the copy comes before it.
        path = os.pathsep.join([str(self.folder), str(self.folder / "generated")])
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": path},
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
