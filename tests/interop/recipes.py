"""The servers that the client is tried against: how each is installed and started, and what is expected of it."""

import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from pathlib import Path
from typing import TypeVar

from attrs import Factory, define, frozen

from tests.interop.installs import Install
from tests.interop.processes import run_program
from tests.interop.scenes import Behind, Place, Scene

T = TypeVar("T")

HOST = "127.0.0.1"


@define
class Stage:
    """What a recipe has to start its server with.

    Attributes:
        installed: Where its packages are.
        scratch: A folder for its files, which is removed afterwards.
        environment: The environment of its programs.
        behind: What a server that passes calls on can have behind it.
        stack: Stops what was started.
    """

    installed: Path
    scratch: Path
    environment: Mapping[str, str]
    behind: Behind
    stack: AsyncExitStack
    logs: list[Path] = Factory(list[Path])

    @property
    def upstream(self) -> str:
        """The `base_url` of the reference server."""
        return self.behind.upstream.base_url

    @property
    def upstream_origin(self) -> str:
        """The same without its path."""
        return self.upstream.removesuffix("/v1")

    async def start(self, *command: str | Path, port: int, seconds: float = 60.0, **environment: str) -> None:
        """Start a program, and wait until it listens on a port.

        Raises:
            ProgramError: It did not become ready.
        """
        log = self.scratch / f"{len(self.logs)}.log"
        self.logs.append(log)
        variables = {**self.environment, **environment}
        program = self.stack.enter_context(run_program(command, log, environment=variables, folder=self.scratch))
        await program.wait_until_ready(lambda: is_listening(port), seconds)

    async def enter(self, context: AbstractAsyncContextManager[T]) -> T:
        """Enter a context, which is left when the programs have been stopped."""
        return await self.stack.enter_async_context(context)


@frozen
class Recipe:
    """A server that people have.

    Attributes:
        name: What `SERVER=` calls it.
        title: What people call it.
        what: What it is.
        works: Whether the client works with it, in a word or two.
        install: How it is installed.
        start: Starts it, and returns the places that clients are led to.
        scenes: What a caller does.
        quirks: What to know about it, the most important thing first.
        is_quick: Whether it is installed and tried in well under a minute.
    """

    name: str
    title: str
    what: str
    works: str
    install: Install
    start: Callable[[Stage], Awaitable[Mapping[str, Place]]]
    scenes: tuple[Scene, ...]
    quirks: tuple[str, ...] = ()
    is_quick: bool = True


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind((HOST, 0))
        port: int = found.getsockname()[1]
        return port


def is_listening(port: int) -> bool:
    """Return whether somebody listens on a port of this machine."""
    with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
        return True
    return False
