"""Whatever happens, in whatever order: no call is paid twice, none outlives its timeout, and `billed` is true.

A transport plays every kind of answer and failure, first each by itself, then in the hands of a state machine that
makes calls, lets time pass and cancels. Each scene says what is true of it; the client's policy is not asked.
"""

import asyncio
import json
import math
import socket
import ssl
from collections.abc import Callable, Iterable

import httpx
import pytest
from attrs import define, evolve, frozen
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from image_variations import (
    CallTimeoutError,
    Client,
    ImagesResponse,
    ImageVariationsError,
    Response,
    create_image_variation_detailed,
)
from image_variations._runtime.attempt import Billed

from tests.support.pictures import make_png
from tests.support.sampling import sampled, slow
from tests.support.stage import PICTURE, SUCCESS, Answer, Scene, Seen, Stage
from tests.support.virtual_time import VIRTUAL_TIME_LOOPS, NewLoop, VirtualTimeLoop, loop_clock, run_in_virtual_time

PNG = make_png()

API_ERROR = json.dumps({"error": {"message": "Try later.", "type": "server_error"}}).encode()
QUOTA = json.dumps({"error": {"message": "Pay.", "code": "insufficient_quota"}}).encode()
GATEWAY_ERRORS = [b"", b"<html>Bad gateway</html>", b'{"error": "upstream lost"}', b'{"detail": "lost"}', b'["lost"]']

ERRORS: list[Callable[[], Exception]] = [
    *(ConnectionResetError, ConnectionRefusedError, BrokenPipeError, TimeoutError, EOFError, RuntimeError, KeyError),
    *(lambda: httpx.ConnectError("no"), lambda: httpx.ConnectTimeout("no"), lambda: httpx.ReadTimeout("no")),
    *(lambda: httpx.WriteError("no"), lambda: httpx.RemoteProtocolError("no"), lambda: httpx.PoolTimeout("no")),
    *(lambda: ssl.SSLError("bad record"), lambda: socket.gaierror(socket.EAI_AGAIN, "not now"), RecursionError),
    lambda: ExceptionGroup("both", [ConnectionRefusedError(), TimeoutError()]),
]
"""What transports raise, also at moments that the name does not suggest."""

FINAL_ERRORS: list[Callable[[], Exception]] = [
    lambda: ssl.SSLCertVerificationError("self-signed"),
    lambda: socket.gaierror(socket.EAI_NONAME, "no such host"),
]

WAITS: list[dict[str, str]] = [
    {},
    *({"Retry-After": seconds} for seconds in ("1", "30", "60", "61", "86400", "-5", "nan", "soon")),
    {"retry-after-ms": "1500"},
]


def not_sent() -> Iterable[Scene]:
    """The request never came to its end: not billed, and worth another attempt."""
    for error in ERRORS:
        yield Scene("nothing", error, "no")
        yield Scene("some", error, "no")
    yield from (Scene("nothing", error, "no", is_last=True) for error in FINAL_ERRORS)
    yield Scene("nothing", None, "no")
    yield Scene("some", None, "no")
    yield from (Scene("some", Answer(status, body=b"<html>"), "no") for status in (408, 500, 502, 503, 504, 520, 599))


def rejected() -> Iterable[Scene]:
    """The server says that it did nothing: not billed, and worth another attempt."""
    for status in (409, 425, 429, 521, 522, 523, 529):
        yield from (Scene("all", Answer(status, wait, API_ERROR), "no") for wait in WAITS)
        yield Scene("some", Answer(status), "no")
        yield Scene("all", Answer(status, body=API_ERROR, ending="cut"), "no")
        yield Scene("all", Answer(status, body=API_ERROR, ending="stalls"), "no")
    for status in (500, 502, 503, 504):
        yield from (Scene("all", Answer(status, wait, API_ERROR), "no") for wait in WAITS)
    yield Scene("all", Answer(503, {"Retry-After": "1"}), "no")
    yield Scene("all", Answer(503, {"retry-after-ms": "1500"}, b"<html>"), "no")


def unknown() -> Iterable[Scene]:
    """The request came whole, and nothing that follows says what became of it."""
    yield from (Scene("all", error, "unknown") for error in ERRORS)
    yield from (Scene("all", error, "unknown", is_last=True) for error in FINAL_ERRORS)
    yield Scene("all", None, "unknown")
    for status in (408, 500, 502, 503, 504):
        yield from (Scene("all", Answer(status, body=body), "unknown") for body in GATEWAY_ERRORS)
    yield from (
        Scene("all", Answer(status, WAITS[1], API_ERROR), "unknown")
        for status in (101, 199, 501, 520, 524, 598, 600, 999)
    )
    yield Scene("all", Answer(503, {"Retry-After": "nan"}), "unknown")
    yield from (Scene("all", Answer(500, body=API_ERROR, ending=ending), "unknown") for ending in ("cut", "stalls"))
    yield Scene("all", Answer(502, {"x-should-retry": "true"}), "unknown")
    yield Scene("all", Answer(502, {"x-should-retry": "false"}), "unknown", is_last=True)


def billed() -> Iterable[Scene]:
    """A success by its status line, so it is paid for, whatever its body is."""
    for status in (200, 201, 204, 299):
        yield from (
            Scene("all", Answer(status, WAITS[1], body), "yes", is_last=True)
            for body in (PICTURE, b"", b"<html>", API_ERROR, b"[" * 100_000, b"null", b'{"data": [{}]}')
        )
        yield Scene("all", Answer(status, {"Content-Encoding": "gzip"}, PICTURE), "yes", is_last=True)
        yield Scene("all", Answer(status, {"x-should-retry": "true"}), "yes", is_last=True)
        yield Scene("all", Answer(status, body=PICTURE, ending="cut"), "yes", is_last=True)
        yield Scene("all", Answer(status, body=PICTURE, ending="stalls"), "yes", is_last=True)
    yield Scene("some", Answer(200, body=PICTURE), "yes", is_last=True)


def refused() -> Iterable[Scene]:
    """The server will never do it: not billed, and not worth another attempt."""
    for status in (300, 301, 302, 304, 307, 308, 400, 401, 403, 404, 413, 418, 422, 499):
        yield Scene("all", Answer(status, {"Location": "https://elsewhere.example/", **WAITS[1]}), "no", is_last=True)
        yield Scene("some", Answer(status, body=API_ERROR), "no", is_last=True)
    yield Scene("all", Answer(429, WAITS[1], QUOTA), "no", is_last=True)
    yield Scene("all", Answer(429, {"x-should-retry": "false", **WAITS[1]}), "no", is_last=True)
    yield Scene("all", Answer(503, {"x-should-retry": "false"}, API_ERROR), "no", is_last=True)


KINDS = {kind.__name__: [*kind()] for kind in (not_sent, rejected, unknown, billed, refused)}
SCENES = [scene for kind in KINDS.values() for scene in kind]
REPEATABLE = [scene for scene in SCENES if not scene.is_last]
DELAYS = [0.0, 0.3, 4.0, 25.0]
TIMEOUTS = [0.2, 3.7, 31.3, 100.0, math.inf]


@frozen
class Plan:
    """What a call is allowed, and what becomes of its attempts."""

    script: tuple[Scene, ...]
    timeout: float
    max_retries: int
    retry_unknown: bool


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Any plan."""
    first = draw(st.lists(st.integers(0, len(REPEATABLE) - 1), max_size=4))
    scenes = [*(REPEATABLE[number] for number in first), SCENES[draw(st.integers(0, len(SCENES) - 1))]]
    script = tuple(evolve(scene, delay=draw(st.sampled_from(DELAYS))) for scene in scenes)
    return Plan(script, draw(st.sampled_from(TIMEOUTS)), draw(st.integers(0, 4)), draw(st.booleans()))


@define(eq=False)
class Call:
    """A call that was made, and how it ended."""

    plan: Plan
    name: str
    task: "asyncio.Task[Response[ImagesResponse]]"
    began: float
    ended: float | None = None
    cancelled: float | None = None

    def has_ended(self, task: "asyncio.Task[Response[ImagesResponse]]") -> None:
        """Note when, and that its error was seen."""
        self.ended = task.get_loop().time()
        _ = task.cancelled() or task.exception()

    @property
    def error(self) -> BaseException | None:
        """What it raised."""
        return asyncio.CancelledError() if self.task.cancelled() else self.task.exception()


class Customer:
    """Makes calls with one client, and cancels them.

    Attributes:
        stage: Where the calls go.
        calls: Every call so far.
    """

    def __init__(self, *, slots: int, fraction: float) -> None:
        class StagedClient(Client):
            clock = loop_clock(lambda low, high: low + (high - low) * fraction)

        self.stage = Stage()
        self.calls: list[Call] = []
        self.slots = slots
        self.client = StagedClient(base_url="http://stage/v1", transport=self.stage, max_concurrency=slots)

    def call(self, plan: Plan) -> Call:
        """Begin a call."""
        name = f"call-{len(self.calls)}"
        self.stage.scripts[name] = plan.script
        task = asyncio.create_task(
            create_image_variation_detailed(
                self.client,
                image=PNG,
                extra_headers={"x-call": name},
                timeout=plan.timeout,
                max_retries=plan.max_retries,
                retry_unknown=plan.retry_unknown,
            )
        )
        call = Call(plan, name, task, asyncio.get_running_loop().time())
        task.add_done_callback(call.has_ended)
        self.calls.append(call)
        return call

    async def cancel(self, call: Call) -> None:
        """Cancel a call, wherever it is: it must end without time passing."""
        if call.task.cancel():  # it may have ended in the turn before
            call.cancelled = asyncio.get_running_loop().time()
            await asyncio.wait([call.task])
            assert call.ended == call.cancelled

    def check(self) -> None:
        """See that what must hold at any moment holds now."""
        for call in self.calls:
            seen = self.stage.of_call(call.name)
            assert len(seen) <= call.plan.max_retries + 1
            assert_not_paid_twice(seen, retry_unknown=call.plan.retry_unknown)
            assert_in_time(call)
            if call.ended is not None:
                assert_told_truly(call, seen)
        assert self.stage.most_under_way <= self.slots
        retries = len(self.stage.seen) - len({seen.call for seen in self.stage.seen})
        assert retries <= 20 + sum(call.ended is not None and call.error is None for call in self.calls)
        assert_pauses_were_kept(self.calls, self.stage.seen)

    async def leave(self) -> None:
        """Wait for what has a timeout, cancel the rest, and see that every slot and every connection is free again."""
        await asyncio.sleep(2 * max(timeout for timeout in TIMEOUTS if timeout < math.inf))
        self.check()
        for call in self.calls:
            if not call.task.done():
                await self.cancel(call)
        assert self.stage.under_way == 0
        await asyncio.sleep(120.0)  # any pause is over
        self.stage.most_under_way = 0
        plan = Plan((evolve(SUCCESS, delay=1.0),), 1.5, 0, retry_unknown=False)
        await asyncio.gather(*(self.call(plan).task for _ in range(self.slots)))
        assert (self.stage.most_under_way, self.stage.under_way) == (self.slots, 0)
        await self.client.aclose()


class AnythingCanHappen(RuleBasedStateMachine):
    """Calls of one client, in any order and under any weather."""

    @staticmethod
    def new_loop() -> asyncio.AbstractEventLoop:
        """Make the event loop."""
        return VirtualTimeLoop()

    @initialize(slots=st.sampled_from([1, 3, 10]), fraction=st.sampled_from([0.0, 0.5, 1.0]))
    def come(self, slots: int, fraction: float) -> None:
        """Begin with a client of a few slots, whose random numbers are at one place between their bounds."""
        self.runner = asyncio.Runner(loop_factory=self.new_loop)
        self.customer = Customer(slots=slots, fraction=fraction)

    @rule(together=st.lists(plans(), min_size=1, max_size=4))
    def call(self, together: list[Plan]) -> None:
        """Make some calls at the same time."""
        self.runner.run(self._call(together))

    async def _call(self, together: list[Plan]) -> None:
        for plan in together:
            self.customer.call(plan)

    @rule(seconds=st.sampled_from([0.0, 0.05, 0.2, 1.0, 4.0, 30.0, 90.0, 700.0]))
    def let_time_pass(self, seconds: float) -> None:
        """Wait, while the calls go on."""
        self.runner.run(asyncio.sleep(seconds))

    @rule(turns=st.integers(1, 30))
    def let_a_moment_pass(self, turns: int) -> None:
        """Let the calls go on from one await to the next, with no time between."""
        self.runner.run(self._let_a_moment_pass(turns))

    async def _let_a_moment_pass(self, turns: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)

    @rule(position=st.integers(0, 7))
    def cancel(self, position: int) -> None:
        """Cancel a call that is under way."""
        running = [call for call in self.customer.calls if not call.task.done()]
        if position < len(running):
            self.runner.run(self.customer.cancel(running[position]))

    @invariant()
    def every_promise_is_kept(self) -> None:
        """What must hold at any moment holds after each step."""
        self.runner.run(self._check())

    async def _check(self) -> None:
        self.customer.check()

    def teardown(self) -> None:
        """End the calls, and see that nothing was lost."""
        if hasattr(self, "runner"):
            with self.runner:
                self.runner.run(self.customer.leave())


def assert_not_paid_twice(seen: list[Seen], *, retry_unknown: bool) -> None:
    """At most the last attempt of a call can have cost anything, unless unknown ones may be repeated."""
    for attempt in seen[:-1]:
        assert not attempt.scene.is_last
        assert attempt.cost == "no" or (attempt.cost == "unknown" and retry_unknown)


def assert_in_time(call: Call) -> None:
    """No call goes on when its timeout is over."""
    now = asyncio.get_running_loop().time() if call.ended is None else call.ended
    assert now <= call.began + call.plan.timeout + 1e-6


def assert_told_truly(call: Call, seen: list[Seen]) -> None:
    """The caller is told what the far side saw: each attempt, and what they can have cost in all."""
    error = call.error
    if isinstance(error, asyncio.CancelledError):
        assert call.cancelled is not None
        return
    assert call.cancelled is None
    assert error is None or isinstance(error, ImageVariationsError)
    end = call.task.result() if error is None else error
    costs = [attempt.cost for attempt in seen]
    assert [attempt.outcome.billed for attempt in end.attempts] == costs
    assert [attempt.status_code for attempt in end.attempts] == [
        attempt.scene.then.status if isinstance(attempt.scene.then, Answer) and attempt.followed is not None else None
        for attempt in seen
    ]
    dearest: Billed = "yes" if "yes" in costs else "unknown" if "unknown" in costs else "no"
    assert end.billed == dearest
    if error is None:
        assert dearest == "yes"
    else:
        assert error.safe_to_resend == (dearest == "no")
    if isinstance(error, CallTimeoutError):
        assert call.ended == pytest.approx(call.began + call.plan.timeout)


FROM_OUTSIDE = (asyncio.CancelledError, CallTimeoutError)
"""How a call ends that did not end by itself."""


def assert_pauses_were_kept(calls: list[Call], seen: list[Seen]) -> None:
    """Between a 429 that asks for a wait and the end of the wait no attempt begins."""
    ends = {call.name: call.ended for call in calls if call.ended is not None and isinstance(call.error, FROM_OUTSIDE)}
    for attempt in seen:
        answer, told = attempt.scene.then, attempt.followed
        if not isinstance(answer, Answer) or answer.status != 429 or told is None or answer.ending == "stalls":
            continue
        asked = {"1": 1.0, "30": 30.0, "60": 60.0, "1500": 1.5}.get("".join(answer.headers.values()))
        # Who is ended from outside as the answer comes need not have read it.
        if asked is not None and ends.get(attempt.call) != told:
            assert not [other for other in seen if told < other.began < told + asked - 1e-6]


LOOP_NAMES = ["asyncio", "uvloop"][: len(VIRTUAL_TIME_LOOPS)]


@pytest.mark.parametrize("new_loop", sampled(VIRTUAL_TIME_LOOPS, VIRTUAL_TIME_LOOPS[0]), ids=LOOP_NAMES)
@pytest.mark.parametrize("retry_unknown", [False, True], ids=["careful", "brave"])
@pytest.mark.parametrize("kind", KINDS)
def test_each_answer_and_failure_is_met_as_it_must_be(kind: str, retry_unknown: bool, new_loop: NewLoop) -> None:
    """Whatever becomes of the first attempt, every promise is kept, and a second is made exactly where one may be."""

    async def play(scene: Scene) -> None:
        customer = Customer(slots=1, fraction=0.5)
        call = customer.call(Plan((scene, SUCCESS), 100.0, 2, retry_unknown=retry_unknown))
        await asyncio.wait([call.task])
        customer.check()
        assert (len(customer.stage.seen) == 2) is may_follow(scene, retry_unknown=retry_unknown)
        await customer.leave()

    for scene in KINDS[kind]:
        run_in_virtual_time(play(scene), new_loop)


def may_follow(scene: Scene, *, retry_unknown: bool) -> bool:
    """Whether another attempt follows a scene in a call that has retries and time left."""
    then = scene.then
    if scene.is_last or then is None or (isinstance(then, Answer) and then.ending == "stalls"):
        return False
    asks_too_much = isinstance(then, Answer) and then.headers.get("Retry-After") in ("61", "86400")
    return not asks_too_much and (scene.cost == "no" or retry_unknown)


@pytest.mark.parametrize("new_loop", sampled(VIRTUAL_TIME_LOOPS, VIRTUAL_TIME_LOOPS[0]), ids=LOOP_NAMES)
@pytest.mark.parametrize("examples", [30, slow(1000)])
def test_no_sequence_of_events_breaks_a_promise(examples: int, new_loop: NewLoop) -> None:
    """No order of answers, failures, waits and cancellations makes a call pay twice, hang or misreport its bill."""
    machine = type("AnythingCanHappen", (AnythingCanHappen,), {"new_loop": staticmethod(new_loop)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=15,
            phases=[Phase.generate, Phase.shrink],
        ),
    )
