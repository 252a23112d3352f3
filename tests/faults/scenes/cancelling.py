"""Scenes in which the caller loses patience: the task of a call is cancelled."""

import asyncio
import contextlib
import ssl

from tests.faults.callers import Caller, Outcome, Session
from tests.faults.observation import Observation
from tests.faults.responses import IMAGE, IMAGE_AND_CLOSE, api_error, made, not_made
from tests.faults.scenes.calls import SMALL, Scene, seen_by
from tests.support.server import ScriptedServer
from tests.support.turns import respond

_TURNS_TO_SETTLE = 50
"""Turns of the event loop in which two ends of a loopback connection hear of each other's closing."""

_CLOSING_SECONDS = 1.0


def cancelled_everywhere(*, is_warm: bool, tls: ssl.SSLContext | None = None) -> Scene:
    """A call is cancelled after 0, 1, 2, ... turns of the event loop, until one is over before that.

    At the end of each turn the call is at one await point, so this comes to all of them. There is one
    slot, and after each call another one needs it. A warm client has an open connection each time.
    """
    respond = IMAGE if is_warm else IMAGE_AND_CLOSE

    async def scene(caller: Caller) -> Observation:
        problems: list[str] = []
        async with ScriptedServer(made(respond), tls=tls) as server:
            async with caller.open(server.base_url, max_concurrency=1, max_retries=0, timeout=1.0) as session:
                for is_before in (True, False):
                    problems += await _cancelled_after_each_turn(server, session, is_before=is_before, idle=is_warm)
            if not await falls_to(server, 0):
                problems.append(f"{server.open_connections} connections outlive the client")
        return Observation(Outcome(asyncio.CancelledError()), problems=tuple(problems))

    return scene


async def cancelled_during_back_off(caller: Caller) -> Observation:
    """A call is cancelled between two attempts."""
    async with ScriptedServer(not_made(respond(503, api_error()))) as server:
        async with caller.open(server.base_url, holds_back_off=True) as session:
            call = asyncio.create_task(session.call(SMALL))
            await session.backing_off()
            call.cancel()
            await settle()
            problems = () if call.done() else ("it goes on",)
            error = await cancelled(call)
        return seen_by(server, session, Outcome(error), problems)


async def cancelled(call: "asyncio.Task[Outcome]") -> BaseException | None:
    """Cancel a call; what it raised, if it did."""
    call.cancel()
    await asyncio.wait((call,))
    return asyncio.CancelledError() if call.cancelled() else call.exception()


async def settle() -> None:
    """Let what is under way come to rest."""
    for _ in range(_TURNS_TO_SETTLE):
        await asyncio.sleep(0)


async def falls_to(server: ScriptedServer, most: int, *, within: float = _CLOSING_SECONDS) -> bool:
    """Let what is under way come to rest; whether so few connections are open then, or so many seconds later.

    A transport with a thread of its own closes them there, and is given some time for it.
    """
    await settle()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within):
            await server.until(lambda: server.open_connections <= most)
    return server.open_connections <= most


async def _cancelled_after_each_turn(
    server: ScriptedServer, session: Session, *, is_before: bool, idle: int
) -> list[str]:
    """Cancel calls after more and more turns of the loop, before or after their own part of the turn.

    Args:
        server: What is called.
        session: The client.
        is_before: Whether cancelling comes before the call's own part of each turn.
        idle: How many connections the client keeps between calls.
    """
    problems: list[str] = []
    await session.call(SMALL)
    was_going_on, turns, kept = True, 0, idle
    while was_going_on:
        call, was_going_on = await _call_and_cancel(session, turns, is_before=is_before)
        where = f"cancelled after {turns} turns"
        if was_going_on != call.cancelled():
            problems.append(f"{where}: the call goes on as if it were not")
        if error := (await session.call(SMALL)).error:
            return [*problems, f"{where}: the slot is lost: {error!r}"]
        if not await falls_to(server, kept):
            problems.append(f"{where}: a connection is left open")
            kept = server.open_connections
        turns += 1
    return problems


async def _call_and_cancel(session: Session, turns: int, *, is_before: bool) -> "tuple[asyncio.Task[Outcome], bool]":
    """Make a call and cancel it; returns it when it is over, and whether it was not when it was cancelled."""

    async def cancel_later() -> bool:
        for _ in range(turns):
            await asyncio.sleep(0)
        return call.cancel()

    # Tasks that wait for nothing run in the order in which they were made.
    cancelling = asyncio.create_task(cancel_later()) if is_before else None
    call = asyncio.create_task(session.call(SMALL))
    was_going_on = await (cancelling or asyncio.create_task(cancel_later()))
    await asyncio.wait((call,))
    return call, was_going_on
