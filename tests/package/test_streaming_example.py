"""The example that passes a variation on while it arrives."""

import asyncio
import base64
import contextlib
import socket
from collections.abc import AsyncGenerator, Generator

import httpx
import pytest
import uvicorn

from examples.streaming_response import app
from tests.support.pictures import PICTURES
from tests.support.server import ScriptedServer
from tests.support.turns import cut_reply, in_parts, reply

LARGE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 3000
ANSWER = {"data": [{"b64_json": base64.b64encode(LARGE).decode()}]}


class _Uvicorn(uvicorn.Server):
    """uvicorn without its signal handlers: signals belong to the program around it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


@pytest.fixture
async def service(scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[httpx.AsyncClient]:
    """The service on a port of its own; gives what calls it."""
    monkeypatch.setenv("OPENAI_BASE_URL", scripted.base_url)
    server = _Uvicorn(uvicorn.Config(app, lifespan="on", log_config=None, timeout_graceful_shutdown=5))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        host, port = listener.getsockname()
        async with httpx.AsyncClient(base_url=f"http://{host}:{port}", timeout=20) as http:
            yield http
        server.should_exit = True
        await serving


async def test_a_variation_is_passed_on(scripted: ScriptedServer, service: httpx.AsyncClient) -> None:
    """The caller gets the decoded picture, under the type that its bytes have."""
    scripted.draw(
        reply(200, ANSWER), reply(200, {"data": [{"b64_json": base64.b64encode(b"\xff\xd8\xff\xe0").decode()}]})
    )
    for content, media_type in ((LARGE, "image/png"), (b"\xff\xd8\xff\xe0", "image/jpeg")):
        answer = await service.post("/variation", files={"image": PICTURES[0]})
        assert (answer.status_code, answer.headers["content-type"], answer.content) == (200, media_type, content)


async def test_it_is_passed_on_while_it_arrives(scripted: ScriptedServer, service: httpx.AsyncClient) -> None:
    """The first bytes reach the caller before the server has sent the last."""
    rest = asyncio.Event()
    whole = reply(200, ANSWER)
    scripted.draw(in_parts(whole[:100_000], rest, whole[100_000:]))
    async with service.stream("POST", "/variation", files={"image": PICTURES[0]}) as answer:
        pieces = answer.aiter_raw()
        first = await anext(pieces)
        assert LARGE.startswith(first)
        rest.set()
        assert first + b"".join([piece async for piece in pieces]) == LARGE


async def test_an_error_before_the_first_bytes_is_answered(
    scripted: ScriptedServer, service: httpx.AsyncClient
) -> None:
    """A refusal by the image server is a bad gateway, in the words of the service."""
    scripted.draw(reply(400, {"error": {"message": "secret words"}}), reply(200, {"data": [{"b64_json": "*"}]}))
    refused = await service.post("/variation", files={"image": PICTURES[0]})
    assert (refused.status_code, refused.json()) == (502, {"detail": "The image server answered with status 400."})
    unusable = await service.post("/variation", files={"image": PICTURES[0]})
    assert (unusable.status_code, unusable.json()) == (502, {"detail": "The image server gave no usable answer."})


async def test_a_picture_that_breaks_off_never_looks_whole(
    scripted: ScriptedServer, service: httpx.AsyncClient
) -> None:
    """Once bytes were passed on, an error ends the response before its end."""
    scripted.draw(cut_reply(300_000, ANSWER))
    with pytest.raises(httpx.RemoteProtocolError):
        await service.post("/variation", files={"image": PICTURES[0]})
