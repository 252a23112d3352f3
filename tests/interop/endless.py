"""A command like `make interop` with one server that takes for ever, for the test that interrupts it.

    python -m tests.interop.endless (install | play) FOLDER

It prints a line when it is so far.
"""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen
from image_variations import Client

from tests.interop.__main__ import run_until_signal
from tests.interop.processes import run_program
from tests.interop.recipes import HOST, Recipe, Stage, free_port
from tests.interop.scenes import Behind, Place, Scene

SERVER = """
import socket, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
time.sleep(600)
"""
"""A program that starts another one, and listens."""


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@frozen
class Install:
    """An installer that is there at once, or never ends."""

    ends: bool
    version: str = "1"

    async def install(self, folder: Path, environment: Mapping[str, str]) -> None:
        """Install for ever, if that is wanted."""
        if not self.ends:
            command = [sys.executable, "-c", SERVER, str(free_port())]
            with run_program(command, folder / "log", environment=environment, folder=folder) as installer:
                _say("installing")
                await installer.wait_until_over(600)


async def start(stage: Stage) -> Mapping[str, Place]:
    """Start the server."""
    port = free_port()
    await stage.start(sys.executable, "-c", SERVER, str(port), port=port)
    return {"api": Place(f"http://{HOST}:{port}")}


async def play(client: Client, behind: Behind) -> str:
    """Do nothing for ever."""
    _say("playing")
    never: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    return await never


def main() -> int:
    """Run the command; the exit status is the number of the signal that ended it."""
    phase, folder = sys.argv[1:]
    recipe = Recipe(
        name=".",
        title="Endless",
        what="a server that takes for ever",
        works="no",
        install=Install(ends=phase == "play"),
        start=start,
        scenes=(Scene("a call", play, "nothing"),),
    )
    _, number = asyncio.run(run_until_signal([recipe], Path(folder)))
    return number


if __name__ == "__main__":
    sys.exit(main())
