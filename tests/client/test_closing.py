"""Closing a client: what is under way ends at once and says what it can have cost, and no connection stays open."""

import asyncio
import itertools
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from image_variations import (
    Client,
    ClientStateError,
    Image,
    ImagesResponse,
    ImageVariationsError,
    ResponseError,
    create_image_variation,
    create_image_variation_stream,
    fetch_image,
    save_images,
)
from image_variations.transports import over_httpx

from tests.faults.responses import IMAGE, made
from tests.faults.scenes.calls import SMALL, WELL
from tests.support.pictures import make_png
from tests.support.server import ScriptedServer
from tests.support.stage import SUCCESS as GOOD_SCENE
from tests.support.stage import Answer, Scene, Stage
from tests.support.turns import SILENCE, Visit, await_hang_up
from tests.support.virtual_time import VirtualClient, run_in_virtual_time

REFUSED = Scene("all", Answer(429), "no")
SILENT = Scene("all", None, "unknown")


Call = Callable[[Client], Awaitable[object]]

STALLING = Scene("all", Answer(200, ending="stalls"), "yes")


async def calling(client: Client) -> object:
    """A plain call."""
    return await create_image_variation(client, image=make_png())


async def streaming(client: Client) -> object:
    """A call whose pictures are read as they come."""
    async with create_image_variation_stream(client, image=make_png()) as pictures:
        return [[piece async for piece in picture] async for picture in pictures]


async def downloading(client: Client) -> object:
    """A download."""
    return await fetch_image(client, Image(url="/picture"))


@pytest.mark.parametrize(
    ("call", "scene", "expected", "billed"),
    [
        pytest.param(calling, SILENT, ClientStateError, "unknown", id="an answer"),
        pytest.param(calling, Scene("some", None, "no"), ClientStateError, "no", id="an upload"),
        pytest.param(calling, REFUSED, ClientStateError, "no", id="a retry"),
        pytest.param(calling, STALLING, ResponseError, "yes", id="a body"),
        pytest.param(
            calling, Scene("all", Answer(503, ending="stalls"), "unknown"), ClientStateError, "unknown", id="a refusal"
        ),
        pytest.param(streaming, STALLING, ResponseError, "yes", id="a stream"),
        pytest.param(downloading, STALLING, ClientStateError, "no", id="a file"),
        pytest.param(downloading, SILENT, ClientStateError, "no", id="a link"),
    ],
)
def test_closing_a_client_ends_what_waits_for_something(
    call: Call, scene: Scene, expected: type[ImageVariationsError], billed: str
) -> None:
    """At once, whatever the transport does about it, with an error that tells of the attempts and of the bill."""

    async def main() -> tuple[object, float]:
        loop = asyncio.get_running_loop()
        # An address: nothing is looked up in a thread, for which virtual time does not wait.
        client = VirtualClient(base_url="http://127.0.0.1/v1", transport=Stage(scene), max_concurrency=1)
        waiting = [asyncio.ensure_future(call(client)) for _ in range(2)]  # the second one waits for the first
        await asyncio.sleep(0.01)
        began = loop.time()
        await client.aclose()
        first, second = await asyncio.gather(*waiting, return_exceptions=True)
        if call is not downloading:
            assert isinstance(second, ClientStateError)
            assert second.billed == "no"
        return first, loop.time() - began

    error, seconds = run_in_virtual_time(main())
    assert type(error) is expected
    assert error.billed == billed
    assert seconds == pytest.approx(0.0, abs=0.5)


async def test_a_client_may_be_closed_by_who_reads_its_answer(scripted: ScriptedServer, png: bytes) -> None:
    """Closing ends what others do; the task that closes goes on, and finds nothing more to read."""
    client = Client(base_url=scripted.base_url)
    async with create_image_variation_stream(client, image=png) as pictures:
        await anext(pictures)
        await client.aclose()
    assert client.is_closed
    assert len(scripted.requests) == 1


def test_nothing_is_sent_once_a_client_is_closed(png: bytes) -> None:
    """Neither by a call that waits for a slot, nor by one that is about to send its first byte."""

    async def main() -> tuple[int, int]:
        stage = Stage(GOOD_SCENE)
        client = VirtualClient(base_url="http://stage/v1", transport=stage, max_concurrency=3)
        calls = [asyncio.create_task(create_image_variation(client, image=png)) for _ in range(10)]
        for _ in range(8):
            await asyncio.sleep(0)
        await client.aclose()
        sent = len(stage.seen)
        await asyncio.gather(*calls, return_exceptions=True)
        await asyncio.sleep(1.0)
        return sent, len(stage.seen)

    sent, sent_in_all = run_in_virtual_time(main())
    assert sent == sent_in_all < 10


async def idle_connections(client: Client, server: ScriptedServer, number: int) -> None:
    """Leave so many idle connections to a server."""
    await asyncio.gather(*(create_image_variation(client, image=SMALL) for _ in range(number)))
    assert server.open_connections == number


async def all_are_closed(server: ScriptedServer) -> None:
    """Wait until no connection is open."""
    async with asyncio.timeout(5):
        await server.until(lambda: not server.open_connections)


@pytest.mark.parametrize("make", [lambda: None, over_httpx], ids=["its own transport", "a pool"])
@pytest.mark.parametrize("turns", [1, 2, 3, 5])
async def test_closing_that_is_cancelled_closes_all_the_same(
    make: Callable[[], httpx.AsyncBaseTransport | None], turns: int
) -> None:
    """A program that gives up its closing keeps no connection for that."""
    async with ScriptedServer(WELL) as server:
        client = Client(base_url=server.base_url, transport=make())
        await idle_connections(client, server, 6)
        closing = asyncio.create_task(client.aclose())
        for _ in range(turns):
            await asyncio.sleep(0)
        closing.cancel()
        await asyncio.wait([closing])
        await all_are_closed(server)
        assert client.is_closed


async def call_and_close(client: Client, server: ScriptedServer) -> None:
    """Make a call that is not answered, and close the client meanwhile, in one group."""
    async with asyncio.TaskGroup() as group:
        group.create_task(create_image_variation(client, image=SMALL))
        await server.until(lambda: server.posts == 7)
        group.create_task(client.aclose())


async def test_closing_beside_a_call_of_the_same_group_closes_everything() -> None:
    """The call's own error cancels the task that closes; what that had begun goes on."""
    calls = itertools.count()

    async def answer_six(visit: Visit) -> None:
        await (IMAGE(visit) if next(calls) < 6 else await_hang_up(visit))

    async with ScriptedServer(made(answer_six)) as server:
        client = Client(base_url=server.base_url)
        await idle_connections(client, server, 6)
        with pytest.raises(ExceptionGroup) as failure:
            await call_and_close(client, server)
        assert [type(error) for error in failure.value.exceptions] == [ClientStateError]
        await all_are_closed(server)


async def test_whoever_closes_too_waits_for_the_same_end() -> None:
    """A second `aclose` comes back no sooner than the first."""
    async with ScriptedServer(WELL) as server:
        client = Client(base_url=server.base_url)
        await idle_connections(client, server, 6)
        first = asyncio.create_task(client.aclose())
        await asyncio.sleep(0)
        await client.aclose()
        assert first.done() or server.open_connections == 0
        await first
        await all_are_closed(server)


async def test_a_client_cannot_be_closed_from_another_loop(scripted: ScriptedServer, png: bytes) -> None:
    """It would leave its calls under way; once its own loop is over, there is nothing left to close."""
    scripted.script = [SILENCE]
    client = Client(base_url=scripted.base_url)
    call = asyncio.create_task(create_image_variation(client, image=png))
    await scripted.until(lambda: len(scripted.requests) == 1)
    with pytest.raises(ClientStateError, match="close it there"):
        await asyncio.to_thread(asyncio.run, client.aclose())
    assert not client.is_closed
    await client.aclose()
    with pytest.raises(ClientStateError):
        await call


def test_a_client_of_a_loop_that_is_over_can_be_closed(png: bytes) -> None:
    """Its connections went with the loop."""
    client = Client(base_url="http://stage/v1", transport=Stage(GOOD_SCENE))
    asyncio.run(one_call(client, png))
    asyncio.run(client.aclose())
    assert client.is_closed


async def one_call(client: Client, png: bytes) -> None:
    """Make a call."""
    await create_image_variation(client, image=png)


LINKED = Scene("all", Answer(200, body=b'{"data": [{"url": "http://stage/1"}]}'), "yes", is_last=True)


@pytest.mark.parametrize("closes", ["the client", "a copy"])
async def test_a_link_of_a_closed_client_is_paid_for(png: bytes, closes: str) -> None:
    """What was billed stays billed; closing a copy leaves its call what it needs."""
    stage = Stage(LINKED)
    original = Client(base_url="http://stage/v1", transport=stage)
    client = original if closes == "the client" else original.with_options(timeout=50.0)
    async with create_image_variation_stream(client, image=png) as pictures:
        picture = await anext(pictures)
        await client.aclose()
        if closes == "a copy":
            assert b"".join([piece async for piece in picture])
            return
        with pytest.raises(ClientStateError) as failure:
            await anext(aiter(picture))
    assert (failure.value.billed, len(failure.value.attempts)) == ("yes", 1)


async def test_what_a_response_holds_is_saved_where_its_links_cannot_be_followed(tmp_path: Path) -> None:
    """The error of a closed client names the files that were saved, and nothing is written after it."""
    client = Client(base_url="http://stage/v1", transport=Stage(GOOD_SCENE))
    await client.aclose()
    response = ImagesResponse(data=[Image(b64_json="aGk="), Image(url="/1")])
    with pytest.raises(ClientStateError) as failure:
        await save_images(client, response, tmp_path)
    assert list(failure.value.partial) == [tmp_path / "variation-1.bin"]
    assert os.listdir(tmp_path) == ["variation-1.bin"]
