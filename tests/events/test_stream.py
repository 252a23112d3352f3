"""Server-sent events of a call: typed as they arrive, and under the same rules as any call."""

import asyncio
import gzip
import json
import re
import tracemalloc
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, aclosing
from types import ModuleType
from typing import Protocol, cast

import pytest
from attrs import frozen
from image_variations import Client, ResponseError

from tests.support.clocks import SleeplessClock, client_by
from tests.support.events import DONE, END, HEAD, chunk, cut_stream, event, send_events, stream
from tests.support.server import ScriptedServer
from tests.support.turns import Turn, await_hang_up, in_parts, let_read, reply, send, stall, take_request

PARTIAL = {"type": "picture.partial", "index": 0, "text": "ott"}
COMPLETED = {"type": "picture.completed", "text": "otter"}
ERROR = {"message": "Overloaded.", "type": "server_error", "param": "n", "code": "busy"}
OVERLOADED = event({"error": ERROR})
SSE = {"Content-Type": "text/event-stream"}

Opened = AbstractAsyncContextManager[AsyncGenerator[object]]


class _Function(Protocol):
    def __call__(self, client: Client, /, **arguments: object) -> Opened: ...


@frozen
class Gazette:
    """The package, a client of a server, and that server."""

    package: ModuleType
    client: Client
    server: ScriptedServer

    def open(self, *turns: Turn, name: str = "draw_picture", **options: float) -> Opened:
        """A call that gets these responses in turn."""
        self.server.script = turns
        given = {} if name.startswith("watch") else {"input": "x"} if name == "speak" else {"prompt": "x"}
        given = {"q": "x"} if name == "search" else {} if name == "run" else given
        function = cast(_Function, getattr(self.package, f"{name}_events"))
        return function(self.client, **given, **options)

    async def read(self, *turns: Turn, name: str = "draw_picture", **options: float) -> list[object]:
        """Every event of such a call."""
        async with self.open(*turns, name=name, **options) as events:
            return [found async for found in events]

    async def fail(
        self, *turns: Turn, error: str = "ResponseError", name: str = "draw_picture", **options: float
    ) -> tuple[list[object], ResponseError]:
        """The events before the error that such a call ends with, and that error."""
        got: list[object] = []

        async def read() -> None:
            async with self.open(*turns, name=name, **options) as events:
                async for found in events:
                    got.append(found)

        with pytest.raises(getattr(self.package, error)) as raised:
            await read()
        assert type(raised.value).__name__ == error
        return got, cast(ResponseError, raised.value)  # another client's, with the same attributes


@pytest.fixture
async def calls(gazette: ModuleType, scripted: ScriptedServer) -> AsyncIterator[Gazette]:
    """Calls of a client whose waits take no time."""
    async with client_by(SleeplessClock().clock, gazette.Client)(base_url=scripted.base_url) as client:
        yield Gazette(gazette, client, scripted)


# What is asked for, and what is given.


async def test_events_are_of_the_documents_types(calls: Gazette) -> None:
    """Each event is the model that its `type` names, whatever its name on the wire, and `[DONE]` is none."""
    got = await calls.read(stream(event(PARTIAL), event(COMPLETED, "picture.completed"), DONE))
    package = calls.package
    assert got == [package.PicturePartial(**PARTIAL), package.PictureCompleted(**COMPLETED)]


async def test_the_documents_own_field_asks_for_events(calls: Gazette) -> None:
    """The field, and what it says, come from the document, in whatever kind of request; no caller gives it."""
    cases = {
        "draw_picture": {"prompt": "x", "stream": True},
        "chat": {"prompt": "x", "stream": True},
        "speak": {"input": "x", "stream_format": "sse"},
        "run": {"mode": "live"},
    }
    for name, body in cases.items():
        await calls.read(stream(DONE), name=name)
        request = calls.server.requests[-1]
        assert json.loads(request.body) == body
        assert request.headers["accept"] == "text/event-stream"
    await calls.read(stream(DONE), name="search")
    assert calls.server.requests[-1].head.startswith("GET /v1/search?q=x&stream=true ")
    async with calls.package.draw_picture_multipart_events(calls.client, image=b"x") as events:
        assert [found async for found in events] == []
    assert b'name="stream"\r\n\r\ntrue\r\n' in calls.server.requests[-1].body


async def test_plain_calls_do_not_ask_for_events(calls: Gazette) -> None:
    """They have no such keyword, and say no where the document wants an answer."""
    package, client, server = calls.package, calls.client, calls.server
    server.respond(200, {"text": "otter", "words": ["otter"]})
    assert (await package.draw_picture(client, prompt="x")).text == "otter"
    assert json.loads(server.requests[-1].body) == {"prompt": "x"}
    assert server.requests[-1].headers["accept"] == "application/json"
    assert (await package.chat(client, prompt="x")).words == ["otter"]
    assert json.loads(server.requests[-1].body) == {"prompt": "x", "stream": False}
    server.respond(200, [])
    await package.search(client, q="x")
    assert server.requests[-1].head.startswith("GET /v1/search?q=x ")
    for function in (package.draw_picture, package.draw_picture_events, package.chat, package.search):
        assert "stream" not in function.__annotations__
    with pytest.raises(package.InvalidRequestError, match="stream: must be given as a keyword or in extra_fields"):
        async with package.draw_picture_events(client, prompt="x", extra_fields={"stream": False}):
            pass


async def test_events_that_the_document_says_nothing_of_are_given_as_they_came(calls: Gazette) -> None:
    """Name, data and id; and a plain call returns such a stream as text, when it has ended."""
    got = await calls.read(stream(b"id: 7\nevent: weather\ndata: rain\n\n", event({"a": 1})), name="watch_news")
    sent = calls.package.ServerSentEvent
    assert got == [sent("rain", "weather", "7"), sent('{"a": 1}', "message", "7")]
    assert [getattr(found, "json", 0) for found in got] == [None, {"a": 1}]
    calls.server.script = (stream(event("rain")),)
    assert await calls.package.watch_news(calls.client) == "data: rain\n\n"
    assert "`watch_news_events` gives them as they" in calls.package.watch_news.__doc__


async def test_a_whole_event_may_be_described(calls: Gazette) -> None:
    """Where the document describes `event` and `data`, both are read, and an unknown name is given as it came."""
    unknown = event({"word": "x"}, "run.paused")
    got = await calls.read(stream(event({"word": "go"}, "run.started"), unknown, event("[DONE]", "done")), name="run")
    package = calls.package
    assert got == [
        package.RunEventType0(event="run.started", data=package.Chunk(word="go")),
        package.ServerSentEvent('{"word": "x"}', "run.paused"),
    ]


async def test_events_of_one_type_are_told_apart_by_what_they_keep(calls: Gazette) -> None:
    """And an event without a type may be the one that has none."""
    package = calls.package
    sent = [{"type": "goal", "by": "otter"}, {"type": "goal", "against": "otter"}, {"word": "half-time"}]
    assert await calls.read(stream(*map(event, sent)), name="watch_scores") == [
        package.Goal(type="goal", by="otter"),
        package.OwnGoal(type="goal", against="otter"),
        package.Chunk(word="half-time"),
    ]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        pytest.param('{"type": "picture.paused"}', "message", id="an unknown type"),
        pytest.param('{"type": 7}', "message", id="a type that is no string"),
        pytest.param("{}", "message", id="no type"),
        pytest.param("[1]", "message", id="no object"),
        pytest.param("null", "message", id="null"),
        pytest.param("keep going", "ping", id="a name that the document does not know, and no JSON"),
    ],
)
async def test_an_unknown_event_is_given_as_it_came(calls: Gazette, data: str, name: str) -> None:
    """It is never dropped, and what follows it is read."""
    got = await calls.read(stream(event(PARTIAL), event(data, None if name == "message" else name), event(COMPLETED)))
    assert got[1] == calls.package.ServerSentEvent(data, name)
    assert len(got) == 3


async def test_the_name_of_an_event_may_say_its_type(calls: Gazette) -> None:
    """If its data does not."""
    assert await calls.read(stream(event({"text": "otter"}, "picture.completed"))) == [
        calls.package.PictureCompleted(text="otter")
    ]


async def test_an_event_is_there_when_it_arrives(calls: Gazette) -> None:
    """Nothing waits for what comes later."""
    asked = asyncio.Event()
    turn = in_parts(HEAD, chunk(event(PARTIAL)), asked, chunk(event(COMPLETED)[:9]), chunk(event(COMPLETED)[9:]), END)
    async with calls.open(turn) as events:
        assert await anext(events) == calls.package.PicturePartial(**PARTIAL)
        asked.set()
        assert await anext(events) == calls.package.PictureCompleted(**COMPLETED)
        assert [found async for found in events] == []


@pytest.mark.parametrize(
    "turn",
    [
        pytest.param(reply(200, event(COMPLETED), SSE), id="of a known length"),
        pytest.param(reply(200, event(COMPLETED)), id="without a content type"),
        pytest.param(reply(200, b"\xef\xbb\xbf: hi\n\n" + event(COMPLETED), {"Content-Type": "text/plain"}), id="text"),
        pytest.param(reply(200, event(COMPLETED), {"Content-Type": "Text/Event-Stream ; x=y"}), id="another spelling"),
        pytest.param(reply(201, gzip.compress(event(COMPLETED)), {**SSE, "Content-Encoding": "gzip"}), id="gzip"),
        pytest.param(stream(event(COMPLETED)[:-1]), id="no blank line at the end"),
        pytest.param(stream(event(COMPLETED), b"data: [DONE]"), id="no blank line after the end"),
        pytest.param(stream(*(bytes([byte]) for byte in event(COMPLETED)), DONE, b"data: {\n\n"), id="byte by byte"),
        pytest.param((take_request, send_events(event(COMPLETED), DONE), stall), id="no end after [DONE]"),
        pytest.param(reply(200, COMPLETED, {"Content-Type": "application/json"}), id="one JSON body"),
    ],
)
async def test_however_the_stream_comes(calls: Gazette, turn: Turn) -> None:
    """Framing, coding and media type are the server's affair."""
    assert await calls.read(turn) == [calls.package.PictureCompleted(**COMPLETED)]


async def test_a_connection_is_used_again_if_the_body_ends_soon_after_done(calls: Gazette) -> None:
    """The end of the body may come in a piece of its own."""
    turn: Turn = (take_request, send_events(event(COMPLETED), DONE), let_read, send(END))
    assert await calls.read(turn) == await calls.read(turn)
    assert calls.server.connections == 1


async def test_a_json_body_in_place_of_a_stream_is_one_event(calls: Gazette) -> None:
    """If it is none of the document's events, it is given as it came."""
    body = json.dumps({"words": ["otter"]})
    for name in ("draw_picture", "chat"):
        [found] = await calls.read(reply(200, body, {"Content-Type": "application/json"}), name=name)
        assert found == calls.package.ServerSentEvent(body)


async def test_a_large_event_is_read(calls: Gazette) -> None:
    """Whether it comes in one line of 5 MB or in many."""
    text = "x" * 5_000_000
    [found] = await calls.read(stream(event({**COMPLETED, "text": text})))
    assert found == calls.package.PictureCompleted(type="picture.completed", text=text)
    lines = json.dumps({**COMPLETED, "many": list(range(5000))}, indent=0)
    [found] = await calls.read(stream(event(lines)))
    more = {"many": list(range(5000))}
    assert found == calls.package.PictureCompleted(**COMPLETED, additional_properties=more)


# What goes wrong.


@pytest.mark.parametrize(
    ("turn", "count", "message"),
    [
        pytest.param(cut_stream(event(PARTIAL)), 1, r"the body broke off .*, after 1 event", id="cut"),
        pytest.param(cut_stream(*[event(PARTIAL)] * 2, b"data: {"), 2, r"off .*, after 2 events", id="cut within"),
        pytest.param(cut_stream(), 0, r"broke off .*, before any event", id="cut at once"),
        pytest.param(stream(event(PARTIAL), b"data: {\n\n"), 1, "data of an event is not JSON, after 1", id="no JSON"),
        pytest.param(stream(b"data: x\n\n"), 0, "of an event is not JSON, before any event", id="no JSON first"),
        pytest.param(stream(event(PARTIAL), b'data: {"ty'), 1, "is not JSON, after 1 event", id="ends within an event"),
        pytest.param(stream(event("[" * 100_000)), 0, "nested too deeply", id="nested JSON"),
        pytest.param(reply(200, "<!doctype html><title>Busy</title>", SSE), 0, "is not JSON: Busy", id="HTML"),
        pytest.param(reply(200, "<html><body>x", {"Content-Type": "text/html"}), 0, "body is not JSON", id="HTML 2"),
        pytest.param(reply(200, b"\x00\x01ID3", {"Content-Type": "audio/mpeg"}), 0, "the body is not JSON", id="audio"),
        pytest.param(reply(200, {"error": ERROR}), 0, "the server sent an error, .*: Overloaded", id="an error body"),
        pytest.param(reply(200), 0, "ends without an event", id="nothing"),
        pytest.param(stream(b": ping\n\n"), 0, "ends without an event", id="comments"),
    ],
)
async def test_a_broken_stream_is_an_error_with_what_came(calls: Gazette, turn: Turn, count: int, message: str) -> None:
    """The events before it were given, the call is billed, and it is not sent again, whatever is asked for."""
    got, error = await calls.fail(turn, retry_unknown=True, max_retries=3)
    assert len(got) == count
    assert re.search(message, str(error)), error
    assert (error.billed, error.status_code, calls.server.posts) == ("yes", 200, 1)
    assert error.content or "nothing" in str(error) or count == 0
    calls.server.posts = 0


async def test_the_end_of_a_broken_stream_is_kept(calls: Gazette) -> None:
    """`content` has the last bytes, and not all of a long stream."""
    _, error = await calls.fail(cut_stream(*[event({**PARTIAL, "text": "x" * 1000})] * 500, b"data: the end"))
    assert error.content.endswith(b"data: the end")
    assert len(error.content) == 16 * 1024


async def test_a_stream_that_waits_holds_little(calls: Gazette) -> None:
    """Of what was given, the end that errors show is held, and nothing else."""
    more = asyncio.Event()
    first, burst = event(PARTIAL), event({**PARTIAL, "text": "x" * 1000}) * 300
    turn = in_parts(HEAD, chunk(first), chunk(burst), more, chunk(event(COMPLETED)), END)
    async with calls.open(turn) as events:
        await anext(events)
        tracemalloc.start()
        for _ in range(300):
            await anext(events)
        waiting = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0)
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        more.set()
        assert await waiting == calls.package.PictureCompleted(**COMPLETED)
    assert held < 80_000


async def test_a_body_that_is_no_stream_is_kept_whole(calls: Gazette) -> None:
    """It may be what was paid for."""
    body = b"ID3" + bytes(200_000)
    _, error = await calls.fail(reply(200, body, {"Content-Type": "audio/mpeg"}), name="speak")
    assert error.content == body


async def test_an_event_is_bounded_and_a_stream_is_not(gazette: ModuleType, scripted: ScriptedServer) -> None:
    """`max_response_bytes` holds for each event by itself."""
    small = event({**PARTIAL, "text": "x" * 5000})
    async with gazette.Client(base_url=scripted.base_url, max_response_bytes=10_000) as client:
        calls = Gazette(gazette, client, scripted)
        assert len(await calls.read(stream(*[small] * 20))) == 20
        got, error = await calls.fail(stream(small, event({**COMPLETED, "text": "x" * 20_000})))
        assert (len(got), error.billed) == (1, "yes")
        assert "an event is longer than max_response_bytes (10000), after 1 event" in str(error)
        _, error = await calls.fail(reply(200, b"\x00" * 200_000, {"Content-Type": "audio/mpeg"}))
        assert "the body is longer than max_response_bytes (10000)" in str(error)
        assert len(error.content) <= 64 * 1024


# Errors that come as events.

ERROR_EVENTS = [
    pytest.param(OVERLOADED, id="the API's own"),
    pytest.param(event({"error": ERROR}, "error"), id="by name"),
    pytest.param(event({"type": "error", **ERROR, "error": ERROR}, "error"), id="by type"),
    pytest.param(event(ERROR, "error"), id="its members alone"),
]


@pytest.mark.parametrize("error_event", ERROR_EVENTS)
async def test_an_error_event_is_an_error_in_the_apis_words(calls: Gazette, error_event: bytes) -> None:
    """After other events it is billed, and never sent again."""
    got, error = await calls.fail(stream(event(PARTIAL), error_event), retry_unknown=True)
    assert len(got) == 1
    assert (error.code, error.type, error.param, error.message) == ("busy", "server_error", "n", "Overloaded.")
    assert (error.billed, calls.server.posts) == ("yes", 1)
    assert str(error) == "HTTP 200, but the server sent an error, after 1 event: Overloaded."


@pytest.mark.parametrize(
    ("error_event", "code", "message"),
    [
        pytest.param(event({"type": "error", "code": 7, "message": "No."}), "7", "No.", id="type and words"),
        pytest.param(event({"error": "No."}), None, "No.", id="a string"),
        pytest.param(event("No.", "error"), None, "No.", id="text"),
        pytest.param(event("", "error"), None, None, id="nothing"),
    ],
)
async def test_whatever_an_error_event_says_is_kept(
    calls: Gazette, error_event: bytes, code: str | None, message: str | None
) -> None:
    """Servers say it in their own ways."""
    for name in ("draw_picture", "chat", "watch_news", "run"):
        _, error = await calls.fail(stream(error_event), name=name, max_retries=0)
        assert (error.code, error.message) == (code, message)


@pytest.mark.parametrize("error_event", ERROR_EVENTS)
async def test_an_error_before_any_event_is_unknown(calls: Gazette, error_event: bytes) -> None:
    """Servers say so that they are overloaded, when the status is said already. Only the caller has it repeated."""
    got, error = await calls.fail(stream(b": ping\n\n", error_event))
    assert (got, error.billed, calls.server.posts) == ([], "unknown", 1)
    assert [attempt.outcome.value for attempt in error.attempts] == ["unknown"]
    got = await calls.read(stream(error_event), stream(event(COMPLETED)), retry_unknown=True)
    assert (len(got), calls.server.posts) == (1, 3)


async def test_an_error_that_waiting_does_not_help_is_not_repeated(calls: Gazette) -> None:
    """A quota that is used up, and a server that says so."""
    exhausted = event({"error": {**ERROR, "code": "insufficient_quota"}})
    _, error = await calls.fail(stream(exhausted), retry_unknown=True)
    assert (error.billed, calls.server.posts) == ("unknown", 1)
    head = HEAD.replace(b"\r\n\r\n", b"\r\nx-should-retry: false\r\n\r\n")
    _, error = await calls.fail(stream(OVERLOADED, head=head), retry_unknown=True)
    assert (error.billed, calls.server.posts) == ("unknown", 2)


async def test_a_server_may_say_how_long_to_wait(calls: Gazette) -> None:
    """As with any refusal."""
    head = HEAD.replace(b"\r\n\r\n", b"\r\nretry-after: 7\r\n\r\n")
    _, error = await calls.fail(stream(OVERLOADED, head=head))
    assert error.retry_after == 7
    clock = calls.client.clock
    started = clock.monotonic()
    await calls.read(stream(OVERLOADED, head=head), stream(event(COMPLETED)), retry_unknown=True)
    assert clock.monotonic() - started == pytest.approx(7.0, abs=0.7)


async def test_a_member_called_error_may_be_the_documents(calls: Gazette) -> None:
    """An event that the document knows is no error for having such a member, and an empty one is none."""
    got = await calls.read(stream(event({**PARTIAL, "error": {"message": "x"}}), event({"error": None})))
    assert len(got) == 2


async def test_a_refusal_is_that_of_any_call(calls: Gazette) -> None:
    """A status other than 2xx raises on entering, and what may be sent again is."""
    _, error = await calls.fail(reply(400, {"error": ERROR}), error="BadRequestError")
    assert (error.code, error.billed) == ("busy", "no")
    got = await calls.read(reply(503, {"error": ERROR}), stream(event(COMPLETED)))
    assert (len(got), calls.server.posts) == (1, 3)


# Time, and who ends it.


async def test_the_timeout_bounds_the_whole_context(calls: Gazette) -> None:
    """Whether nothing comes, not enough, or the caller takes too long; what came is kept."""
    for events in ([], [event(PARTIAL)]):
        turn = (take_request, send_events(*events, b"data: half"), stall)
        got, error = await calls.fail(turn, error="CallTimeoutError", timeout=0.3)
        assert (len(got), error.billed) == (len(events), "yes")
        assert error.content.endswith(b"data: half")
    with pytest.raises(calls.package.CallTimeoutError):
        async with calls.open(stream(event(PARTIAL)), timeout=0.1):
            await asyncio.get_running_loop().create_future()


async def test_leaving_early_frees_the_connection(calls: Gazette) -> None:
    """A context that is left, a task that is cancelled, and an iterator that is closed let go of it."""
    turn = (take_request, send_events(event(PARTIAL)), await_hang_up)

    async def leave() -> None:
        async with calls.open(turn) as events:
            await anext(events)

    async def wait() -> None:
        async with calls.open(turn) as events:
            async for _ in events:
                waiting.set()

    async def close_iterator() -> None:
        async with calls.open(turn) as events, aclosing(events):
            await anext(events)

    for end in (leave, close_iterator):
        await end()
        await calls.server.until(lambda: calls.server.open_connections == 0)
    waiting = asyncio.Event()
    task = asyncio.create_task(wait())
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await calls.server.until(lambda: calls.server.open_connections == 0)


async def test_a_stream_waits_for_its_turn(gazette: ModuleType, scripted: ScriptedServer) -> None:
    """The client's limit per minute counts it, and the retry of one that began with an error."""
    scripted.script = (stream(OVERLOADED), stream(event(COMPLETED)))
    clock = SleeplessClock()
    sleepless = client_by(clock.clock, gazette.Client)
    async with sleepless(base_url=scripted.base_url, max_per_minute=6, retry_unknown=True) as client:
        calls = Gazette(gazette, client, scripted)
        assert len(await calls.read(*scripted.script)) == 1
        assert len(await calls.read(stream(event(COMPLETED)))) == 1
    assert clock.slept == [0.1, pytest.approx(9.9), pytest.approx(10.0)]


async def test_a_slot_is_free_after_a_stream(gazette: ModuleType, scripted: ScriptedServer) -> None:
    """However it ends, the next call gets its turn."""
    async with gazette.Client(base_url=scripted.base_url, max_concurrency=1, timeout=5) as client:
        calls = Gazette(gazette, client, scripted)
        await calls.fail(cut_stream(event(PARTIAL)))
        await calls.fail(stream(OVERLOADED))
        async with calls.open((take_request, send_events(event(PARTIAL)), stall)) as events:
            await anext(events)
        assert len(await calls.read(stream(OVERLOADED), stream(event(COMPLETED)), retry_unknown=True)) == 1


async def test_closing_the_client_ends_a_stream(gazette: ModuleType, scripted: ScriptedServer) -> None:
    """Whoever waits for an event is told, with what came."""
    client = gazette.Client(base_url=scripted.base_url)
    calls = Gazette(gazette, client, scripted)
    first = asyncio.Event()

    async def read() -> None:
        async with calls.open((take_request, send_events(event(PARTIAL)), stall)) as events:
            async for _ in events:
                first.set()

    task = asyncio.create_task(read())
    await first.wait()
    await client.aclose()
    with pytest.raises(gazette.ResponseError, match="the client was closed") as error:
        await task
    assert error.value.billed == "yes"
    assert error.value.content


async def test_streams_run_side_by_side(gazette: ModuleType, scripted: ScriptedServer) -> None:
    """Each gives its own events."""
    async with gazette.Client(base_url=scripted.base_url) as client:
        calls = Gazette(gazette, client, scripted)
        turn = stream(*[event({**PARTIAL, "index": index}) for index in range(20)], DONE)
        got = await asyncio.gather(*(calls.read(turn) for _ in range(20)))
    assert all([getattr(found, "index", None) for found in events] == list(range(20)) for events in got)


async def test_a_stream_that_was_read_leaves_its_connection_to_the_next(calls: Gazette) -> None:
    """One connection serves call after call."""
    for _ in range(3):
        await calls.read(reply(200, event(COMPLETED), SSE))
    assert calls.server.connections == 1
