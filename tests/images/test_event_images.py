"""Images in events: partial ones and the whole one, taken as they arrive, and none lost to what surrounds them."""

import asyncio
import base64
import errno
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from image_variations import Client
from image_variations.transports import over_aiohttp

from tests.reference_server import ReferenceServer
from tests.support.disks import Failing
from tests.support.generation import generated
from tests.support.pictures import PICTURES
from tests.support.server import ScriptedServer
from tests.support.turns import Turn, cut_reply, in_parts, reply, stall
from tools.paths import ROOT

COARSE, FINE, WHOLE = PICTURES
EVENTS = {"Content-Type": "text/event-stream"}

over_each_transport = pytest.mark.parametrize("client", ["default", "httpx-aiohttp"], indirect=True)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The client of tests/documents/image_events.yaml."""
    spec = ROOT / "tests" / "documents" / "image_events.yaml"
    with generated(spec, tmp_path_factory.mktemp("events"), "image_events") as module:
        yield module


@pytest.fixture
async def client(
    package: ModuleType, scripted: ScriptedServer, request: pytest.FixtureRequest
) -> AsyncIterator[Client]:
    """A client with room for one call, over the transport that a test names."""
    transport = over_aiohttp() if getattr(request, "param", None) == "httpx-aiohttp" else None
    async with package.Client(base_url=scripted.base_url, transport=transport, max_concurrency=1) as client:
        yield client


def event(kind: str, image: bytes, **members: object) -> bytes:
    """An event with an image, as the API writes it."""
    data = {"type": f"image_edit.{kind}", "b64_json": base64.b64encode(image).decode(), **members}
    return f"event: image_edit.{kind}\ndata: {json.dumps(data)}\n\n".encode()


FIRST, SECOND = (event("partial_image", image, partial_image_index=n) for n, image in enumerate((COARSE, FINE)))
LAST = event("completed", WHOLE, usage={"total_tokens": 9})
STREAM = FIRST + SECOND + LAST


async def taken(package: ModuleType, client: Client, **options: object) -> list[tuple[int, int | None, bytes]]:
    """Every image of a call: its place, its number among the partial ones, and its bytes."""
    found: list[tuple[int, int | None, bytes]] = []
    async with package.create_image_edit_stream(client, image=b"x", prompt="otters", **options) as images:
        async for image in images:
            partial = image.partial if isinstance(image, package.PartialImage) else None
            found.append((image.index, partial, b"".join([piece async for piece in image])))
    return found


async def saved(package: ModuleType, client: Client, directory: Path, **options: object) -> list[str]:
    """The names of the files that a call saves."""
    paths: list[Path] = await package.create_image_edit_files(client, directory, image=b"x", prompt="otters", **options)
    return [path.name for path in paths]


def contents(directory: Path) -> dict[str, bytes]:
    """Everything in a directory."""
    return {path.name: path.read_bytes() for path in sorted(directory.iterdir())}


# What arrives.


async def test_a_partial_image_is_there_before_the_next_is_made(
    package: ModuleType, client: Client, scripted: ScriptedServer
) -> None:
    """It can be shown while the server still works, and its event need not have ended."""
    more = asyncio.Event()
    whole = reply(200, STREAM, EVENTS)
    first = whole.index(b'"partial_image_index": 0')
    scripted.script = [in_parts(whole[:first], more, whole[first:])]
    async with package.create_image_edit_stream(client, image=b"x", prompt="otters", partial=True) as images:
        image = await anext(images)
        pieces = aiter(image)
        assert COARSE.startswith(await anext(pieces))
        assert not more.is_set()
        more.set()
        assert [image.partial async for image in images if isinstance(image, package.PartialImage)] == [1]


@pytest.mark.parametrize(
    ("options", "asks", "images"),
    [
        ({"partial": True, "partial_images": 2}, True, [(0, 0, COARSE), (0, 1, FINE), (0, None, WHOLE)]),
        ({"partial": True}, True, [(0, 0, COARSE), (0, 1, FINE), (0, None, WHOLE)]),
        ({"partial_images": 2}, True, [(0, None, WHOLE)]),
        ({"partial_images": 0}, False, [(0, None, WHOLE)]),
        ({}, False, [(0, None, WHOLE)]),
    ],
)
async def test_events_are_asked_for_if_there_are_to_be_partial_images(
    package: ModuleType,
    client: Client,
    scripted: ScriptedServer,
    options: dict[str, object],
    asks: bool,
    images: list[tuple[int, int | None, bytes]],
) -> None:
    """Partial images are given only if they are asked for; what comes is read as what it is, whatever was asked for."""
    scripted.respond(200, STREAM, EVENTS)
    assert await taken(package, client, **options) == images
    [request] = scripted.requests
    assert request.headers["accept"] == ("text/event-stream" if asks else "application/json")
    assert (b'name="stream"\r\n\r\ntrue' in request.body) is asks


async def test_json_in_place_of_events_is_read_all_the_same(
    package: ModuleType, client: Client, scripted: ScriptedServer
) -> None:
    """A server that knows no events has made the image: it is given, and not thrown away."""
    scripted.respond(200, {"data": [{"b64_json": base64.b64encode(WHOLE).decode()}]})
    assert await taken(package, client, partial=True) == [(0, None, WHOLE)]


async def test_a_body_of_json_asks_for_them_too(package: ModuleType, client: Client, scripted: ScriptedServer) -> None:
    """The option has another name where the document has a field of its own."""
    scripted.respond(200, STREAM, EVENTS)
    call = package.create_image_edit_json_stream(client, images=["1"], prompt="otters", partial="yes", partial_=True)
    async with call as images:
        assert [image.index async for image in images] == [0, 0, 0]
    sent = json.loads(scripted.requests[0].body)
    assert sent == {"images": ["1"], "prompt": "otters", "partial": "yes", "stream": True}


async def test_a_partial_image_that_was_passed_over_cannot_be_read(
    package: ModuleType, client: Client, scripted: ScriptedServer
) -> None:
    """It is an error, and not the bytes of the next one, which has the same place."""
    scripted.respond(200, STREAM, EVENTS)
    async with package.create_image_edit_stream(client, image=b"x", prompt="otters", partial=True) as images:
        kept = await anext(images)
        await anext(images)
        with pytest.raises(package.ClientStateError, match="images come in turn"):
            await anext(aiter(kept))


# Files.


async def test_partial_images_are_numbered_beside_the_whole_one(
    package: ModuleType, client: Client, scripted: ScriptedServer, tmp_path: Path
) -> None:
    """Only if they are asked for; the files are returned as they came."""
    scripted.respond(200, STREAM, EVENTS)
    assert await saved(package, client, tmp_path / "whole", stem="otter", partial_images=2) == ["otter-1.png"]
    names = ["otter-1.partial-0.png", "otter-1.partial-1.png", "otter-1.png"]
    assert await saved(package, client, tmp_path / "all", stem="otter", partial=True) == names
    assert contents(tmp_path / "all") == dict(zip(names, PICTURES, strict=True))


@pytest.mark.parametrize("overwrite", [False, True])
async def test_a_number_is_taken_by_any_of_its_files(
    package: ModuleType, client: Client, scripted: ScriptedServer, tmp_path: Path, overwrite: bool
) -> None:
    """The files of one image have one number; with `overwrite` they replace those of the same name."""
    (tmp_path / "variation-1.partial-0.png").write_bytes(b"mine")
    scripted.respond(200, STREAM, EVENTS)
    number = 1 if overwrite else 2
    names = [f"variation-{number}.{name}" for name in ("partial-0.png", "partial-1.png", "png")]
    assert await saved(package, client, tmp_path, partial=True, overwrite=overwrite) == names
    assert set(contents(tmp_path)) == {"variation-1.partial-0.png", *names}
    assert (tmp_path / names[0]).read_bytes() == COARSE


async def test_a_number_that_is_taken_meanwhile_is_passed_over_by_the_whole_image_too(
    package: ModuleType, client: Client, scripted: ScriptedServer, tmp_path: Path
) -> None:
    """What follows a partial image has its number."""
    more = asyncio.Event()
    scripted.script = [in_parts(reply(200, b"", {**EVENTS, "Content-Length": str(len(STREAM))}), more, STREAM)]
    saving = asyncio.create_task(saved(package, client, tmp_path, partial=True))
    await scripted.until(lambda: bool(scripted.requests))
    (tmp_path / "variation-1.partial-0.png").write_bytes(b"mine")
    more.set()
    assert await saving == ["variation-2.partial-0.png", "variation-2.partial-1.png", "variation-2.png"]
    assert (tmp_path / "variation-1.partial-0.png").read_bytes() == b"mine"


async def test_the_reference_servers_images_appear(package: ModuleType, tmp_path: Path, png: bytes) -> None:
    """From a real server, which draws them one after the other."""
    async with ReferenceServer() as server, package.Client(base_url=server.base_url, api_key=server.api_key) as client:
        paths = await package.create_image_edit_files(
            client, tmp_path, image=png, prompt="otters", partial_images=3, partial=True
        )
    assert [path.name.removeprefix("variation-1.") for path in paths] == [
        *("partial-0.png", "partial-1.png", "partial-2.png", "png")
    ]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)


# What goes wrong: rows like those of tests/faults.

WITHIN = STREAM.index(base64.b64encode(WHOLE)) + 9
"""A place within the whole image."""

BROKEN: dict[str, Turn] = {
    "cut": cut_reply(WITHIN, STREAM),
    "ends in an event": reply(200, STREAM[:WITHIN], EVENTS),
    "ends before the whole image": reply(200, FIRST + SECOND, EVENTS),
    "done before it": reply(200, FIRST + SECOND + b"data: [DONE]\n\n", EVENTS),
    "malformed event": reply(200, FIRST + SECOND + b'data: {"type": "image_edit.completed",\n\n', EVENTS),
    "malformed data": reply(200, FIRST + SECOND + b"data: otters\n\n", EVENTS),
    "an error": reply(200, FIRST + SECOND + b'event: error\ndata: {"error": {"message": "no luck"}}\n\n', EVENTS),
    "an error by type": reply(200, FIRST + SECOND + b'data: {"type": "error", "message": "no luck"}\n\n', EVENTS),
}


@over_each_transport
@pytest.mark.parametrize("turn", BROKEN.values(), ids=BROKEN)
async def test_a_stream_that_breaks_off_keeps_what_came(
    package: ModuleType,
    client: Client,
    scripted: ScriptedServer,
    tmp_path: Path,
    turn: Turn,
    request: pytest.FixtureRequest,
) -> None:
    """It is billed, nothing is sent again, and the files of images that came whole are named."""
    scripted.script = [turn]
    with pytest.raises(package.ResponseError) as broken:
        await saved(package, client, tmp_path, partial=True, retry_unknown=True)
    names = ["variation-1.partial-0.png", "variation-1.partial-1.png"]
    assert [path.name for path in broken.value.partial] == list(contents(tmp_path))
    assert (broken.value.billed, len(broken.value.attempts), len(scripted.requests)) == ("yes", 1, 1)
    if turn is not BROKEN["cut"] or "aiohttp" not in request.node.name:  # it drops what was not read before a cut
        assert list(contents(tmp_path)) == names
        assert broken.value.content.startswith(FIRST)
    assert "no luck" not in str(turn) or broken.value.message == "no luck"


@over_each_transport
async def test_a_stall_ends_with_the_timeout(
    package: ModuleType, client: Client, scripted: ScriptedServer, tmp_path: Path
) -> None:
    """What came before stays."""
    whole = reply(200, STREAM, EVENTS)
    scripted.script = [(*in_parts(whole[: whole.index(LAST) + 80]), stall)]
    with pytest.raises(package.CallTimeoutError) as late:
        await saved(package, client, tmp_path, partial=True, timeout=0.5)
    assert late.value.billed == "yes"
    assert [path.name for path in late.value.partial] == list(contents(tmp_path))


@pytest.mark.parametrize(
    "turn", [reply(200, "<html>no</html>"), reply(200, "<html>no</html>", EVENTS), reply(200, b"")]
)
async def test_what_is_no_stream_is_in_the_error(
    package: ModuleType, client: Client, scripted: ScriptedServer, turn: bytes
) -> None:
    """A page, or nothing, in place of events."""
    scripted.script = [turn]
    with pytest.raises(package.ResponseError) as broken:
        await taken(package, client, partial=True)
    assert (broken.value.billed, broken.value.content) == ("yes", turn.partition(b"\r\n\r\n")[2])


async def test_an_error_before_any_image_may_be_sent_again(
    package: ModuleType, client: Client, scripted: ScriptedServer
) -> None:
    """Servers say so that they are overloaded, after a 200: the cost is unknown, and the caller decides."""
    error = reply(200, b'event: error\ndata: {"error": {"message": "overloaded", "code": "busy"}}\n\n', EVENTS)
    scripted.script = [error, error, reply(200, STREAM, EVENTS)]
    with pytest.raises(package.ResponseError, match="overloaded") as refused:
        await taken(package, client, partial=True)
    assert (refused.value.billed, refused.value.code) == ("unknown", "busy")
    assert [image for *_, image in await taken(package, client, partial=True, retry_unknown=True)] == PICTURES


async def test_max_response_bytes_is_for_one_event(
    package: ModuleType, client: Client, scripted: ScriptedServer
) -> None:
    """However many there are in a stream."""
    scripted.respond(200, FIRST * 3 + LAST, EVENTS)
    longest = max(map(len, (FIRST, LAST)))
    assert len(await taken(package, client.with_options(max_response_bytes=longest), partial=True)) == 4
    with pytest.raises(package.ResponseError, match="an event is longer than max_response_bytes"):
        await taken(package, client.with_options(max_response_bytes=len(FIRST) // 2), partial=True)


async def test_what_the_disk_does_not_take_is_in_the_error(
    package: ModuleType, client: Client, scripted: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the place at which it came."""
    monkeypatch.setattr(os, "fsync", Failing(errno.ENOSPC))
    scripted.respond(200, STREAM, EVENTS)
    with pytest.raises(package.SaveError) as failed:
        await saved(package, client, tmp_path, partial=True)
    assert failed.value.unsaved == dict(enumerate(PICTURES))
    assert contents(tmp_path) == {}


@over_each_transport
async def test_a_cancelled_task_lets_go_of_its_connection(
    package: ModuleType, client: Client, scripted: ScriptedServer
) -> None:
    """In the middle of an image, and the next call has its turn."""
    scripted.script = [(*in_parts(reply(200, STREAM, EVENTS)[:-300]), stall), reply(200, STREAM, EVENTS)]
    begun = asyncio.Event()

    async def read() -> None:
        async with package.create_image_edit_stream(client, image=b"x", prompt="otters", partial=True) as images:
            async for image in images:
                async for _ in image:
                    begun.set()

    reading = asyncio.create_task(read())
    await begun.wait()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert len(await taken(package, client, partial=True)) == 3


MEMORY = """
import asyncio, sys, tracemalloc
from pathlib import Path
from image_events import Client, create_image_edit_files

async def main(url, directory):
    async with Client(base_url=url) as client:
        await create_image_edit_files(client, Path(directory), image=b"x", prompt="otters", partial=True)
        tracemalloc.start()
        await create_image_edit_files(client, Path(directory), image=b"x", prompt="otters", partial=True)
        print(tracemalloc.get_traced_memory()[1])

asyncio.run(main(*sys.argv[1:]))
"""


async def test_memory_grows_neither_with_the_events_nor_with_their_images(
    package: ModuleType, scripted: ScriptedServer, tmp_path: Path
) -> None:
    """Seven images of several megabytes take no more than a batch or two."""
    image = b"\x89PNG\r\n\x1a\n" + os.urandom(3_000_000)
    large = b"".join(event("partial_image", image, partial_image_index=n) for n in range(6)) + event("completed", image)
    scripted.script = [reply(200, STREAM, EVENTS), reply(200, large, EVENTS)]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", MEMORY, scripted.base_url, str(tmp_path)),
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(str(package.__file__)).parent.parent)},
    )
    said, _ = await process.communicate()
    assert int(said) < 5_000_000
    assert (tmp_path / "variation-2.partial-5.png").read_bytes() == image
