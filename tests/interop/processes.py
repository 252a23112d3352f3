"""Programs that are started, waited for and stopped again, with all that they started.

A program has a process group of its own, which is stopped as a whole. What leaves the group is found by a mark that it
inherits in its environment (on Linux, in /proc). Nothing here can be cancelled between the start of a program and its
entry into the context that stops it, nor while it is being stopped: both are done without the event loop.
"""

import asyncio
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from attrs import frozen

MARK = "INTEROP_RUN"
"""The environment variable that everything has that a run started."""

_PAUSE = 0.02

_GONE = (ProcessLookupError, PermissionError)
"""Nobody is left in a group; the second is what macOS says of one that has zombies only."""

_BIASED = re.compile(r".*_proxy$|OPENAI_|SSL|PYTHON|VIRTUAL_ENV|NODE_", re.IGNORECASE)


class ProgramError(Exception):
    """A program ended, or did not become ready; says which, why, and what it said last."""


@frozen
class Program:
    """A program that was started.

    Attributes:
        name: What to call it in messages.
        log: The file that has what it prints.
        process: The process that leads its group.
    """

    name: str
    log: Path
    process: "subprocess.Popen[bytes]"

    async def wait_until_ready(self, is_ready: Callable[[], bool], seconds: float) -> None:
        """Wait until something holds.

        Raises:
            ProgramError: The program ended before that, or the time is over.
        """
        end = time.monotonic() + seconds
        while True:
            if (status := self.process.poll()) is not None:
                raise ProgramError(self._describe(f"ended with status {status} before it was ready"))
            if is_ready():
                return
            if time.monotonic() > end:
                raise ProgramError(self._describe(f"was not ready after {seconds:g} s"))
            await asyncio.sleep(_PAUSE)

    async def wait_until_over(self, seconds: float) -> None:
        """Wait until the program ends by itself.

        Raises:
            ProgramError: It failed, or the time is over.
        """
        end = time.monotonic() + seconds
        while (status := self.process.poll()) is None:
            if time.monotonic() > end:
                raise ProgramError(self._describe(f"was not over after {seconds:g} s"))
            await asyncio.sleep(_PAUSE)
        if status:
            raise ProgramError(self._describe(f"ended with status {status}"))

    def stop(self, grace: float) -> None:
        """Ask the group to end, and kill what has not ended after so many seconds."""
        for number, seconds in ((signal.SIGTERM, grace), (signal.SIGKILL, _UNTIL_REAPED)):
            with suppress(*_GONE):
                os.killpg(self.process.pid, number)
            end = time.monotonic() + seconds
            while self._is_running() and time.monotonic() < end:
                time.sleep(_PAUSE)

    def _is_running(self) -> bool:
        self.process.poll()  # or the leader stays as a zombie
        with suppress(*_GONE):
            os.killpg(self.process.pid, 0)
            return True
        return False

    def _describe(self, what: str) -> str:
        return f"{self.name} {what}; it said last: {last_words(self.log)}"


GRACE = 3.0
"""Seconds for which a program may clean up when it is asked to end."""

_UNTIL_REAPED = 2.0
"""Seconds for whoever adopted what was killed to notice."""


@contextmanager
def run_program(
    command: Sequence[str | Path], log: Path, *, environment: Mapping[str, str], folder: Path, grace: float = GRACE
) -> Generator[Program]:
    """Start a program in a folder, and stop it in the end, with all that it started.

    Raises:
        ProgramError: It cannot be started.
    """
    name = Path(command[0]).name
    with log.open("ab") as output:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                cwd=folder,
                start_new_session=True,
            )
        except OSError as error:
            raise ProgramError(f"{name} cannot be started: {error.strerror}") from None
    program = Program(name, log, process)
    try:
        yield program
    finally:
        program.stop(grace)


def neutral_environment(environment: Mapping[str, str], **more: str) -> dict[str, str]:
    """Return an environment without what would lead a program elsewhere: proxies, certificates, keys, other Pythons."""
    return {**{name: value for name, value in environment.items() if not _BIASED.match(name)}, **more}


def last_words(log: Path) -> str:
    """Return the last line of a log that says something."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    return next((line.strip() for line in reversed(lines) if re.search(r"\w", line)), "nothing")


def find_marked(entry: str) -> dict[int, str]:
    """Return the processes that have an entry in their environment, by their ids. Elsewhere than on Linux, none."""
    found: dict[int, str] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended, or is another user's
            if entry.encode() in (folder / "environ").read_bytes().split(b"\0"):
                found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    return found


def kill_marked(mark: str) -> list[str]:
    """Kill the processes that have a mark, and return how they were called."""
    found = find_marked(f"{MARK}={mark}")
    for process in found:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    return sorted(found.values())
