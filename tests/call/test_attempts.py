"""What a caller sees of the attempts that a call makes, and what it can say about them."""

import asyncio
import itertools
import logging
from collections.abc import Callable, Sequence
from functools import partial

import pytest
from image_variations import (
    Attempt,
    CallTimeoutError,
    Client,
    ConfigurationError,
    ConnectionLostError,
    GatewayError,
    ImageVariationsError,
    NotFoundError,
    RateLimitError,
    ResponseError,
    ServerError,
    create_image_variation,
    create_image_variation_detailed,
)
from image_variations._runtime.call.limits import RETRIES

from tests.support.clocks import HandClock, SleeplessClock, client_by
from tests.support.server import ScriptedServer
from tests.support.stage import SUCCESS as GOOD_SCENE
from tests.support.stage import Answer, Scene, Stage
from tests.support.turns import API_ERROR, HANG_UP, REJECTION, SILENCE, SUCCESS, cut_reply, in_parts, reply
from tests.support.virtual_time import loop_clock, run_in_virtual_time

KEY = "sk-of-the-attempts"
LOST = Scene("all", ConnectionResetError, "unknown")
REFUSED = Scene("all", Answer(429), "no")


@pytest.fixture
def time() -> SleeplessClock:
    """The clock of the clients: sleeps take no real time."""
    return SleeplessClock()


def told(attempts: Sequence[Attempt]) -> list[tuple[int, str, int | None, float | None, str | None, float | None]]:
    """What each attempt says, but for its times."""
    return [
        (
            attempt.number,
            attempt.outcome.value,
            attempt.status_code,
            attempt.wait,
            attempt.request_id,
            attempt.retry_after,
        )
        for attempt in attempts
    ]


async def fail(client: Client, png: bytes) -> ImageVariationsError:
    """Make a call that fails, and return its error."""
    with pytest.raises(ImageVariationsError) as failure:
        await create_image_variation(client, image=png)
    return failure.value


def notes(error: BaseException) -> list[str]:
    """What was noted on an error."""
    return getattr(error, "__notes__", [])


async def test_a_result_tells_of_each_attempt_that_it_took(
    scripted: ScriptedServer, time: SleeplessClock, png: bytes
) -> None:
    """Number, class, status, wait, request id and Retry-After of each, and what the call took and cost in all."""
    scripted.script = [
        reply(500, API_ERROR, {"x-request-id": "req_1"}),
        reply(429, b"", {"x-request-id": "req_2", "Retry-After": "3"}),
        reply(200, {"created": 1, "data": [{"b64_json": "aGk="}]}, {"x-request-id": "req_3"}),
    ]
    async with client_by(time.clock)(base_url=scripted.base_url) as client:
        response = await create_image_variation_detailed(client, image=png)
    assert told(response.attempts) == [
        (1, "rejected", 500, 0.1, "req_1", None),
        (2, "rejected", 429, 3.0, "req_2", 3.0),
        (3, "billed", 200, None, "req_3", None),
    ]
    assert time.slept == [0.1, 3.0]
    assert response.elapsed == pytest.approx(3.1)
    assert (response.request_id, response.billed) == ("req_3", "yes")


async def test_an_error_tells_of_each_attempt_that_failed(
    scripted: ScriptedServer, time: SleeplessClock, png: bytes
) -> None:
    """An error has what a result has; its request id and Retry-After are the last answer's."""
    scripted.script = [
        reply(503, API_ERROR, {"x-request-id": "req_1", "Retry-After": "1"}),
        reply(503, API_ERROR, {"x-request-id": "req_2"}),
        reply(529, b"", {"x-request-id": "req_3", "retry-after-ms": "2500"}),
    ]
    async with client_by(time.clock)(base_url=scripted.base_url) as client:
        error = await fail(client, png)
    assert isinstance(error, ServerError)
    assert told(error.attempts) == [
        (1, "rejected", 503, 1.0, "req_1", 1.0),
        (2, "rejected", 503, 0.1, "req_2", None),
        (3, "rejected", 529, None, "req_3", 2.5),
    ]
    assert error.elapsed == pytest.approx(1.1)
    assert (error.request_id, error.retry_after) == ("req_3", 2.5)
    assert (error.billed, error.safe_to_resend) == ("no", True)


@pytest.mark.parametrize(
    ("said", "expected", "billed"),
    [
        (HANG_UP, ConnectionLostError, "unknown"),
        (reply(502, "<html>Bad gateway</html>"), GatewayError, "unknown"),
        (reply(200, "<html>Welcome</html>"), ResponseError, "yes"),
        (reply(404), NotFoundError, "no"),
    ],
    ids=["no answer", "a gateway's answer", "a useless success", "a refusal"],
)
async def test_an_error_says_what_the_call_can_have_cost(
    scripted: ScriptedServer, time: SleeplessClock, png: bytes, said: bytes, expected: type[Exception], billed: str
) -> None:
    """`safe_to_resend` is true only where nothing can be billed, and nothing else is sent by itself."""
    scripted.script = [said]
    async with client_by(time.clock)(base_url=scripted.base_url) as client:
        error = await fail(client, png)
    assert isinstance(error, expected)
    assert (error.billed, error.safe_to_resend) == (billed, billed == "no")
    assert (len(error.attempts), len(scripted.requests), time.slept) == (1, 1, [])


async def test_one_unknown_attempt_makes_the_bill_of_the_call_unknown(
    scripted: ScriptedServer, time: SleeplessClock, png: bytes
) -> None:
    """The bill is the whole call's, not its last attempt's."""
    scripted.script = [HANG_UP, reply(400, API_ERROR)]
    async with client_by(time.clock)(base_url=scripted.base_url, retry_unknown=True) as client:
        error = await fail(client, png)
    assert [attempt.outcome.value for attempt in error.attempts] == ["unknown", "permanent"]
    assert (error.billed, error.safe_to_resend) == ("unknown", False)


async def test_a_timeout_counts_the_attempt_that_it_ended(scripted: ScriptedServer, png: bytes) -> None:
    """The attempt that was under way is told of like any other."""
    scripted.script = [SILENCE]
    async with Client(base_url=scripted.base_url, timeout=0.1) as client:
        error = await fail(client, png)
    assert isinstance(error, CallTimeoutError)
    assert told(error.attempts) == [(1, "unknown", None, None, None, None)]
    assert error.billed == "unknown"
    assert error.elapsed >= 0.1


async def test_an_attempt_has_the_times_of_its_beginning_and_end(
    scripted: ScriptedServer, png: bytes, time: SleeplessClock
) -> None:
    """Both in seconds since 1970; what lies between two attempts is the wait."""
    rejected = asyncio.Event()
    scripted.script = [in_parts(rejected, REJECTION), SUCCESS]
    began = time.now
    async with client_by(time.clock)(base_url=scripted.base_url) as client:
        call = asyncio.create_task(create_image_variation_detailed(client, image=png))
        await scripted.until(lambda: len(scripted.requests) == 1)
        time.now += 7.0
        rejected.set()
        first, second = (await call).attempts
    assert (first.start, first.end) == (began, began + 7.0)
    assert second.start == pytest.approx(began + 7.1)
    assert second.end == second.start


@pytest.mark.parametrize("script", [[REJECTION, SUCCESS], [REJECTION, reply(400)]], ids=["success", "failure"])
async def test_an_observer_is_told_of_each_attempt_once(
    scripted: ScriptedServer, time: SleeplessClock, png: bytes, script: list[bytes]
) -> None:
    """`on_attempt` gets what the result or the error has, in order."""
    scripted.script = script
    observed: list[Attempt] = []
    async with client_by(time.clock)(base_url=scripted.base_url, on_attempt=observed.append) as client:
        try:
            attempts = (await create_image_variation_detailed(client, image=png)).attempts
        except ImageVariationsError as error:
            attempts = error.attempts
    assert len(observed) == 2
    assert tuple(observed) == attempts


async def test_an_observer_is_told_before_the_wait(scripted: ScriptedServer, png: bytes) -> None:
    """Who looks on knows during the back-off what happened and how long it takes."""
    scripted.script = [REJECTION, SUCCESS]
    hand, observed = HandClock(), list[Attempt]()
    async with client_by(hand.clock)(base_url=scripted.base_url, on_attempt=observed.append) as client:
        call = asyncio.create_task(create_image_variation(client, image=png))
        await hand.until_asleep()
        assert told(observed) == [(1, "rejected", 503, 0.1, None, None)]
        hand.move(0.1)
        await call


async def test_an_observer_that_fails_costs_no_answer(
    scripted: ScriptedServer, time: SleeplessClock, png: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """What it raises is logged, and the call goes on to its result."""
    scripted.script = [REJECTION, SUCCESS]

    def fail(attempt: Attempt) -> None:
        raise LookupError(f"no place for attempt {attempt.number}")

    async with client_by(time.clock)(base_url=scripted.base_url, on_attempt=fail) as client:
        response = await create_image_variation_detailed(client, image=png)
    assert len(response.attempts) == 2
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert [(record.name, record.getMessage()) for record in warnings] == [
        ("image_variations", "on_attempt failed for attempt 1"),
        ("image_variations", "on_attempt failed for attempt 2"),
    ]
    assert "LookupError: no place for attempt 2" in caplog.text


async def observe_later(attempt: Attempt) -> None:
    """An observer that would have to be awaited."""


class LateObserver:
    """Another one."""

    async def __call__(self, attempt: Attempt) -> None:
        """Observe."""


@pytest.mark.parametrize(
    "observer", [observe_later, partial(observe_later), LateObserver(), LateObserver().__call__, "no function"]
)
async def test_an_observer_that_cannot_be_told_is_refused(observer: Callable[[Attempt], object]) -> None:
    """Calls do not wait for `on_attempt`, so a coroutine function would never run. The error says what to pass."""
    with pytest.raises(ConfigurationError, match=r"on_attempt must (not be a coroutine function.*plain|be a) function"):
        Client(base_url="http://server.invalid/v1", on_attempt=observer)
    async with Client(base_url="http://server.invalid/v1") as client:
        with pytest.raises(ConfigurationError, match="on_attempt must"):
            client.with_options(on_attempt=observer)


async def test_each_attempt_leaves_one_record_in_the_log(
    scripted: ScriptedServer, time: SleeplessClock, png: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """The logger is named after the package; it says what happened, and neither bodies nor keys."""
    caplog.set_level(logging.DEBUG, logger="image_variations")
    scripted.script = [
        reply(500, {"error": {"message": f"Not with {KEY}, secret-user."}}, {"x-request-id": "req_1"}),
        reply(200, {"created": 1, "data": [{"b64_json": "aGk="}]}, {"x-request-id": KEY}),
    ]
    async with client_by(time.clock)(base_url=scripted.base_url, api_key=KEY) as client:
        await create_image_variation(client, image=png, user="secret-user")
    records = [record for record in caplog.records if record.name.startswith("image_variations")]
    assert [(record.name, record.levelno, record.getMessage()) for record in records] == [
        (
            "image_variations",
            logging.INFO,
            "createImageVariation: attempt 1: rejected, status 500, request id req_1, again in 0.10 s",
        ),
        ("image_variations", logging.INFO, "createImageVariation: attempt 2: billed, status 200, request id ***"),
    ]
    for secret in (KEY, "secret-user", "aGk="):
        assert secret not in caplog.text


async def test_a_call_may_allow_other_retries_than_its_client(
    scripted: ScriptedServer, time: SleeplessClock, png: bytes
) -> None:
    """`max_retries` of the call counts for this call, and the client's for the next."""
    scripted.script = [REJECTION]
    async with client_by(time.clock)(base_url=scripted.base_url, max_retries=1) as client:
        for max_retries, requests in ((0, 1), (3, 4), (None, 2)):
            scripted.requests.clear()
            with pytest.raises(ServerError):
                await create_image_variation(client, image=png, max_retries=max_retries)
            assert len(scripted.requests) == requests


@pytest.mark.parametrize(("of_client", "of_call", "requests"), [(False, True, 3), (True, False, 1), (True, None, 3)])
async def test_a_call_may_be_braver_or_more_careful_than_its_client(
    scripted: ScriptedServer, time: SleeplessClock, png: bytes, of_client: bool, of_call: bool | None, requests: int
) -> None:
    """`retry_unknown` of the call counts, whichever way it differs from the client's."""
    scripted.script = [HANG_UP]
    async with client_by(time.clock)(base_url=scripted.base_url, retry_unknown=of_client) as client:
        with pytest.raises(ConnectionLostError):
            await create_image_variation(client, image=png, retry_unknown=of_call)
    assert len(scripted.requests) == requests


async def test_a_call_may_have_another_timeout_than_its_client(
    scripted: ScriptedServer, time: SleeplessClock, png: bytes
) -> None:
    """`timeout` of the call bounds it, its waits included."""
    scripted.script = [SILENCE, reply(429, b"", {"Retry-After": "10"}), SUCCESS]
    async with client_by(time.clock)(base_url=scripted.base_url) as client:
        with pytest.raises(CallTimeoutError, match=r"0\.1 s"):
            await create_image_variation(client, image=png, timeout=0.1)
        with pytest.raises(RateLimitError) as failure:
            await create_image_variation(client, image=png, timeout=9.0)
        assert (len(failure.value.attempts), failure.value.retry_after, time.slept) == (1, 10.0, [])
        await create_image_variation(client, image=png)


async def test_a_copy_may_have_other_settings_than_its_client(
    scripted: ScriptedServer, time: SleeplessClock, png: bytes
) -> None:
    """`with_options` sets retries, their kind, the timeout and the observer of the copy, and leaves the client be."""
    observed: list[Attempt] = []
    async with client_by(time.clock)(base_url=scripted.base_url) as client:
        copy = client.with_options(max_retries=1, retry_unknown=True, timeout=9.0, on_attempt=observed.append)
        scripted.script = [HANG_UP]
        assert (len((await fail(copy, png)).attempts), len(observed)) == (2, 2)
        assert (len((await fail(client, png)).attempts), len(observed)) == (1, 2)
        scripted.script = [reply(503, API_ERROR, {"Retry-After": "10"})]
        assert len((await fail(copy, png)).attempts) == 1
        assert len((await fail(client, png)).attempts) == 3


async def test_every_attempt_says_the_same_idempotency_key(
    scripted: ScriptedServer, time: SleeplessClock, png: bytes
) -> None:
    """A server that knows the header can tell a repetition from a second order; the body is the same to the byte."""
    scripted.script = [REJECTION, reply(429), SUCCESS]
    async with client_by(time.clock)(base_url=scripted.base_url) as client:
        await create_image_variation(client, image=png, idempotency_key="order-7")
        await create_image_variation(client, image=png)
    first, second, third, without = scripted.requests
    assert first == second == third
    assert first.headers["idempotency-key"] == "order-7"
    assert first.headers.keys() - without.headers.keys() == {"idempotency-key"}


async def test_an_idempotency_key_allows_no_more_retries(
    scripted: ScriptedServer, time: SleeplessClock, png: bytes
) -> None:
    """Servers that do not know the header ignore it, so an unknown outcome stays one."""
    scripted.script = [HANG_UP]
    async with client_by(time.clock)(base_url=scripted.base_url) as client:
        with pytest.raises(ConnectionLostError) as failure:
            await create_image_variation(client, image=png, idempotency_key="order-7")
    assert (failure.value.billed, len(scripted.requests)) == ("unknown", 1)


@pytest.mark.parametrize("is_async", [False, True], ids=["function", "coroutine function"])
async def test_a_key_function_is_asked_before_every_attempt(
    scripted: ScriptedServer, time: SleeplessClock, png: bytes, is_async: bool
) -> None:
    """A key that runs out between two attempts is no longer sent."""
    scripted.script = [REJECTION, REJECTION, SUCCESS]
    keys = iter(["sk-one", "sk-two", "sk-three"])

    async def next_key() -> str:
        await asyncio.sleep(0)
        return next(keys)

    api_key = next_key if is_async else keys.__next__
    async with client_by(time.clock)(base_url=scripted.base_url, api_key=api_key) as client:
        await create_image_variation(client, image=png)
    assert [request.headers["authorization"] for request in scripted.requests] == [
        "Bearer sk-one",
        "Bearer sk-two",
        "Bearer sk-three",
    ]


@pytest.mark.parametrize("said", [(503, API_ERROR), (429, b""), (502, "<html></html>")], ids=["503", "429", "502"])
@pytest.mark.parametrize("false", ["false", "False", "false, false", "true, FALSE"])
async def test_a_server_may_forbid_a_retry(
    scripted: ScriptedServer, time: SleeplessClock, png: bytes, said: tuple[int, object], false: str
) -> None:
    """`x-should-retry: false` ends the call, also where `retry_unknown` would go on, and whatever Retry-After says."""
    status, body = said
    scripted.script = [reply(status, body, {"x-should-retry": false, "Retry-After": "1"})]
    async with client_by(time.clock)(base_url=scripted.base_url, retry_unknown=True) as client:
        await fail(client, png)
    assert len(scripted.requests) == 1


@pytest.mark.parametrize("said", [(502, ""), (408, ""), (400, API_ERROR), (200, "<html></html>")])
async def test_a_server_cannot_order_a_retry(
    scripted: ScriptedServer, time: SleeplessClock, png: bytes, said: tuple[int, object]
) -> None:
    """`x-should-retry: true` makes no attempt safe that may have been billed, or useful that was refused."""
    status, body = said
    scripted.script = [reply(status, body, {"x-should-retry": "true", "Retry-After": "1"})]
    async with client_by(time.clock)(base_url=scripted.base_url) as client:
        await fail(client, png)
    assert len(scripted.requests) == 1


@pytest.mark.parametrize("is_copy", [False, True], ids=["the client", "a copy"])
async def test_a_client_that_was_told_to_wait_holds_back_its_other_calls(
    scripted: ScriptedServer, png: bytes, is_copy: bool
) -> None:
    """After a 429 with Retry-After no call of the client or a copy of it sends anything until the wait is over."""
    scripted.script = [reply(429, b"", {"Retry-After": "5"}), SUCCESS]
    hand = HandClock(fraction=0.5)
    async with client_by(hand.clock)(base_url=scripted.base_url) as client:
        first = asyncio.create_task(create_image_variation_detailed(client, image=png))
        await hand.until_asleep(1)
        other = client.with_options(timeout=50.0) if is_copy else client
        second = asyncio.create_task(create_image_variation_detailed(other, image=png))
        await hand.until_asleep(2)
        hand.move(5.2)
        assert (len(hand.asleep), len(scripted.requests)) == (2, 1)
        hand.move(0.05)
        assert [len(response.attempts) for response in await asyncio.gather(first, second)] == [2, 1]
    assert hand.slept == [5.25, 5.25]


async def test_a_call_that_gives_up_still_holds_back_the_others(scripted: ScriptedServer, png: bytes) -> None:
    """The server's wish counts for them also when the call that heard it does not wait."""
    scripted.script = [reply(429, b"", {"Retry-After": "5"}), SUCCESS]
    hand = HandClock()
    async with client_by(hand.clock)(base_url=scripted.base_url, max_retries=0) as client:
        assert (await fail(client, png)).retry_after == 5.0
        second = asyncio.create_task(create_image_variation(client, image=png))
        await hand.until_asleep()
        assert (hand.slept, len(scripted.requests)) == ([5.0], 1)
        hand.move(5.0)
        await second


@pytest.mark.parametrize(
    "said",
    [
        reply(429),
        reply(503, API_ERROR, {"Retry-After": "5"}),
        reply(429, b"", {"Retry-After": "61"}),
    ],
    ids=["429 without Retry-After", "503 with it", "429 with more than a minute"],
)
async def test_no_other_answer_holds_back_other_calls(
    scripted: ScriptedServer, time: SleeplessClock, png: bytes, said: bytes
) -> None:
    """Only a 429 that asks for a wait of up to a minute speaks for the whole client."""
    scripted.script = [said, SUCCESS]
    async with client_by(time.clock)(base_url=scripted.base_url, max_retries=0) as client:
        await fail(client, png)
        await create_image_variation(client, image=png)
    assert time.slept == []


@pytest.mark.parametrize("end", ["cancelled", "closed"])
async def test_a_retry_that_is_not_made_leaves_its_room_to_others(
    scripted: ScriptedServer, png: bytes, end: str
) -> None:
    """Calls that end while they wait to try again use nothing of the client's budget."""
    scripted.script = [REJECTION]
    hand = HandClock()
    async with client_by(hand.clock)(base_url=scripted.base_url) as client:
        calls = [asyncio.create_task(create_image_variation(client, image=png)) for _ in range(RETRIES)]
        await hand.until_asleep(RETRIES)
        if end == "closed":
            await client.aclose()
        else:
            for call in calls:
                call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        assert client._connections.budget.room == RETRIES  # pyright: ignore[reportPrivateUsage]  # nobody else tells


async def test_a_call_that_waits_for_its_key_is_held_back_too(scripted: ScriptedServer, png: bytes) -> None:
    """What counts is when it would be sent, and not when its key was asked for."""
    scripted.script = [reply(429, b"", {"Retry-After": "5"}), SUCCESS]
    hand = HandClock()
    is_asked, has_key = asyncio.Event(), asyncio.Event()
    numbers = itertools.count(1)

    async def key() -> str:
        is_asked.set()
        await has_key.wait()
        return f"sk-number-{next(numbers)}"

    async with client_by(hand.clock)(base_url=scripted.base_url) as client:
        patient = client.with_options(api_key=key)
        second = asyncio.create_task(create_image_variation(patient, image=png))
        await is_asked.wait()
        first = asyncio.create_task(create_image_variation(client, image=png))
        await hand.until_asleep(1)
        has_key.set()
        await hand.until_asleep(2)
        assert len(scripted.requests) == 1
        hand.move(5.0)
        await asyncio.gather(first, second)
    keys = {request.headers.get("authorization") for request in scripted.requests}
    assert keys == {None, "Bearer sk-number-1"}


async def test_a_wall_of_failures_is_met_by_few_retries(
    scripted: ScriptedServer, time: SleeplessClock, png: bytes
) -> None:
    """Fifty calls at once into a server that is down make seventy requests; those without a retry say why."""
    scripted.script = [REJECTION]
    async with client_by(time.clock)(base_url=scripted.base_url) as client:
        errors = await asyncio.gather(*(fail(client, png) for _ in range(50)))
    assert len(scripted.requests) == 70
    assert sum(len(error.attempts) for error in errors) == 70
    given_up = [error for error in errors if len(error.attempts) < 3]
    assert {(*notes(error),) for error in given_up} == {
        ("Not sent again: the client's budget for retries is used up.",)
    }


async def test_successes_earn_retries_again(scripted: ScriptedServer, time: SleeplessClock, png: bytes) -> None:
    """After the budget is used up each success allows one more retry, to any call of the client."""
    scripted.script = [REJECTION]
    async with client_by(time.clock)(base_url=scripted.base_url) as client:
        for _ in range(12):
            await fail(client, png)
        scripted.script = [SUCCESS]
        for _ in range(3):
            await create_image_variation(client, image=png)
        scripted.script = [REJECTION]
        attempts = [len((await fail(client, png)).attempts) for _ in range(3)]
    assert attempts == [3, 2, 1]


async def test_a_success_that_breaks_earns_no_retry(scripted: ScriptedServer, time: SleeplessClock, png: bytes) -> None:
    """It is billed, and the server is in no better health for it: the wall of 503 that follows gets one request."""
    scripted.script = [REJECTION]
    async with client_by(time.clock)(base_url=scripted.base_url) as client:
        for _ in range(12):
            await fail(client, png)
        scripted.script = [cut_reply(5, {"data": []})]
        for _ in range(3):
            assert (await fail(client, png)).billed == "yes"
        scripted.script = [REJECTION]
        assert len((await fail(client, png)).attempts) == 1


@pytest.mark.parametrize(
    ("said", "seconds", "note"),
    [
        (
            reply(429, b"", {"Retry-After": "121"}),
            600.0,
            "Not sent again: the server asks for a wait of 121 s, which is longer than this call can wait.",
        ),
        (
            reply(429, b"", {"Retry-After": "60"}),
            61.0,  # and the wait is 66 s, by the random part that is added
            "Not sent again: the call would time out before the next attempt.",
        ),
    ],
    ids=["Retry-After", "timeout"],
)
async def test_an_error_says_why_the_call_was_not_sent_again(
    scripted: ScriptedServer, png: bytes, said: bytes, seconds: float, note: str
) -> None:
    """Where a retry was allowed and did not come, a note on the error has the reason."""
    scripted.script = [said]
    async with client_by(HandClock(fraction=1.0).clock)(base_url=scripted.base_url, timeout=seconds) as client:
        assert notes(await fail(client, png)) == [note]


@pytest.mark.parametrize("said", [REJECTION, HANG_UP, reply(400)], ids=["retries spent", "unknown", "refused"])
async def test_an_error_that_explains_itself_has_no_note(
    scripted: ScriptedServer, time: SleeplessClock, png: bytes, said: bytes
) -> None:
    """Spent retries and answers that are never repeated need no more words."""
    scripted.script = [said]
    async with client_by(time.clock)(base_url=scripted.base_url) as client:
        assert notes(await fail(client, png)) == []


def test_other_tasks_run_while_a_call_waits(png: bytes) -> None:
    """The back-off is an `await`: in its half second another task has its turn a hundred times."""
    ticks: list[float] = []

    async def tick() -> None:
        while True:
            await asyncio.sleep(0.005)
            ticks.append(asyncio.get_running_loop().time())

    async def main() -> None:
        stage = Stage(REFUSED, GOOD_SCENE)
        client_class = client_by(loop_clock(lambda low, high: high))
        async with client_class(base_url="http://stage/v1", transport=stage) as client:
            ticking = asyncio.create_task(tick())
            await create_image_variation(client, image=png)
            ticking.cancel()

    run_in_virtual_time(main())
    assert len(ticks) == pytest.approx(100, abs=1)


async def test_a_call_that_is_cancelled_while_it_waits_ends_at_once(scripted: ScriptedServer, png: bytes) -> None:
    """No further request is made, and the client's next call works."""
    scripted.script = [REJECTION, SUCCESS]
    hand = HandClock()
    async with client_by(hand.clock)(base_url=scripted.base_url, max_concurrency=1) as client:
        call = asyncio.create_task(create_image_variation(client, image=png))
        await hand.until_asleep()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert (hand.asleep, len(scripted.requests)) == ([], 1)
        await create_image_variation(client, image=png)
    assert len(scripted.requests) == 2
