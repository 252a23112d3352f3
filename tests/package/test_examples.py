"""The programs in examples/, run as a reader would run them."""

import asyncio
import base64
import contextlib
import os
import socket
import sys
from collections.abc import AsyncGenerator, Generator, Mapping
from pathlib import Path

import httpx
import pytest
import uvicorn
from attrs import frozen
from image_variations import Client
from image_variations.testing import FakeClock, FakeImages

from examples.fastapi_service import app, get_client
from tests.reference_server import ReferenceServer
from tests.support.pictures import make_png
from tests.support.server import ScriptedServer

ROOT = Path(__file__).resolve().parents[2]
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEY = "sk-service-secret"
LONGEST_RUN = 30
"""Seconds after which a program or a request is taken to hang. None comes near it."""


@frozen
class Run:
    """How a program ended, and what it printed."""

    status: int | None
    output: str
    errors: str


async def run(*arguments: str | Path, folder: Path, environment: Mapping[str, str] | None = None) -> Run:
    """Run `python -m` with these arguments in a folder, while this event loop goes on serving."""
    # A setting in the shell that started the tests is not the program's.
    inherited = {name: value for name, value in os.environ.items() if name != "IMAGE"}
    search_path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *arguments,
        cwd=folder,
        env={**inherited, "PYTHONPATH": search_path, **(environment or {})},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(LONGEST_RUN):
            output, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Run(process.returncode, output.decode(), errors.decode())


class _Uvicorn(uvicorn.Server):
    """uvicorn as a guest: Ctrl-C belongs to pytest, and a failure to start ends the test instead of the process."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.startup_over = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit:
            raise RuntimeError("the service did not start; its log says why") from None
        finally:
            self.startup_over.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


@contextlib.asynccontextmanager
async def service_of(base_url: str, key: str) -> AsyncGenerator[httpx.AsyncClient, None]:
    """The FastAPI service on a port of its own, started with these settings; gives what calls it."""
    server = _Uvicorn(
        uvicorn.Config(app, lifespan="on", log_config=None, access_log=False, timeout_graceful_shutdown=5)
    )
    with pytest.MonkeyPatch.context() as environment, socket.create_server(("127.0.0.1", 0)) as listener:
        environment.setenv("OPENAI_BASE_URL", base_url)
        environment.setenv("OPENAI_API_KEY", key)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            await server.startup_over.wait()
            if not server.started:
                await serving  # raises what went wrong
            host, port = listener.getsockname()
            async with httpx.AsyncClient(base_url=f"http://{host}:{port}", timeout=LONGEST_RUN) as http:
                yield http
        finally:
            app.dependency_overrides.clear()
            server.should_exit = True
            await serving


@pytest.fixture
async def service(fake_images: FakeImages) -> AsyncGenerator[httpx.AsyncClient, None]:
    """The FastAPI service in front of the fake, without a socket between any two of them."""
    async with Client(transport=fake_images, api_key=KEY) as client:
        app.dependency_overrides[get_client] = lambda: client
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service.test") as http:
            yield http
        app.dependency_overrides.clear()


@pytest.fixture
def picture(tmp_path: Path, png: bytes) -> Path:
    """A picture in a folder of its own, in which the programs run."""
    path = tmp_path / "otter.png"
    path.write_bytes(png)
    return path


async def test_the_quickstart_writes_the_pictures(server: ReferenceServer, picture: Path) -> None:
    """With server and key in the environment, a path is all that it takes."""
    settings = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": server.api_key}
    ended = await run("examples.quickstart", picture, folder=picture.parent, environment=settings)
    assert (ended.status, ended.errors) == (0, "")
    assert "2 images written to variations" in ended.output
    written = sorted((picture.parent / "variations").iterdir())
    assert [path.name for path in written] == ["variation-1.png", "variation-2.png"]
    assert all(path.read_bytes().startswith(PNG_SIGNATURE) for path in written)


async def test_the_quickstart_keeps_the_environments_key_from_a_server_that_is_named(
    scripted: ScriptedServer, picture: Path
) -> None:
    """`--base-url` wins over the environment, whose key is not sent there."""
    scripted.respond(200, {"created": 1, "data": [{"b64_json": base64.b64encode(make_png()).decode()}]})
    settings = {"OPENAI_BASE_URL": "http://nowhere.invalid", "OPENAI_API_KEY": KEY}
    command = ("examples.quickstart", picture, "--base-url", scripted.base_url)
    ended = await run(*command, folder=picture.parent, environment=settings)
    assert (ended.status, ended.errors) == (0, "")
    assert (picture.parent / "variations" / "variation-1.png").read_bytes() == make_png()
    [(head, _)] = scripted.requests
    assert "authorization" not in head.lower()


async def test_the_quickstart_reports_an_error_in_one_line(server: ReferenceServer, picture: Path) -> None:
    """A refusal by the server is a line that names the error and says what was wrong, not a traceback."""
    ended = await run("examples.quickstart", picture, "--base-url", server.base_url, folder=picture.parent)
    assert ended.status == 1
    assert ended.errors.startswith("AuthenticationError: HTTP 401: ")
    assert ended.errors.count("\n") == 1
    assert not (picture.parent / "variations").exists()


async def test_the_variations_program_calls_the_server_of_the_environment(
    server: ReferenceServer, picture: Path, png: bytes
) -> None:
    """It varies the picture that it is given in both response formats, and draws one sheet of them all."""
    settings = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": server.api_key, "IMAGE": str(picture)}
    ended = await run("examples.variations", folder=picture.parent, environment=settings)
    assert (ended.status, ended.errors) == (0, "")
    formats = [dict(request.fields)["response_format"] for request in server.requests]
    assert formats == ["url", "b64_json"]
    variations = [f"{form}-{number}.png" for form in formats for number in (1, 2, 3)]
    written = {path.name: path.read_bytes() for path in (picture.parent / "variations").iterdir()}
    assert written.keys() == {*variations, "original.png", "contact-sheet.png"}
    assert written["original.png"] == png
    assert all(content.startswith(PNG_SIGNATURE) for content in written.values())


async def test_the_variations_program_needs_no_settings(tmp_path: Path) -> None:
    """Without a server and a picture it starts the one and draws the other."""
    ended = await run("examples.variations", folder=tmp_path)
    assert (ended.status, ended.errors) == (0, "")
    assert "the reference server" in ended.output
    assert (tmp_path / "variations" / "contact-sheet.png").read_bytes().startswith(PNG_SIGNATURE)


async def test_the_tests_with_a_fake_pass() -> None:
    """The example of how to test an application is itself a passing test module."""
    ended = await run("pytest", "-q", "-p", "no:cacheprovider", "examples/test_your_app.py", folder=ROOT)
    assert ended.status == 0, ended.output + ended.errors
    assert "3 passed" in ended.output


async def test_the_service_answers_an_upload_with_variations(
    fake_images: FakeImages, service: httpx.AsyncClient, png: bytes
) -> None:
    """The upload and its fields reach the server with the service's key, and the pictures come back in base64."""
    answer = await service.post("/variations", files={"image": ("otter.png", png)}, data={"n": 2, "size": "256x256"})
    assert [base64.b64decode(item["b64_json"])[:8] for item in answer.json()] == [PNG_SIGNATURE] * 2
    [request] = fake_images.requests
    assert request.fields == {"image": png, "n": 2, "size": "256x256", "response_format": "b64_json"}
    assert request.headers["authorization"] == f"Bearer {KEY}"


async def test_the_service_passes_on_a_link_where_the_server_gives_only_links(
    fake_images: FakeImages, service: httpx.AsyncClient, png: bytes
) -> None:
    """A server that does not heed the response format still gets its pictures to the caller."""
    fake_images.sends(200, {"created": 1, "data": [{"url": "https://example.com/1.png"}]})
    answer = await service.post("/variations", files={"image": png})
    assert answer.json() == [{"b64_json": None, "url": "https://example.com/1.png"}]


async def test_the_services_requests_share_a_connection(scripted: ScriptedServer, png: bytes) -> None:
    """One client serves all requests: the second goes over the connection that the first opened."""
    async with service_of(scripted.base_url, KEY) as http:
        for _ in range(2):
            assert (await http.post("/variations", files={"image": png})).status_code == 200
    assert (len(scripted.requests), scripted.connections) == (2, 1)


@pytest.mark.parametrize(
    ("picture_size", "fields", "field", "rule"),
    [
        ((16, 16), {"n": "11"}, "n", "must be at most 10"),
        ((16, 8), {}, "image", "must be square: as wide as it is high"),
        ((16, 16), {"size": "1x1"}, "size", "Input should be '256x256', '512x512' or '1024x1024'"),
    ],
)
async def test_the_service_names_the_field_and_the_rule_of_a_bad_request(
    fake_images: FakeImages,
    service: httpx.AsyncClient,
    picture_size: tuple[int, int],
    fields: dict[str, str],
    field: str,
    rule: str,
) -> None:
    """What the client refuses is a 422 in the same form as what FastAPI refuses, and nothing is sent on."""
    answer = await service.post("/variations", files={"image": make_png(*picture_size)}, data=fields)
    assert answer.status_code == 422
    [fault] = answer.json()["detail"]
    assert (fault["loc"], fault["msg"]) == (["body", field], rule)
    assert fake_images.requests == []


@pytest.mark.parametrize(
    ("upstream", "headers", "status", "detail"),
    [
        # A pause this long is reported, not waited for.
        (429, {"Retry-After": "86400"}, 503, "The image server is busy. Try again later."),
        (400, {}, 502, "The image server answered with status 400."),
        (401, {}, 502, "The image server answered with status 401."),
        (302, {"Location": "/elsewhere"}, 502, "The image server answered with status 302."),
        (200, {}, 502, "The image server gave no usable answer."),
    ],
)
async def test_the_service_answers_for_a_server_that_fails_without_its_words(
    fake_images: FakeImages,
    service: httpx.AsyncClient,
    caplog: pytest.LogCaptureFixture,
    png: bytes,
    upstream: int,
    headers: dict[str, str],
    status: int,
    detail: str,
) -> None:
    """The caller learns whose fault it is, the log the request id; the server's own words are in neither."""
    fake_images.sends(upstream, {"error": {"message": f"Not with {KEY}."}}, {"x-request-id": "req_7", **headers})
    answer = await service.post("/variations", files={"image": png})
    assert (answer.status_code, answer.json()) == (status, {"detail": detail})
    assert KEY not in str(answer.headers)
    [logged] = [record.getMessage() for record in caplog.records if record.name == "examples.fastapi_service"]
    assert logged.endswith(f"Error, request id req_7: answered {status}")
    assert "Not with" not in logged
    assert KEY not in caplog.text


async def test_the_service_answers_for_a_server_that_hangs_up(
    fake_images: FakeImages, service: httpx.AsyncClient, png: bytes
) -> None:
    """A connection that closes without an answer is a bad gateway."""
    fake_images.loses_the_response()
    answer = await service.post("/variations", files={"image": png})
    assert (answer.status_code, answer.json()) == (502, {"detail": "The image server gave no usable answer."})


async def test_the_service_answers_for_a_server_that_is_too_slow(service: httpx.AsyncClient, png: bytes) -> None:
    """When the call's time is over the caller gets a gateway timeout, also from a client that a test put in place."""
    fake = FakeImages(clock=FakeClock())
    fake.hangs()
    async with Client(transport=fake) as impatient:
        app.dependency_overrides[get_client] = lambda: impatient
        answer = await service.post("/variations", files={"image": png})
    assert (answer.status_code, answer.json()) == (504, {"detail": "The image server took too long."})


async def test_a_service_that_cannot_be_configured_does_not_start(caplog: pytest.LogCaptureFixture) -> None:
    """The client is made when the service starts, so a bad setting is found before the first request."""
    with pytest.raises(RuntimeError, match="did not start"):
        async with service_of("ftp://127.0.0.1/v1", KEY):
            pass
    assert "ConfigurationError: base_url must be like" in caplog.text
    assert KEY not in caplog.text


async def test_a_mistake_of_the_service_itself_is_an_internal_error(
    scripted: ScriptedServer, caplog: pytest.LogCaptureFixture, png: bytes
) -> None:
    """A key that no header can carry is not a fault of the caller's or the server's, and is not shown."""
    async with (
        service_of(scripted.base_url, KEY) as http,
        Client(base_url=scripted.base_url, api_key=lambda: f"{KEY}\n") as misconfigured,
    ):
        app.dependency_overrides[get_client] = lambda: misconfigured
        answer = await http.post("/variations", files={"image": png})
    assert (answer.status_code, answer.text) == (500, "Internal Server Error")
    assert "ConfigurationError" in caplog.text
    assert KEY not in caplog.text
    assert scripted.requests == []
