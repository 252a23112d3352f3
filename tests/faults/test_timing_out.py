"""A timeout at each moment of a call: what it says of the bill is true."""

import asyncio
import math

import pytest
from image_variations import CallTimeoutError

from tests.faults.answers import IMAGE, IMAGE_AND_CLOSE, drawn
from tests.faults.callers import Outcome, Session
from tests.faults.covering import over_each_transport
from tests.faults.ours import Ours
from tests.faults.scenes.calls import SMALL
from tests.faults.scenes.cancelling import settle
from tests.faults.server import FaultServer

TIMEOUT = 60.0


@over_each_transport
@pytest.mark.parametrize("is_warm", [False, True], ids=["cold", "warm"])
async def test_a_timeout_at_any_moment_tells_the_truth(
    caller: Ours, monkeypatch: pytest.MonkeyPatch, *, is_warm: bool
) -> None:
    """Whatever a call awaits when its time is over: "no" means that the server does not draw, and "yes" that it did."""
    clock = LoopClock(monkeypatch)
    said: set[str] = set()
    async with (
        FaultServer(drawn(IMAGE if is_warm else IMAGE_AND_CLOSE)) as server,
        caller.open(server.base_url, timeout=TIMEOUT, connect_timeout=math.inf) as session,
    ):
        await session.call(SMALL)
        turns, was_in_time = 1, True
        while was_in_time:
            drawn_before = server.drawn
            outcome = await timed_out(session, clock, turns)
            was_in_time = isinstance(outcome.error, CallTimeoutError)
            await settle()
            made = server.drawn - drawn_before
            assert (outcome.billed, made) in {("no", 0), ("yes", 1), ("unknown", 0), ("unknown", 1)}
            said.add(outcome.billed if was_in_time else "success")
            turns += 1
    # Where another thread sends, what a turn of the loop comes upon is chance; and aiohttp gives
    # a short answer whole, so that no turn comes between its status and its end.
    assert said >= ({"no", "unknown", "success"} if caller.transport.is_on_loop else {"unknown", "success"})
    assert "yes" in said or caller.transport.name != "httpx"


class LoopClock:
    """The clock of the running event loop, which can be put forward."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._ahead = 0.0
        loop = asyncio.get_running_loop()
        time = loop.time
        monkeypatch.setattr(loop, "time", lambda: time() + self._ahead)

    def put_forward(self, seconds: float) -> None:
        """Let time pass that nothing happens in."""
        self._ahead += seconds


async def timed_out(session: Session, clock: LoopClock, turns: int) -> Outcome:
    """Make a call whose time is over after so many turns of the event loop."""
    call = asyncio.create_task(session.call(SMALL))
    for _ in range(turns):
        await asyncio.sleep(0)
    clock.put_forward(2 * TIMEOUT)
    return await call
