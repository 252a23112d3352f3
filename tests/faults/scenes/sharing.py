"""Scenes in which many calls share a client."""

import asyncio
import random
from collections.abc import Sequence

from attrs import evolve

from tests.faults.callers import Caller, Outcome
from tests.faults.observation import Observation
from tests.faults.responses import IMAGE, api_error, made, not_made
from tests.faults.scenes.calls import SHORT, SMALL, WELL, Scene, seen_by
from tests.faults.scenes.cancelling import settle
from tests.support.server import ScriptedServer
from tests.support.turns import respond, wait_for

_WALL = 50
_BURSTS = 13
_IN_A_BURST = 16
CALLS = _BURSTS * _IN_A_BURST


async def queued(caller: Caller) -> Observation:
    """Three calls over two slots, while the server takes its time."""
    drawing = asyncio.Event()
    async with ScriptedServer(made(wait_for(drawing), IMAGE)) as server:
        async with caller.open(server.base_url, max_concurrency=2) as session:
            calls = [asyncio.create_task(session.call(SMALL)) for _ in range(3)]
            await server.until(lambda: server.posts == 2)
            await settle()
            problems = ("the third did not queue",) if server.posts > 2 else ()
            drawing.set()
            outcomes = await asyncio.gather(*calls)
        return evolve(seen_by(server, session, worst(outcomes), problems), calls=3)


async def queued_in_vain(caller: Caller) -> Observation:
    """A third call whose timeout is over before one of two slots is free."""
    drawing = asyncio.Event()
    async with ScriptedServer(made(wait_for(drawing), IMAGE)) as server:
        async with caller.open(server.base_url, max_concurrency=2) as session:
            calls = [asyncio.create_task(session.call(SMALL)) for _ in range(2)]
            await server.until(lambda: server.posts == 2)
            outcome = await session.call(SMALL, seconds=SHORT)
            drawing.set()
            others = await asyncio.gather(*calls)
        problems = tuple(f"another call: {other.error!r}" for other in others if other.error)
        seen = seen_by(server, session, outcome, problems)
        return evolve(seen, posts=server.posts - 2, made=seen.made - 2)


def wall_of_503(concurrency: int) -> Scene:
    """Fifty calls, so many at once, to a server that answers each POST with the API's own 503."""

    async def scene(caller: Caller) -> Observation:
        async with ScriptedServer(not_made(respond(503, api_error()))) as server:
            async with caller.open(server.base_url, max_concurrency=concurrency, timeout=30.0) as session:
                outcomes = await asyncio.gather(*(session.call(SMALL) for _ in range(_WALL)))
            return evolve(seen_by(server, session, worst(outcomes)), calls=_WALL)

    return scene


async def idle_connections_closed(caller: Caller) -> Observation:
    """Calls in bursts about 5 s apart, for a minute, to a server that closes connections that were idle for 5 s."""
    moments = random.Random(42)  # noqa: S311  # the same moments each time, and no secret
    async with ScriptedServer(WELL, idle_seconds=5.0) as server:
        async with caller.open(server.base_url) as session:
            outcomes: list[Outcome] = []
            for burst in range(_BURSTS):
                await asyncio.sleep(moments.uniform(4.98, 5.01) if burst else 0)
                outcomes += await asyncio.gather(*(session.call(SMALL) for _ in range(_IN_A_BURST)))
        lost = sum(outcome.error is not None for outcome in outcomes)
        problems = (f"{lost} of {CALLS} calls were lost",) if lost else ()
        return evolve(seen_by(server, session, worst(outcomes), problems), calls=CALLS)


def worst(outcomes: Sequence[Outcome]) -> Outcome:
    """The outcome of all, if they are of one kind, else one that is not like most."""
    names = [outcome.name for outcome in outcomes]
    return min(outcomes, key=lambda outcome: names.count(outcome.name))
