"""Pictures as they arrive: decoded and saved on the way, wherever the answer is cut and wherever it breaks."""

import asyncio
import base64
import itertools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from image_variations import (
    Attempt,
    CallTimeoutError,
    Client,
    ClientStateError,
    ImageVariationsError,
    InvalidRequestError,
    ResponseError,
    SaveError,
    StatusError,
    create_image_variation_files,
    create_image_variation_stream,
)

from tests.reference_server import ReferenceServer
from tests.support.clocks import SleeplessClient
from tests.support.disks import sizes_of_open_files, until
from tests.support.pictures import PICTURES
from tests.support.sampling import examples
from tests.support.server import VARIATIONS, ScriptedServer
from tests.support.turns import chunked, cut_reply, in_parts, reply

PNG = PICTURES[0]
TEXTS = [base64.b64encode(picture).decode() for picture in PICTURES]
ANSWER = json.dumps({"created": 1, "data": [{"b64_json": text} for text in TEXTS]}).encode()
LARGE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 6000


@pytest.fixture
async def client(scripted: ScriptedServer) -> AsyncIterator[Client]:
    """A client of it."""
    async with SleeplessClient(base_url=scripted.base_url) as client:
        yield client


async def streamed(client: Client) -> list[bytes]:
    """Every picture of a call, whole."""
    async with create_image_variation_stream(client, image=PNG) as pictures:
        return [b"".join([piece async for piece in picture]) async for picture in pictures]


def contents(directory: Path) -> dict[str, bytes]:
    """Everything in a directory."""
    return {path.name: path.read_bytes() for path in sorted(directory.iterdir())}


WHOLE = {f"variation-{number}.png": picture for number, picture in enumerate(PICTURES, start=1)}


# What arrives.


async def test_pictures_come_in_turn(client: Client, scripted: ScriptedServer) -> None:
    """The stream gives each picture of the answer, decoded, by its place."""
    scripted.draw(reply(200, ANSWER))
    async with create_image_variation_stream(client, image=PNG, n=3) as pictures:
        got = [(picture.index, picture.url, b"".join([piece async for piece in picture])) async for picture in pictures]
    assert got == [(index, None, picture) for index, picture in enumerate(PICTURES)]


async def test_a_picture_is_there_before_the_next_is_drawn(client: Client, scripted: ScriptedServer) -> None:
    """What has come of an answer can be used while the server still works on the rest."""
    drawn = asyncio.Event()
    whole = reply(200, ANSWER)
    first = whole.index(b"}, {")
    scripted.draw(in_parts(whole[:first], drawn, whole[first:]))
    async with create_image_variation_stream(client, image=PNG) as pictures:
        picture = await anext(pictures)
        assert b"".join([piece async for piece in picture]) == PICTURES[0]
        assert not drawn.is_set()
        drawn.set()
        assert [picture.index async for picture in pictures] == [1, 2]


async def test_what_of_a_picture_is_not_read_is_passed_over(client: Client, scripted: ScriptedServer) -> None:
    """Asking for the next picture leaves the one before behind, at whatever place."""
    large = base64.b64encode(LARGE).decode()
    scripted.draw(reply(200, {"data": [{"b64_json": large}, {"b64_json": TEXTS[1]}]}))
    async with create_image_variation_stream(client, image=PNG) as pictures:
        await anext(aiter(await anext(pictures)))
        assert b"".join([piece async for piece in await anext(pictures)]) == PICTURES[1]


async def test_links_are_downloaded_when_iterated_over(client: Client, scripted: ScriptedServer) -> None:
    """A picture that comes as a link is fetched where it is read, and is not where it is passed over."""
    scripted.draw(reply(200, {"data": [{"url": "/1"}, {"url": "/2"}]}))
    scripted.routes["/2"] = [reply(500), reply(200, PICTURES[1])]
    async with create_image_variation_stream(client, image=PNG) as pictures:
        assert (await anext(pictures)).url == "/1"
        assert b"".join([piece async for piece in await anext(pictures)]) == PICTURES[1]
    assert (len(scripted.of("/1")), len(scripted.of("/2"))) == (0, 2)


@pytest.mark.parametrize(
    ("body", "picture"),
    [
        pytest.param('{"data":[{"url":"/root/1.png","b64_json":"%s"}]}', PNG, id="both, the link first"),
        pytest.param('{"data":[{"b64_json":"%s","url":"/root/1.png"}],"created":1}', PNG, id="both, created last"),
        pytest.param(' \n{ "data" :\t[ {"b64_json" : \r\n"%s" } ] } \n', PNG, id="white space"),
        pytest.param(
            '{"usage":{"data":[{"b64_json":"AAAA"}]},"x":[[{"b64_json":"AAAA"}]],"b64_json":"AAAA",'
            '"data":[{"meta":{"b64_json":"AAAA","url":"/x"},"revised_prompt":"\\"b64_json\\":\\"AAAA","b64_json":"%s"}]}',
            PNG,
            id="unknown members and nested objects",
        ),
        pytest.param(
            '{"data":[null,7,"b64_json",[],{},{"url":""},{"b64_json":null},{"b64_json":"%s"}]}', PNG, id="gaps"
        ),
        pytest.param('{"d\\u0061ta":[{"b64\\u005fjson":"%s"}]}', PNG, id="escaped names"),
        pytest.param('\ufeff{"data":[{"b64_json":"%s"}],"usage":null,"cost":NaN}', PNG, id="a byte order mark"),
        pytest.param('{"note":"\\ud800 \x01","data":[{"b64_json":"data:image/png;base64,%s"}]}', PNG, id="a data URL"),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 7, 1 << 20])
async def test_whatever_else_an_answer_holds(
    client: Client, scripted: ScriptedServer, body: str, picture: bytes, size: int
) -> None:
    """Order, white space, escapes and unknown members change nothing, wherever the chunks end."""
    content = (body % TEXTS[0]).encode()
    scripted.draw(chunked([content[start : start + size] for start in range(0, len(content), size)]))
    assert await streamed(client) == [picture]


@pytest.mark.parametrize("escape", [b"\\/", b"\\u002f", b"\\u002F"])
async def test_escaped_slashes_are_read(client: Client, scripted: ScriptedServer, escape: bytes) -> None:
    """Some servers escape every slash, of which base64 is full; also where a chunk ends within the escape."""
    content = b'{"data":[{"b64_json":"%s"}]}' % base64.b64encode(LARGE).replace(b"/", escape)
    scripted.draw(chunked([content[start : start + 9973] for start in range(0, len(content), 9973)]))
    assert await streamed(client) == [LARGE]


@given(cuts=st.lists(st.integers(0, len(ANSWER)), max_size=12))
@example(cuts=list(range(len(ANSWER))))
@settings(max_examples=examples(60))
def test_chunks_may_end_anywhere(cuts: list[int]) -> None:
    """The same answer gives the same files wherever it is cut."""
    bounds = [0, *sorted(cuts), len(ANSWER)]
    pieces = [ANSWER[start:end] for start, end in itertools.pairwise(bounds)]
    assert asyncio.run(files_of(pieces))[0] == WHOLE


@given(end=st.integers(0, len(ANSWER) - 1), cut=st.integers(0, len(ANSWER)))
@settings(max_examples=examples(60))
def test_a_truncated_answer_leaves_whole_files_only(end: int, cut: int) -> None:
    """Of an answer that ends too early exactly the pictures that came whole are files, and the error names them."""
    files, error = asyncio.run(files_of([ANSWER[: min(cut, end)], ANSWER[min(cut, end) : end]]))
    came = sum(ANSWER.index(text.encode()) + len(text) < end for text in TEXTS)
    assert files == dict(list(WHOLE.items())[:came])
    assert error is not None
    assert [path.name for path in error.partial] == list(files)
    assert error.billed == "yes"


async def files_of(pieces: list[bytes]) -> tuple[dict[str, bytes], ImageVariationsError | None]:
    """What a call leaves on the disk if its answer comes in these pieces, and its error."""
    async with pieces_client(pieces) as client:
        with tempfile.TemporaryDirectory() as directory:
            error = None
            try:
                await create_image_variation_files(client, Path(directory), image=PNG, n=3)
            except ImageVariationsError as raised:
                error = raised
            return contents(Path(directory)), error


class Pieces(httpx.AsyncByteStream):
    """A body in pieces, as a transport hands them on."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


@asynccontextmanager
async def pieces_client(pieces: list[bytes]) -> AsyncGenerator[Client]:
    """A client whose transport answers with these pieces, so that hundreds of answers take no sockets."""

    async def answer(request: httpx.Request) -> httpx.Response:
        await request.aread()
        return httpx.Response(200, stream=Pieces(pieces))

    transport = httpx.MockTransport(answer)
    async with Client(base_url="http://images.example/v1", transport=transport) as client:
        yield client


# What goes wrong.


@pytest.mark.parametrize("body", ["", "<html>no</html>", '{"data": []}', '{"created": 1}', "[]", '{"data": [{}]}'])
async def test_an_answer_without_a_picture_is_kept(client: Client, scripted: ScriptedServer, body: str) -> None:
    """What holds no picture raises, is paid for, and is in the error."""
    scripted.draw(reply(200, body))
    with pytest.raises(ResponseError) as refusal:
        await streamed(client)
    assert refusal.value.content == body.encode()
    assert (refusal.value.billed, len(refusal.value.attempts)) == ("yes", 1)
    assert len(scripted.requests) == 1


async def test_an_error_body_with_a_success_speaks(client: Client, scripted: ScriptedServer) -> None:
    """The server's own words are in the error, as with an ordinary call."""
    scripted.draw(reply(200, {"error": {"message": "no prompt", "type": "invalid"}}))
    with pytest.raises(ResponseError, match="no prompt"):
        await streamed(client)


async def test_a_refused_call_raises_on_entering(client: Client, scripted: ScriptedServer) -> None:
    """A status that is not a success is an error before the first picture."""
    scripted.draw(reply(400, {"error": {"message": "no"}}))
    with pytest.raises(StatusError) as refusal:
        async with create_image_variation_stream(client, image=PNG):
            pytest.fail("the context was entered")
    assert refusal.value.billed == "no"


async def test_a_broken_picture_raises_where_it_is_read(client: Client, scripted: ScriptedServer) -> None:
    """A stream that breaks within a picture never looks like its end."""
    scripted.draw(cut_reply(ANSWER.index(TEXTS[1].encode()) + 40, ANSWER))
    got: list[bytes] = []

    async def read() -> None:
        async with create_image_variation_stream(client, image=PNG) as pictures:
            async for picture in pictures:
                got.append(b"".join([piece async for piece in picture]))

    with pytest.raises(ResponseError, match="broke off") as broken:
        await read()
    assert got == PICTURES[:1]
    assert broken.value.billed == "yes"


@pytest.mark.parametrize("text", ["*", "AAAA*AAA", "", "=", "AAAAA", "AA==AAAA"])
async def test_bad_base64_names_its_item_and_costs_no_other(
    client: Client, scripted: ScriptedServer, text: str
) -> None:
    """One picture that cannot be decoded raises where it is read; those around it come through."""
    text = text or " "
    scripted.draw(
        reply(200, {"data": [{"b64_json": TEXTS[0]}, {"b64_json": text}, {"b64_json": TEXTS[2]}, {"b64_json": text}]})
    )
    got: list[bytes] = []
    errors: list[ResponseError] = []
    async with create_image_variation_stream(client, image=PNG) as pictures:
        async for picture in pictures:
            try:
                got.append(b"".join([piece async for piece in picture]))
            except ResponseError as error:
                errors.append(error)
    assert got == [PICTURES[0], PICTURES[2]]
    assert [error.billed for error in errors] == ["yes", "yes"]
    assert "b64_json of item 1 is" in str(errors[0])
    assert "b64_json of item 3 is" in str(errors[1])


async def test_the_answer_is_bounded(client: Client, scripted: ScriptedServer, tmp_path: Path) -> None:
    """`max_response_bytes` holds for a stream too; what came whole before is kept."""
    scripted.draw(reply(200, ANSWER))
    bounded = client.with_options(max_response_bytes=len(ANSWER) - 1)
    with pytest.raises(ResponseError, match="longer than max_response_bytes"):
        await create_image_variation_files(bounded, tmp_path, image=PNG)


async def test_the_timeout_bounds_the_context(client: Client, scripted: ScriptedServer) -> None:
    """The call's time goes on while its pictures come, and what it cost is known."""
    whole = reply(200, ANSWER)
    scripted.draw(in_parts(whole[:400], asyncio.Event()))
    with pytest.raises(CallTimeoutError) as late:
        await streamed(client.with_options(timeout=0.2))
    assert late.value.billed == "yes"


# Leaving early.


async def test_leaving_early_frees_the_connection_and_the_slot(scripted: ScriptedServer) -> None:
    """Whoever has enough leaves the context; the next call has its turn, and the observer heard of a success."""
    large = base64.b64encode(LARGE).decode()
    scripted.draw(reply(200, {"data": [{"b64_json": large}] * 3}))
    heard: list[Attempt] = []
    async with Client(base_url=scripted.base_url, max_concurrency=1, on_attempt=heard.append, timeout=5) as client:
        for _ in range(3):
            async with create_image_variation_stream(client, image=PNG) as pictures:
                await anext(aiter(await anext(pictures)))
    assert [attempt.outcome.value for attempt in heard] == ["billed"] * 3


async def test_reading_after_the_context_is_an_error(client: Client, scripted: ScriptedServer) -> None:
    """A picture that is read too late says so, and does not look like one that is whole."""
    scripted.draw(reply(200, {"data": [{"b64_json": base64.b64encode(LARGE).decode()}]}))
    async with create_image_variation_stream(client, image=PNG) as pictures:
        picture = await anext(pictures)
        await anext(aiter(picture))
    with pytest.raises(ClientStateError, match="within the context of their call"):
        await anext(aiter(picture))


async def test_a_picture_that_was_passed_over_cannot_be_read(client: Client, scripted: ScriptedServer) -> None:
    """It is an error, and no empty or shortened picture: whoever keeps pictures for later learns that they are gone."""
    scripted.draw(reply(200, {"data": [{"b64_json": base64.b64encode(LARGE).decode()}] * 2}))
    async with create_image_variation_stream(client, image=PNG) as pictures:
        begun = await anext(pictures)
        reading = aiter(begun)
        await anext(reading)
        kept = await anext(pictures)
        with pytest.raises(StopAsyncIteration):
            await anext(pictures)
        for late in (reading, aiter(begun), aiter(kept)):
            with pytest.raises(ClientStateError, match="images come in turn") as error:
                await anext(late)
            assert error.value.billed == "yes"


async def test_a_picture_is_read_once(client: Client, scripted: ScriptedServer) -> None:
    """The second time its bytes are gone, and that is not an empty picture."""
    scripted.draw(reply(200, {"data": [{"b64_json": base64.b64encode(LARGE).decode()}]}))
    async with create_image_variation_stream(client, image=PNG) as pictures:
        picture = await anext(pictures)
        assert b"".join([piece async for piece in picture]) == LARGE
        with pytest.raises(ClientStateError, match="once"):
            await anext(aiter(picture))


async def test_a_linked_picture_can_be_read_again_and_later(client: Client, scripted: ScriptedServer) -> None:
    """It is downloaded each time: nothing of it is lost while others come."""
    scripted.draw(reply(200, {"data": [{"url": "/a.png"}, {"url": "/b.png"}]}))
    scripted.routes |= {"/a.png": [reply(200, PICTURES[0])], "/b.png": [reply(200, PICTURES[1])]}
    async with create_image_variation_stream(client, image=PNG) as pictures:
        kept = [picture async for picture in pictures]
        read = [b"".join([piece async for piece in picture]) for picture in (*kept, kept[0])]
    assert read == [PICTURES[0], PICTURES[1], PICTURES[0]]


async def test_two_tasks_cannot_read_an_answer_at_once(client: Client, scripted: ScriptedServer) -> None:
    """Whoever comes second gets an error of ours that says so."""
    whole = reply(200, {"data": [{"b64_json": base64.b64encode(LARGE).decode()}] * 2})
    more = asyncio.Event()
    scripted.draw(in_parts(whole[:400], more, whole[400:]))
    async with create_image_variation_stream(client, image=PNG) as pictures:
        picture = await anext(pictures)

        async def read() -> bytes:
            return b"".join([piece async for piece in picture])

        reading = asyncio.create_task(read())
        await asyncio.sleep(0)
        with pytest.raises(ClientStateError, match="in one task"):
            await anext(pictures)
        more.set()
        assert await reading == LARGE


@pytest.mark.parametrize("begins", [True, False])
async def test_a_linked_picture_that_is_read_after_the_context_is_an_error(
    client: Client, scripted: ScriptedServer, begins: bool
) -> None:
    """It is neither shortened nor downloaded outside the call's timeout."""
    scripted.draw(reply(200, {"data": [{"url": "/a.png"}]}))
    scripted.routes["/a.png"] = [in_parts(b"HTTP/1.1 200 OK\r\n\r\nabc", asyncio.Event())]
    async with create_image_variation_stream(client, image=PNG) as pictures:
        reading = aiter(await anext(pictures))
        if begins:
            await anext(reading)
    with pytest.raises(ClientStateError, match="within the context of their call") as error:
        await anext(reading)
    assert error.value.billed == "yes"


async def test_the_callers_own_error_passes_through(client: Client, scripted: ScriptedServer) -> None:
    """What the body of the context raises comes out as it is."""
    scripted.draw(reply(200, ANSWER))

    async def fail() -> None:
        async with create_image_variation_stream(client, image=PNG) as pictures:
            await anext(pictures)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()


# Files.


async def test_files_are_saved_as_they_arrive(client: Client, scripted: ScriptedServer, tmp_path: Path) -> None:
    """Each picture is whole on the disk before the next has come."""
    drawn = asyncio.Event()
    whole = reply(200, ANSWER)
    scripted.draw(in_parts(whole[: whole.index(b"}, {")], drawn, whole[whole.index(b"}, {") :]))
    saving = asyncio.create_task(create_image_variation_files(client, tmp_path / "new", image=PNG, n=3))
    await until((tmp_path / "new" / "variation-1.png").exists)
    assert contents(tmp_path / "new") == {"variation-1.png": PICTURES[0]}
    drawn.set()
    assert [path.name for path in await saving] == list(WHOLE)
    assert contents(tmp_path / "new") == WHOLE


@pytest.mark.parametrize("form", ["url", "b64_json"])
async def test_the_reference_servers_files(server: ReferenceServer, tmp_path: Path, png: bytes, form: str) -> None:
    """From a real server, in both forms."""
    async with Client(base_url=server.base_url, api_key=server.api_key) as client:
        paths = await create_image_variation_files(
            client, tmp_path, image=png, n=3, size="256x256", extra_fields={"response_format": form}, stem="otter"
        )
    assert [path.name for path in paths] == ["otter-1.png", "otter-2.png", "otter-3.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)


async def test_files_come_from_links_too(client: Client, scripted: ScriptedServer, tmp_path: Path) -> None:
    """A mixed answer: each file has the number of its item, and a download that fails is tried again."""
    scripted.draw(reply(200, {"data": [{"url": "/1"}, {}, {"b64_json": TEXTS[1]}]}))
    scripted.routes["/1"] = [cut_reply(900_000, LARGE), reply(200, LARGE)]
    paths = await create_image_variation_files(client, tmp_path, image=PNG, n=3)
    assert [path.name for path in paths] == ["variation-1.png", "variation-3.png"]
    assert contents(tmp_path) == {"variation-1.png": LARGE, "variation-3.png": PICTURES[1]}


async def test_a_broken_stream_names_the_files_that_are_whole(
    client: Client, scripted: ScriptedServer, tmp_path: Path
) -> None:
    """What came whole stays on the disk; the error names it and says that the call is paid for."""
    large = base64.b64encode(LARGE).decode()
    body = json.dumps({"data": [{"b64_json": large}, {"b64_json": large}]}).encode()
    scripted.draw(cut_reply(len(body) - 100, body))
    with pytest.raises(ResponseError, match="broke off") as broken:
        await create_image_variation_files(client, tmp_path, image=PNG, n=2)
    assert broken.value.partial == (tmp_path / "variation-1.png",)
    assert broken.value.billed == "yes"
    assert contents(tmp_path) == {"variation-1.png": LARGE}


@pytest.mark.parametrize("rest", [b"garbage", b"<p>502</p>"])
async def test_what_follows_the_response_costs_no_file(
    client: Client, scripted: ScriptedServer, tmp_path: Path, rest: bytes
) -> None:
    """Images that came whole are saved, also if what makes the response unusable comes in the same piece."""
    scripted.draw(reply(200, ANSWER + rest))
    with pytest.raises(ResponseError, match="goes on after its end") as broken:
        await create_image_variation_files(client, tmp_path, image=PNG, n=3)
    assert [path.name for path in broken.value.partial] == list(WHOLE)
    assert contents(tmp_path) == WHOLE


async def test_one_bad_picture_costs_no_other_file(client: Client, scripted: ScriptedServer, tmp_path: Path) -> None:
    """Bad base64 and a dead link: the rest is saved, whatever names are taken, and the call is not to be repeated."""
    (tmp_path / "variation-4.png").write_bytes(b"mine")
    scripted.draw(
        reply(200, {"data": [{"b64_json": "*"}, {"b64_json": TEXTS[1]}, {"url": "/gone"}, {"b64_json": TEXTS[0]}]})
    )
    with pytest.raises(ResponseError, match="item 0 is not base64") as failed:
        await create_image_variation_files(client, tmp_path, image=PNG, n=2)
    assert failed.value.partial == (tmp_path / "variation-2.png", tmp_path / "variation-5.png")
    assert contents(tmp_path) == {
        "variation-2.png": PICTURES[1],
        "variation-4.png": b"mine",
        "variation-5.png": PICTURES[0],
    }


async def test_an_error_after_the_answer_says_that_it_is_paid_for(
    client: Client, scripted: ScriptedServer, tmp_path: Path
) -> None:
    """A download that fails costs nothing by itself, but its call did: `billed` is the call's."""
    scripted.draw(reply(200, {"data": [{"b64_json": TEXTS[1]}, {"url": "/gone"}]}))
    with pytest.raises(StatusError) as failed:
        await create_image_variation_files(client, tmp_path, image=PNG, n=1)
    assert (failed.value.billed, failed.value.safe_to_resend, len(failed.value.attempts)) == ("yes", False, 1)
    assert failed.value.partial == (tmp_path / "variation-1.png",)


async def test_a_timeout_names_the_files_that_are_whole(
    client: Client, scripted: ScriptedServer, tmp_path: Path
) -> None:
    """Downloads that were over when the time was are saved; the one that was not leaves nothing."""
    scripted.draw(reply(200, {"data": [{"url": "/1"}, {"url": "/2"}]}))
    scripted.routes["/1"] = [
        in_parts(b"HTTP/1.1 200 OK\r\nContent-Length: 900001\r\n\r\n" + bytes(900_000), asyncio.Event())
    ]
    scripted.routes["/2"] = [reply(200, PICTURES[1])]
    with pytest.raises(CallTimeoutError) as late:
        await create_image_variation_files(client, tmp_path, image=PNG, n=2, timeout=0.5)
    assert (late.value.billed, late.value.partial) == ("yes", (tmp_path / "variation-2.png",))
    assert contents(tmp_path) == {"variation-2.png": PICTURES[1]}


async def test_cancelling_leaves_no_temporary_file(client: Client, scripted: ScriptedServer, tmp_path: Path) -> None:
    """However often it is cancelled: whole files stay, and nothing else."""
    body = json.dumps({"data": [{"b64_json": TEXTS[0]}, {"b64_json": base64.b64encode(LARGE).decode()}]}).encode()
    whole = reply(200, body)
    scripted.draw(in_parts(whole[:-200], asyncio.Event()))
    saving = asyncio.create_task(create_image_variation_files(client, tmp_path, image=PNG, n=2))
    await until(lambda: (tmp_path / "variation-1.png").exists() and any(sizes_of_open_files(tmp_path)))
    saving.cancel()
    await asyncio.sleep(0)
    saving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await saving
    assert contents(tmp_path) == {"variation-1.png": PICTURES[0]}
    assert sizes_of_open_files(tmp_path) == []


# Before anything is paid for.


async def test_a_directory_that_is_a_file_is_found_before_the_call(
    client: Client, scripted: ScriptedServer, tmp_path: Path
) -> None:
    """Nothing is sent where nothing could be saved."""
    (tmp_path / "file").touch()
    with pytest.raises(SaveError, match="images cannot be saved there"):
        await create_image_variation_files(client, tmp_path / "file", image=PNG)
    with pytest.raises(SaveError, match="images cannot be saved there"):
        await create_image_variation_files(client, tmp_path / "file" / "below", image=PNG)
    with pytest.raises(InvalidRequestError, match="stem"):
        await create_image_variation_files(client, tmp_path, image=PNG, stem="../up")
    assert scripted.requests == []


MEMORY = """
import asyncio, sys, tracemalloc
from pathlib import Path
from image_variations import Client, create_image_variation_files

async def main(url, directory, image):
    async with Client(base_url=url) as client:
        await create_image_variation_files(client, Path(directory), image=Path(image), stem="warm-up")
        tracemalloc.start()
        await create_image_variation_files(client, Path(directory), image=Path(image))
        print(tracemalloc.get_traced_memory()[1])

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.parametrize("form", ["b64_json", "url"])
async def test_memory_does_not_grow_with_the_answer(scripted: ScriptedServer, tmp_path: Path, form: str) -> None:
    """Ten pictures of several megabytes take no more memory than one of a few kilobytes and a batch or two."""
    picture = b"\x89PNG\r\n\x1a\n" + os.urandom(3_000_000)
    item = {"url": "/1"} if form == "url" else {"b64_json": base64.b64encode(picture).decode()}
    scripted.routes["/1"] = [reply(200, picture)]
    scripted.draw(
        reply(200, {"data": [{"b64_json": TEXTS[0]}]}), reply(200, {"data": [item] * (4 if form == "url" else 10)})
    )
    (tmp_path / "in.png").write_bytes(PNG)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        MEMORY,
        scripted.base_url,
        str(tmp_path / "out"),
        str(tmp_path / "in.png"),
        stdout=subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert int(said) < 5_000_000
    assert len(scripted.of(VARIATIONS)) == 2
