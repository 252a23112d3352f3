"""Whatever servers do, in whatever order, and wherever calls are cancelled: the promises hold over real sockets, too.

`tests/test_never_pays_twice.py` holds them over a transport within the process, where time is virtual. Here calls go
over our own connections, on each event loop. No call waits for time, so none of the rules lets any pass.
"""

import asyncio
import sys
from collections.abc import Callable, Sequence

import pytest
from attrs import define, field, frozen
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from image_variations import ImagesResponse, ImageVariationsError, Response, create_image_variation_detailed
from image_variations._runtime.attempt import Billed

from tests.faults.responses import CUT, IMAGE, IMAGE_AND_CLOSE, WHOLE, api_error
from tests.faults.scenes.calls import LARGE, SMALL, TIGHT
from tests.support.clocks import SleeplessClient
from tests.support.sampling import sampled, slow
from tests.support.server import ScriptedServer
from tests.support.turns import Step, Visit, await_hang_up, close, header, reset, respond, send, stop_writing, take_head

LOOPS: list[Callable[[], asyncio.AbstractEventLoop]] = [asyncio.new_event_loop]
if sys.platform != "win32":
    import uvloop

    LOOPS.append(uvloop.new_event_loop)


@frozen
class Scene:
    """What a server does with a request.

    Attributes:
        cost: What an attempt at it can have cost, if it is not cut short.
        steps: What it does once it has read the request.
        reads_all: Whether it reads the body, too.
    """

    cost: Billed
    steps: Sequence[Step]
    reads_all: bool = True


SCENES = [
    Scene("yes", [IMAGE]),
    Scene("yes", [IMAGE_AND_CLOSE, close]),
    Scene("yes", [send(WHOLE + b"HTTP/1.1 200 OK\r\n")]),
    Scene("yes", [CUT, close]),
    Scene("yes", [send(b"HTTP/1.1 200 OK\r\nX"), close]),
    Scene("no", [respond(429)]),
    Scene("no", [respond(503, api_error())]),
    Scene("no", [respond(503, api_error(), {"Connection": "close"}), close]),
    Scene("no", [respond(400)]),
    Scene("no", [respond(413, api_error(), {"Connection": "close"}), stop_writing, await_hang_up], reads_all=False),
    Scene("unknown", [respond(502, "<html>")]),
    Scene("unknown", [send(b"HTTP/1.1 5"), close]),
    Scene("unknown", [close]),
    Scene("unknown", [reset]),
    Scene("unknown", [await_hang_up]),
]
SILENCE = SCENES[-1]


@define(eq=False)
class Call:
    """A call, and the scenes of its attempts as they came to the server."""

    task: "asyncio.Task[Response[ImagesResponse]]"
    script: Sequence[Scene]
    seen: list[Scene] = field(factory=list[Scene])


class Customer:
    """Makes calls with one client to one server."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self.calls: dict[str, Call] = {}
        self.server = ScriptedServer((self._play,), receive_buffer=TIGHT, is_listening=False)
        self.client = SleeplessClient(base_url=self.server.base_url, max_concurrency=slots, validate=False)

    async def _play(self, visit: Visit) -> None:
        await take_head(visit)
        call = self.calls[header(visit.head, "x-call")]
        scene = call.script[min(len(call.seen), len(call.script) - 1)]
        call.seen.append(scene)
        if scene.reads_all:
            await visit.reader.readexactly(int(header(visit.head, "content-length")))
        for step in scene.steps:
            await step(visit)

    def call(self, script: Sequence[Scene], image: bytes) -> Call:
        """Begin a call."""
        name = f"call-{len(self.calls)}"
        making = create_image_variation_detailed(self.client, image=image, extra_headers={"x-call": name})
        self.calls[name] = Call(asyncio.create_task(making), script)
        return self.calls[name]

    def check(self) -> None:
        """See that what must hold at any moment holds now."""
        for call in self.calls.values():
            assert all(scene.cost == "no" for scene in call.seen[:-1])
            if call.task.done() and not call.task.cancelled():
                error = call.task.exception()
                assert error is None or isinstance(error, ImageVariationsError)
                told = call.task.result() if error is None else error
                assert [attempt.outcome.billed for attempt in told.attempts] == [scene.cost for scene in call.seen]

    async def leave(self) -> None:
        """End the calls; see that each slot and each connection is free again."""
        for call in self.calls.values():
            if SILENCE in call.script:
                call.task.cancel()
        async with asyncio.timeout(60):
            await asyncio.gather(*(call.task for call in self.calls.values()), return_exceptions=True)
            self.check()
            last = [self.call(SCENES[:1], SMALL).task for _ in range(self.slots)]
            await asyncio.gather(*last)
            await self.client.aclose()
            await self.server.until(lambda: not self.server.open_connections)


class AnythingCanHappen(RuleBasedStateMachine):
    """Calls of one client, in any order, to a server that does anything."""

    new_loop = staticmethod(LOOPS[0])

    @initialize(slots=st.sampled_from([1, 3]))
    def come(self, slots: int) -> None:
        """Begin with a client of a few slots."""
        self.runner = asyncio.Runner(loop_factory=self.new_loop)
        self.runner.run(self._come(slots))

    async def _come(self, slots: int) -> None:
        self.customer = Customer(slots)
        await self.customer.server.listen()

    @rule(
        scripts=st.lists(st.lists(st.sampled_from(SCENES), min_size=1, max_size=3), min_size=1, max_size=4),
        is_large=st.booleans(),  # not the images themselves: hypothesis keeps the repr of what it may choose
    )
    def call(self, scripts: list[list[Scene]], is_large: bool) -> None:
        """Make some calls at the same time."""
        image = LARGE if is_large else SMALL
        self.runner.run(self._do(lambda: [self.customer.call(script, image) for script in scripts]))

    @rule(turns=st.sampled_from([1, 2, 3, 5, 10, 30, 100]))
    def let_a_moment_pass(self, turns: int) -> None:
        """Let the calls go on from one await to the next."""
        self.runner.run(self._do(lambda: None, turns))

    @rule(position=st.integers(0, 7))
    def cancel(self, position: int) -> None:
        """Cancel a call that is under way."""
        running = [call for call in self.customer.calls.values() if not call.task.done()]
        if position < len(running):
            self.runner.run(self._do(running[position].task.cancel))

    async def _do(self, step: Callable[[], object], turns: int = 0) -> None:
        step()
        for _ in range(turns):
            await asyncio.sleep(0)
        self.customer.check()

    def teardown(self) -> None:
        """End the calls, and see that nothing was lost."""
        if hasattr(self, "customer"):
            with self.runner:
                self.runner.run(self._leave())

    async def _leave(self) -> None:
        async with self.customer.server:
            await self.customer.leave()


@pytest.mark.parametrize("new_loop", sampled(LOOPS, LOOPS[0]), ids=["asyncio", "uvloop"][: len(LOOPS)])
@pytest.mark.parametrize("examples", [10, slow(30), pytest.param(500, marks=pytest.mark.soak)])
def test_no_sequence_of_events_breaks_a_promise_over_sockets(
    examples: int, new_loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    """No order of responses, lost connections and cancellations makes a call pay twice, or lose a connection."""
    machine = type("AnythingCanHappen", (AnythingCanHappen,), {"new_loop": staticmethod(new_loop)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=10,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
