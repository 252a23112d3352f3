"""A timeout at each moment of a call: what it says of the bill is true.

A transport with a thread of its own may bring a call's request to the server when the next call has begun, so
requests are told apart by their field `user`.
"""

import asyncio
import math
from collections import Counter

import pytest
from image_variations import CallTimeoutError

from tests.faults.callers import Outcome, Session
from tests.faults.covering import over_each_transport
from tests.faults.ours import Ours
from tests.faults.responses import BODY, HEAD, made
from tests.faults.scenes.calls import SMALL
from tests.faults.scenes.cancelling import settle
from tests.support.clocks import LoopClock
from tests.support.server import ScriptedServer
from tests.support.turns import Visit, reply, send

TIMEOUT = 60.0

MAX_SWEEPS = 10

LAST_HEAD = reply(200, BODY, {"Connection": "close"}).removesuffix(BODY)


async def pause(visit: Visit) -> None:
    """Give the client turns in which it has sent all and has no head, or has the head and no body."""
    for _ in range(12):
        await asyncio.sleep(0)


@over_each_transport
@pytest.mark.parametrize("is_warm", [False, True], ids=["cold", "warm"])
async def test_a_timeout_at_any_moment_tells_the_truth(
    caller: Ours, monkeypatch: pytest.MonkeyPatch, *, is_warm: bool
) -> None:
    """Whatever a call awaits when its time is over: "no" means that the server made no image, and "yes" that it did."""
    clock = LoopClock(monkeypatch)
    billed: list[str] = []
    # Where another thread sends, what a turn of the loop comes upon is chance.
    wanted = {"no", "unknown", "yes", "success"} if caller.transport.is_on_loop else {"success"}
    async with (
        ScriptedServer(made(pause, send(HEAD if is_warm else LAST_HEAD), pause, send(BODY))) as server,
        caller.open(server.base_url, timeout=TIMEOUT, connect_timeout=math.inf) as session,
    ):
        await session.call(SMALL, user="before")
        # A busy machine connects late, and can skip the few turns in which a request is out: then all are tried again.
        for _ in range(MAX_SWEEPS):
            turns, was_in_time = 0, True
            while was_in_time:
                turns += 1
                outcome = await timed_out(session, clock, turns, user=str(len(billed)))
                was_in_time = isinstance(outcome.error, CallTimeoutError)
                await settle()
                billed.append(outcome.billed if was_in_time else "success")
            if wanted <= set(billed):
                break
        images = Counter(dict(request.form.fields)["user"] for request in server.requests)
    told = {(what, images[str(user)]) for user, what in enumerate(billed)}
    assert told <= {("no", 0), ("yes", 1), ("success", 1), ("unknown", 0), ("unknown", 1)}
    assert wanted <= set(billed)


async def timed_out(session: Session, clock: LoopClock, turns: int, user: str) -> Outcome:
    """Make a call whose time is over after so many turns of the event loop."""
    call = asyncio.create_task(session.call(SMALL, user=user))
    for _ in range(turns):
        await asyncio.sleep(0)
    clock.put_forward(2 * TIMEOUT)
    return await call
