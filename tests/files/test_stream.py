"""A file as it arrives: its bytes at once, and an error wherever what comes is not all of it."""

import asyncio
import gzip
from contextlib import aclosing
from pathlib import Path
from types import ModuleType
from typing import Protocol

import pytest
from image_variations import Client

from tests.files.rows import BROKEN, HEAD, SPEECH, over_each_transport
from tests.support.clocks import SleeplessClock, client_by
from tests.support.server import ScriptedServer
from tests.support.turns import Turn, in_parts, reply, stall


class Failure(Protocol):
    """An error of any client, as far as the tests look at it."""

    billed: str
    content: bytes
    attempts: tuple[object, ...]


async def whole(package: ModuleType, client: Client, **options: object) -> bytes:
    """Stream a speech, and return it."""
    async with package.create_speech_stream(client, input="otters", **options) as file:
        return b"".join([piece async for piece in file])


# What arrives.


@over_each_transport
async def test_bytes_are_there_before_the_rest_is_made(
    package: ModuleType, client: Client, scripted: ScriptedServer
) -> None:
    """What has come of a file can be played while the server still speaks; its headers say what it is."""
    made = asyncio.Event()
    scripted.script = [in_parts(HEAD + SPEECH[:1000], made, SPEECH[1000:])]
    async with package.create_speech_stream(client, input="otters") as file:
        first = await anext(file)
        assert not made.is_set()
        made.set()
        assert first + b"".join([piece async for piece in file]) == SPEECH
        assert file.headers["content-type"] == "audio/mpeg"
    assert scripted.requests[0].headers["accept"] == "application/octet-stream"


@pytest.mark.parametrize("content", [SPEECH, b""], ids=["bytes", "nothing"])
async def test_a_compressed_file_is_unpacked_as_it_comes(
    package: ModuleType, client: Client, scripted: ScriptedServer, content: bytes
) -> None:
    """`Content-Encoding` is the wire's affair; an empty file is one too."""
    scripted.respond(200, gzip.compress(content), {"Content-Encoding": "gzip"})
    assert await whole(package, client) == content


async def test_nothing_is_given_before_a_success(package: ModuleType, client: Client, scripted: ScriptedServer) -> None:
    """A refusal that may be tried again is, and another one raises on entering the context."""
    scripted.script = [
        reply(503, {"error": {"message": "later"}}, {"Retry-After-Ms": "1"}),
        reply(200, SPEECH),
        reply(400, {"error": {"message": "no"}}),
    ]
    assert await whole(package, client) == SPEECH
    with pytest.raises(package.BadRequestError) as refused:
        async with package.create_speech_stream(client, input="otters"):
            pytest.fail("the context was entered")
    assert refused.value.billed == "no"


async def test_a_file_is_asked_for_by_its_own_media_types(
    package: ModuleType, client: Client, scripted: ScriptedServer
) -> None:
    """Where JSON is asked for otherwise, the file is had all the same, in any of the forms that the document names."""
    scripted.respond(200, SPEECH, {"Content-Type": "video/mp4"})
    async with package.get_video_stream(client, id="1") as file:
        assert b"".join([piece async for piece in file]) == SPEECH
    assert scripted.requests[0].headers["accept"] == "video/mp4, image/webp"


async def test_a_file_waits_for_its_turn(package: ModuleType, scripted: ScriptedServer, tmp_path: Path) -> None:
    """The client's limit per minute counts each way of asking for it."""
    scripted.respond(200, SPEECH)
    clock = SleeplessClock()
    async with client_by(clock.clock, package.Client)(base_url=scripted.base_url, max_per_minute=50) as client:
        await whole(package, client)
        await package.create_speech_file(client, tmp_path / "otters.mp3", input="otters")
        await package.create_speech(client, input="otters")
    assert clock.slept == [pytest.approx(1.2)] * 2


# What goes wrong.


@over_each_transport
@pytest.mark.parametrize("turn", BROKEN.values(), ids=BROKEN)
async def test_a_file_that_breaks_off_is_billed_and_not_asked_for_again(
    package: ModuleType, client: Client, scripted: ScriptedServer, turn: Turn
) -> None:
    """A status line of a success is the last, whatever the caller allows; the error has the beginning of what came."""
    scripted.script = [turn]
    with pytest.raises(package.ResponseError) as broken:
        await whole(package, client, retry_unknown=True, idempotency_key="1")
    error: Failure = broken.value
    assert (error.billed, len(error.attempts), len(scripted.requests)) == ("yes", 1, 1)
    assert SPEECH.startswith(error.content) or error.content.startswith(SPEECH[:10_000])
    assert len(error.content) < 200_000


@pytest.mark.parametrize(
    "turn", [(*in_parts(HEAD), stall), (*in_parts(HEAD + SPEECH[:9]), stall)], ids=["at once", "later"]
)
@over_each_transport
async def test_a_stall_ends_with_the_timeout(
    package: ModuleType, client: Client, scripted: ScriptedServer, turn: Turn
) -> None:
    """The timeout bounds the whole context, and its error has what came."""
    scripted.script = [turn, reply(200, SPEECH)]
    with pytest.raises(package.CallTimeoutError) as late:
        await whole(package, client, timeout=0.3)
    error: Failure = late.value
    assert error.billed == "yes"
    assert SPEECH[:9].startswith(error.content)
    assert await whole(package, client) == SPEECH


async def test_the_timeout_bounds_what_the_caller_does(
    package: ModuleType, client: Client, scripted: ScriptedServer
) -> None:
    """Time passes while the context is open, whoever takes it."""
    scripted.respond(200, SPEECH)

    async def linger() -> None:
        async with package.create_speech_stream(client, input="otters", timeout=0.2) as file:
            await anext(file)
            await asyncio.Event().wait()

    with pytest.raises(package.CallTimeoutError):
        await linger()


async def test_the_longest_file_is_that_of_the_client(
    package: ModuleType, client: Client, scripted: ScriptedServer
) -> None:
    """`max_response_bytes` holds for a file too, to the byte, and a bomb of zeros bursts at it."""
    scripted.respond(200, SPEECH)
    assert await whole(package, client.with_options(max_response_bytes=len(SPEECH))) == SPEECH
    scripted.respond(200, gzip.compress(bytes(len(SPEECH) + 1)), {"Content-Encoding": "gzip"})
    with pytest.raises(package.ResponseError, match="longer than max_response_bytes") as broken:
        await whole(package, client.with_options(max_response_bytes=len(SPEECH)))
    assert broken.value.billed == "yes"


@pytest.mark.parametrize(
    ("function", "turn"),
    [
        ("get_video", reply(202, {"progress": 3}, {"Content-Type": "application/json"})),
        ("get_video", reply(200, '"not yet"', {"Content-Type": "application/json; charset=utf-8"})),
        ("get_video", reply(200, "<html>Sign in</html>", {"Content-Type": "text/html"})),
        ("create_speech", b"HTTP/1.1 204 No Content\r\n\r\n"),
    ],
    ids=["another status", "JSON", "a page", "no content"],
)
async def test_what_is_not_the_file_is_kept_in_the_error(
    package: ModuleType, client: Client, scripted: ScriptedServer, function: str, turn: bytes
) -> None:
    """A status that the document has something else for, or what calls itself JSON or HTML, is never taken for one."""
    scripted.script = [turn]
    arguments = {"id": "1"} if function == "get_video" else {"input": "otters"}
    with pytest.raises(package.ResponseError, match="the response is not the file that was asked for") as refused:
        async with getattr(package, f"{function}_stream")(client, **arguments):
            pytest.fail("the context was entered")
    assert refused.value.content == turn.partition(b"\r\n\r\n")[2]
    assert refused.value.billed == ("no" if function == "get_video" else "yes")


async def test_a_file_may_be_of_any_type_where_the_document_leaves_it_open(
    package: ModuleType, client: Client, scripted: ScriptedServer
) -> None:
    """Of `*/*` and `application/octet-stream` there are JSON files and pages too."""
    scripted.respond(200, "{}", {"Content-Type": "application/json"})
    assert await whole(package, client) == b"{}"
    async with package.get_stream_2(client, path="a.json") as file:
        assert [piece async for piece in file] == [b"{}"]


# How it ends.


@over_each_transport
async def test_leaving_early_lets_go_of_the_connection(
    package: ModuleType, client: Client, scripted: ScriptedServer
) -> None:
    """Whoever has enough leaves the context; the next call has its turn."""
    scripted.script = [
        (*in_parts(HEAD + SPEECH[:10]), stall),
        (*in_parts(HEAD + SPEECH[:10]), stall),
        reply(200, SPEECH),
    ]
    for _ in range(2):
        async with package.create_speech_stream(client, input="otters") as file:
            assert SPEECH.startswith(await anext(file))
    assert await whole(package, client) == SPEECH


@over_each_transport
async def test_closing_the_iterator_lets_go_of_the_connection(
    package: ModuleType, client: Client, scripted: ScriptedServer
) -> None:
    """Within the context, too; to read on is an error then, and no end."""
    scripted.script = [(*in_parts(HEAD + SPEECH[:10]), stall), reply(200, SPEECH)]
    async with package.create_speech_stream(client, input="otters") as file:
        async with aclosing(file) as pieces:
            assert await anext(pieces) == SPEECH[:10]
        assert await whole(package, client) == SPEECH
        with pytest.raises(package.ClientStateError, match="within the context of its call"):
            await anext(file)


@over_each_transport
async def test_a_cancelled_task_lets_go_of_its_connection(
    package: ModuleType, client: Client, scripted: ScriptedServer
) -> None:
    """While it waits for more, and in whatever task; nothing is left to a collector."""
    scripted.script = [(*in_parts(HEAD + SPEECH[:10]), stall), reply(200, SPEECH)]
    begun = asyncio.Event()

    async def read() -> None:
        async with package.create_speech_stream(client, input="otters") as file:
            async for _ in file:
                begun.set()

    before = asyncio.all_tasks()
    reading = asyncio.create_task(read())
    await begun.wait()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert not [task for task in asyncio.all_tasks() - before if "read" in repr(task)]
    assert await whole(package, client) == SPEECH


@over_each_transport
async def test_a_cancelled_read_is_no_end(package: ModuleType, client: Client, scripted: ScriptedServer) -> None:
    """Who gives up waiting for more and asks again learns that the rest is lost."""
    scripted.script = [(*in_parts(HEAD + SPEECH[:10]), stall)]
    async with package.create_speech_stream(client, input="otters") as file:
        assert await anext(file) == SPEECH[:10]
        reading = asyncio.ensure_future(anext(file))
        await asyncio.sleep(0)
        reading.cancel()
        await asyncio.wait([reading])
        with pytest.raises(package.ClientStateError, match="read once, in one task"):
            await anext(file)


async def test_two_tasks_cannot_read_a_file_at_once(
    package: ModuleType, client: Client, scripted: ScriptedServer
) -> None:
    """Whoever comes second gets an error of ours that says so, and the first one its bytes."""
    more = asyncio.Event()
    scripted.script = [in_parts(HEAD, more, SPEECH)]
    async with package.create_speech_stream(client, input="otters") as file:
        reading = asyncio.ensure_future(anext(file))
        await asyncio.sleep(0)
        with pytest.raises(package.ClientStateError, match="in one task"):
            await anext(file)
        more.set()
        assert SPEECH.startswith(await reading)


async def test_what_is_read_after_the_context_is_an_error_unless_it_was_whole(
    package: ModuleType, client: Client, scripted: ScriptedServer
) -> None:
    """The first bytes alone never look like the file, and a whole file has its end also later."""
    scripted.respond(200, SPEECH)
    async with package.create_speech_stream(client, input="otters") as begun:
        await anext(begun)
    with pytest.raises(package.ClientStateError, match="within the context of its call") as late:
        await anext(begun)
    assert late.value.billed == "yes"
    async with package.create_speech_stream(client, input="otters") as read:
        assert b"".join([piece async for piece in read]) == SPEECH
    assert [piece async for piece in read] == []


@over_each_transport
async def test_closing_the_client_ends_the_file(package: ModuleType, client: Client, scripted: ScriptedServer) -> None:
    """The reader gets an error with what came."""
    scripted.script = [(*in_parts(HEAD + SPEECH[:10]), stall)]
    begun = asyncio.Event()

    async def read() -> None:
        async with package.create_speech_stream(client, input="otters") as file:
            async for _ in file:
                begun.set()

    reading = asyncio.create_task(read())
    await begun.wait()
    await client.aclose()
    with pytest.raises(package.ResponseError, match="the client was closed") as closed:
        await reading
    assert (closed.value.billed, closed.value.content) == ("yes", SPEECH[:10])


async def test_the_error_of_the_caller_passes_through(
    package: ModuleType, client: Client, scripted: ScriptedServer
) -> None:
    """What the body of the context raises comes out as it is, and the next call has its turn."""
    scripted.script = [(*in_parts(HEAD + SPEECH[:10]), stall), reply(200, SPEECH)]

    async def fail() -> None:
        async with package.create_speech_stream(client, input="otters") as file:
            await anext(file)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await whole(package, client) == SPEECH
