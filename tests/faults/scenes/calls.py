"""Scenes of one call, told by what the server does with it."""

import time
import tracemalloc
from collections.abc import Awaitable, Callable
from typing import Unpack, cast

from attrs import evolve
from image_variations import FileInput

from tests.faults.callers import Caller, Outcome, SceneOptions, Session
from tests.faults.observation import Observation
from tests.faults.responses import IMAGE, made
from tests.support.pictures import make_png
from tests.support.server import ScriptedServer
from tests.support.turns import Turn, close

Scene = Callable[[Caller], Awaitable[Observation]]

SMALL = make_png()
LARGE = SMALL + bytes(3_900_000 - len(SMALL))
"""Just below the document's limit. What follows a PNG's last chunk is not a part of the picture."""

TIGHT = 4096
"""A receive buffer that a large picture does not fit into, whatever else the kernel keeps (SO_RCVBUF)."""

SHORT = 0.4
"""Seconds of timeout for a call that is to run into it. A call that runs into nothing takes 0.01."""

_GRACE = 1.0
"""Seconds by which a call may outlast its timeout where the machine is busy."""

_CLOCK_STEP = 0.005
"""Seconds: an event loop may count time in whole milliseconds, as uvloop does."""

WELL = made(IMAGE)
"""A server in good health."""


def one_call(
    *turns: Turn, image: FileInput = SMALL, receive_buffer: int | None = None, **options: Unpack[SceneOptions]
) -> Scene:
    """One call to a server that takes these turns."""

    async def scene(caller: Caller) -> Observation:
        async with ScriptedServer(*turns, receive_buffer=receive_buffer) as server:
            async with caller.open(server.base_url, **options) as session:
                outcome, problems = await in_time(session, image, options.get("timeout"))
            return seen_by(server, session, outcome, problems)

    return scene


def one_stream(*turns: Turn, events: int = 0, **options: Unpack[SceneOptions]) -> Scene:
    """One call for events, so many of which are given, to a server that takes these turns."""

    async def scene(caller: Caller) -> Observation:
        async with ScriptedServer(*turns) as server:
            async with caller.open(server.base_url, **options) as session:
                outcome = await session.stream()
            given = len(cast("list[object]", outcome.answer))
            problems = () if given == events else (f"{given} events were given, not {events}",)
            return seen_by(server, session, outcome, problems)

    return scene


def call_after_another(
    *turns: Turn, image: FileInput = SMALL, receive_buffer: int | None = None, closes: bool = False
) -> Scene:
    """One call on the connection that a first one left; with `closes` the server has closed it by then."""

    async def scene(caller: Caller) -> Observation:
        first = (*WELL, close) if closes else WELL
        async with ScriptedServer(first, *turns, receive_buffer=receive_buffer) as server:
            async with caller.open(server.base_url) as session:
                await session.call(SMALL)
                if closes:
                    await server.until(lambda: server.open_connections == 0)
                outcome, problems = await in_time(session, image)
            seen = seen_by(server, session, outcome, problems)
        return evolve(seen, posts=server.posts - 1, made=seen.made - 1)

    return scene


def within_memory(limit: int, scene: Scene) -> Scene:
    """A scene during which Python may allocate no more than so many bytes."""

    async def measured(caller: Caller) -> Observation:
        tracemalloc.start()
        try:
            seen = await scene(caller)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        problems = (f"{peak >> 20} MiB were allocated",) if peak > limit else ()
        return evolve(seen, problems=seen.problems + problems)

    return measured


async def in_time(session: Session, image: FileInput, limit: float | None = None) -> tuple[Outcome, tuple[str, ...]]:
    """Make a call, and see that it took no longer than its timeout, and did not give up before."""
    start = time.monotonic()
    outcome = await session.call(image)
    elapsed = time.monotonic() - start
    is_late = limit is not None and elapsed > limit + _GRACE
    is_early = limit is not None and elapsed < limit - _CLOCK_STEP and isinstance(outcome.error, TimeoutError)
    return outcome, (f"it took {elapsed:.2f} s",) if is_late or is_early else ()


def seen_by(server: ScriptedServer, session: Session, outcome: Outcome, problems: tuple[str, ...] = ()) -> Observation:
    """What the server and the client's clock tell of a call that is over."""
    return Observation(outcome, server.posts, server.made, server.connections, tuple(session.waits), problems=problems)
