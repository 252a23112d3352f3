"""Transports, hooks, observers and key functions that misbehave, and what they must not do to a call."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable

import httpx
import pytest
from image_variations import (
    Attempt,
    CallTimeoutError,
    Client,
    ConfigurationError,
    ConnectionFailedError,
    ConnectionLostError,
    Image,
    ImageVariationsError,
    NotFoundError,
    RateLimitError,
    RedirectError,
    ResponseError,
    StatusError,
    TLSError,
    create_image_variation,
    create_image_variation_detailed,
    create_image_variation_stream,
    fetch_image,
)

from tests.support.clocks import SleeplessClient
from tests.support.server import ScriptedServer
from tests.support.stage import PICTURE, Answer, Scene, Stage
from tests.support.stage import SUCCESS as GOOD_SCENE
from tests.support.turns import HANG_UP, reply
from tests.support.virtual_time import VirtualClient, run_in_virtual_time

REFUSED = Scene("all", Answer(429), "no")
SILENT = Scene("all", None, "unknown")


async def outcome_of(client: Client, png: bytes) -> tuple[BaseException | None, float]:
    """How a call ended, and after how many seconds of the loop's time; a hundred are taken to be for ever."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    call = asyncio.create_task(create_image_variation(client, image=png))
    await asyncio.wait([call], timeout=100.0)
    ended = loop.time()
    if not call.done():
        call.cancel()
    [result] = await asyncio.gather(call, return_exceptions=True)
    return result if isinstance(result, BaseException) else None, ended - began


# Transports


class _StubbornBody(httpx.AsyncByteStream):
    """A body that cannot be closed."""

    def __init__(self, content: bytes, *, ends: bool) -> None:
        self._content = content
        self._ends = ends

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._content
        if not self._ends:
            await asyncio.Event().wait()

    async def aclose(self) -> None:
        await asyncio.Event().wait()


class _StubbornTransport(httpx.AsyncBaseTransport):
    """A transport whose answer cannot be closed."""

    def __init__(self, body: _StubbornBody) -> None:
        self._body = body

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await _take(request)
        return httpx.Response(200, stream=self._body)


class _DeafTransport(httpx.AsyncBaseTransport):
    """A transport that goes on when it is cancelled."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await _take(request)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.Event().wait()
        raise AssertionError("nothing comes of it")


async def _take(request: httpx.Request) -> int:
    assert isinstance(request.stream, httpx.AsyncByteStream)
    return sum([len(piece) async for piece in request.stream])


@pytest.mark.parametrize(
    "transport",
    [_StubbornTransport(_StubbornBody(b"", ends=False)), _DeafTransport()],
    ids=["a body that cannot be closed", "a request that cannot be cancelled"],
)
def test_a_transport_that_cannot_be_stopped_does_not_outlast_the_timeout(
    transport: httpx.AsyncBaseTransport, png: bytes
) -> None:
    """The timeout is the client's, whatever the transport does about it; a few seconds for its clean-up are enough."""

    async def main() -> tuple[BaseException | None, float]:
        client = VirtualClient(base_url="http://stage/v1", transport=transport, timeout=3.0)
        return await outcome_of(client, png)

    error, seconds = run_in_virtual_time(main())
    assert isinstance(error, CallTimeoutError)
    assert 3.0 <= seconds <= 8.0


def test_an_answer_that_came_whole_is_not_lost_to_a_connection_that_does_not_close(png: bytes) -> None:
    """It is paid for, and how its connection ends changes nothing about it."""

    async def main() -> tuple[BaseException | None, float]:
        transport = _StubbornTransport(_StubbornBody(PICTURE, ends=True))
        return await outcome_of(VirtualClient(base_url="http://stage/v1", transport=transport, timeout=30.0), png)

    error, _ = run_in_virtual_time(main())
    assert error is None


def test_what_came_of_an_answer_is_kept_when_the_time_is_over_while_it_is_closed(png: bytes) -> None:
    """The body is among what the error keeps: it is paid for."""

    async def main() -> tuple[BaseException | None, float]:
        transport = _StubbornTransport(_StubbornBody(PICTURE, ends=True))
        return await outcome_of(VirtualClient(base_url="http://stage/v1", transport=transport, timeout=0.01), png)

    error, _ = run_in_virtual_time(main())
    if error is not None:
        assert isinstance(error, CallTimeoutError)
        assert (error.billed, error.content) == ("yes", PICTURE)


class _EarlyTransport(httpx.AsyncBaseTransport):
    """A transport that hands on the head of an answer before it has sent the whole body: a server may be so early."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.AsyncByteStream)
        pieces = aiter(request.stream)
        await anext(pieces)
        return httpx.Response(200, stream=_EarlyBody(pieces))


class _EarlyBody(httpx.AsyncByteStream):
    """A body that comes when the rest of the request's was sent."""

    def __init__(self, request: AsyncIterator[bytes]) -> None:
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for _ in self._request:
            pass
        yield PICTURE


async def test_an_answer_may_begin_before_the_request_ends(png: bytes) -> None:
    """The body is handed over to its end while the answer is read."""
    async with SleeplessClient(base_url="http://stage/v1", transport=_EarlyTransport()) as client:
        response = await create_image_variation_detailed(client, image=png)
    assert (response.content, response.billed) == (PICTURE, "yes")


class _LateTransport(httpx.AsyncBaseTransport):
    """A transport that gives up, and goes on reading the body all the same."""

    def __init__(self) -> None:
        self.reading: asyncio.Task[list[bytes]] | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.AsyncByteStream)
        pieces = aiter(request.stream)
        await anext(pieces)
        self.reading = asyncio.create_task(self._read(pieces))
        raise httpx.WriteError("the connection is slow")

    async def _read(self, pieces: AsyncIterator[bytes]) -> list[bytes]:
        await asyncio.sleep(1.0)
        return [piece async for piece in pieces]


def test_nothing_is_handed_over_when_an_attempt_is_over(png: bytes) -> None:
    """What was classed as not sent stays so: a transport that asks for the tail afterwards does not get it."""

    async def main() -> None:
        transport = _LateTransport()
        client = VirtualClient(base_url="http://stage/v1", transport=transport, max_retries=0)
        with pytest.raises(ConnectionFailedError) as failure:
            await create_image_variation(client, image=png)
        assert failure.value.billed == "no"
        assert transport.reading is not None
        [pieces] = await asyncio.gather(transport.reading, return_exceptions=True)
        assert isinstance(pieces, Exception) or pieces == []

    run_in_virtual_time(main())


class _RetryingTransport(httpx.AsyncBaseTransport):
    """A transport that sends a request again by itself when no answer comes, as there are some to wrap others."""

    def __init__(self, fails_after: str) -> None:
        self.fails_after = fails_after
        self.bodies: list[int] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.fails_after == "some":
            assert isinstance(request.stream, httpx.AsyncByteStream)
            async for _ in request.stream:
                break
        else:
            self.bodies.append(await _take(request))
        self.bodies.append(await _take(request))
        return httpx.Response(200, content=PICTURE)


async def test_a_transport_that_sends_again_by_itself_gets_no_second_body(png: bytes) -> None:
    """Once the tail was handed over, only the policy decides whether there is another time."""
    transport = _RetryingTransport(fails_after="all")
    async with SleeplessClient(base_url="http://stage/v1", transport=transport) as client:
        with pytest.raises(ImageVariationsError) as failure:
            await create_image_variation(client, image=png)
    assert (len(transport.bodies), failure.value.billed) == (1, "unknown")


async def test_a_transport_may_begin_again_with_what_was_not_sent(png: bytes) -> None:
    """A body whose tail was not handed over can be read from its beginning."""
    transport = _RetryingTransport(fails_after="some")
    async with SleeplessClient(base_url="http://stage/v1", transport=transport) as client:
        await create_image_variation(client, image=png)
    assert len(transport.bodies) == 1


class _TranslatingTransport(httpx.AsyncBaseTransport):
    """A transport that makes an error of its own of a cancellation."""

    def __init__(self) -> None:
        self.requests = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise httpx.ReadError("it was interrupted") from None
        raise AssertionError("nothing comes of it")


def test_a_cancellation_that_a_transport_translates_stays_one(png: bytes) -> None:
    """The task that was cancelled ends as cancelled, and sends nothing more."""
    transport = _TranslatingTransport()

    async def main() -> None:
        client = VirtualClient(base_url="http://stage/v1", transport=transport, retry_unknown=True)
        call = asyncio.create_task(create_image_variation(client, image=png))
        await asyncio.sleep(1.0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await asyncio.sleep(100.0)

    run_in_virtual_time(main())
    assert transport.requests == 1


async def test_a_cancellation_of_a_transports_own_is_a_failure_of_the_transport(png: bytes) -> None:
    """Nobody cancelled the call, so it has an error that tells what it can have cost."""
    stage = Stage(Scene("all", cancelled_inside, "unknown"))
    async with SleeplessClient(base_url="http://stage/v1", transport=stage) as client:
        call = asyncio.create_task(create_image_variation(client, image=png))
        [error] = await asyncio.gather(call, return_exceptions=True)
    assert isinstance(error, ConnectionLostError)
    assert (error.billed, len(stage.seen)) == ("unknown", 1)


def cancelled_inside() -> Exception:
    """Raise what a transport raises that awaits something cancelled."""
    raise asyncio.CancelledError


@pytest.mark.parametrize("status", [429, 503])
def test_an_error_whose_body_stalls_is_still_what_its_head_says(status: int, png: bytes) -> None:
    """A 429, or a 503 with Retry-After, was not billed; its wait is the error's also when the timeout ends it."""

    async def main() -> tuple[BaseException | None, float]:
        stage = Stage(Scene("all", Answer(status, {"Retry-After": "20"}, b"Busy.", ending="stalls"), "no"))
        return await outcome_of(VirtualClient(base_url="http://stage/v1", transport=stage, timeout=3.0), png)

    error, _ = run_in_virtual_time(main())
    assert isinstance(error, CallTimeoutError)
    assert (error.billed, error.retry_after) == ("no", 20.0)


async def test_an_error_that_the_caller_is_handling_is_no_cause_of_ours(png: bytes) -> None:
    """Who falls back from a server with a bad certificate to another gets that one's error."""
    stage = Stage(Scene("nothing", lambda: httpx.ConnectError("refused"), "no"))

    async def fall_back() -> None:
        try:
            raise ssl.SSLCertVerificationError("self-signed")
        except ssl.SSLError:
            await create_image_variation(client, image=png)

    async with SleeplessClient(base_url="http://stage/v1", transport=stage) as client:
        with pytest.raises(ConnectionFailedError) as failure:
            await fall_back()
    assert not isinstance(failure.value, TLSError)
    assert len(failure.value.attempts) == 3


@pytest.mark.parametrize("location", ["http://host:port/", "/" * 70_000], ids=["no port", "too long"])
async def test_a_redirect_to_nowhere_is_a_redirect(scripted: ScriptedServer, png: bytes, location: str) -> None:
    """A 3xx is a refusal, not billed and not repeated, also where its Location is not a URL."""
    scripted.script = [reply(307, b"", {"Location": location})]
    async with SleeplessClient(base_url=scripted.base_url, retry_unknown=True) as client:
        with pytest.raises(RedirectError) as failure:
            await create_image_variation(client, image=png)
    assert (failure.value.billed, len(scripted.requests)) == ("no", 1)


# Hooks of the caller's own httpx.AsyncClient


@pytest.mark.parametrize(("status", "expected"), [(404, NotFoundError), (429, RateLimitError)])
async def test_a_hook_that_raises_for_a_status_does_not_hide_it(
    scripted: ScriptedServer, png: bytes, status: int, expected: type[StatusError]
) -> None:
    """`raise_for_status` as a response hook, which httpx's documentation shows, changes no bill."""

    async def raise_for_status(response: httpx.Response) -> None:
        response.raise_for_status()

    scripted.script = [reply(status)]
    async with httpx.AsyncClient(event_hooks={"response": [raise_for_status]}) as http:
        client = SleeplessClient(base_url=scripted.base_url, http_client=http, max_retries=0)
        with pytest.raises(expected) as failure:
            await create_image_variation(client, image=png)
    assert failure.value.billed == "no"


async def test_a_hook_that_raises_for_a_status_does_not_hide_that_of_a_download(scripted: ScriptedServer) -> None:
    """Downloads go through the same hooks."""

    async def raise_for_status(response: httpx.Response) -> None:
        response.raise_for_status()

    scripted.respond(404, b"gone")
    async with httpx.AsyncClient(event_hooks={"response": [raise_for_status]}) as http:
        client = SleeplessClient(base_url=scripted.base_url, http_client=http)
        with pytest.raises(NotFoundError):
            await fetch_image(client, Image(url=f"{scripted.base_url}/1.png"))


async def test_a_hook_that_reads_the_answer_costs_no_answer(scripted: ScriptedServer, png: bytes) -> None:
    """Logging bodies by a hook, which httpx's documentation shows, leaves them to be read."""
    read: list[bytes] = []

    async def keep(response: httpx.Response) -> None:
        read.append(await response.aread())

    async with httpx.AsyncClient(event_hooks={"response": [keep]}) as http:
        client = SleeplessClient(base_url=scripted.base_url, http_client=http, timeout=1.0)
        response = await create_image_variation_detailed(client, image=png)
    assert read in ([], [response.content])


async def _read_in_pieces(response: httpx.Response) -> None:
    async for _ in response.aiter_bytes():
        pass


async def _read_a_piece(response: httpx.Response) -> None:
    async for _ in response.aiter_bytes(10):
        break


async def _close(response: httpx.Response) -> None:
    await response.aclose()


@pytest.mark.parametrize("hook", [pytest.param(_read_in_pieces), _read_a_piece, pytest.param(_close)])
async def test_a_hook_that_leaves_nothing_to_read_is_an_error_that_says_so(
    scripted: ScriptedServer, png: bytes, hook: Callable[[httpx.Response], Awaitable[None]]
) -> None:
    """The answer was paid for and is gone: the call ends at once with a `ResponseError`."""
    async with httpx.AsyncClient(event_hooks={"response": [hook]}) as http:
        client = SleeplessClient(base_url=scripted.base_url, http_client=http, timeout=2.0)
        with pytest.raises(ResponseError) as failure:
            await create_image_variation(client, image=png)
    assert (failure.value.billed, len(scripted.requests)) == ("yes", 1)


@pytest.mark.parametrize("status", [pytest.param(404), pytest.param(429), 200])
async def test_a_hook_hides_no_status_whatever_the_transport(png: bytes, status: int) -> None:
    """Transports other than httpx's own tell of no status before it is there; `HTTPStatusError` has it."""

    async def raise_for_status(response: httpx.Response) -> None:
        response.raise_for_status()

    stage = Stage(Scene("all", Answer(status, body=PICTURE), "no"))
    async with httpx.AsyncClient(transport=stage, event_hooks={"response": [raise_for_status]}) as http:
        client = SleeplessClient(base_url="http://stage/v1", http_client=http, max_retries=0)
        call = asyncio.create_task(create_image_variation(client, image=png))
        [error] = await asyncio.gather(call, return_exceptions=True)
    if status == 200:
        assert not isinstance(error, BaseException)
    else:
        assert isinstance(error, StatusError)
        assert (error.status_code, error.billed) == (status, "no")


async def test_a_success_with_a_broken_head_says_so_in_plain_words(scripted: ScriptedServer, png: bytes) -> None:
    """What went wrong is said once, without the name of a class of this package's own in between."""
    scripted.script = [b"HTTP/1.1 200 OK\r\nno header\r\n\r\n"]
    with pytest.raises(ResponseError, match=r"could not be taken over \(RemoteProtocolError: the head") as failure:
        await create_image_variation(SleeplessClient(base_url=scripted.base_url), image=png)
    assert "broke off" not in str(failure.value)


class _OddError(BaseException):
    """What is not an error of Python's own, nor a way to end a program."""


def test_a_body_that_ends_with_what_is_no_error_ends_the_call(png: bytes) -> None:
    """Nobody waits for a body whose reader is gone; what is not a `Exception` is not this package's to map."""

    async def main() -> tuple[BaseException | None, float]:
        client = VirtualClient(base_url="http://stage/v1", transport=_TransportWith(_OddBody()), timeout=50.0)
        return await outcome_of(client, png)

    error, seconds = run_in_virtual_time(main())
    assert isinstance(error, _OddError)
    assert seconds < 1.0


class _OddBody(httpx.AsyncByteStream):
    """A body that ends oddly."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"{"
        raise _OddError


class _TransportWith(httpx.AsyncBaseTransport):
    """A transport with one body for every answer."""

    def __init__(self, body: httpx.AsyncByteStream) -> None:
        self._body = body

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await _take(request)
        return httpx.Response(200, stream=self._body)


# Observers


async def test_an_observer_that_asks_something_cancelled_costs_no_answer(png: bytes) -> None:
    """A `CancelledError` of its own is a failure of the observer, and no cancellation of the call."""
    given_up = asyncio.get_running_loop().create_future()
    given_up.cancel()
    client = Client(
        base_url="http://stage/v1", transport=Stage(GOOD_SCENE), on_attempt=lambda attempt: given_up.result()
    )
    assert (await create_image_variation(client, image=png)).data


def test_an_observer_is_told_of_an_attempt_that_was_cancelled(png: bytes) -> None:
    """Nobody else learns that it may have been billed: a cancelled call has no error that says so."""
    observed: list[Attempt] = []

    async def main() -> None:
        client = VirtualClient(base_url="http://stage/v1", transport=Stage(SILENT), on_attempt=observed.append)
        call = asyncio.create_task(create_image_variation(client, image=png))
        await asyncio.sleep(1.0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    run_in_virtual_time(main())
    assert [(attempt.number, attempt.outcome.billed) for attempt in observed] == [(1, "unknown")]


@pytest.mark.parametrize("raised", [pytest.param(TimeoutError), LookupError])
async def test_an_observer_is_told_of_an_answer_that_its_reader_gave_up(png: bytes, raised: type[Exception]) -> None:
    """Whatever ends the reading of a stream, the attempt is over and was paid for."""
    observed: list[Attempt] = []
    stage = Stage(GOOD_SCENE)
    async with SleeplessClient(base_url="http://stage/v1", transport=stage, on_attempt=observed.append) as client:
        with pytest.raises(raised):
            async with create_image_variation_stream(client, image=png):
                raise raised
    assert [(attempt.number, attempt.outcome.billed) for attempt in observed] == [(1, "yes")]


# Keys, and the client itself


async def test_a_key_that_cannot_be_had_any_more_hides_no_attempt(scripted: ScriptedServer, png: bytes) -> None:
    """The error of a key function tells of the attempts before it, and what they can have cost."""
    scripted.script = [HANG_UP]
    keys = iter(["sk-only"])

    def next_key() -> str:
        return next(keys, "")

    async with SleeplessClient(base_url=scripted.base_url, api_key=next_key, retry_unknown=True) as client:
        with pytest.raises(ConfigurationError) as failure:
            await create_image_variation(client, image=png)
    error = failure.value
    assert (len(error.attempts), error.billed, error.safe_to_resend) == (1, "unknown", False)


async def swallow() -> str:
    """A key that comes although nobody wants it any more."""
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        return "sk-too-late"
    raise AssertionError("nothing comes of it")


async def ignore() -> str:
    """A key that comes late, also where it was given up."""
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        await asyncio.sleep(1.0)
    return "sk-too-late"


@pytest.mark.parametrize("api_key", [swallow, ignore])
def test_a_key_that_takes_no_notice_of_the_timeout_is_not_waited_for(
    png: bytes, api_key: Callable[[], Awaitable[str]]
) -> None:
    """The call is over in time, and nothing is sent afterwards."""

    async def main() -> tuple[BaseException | None, float, int]:
        stage = Stage(GOOD_SCENE)
        client = VirtualClient(base_url="http://stage/v1", transport=stage, timeout=0.5, api_key=api_key)
        error, seconds = await outcome_of(client, png)
        await asyncio.sleep(2.0)
        return error, seconds, len(stage.seen)

    error, seconds, sent = run_in_virtual_time(main())
    assert isinstance(error, CallTimeoutError)
    assert (error.billed, sent) == ("no", 0)
    assert seconds == pytest.approx(0.5)


async def give_up() -> str:
    """A key whose own source was cancelled."""
    source = asyncio.get_running_loop().create_future()
    source.cancel()
    await source
    raise AssertionError("nothing comes of it")


def give_up_at_once() -> str:
    """The same, without waiting."""
    source = asyncio.get_running_loop().create_future()
    source.cancel()
    source.result()
    raise AssertionError("nothing comes of it")


@pytest.mark.parametrize("api_key", [give_up, give_up_at_once])
async def test_a_key_whose_source_was_cancelled_cancels_no_call(
    png: bytes, api_key: Callable[[], str | Awaitable[str]]
) -> None:
    """It is a failure of the function that gives it: nobody has cancelled the call."""
    client = Client(base_url="http://stage/v1", transport=Stage(GOOD_SCENE), api_key=api_key)
    with pytest.raises(ConfigurationError, match="the function that gives api_key failed"):
        await create_image_variation(client, image=png)


async def test_a_key_that_several_calls_wait_for_is_cancelled_for_none(scripted: ScriptedServer, png: bytes) -> None:
    """A task of the caller's that gives the key stays the caller's when a call that waits for it is cancelled."""
    refreshing: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    async with Client(base_url=scripted.base_url, api_key=lambda: refreshing) as client:
        first, second = (asyncio.create_task(create_image_variation(client, image=png)) for _ in range(2))
        for _ in range(10):
            await asyncio.sleep(0)
        first.cancel()
        await asyncio.wait([first])
        refreshing.set_result("sk-fresh")
        assert (await second).data
    assert [request.headers["authorization"] for request in scripted.requests] == ["Bearer sk-fresh"]


# Contexts


@pytest.mark.parametrize("leave", ["read", "close"])
async def test_a_stream_may_go_on_in_another_context(scripted: ScriptedServer, png: bytes, leave: str) -> None:
    """A generator around it may be begun by one task, and ended by another."""
    client = Client(base_url=scripted.base_url)

    async def pieces() -> AsyncGenerator[bytes]:
        async with create_image_variation_stream(client, image=png) as pictures:
            async for picture in pictures:
                async for piece in picture:
                    yield piece

    generator = pieces()
    found = [await asyncio.create_task(first_of(generator))]
    if leave == "read":
        found += [piece async for piece in generator]
    await asyncio.create_task(generator.aclose())
    assert b"".join(found) == b"hi"
    await client.aclose()


async def first_of(generator: AsyncGenerator[bytes]) -> bytes:
    """The first piece."""
    return await anext(generator)
