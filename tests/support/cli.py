"""The command `image-variations` in tests: within this process, or in one that gets signals and pipes."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from subprocess import PIPE, CompletedProcess
from typing import cast

from image_variations_cli.__main__ import main

from tests.support.commands import run_main
from tests.support.ledgers import ledger_options

JsonLine = Mapping[str, object]

COMMAND = (sys.executable, "-m", "image_variations_cli")


def run_command(*arguments: str | Path, cwd: Path) -> "CompletedProcess[str]":
    """Run the command within this process."""
    return run_main(main, *map(str, arguments), *ledger_options(arguments, cwd), cwd=cwd)


def lines_of(output: str) -> list[JsonLine]:
    """Read JSON lines."""
    return [cast(JsonLine, json.loads(line)) for line in output.splitlines()]


def summary_of(output: str) -> JsonLine:
    """Return the summary, which has to be the last line and the only one of its type."""
    lines = lines_of(output)
    assert [line["type"] for line in lines].count("summary") == 1
    assert lines[-1]["type"] == "summary"
    return lines[-1]


class RunningCommand:
    """The command in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    @classmethod
    async def start(cls, *arguments: str | Path, cwd: Path, environment: Mapping[str, str]) -> "RunningCommand":
        """Start it."""
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            *map(str, arguments),
            *ledger_options(arguments, cwd),
            cwd=cwd,
            env={**os.environ, **environment},
            stdout=PIPE,
            stderr=PIPE,
        )
        return cls(process)

    async def until_note(self, words: str) -> str:
        """Wait until a line on standard error has some words."""
        assert self.process.stderr is not None
        while line := await self.process.stderr.readline():
            if words in line.decode():
                return line.decode()
        raise AssertionError(f"the command ended before it said: {words}")

    def interrupt(self, number: signal.Signals = signal.SIGINT) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    async def end(self) -> "CompletedProcess[str]":
        """Wait for its end; what it printed is what was not read before."""
        out, err = await self.process.communicate()
        return CompletedProcess([], self.process.returncode or 0, out.decode(), err.decode())

    async def __aenter__(self) -> "RunningCommand":
        return self

    async def __aexit__(self, *exception: object) -> None:
        if self.process.returncode is None:  # the test failed
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
            await self.process.communicate()
