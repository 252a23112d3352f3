"""The reference server itself, over its real socket: as strict as the contract, before it can vouch for a client."""

from __future__ import annotations

import asyncio
import base64
import io
import itertools
import re
import statistics
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack

import httpx
import pytest
import pytest_asyncio
from PIL import Image, ImageChops, ImageStat

from tests.reference_server import DEFAULT_KEY, ReferenceServer, load_document
from tests.support.reference_app import BODY_LIMIT, PictureStore
from tests.support.reference_contract import DOCUMENT, Contract, Json, JsonObject

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATH = "/images/variations"
CONTRACT = Contract(load_document(), PATH)
CREDENTIALS = {"Authorization": f"Bearer {DEFAULT_KEY}"}


Fields = Mapping[str, str | list[str]]


class Clock:
    """A clock that a test moves by hand."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        """Seconds since 1970."""
        return self.now


def picture(width: int = 48, height: int = 48, form: str = "PNG") -> bytes:
    """A small picture whose four quarters differ."""
    image = Image.new("RGB", (width, height), "#2a9d8f")
    image.paste("#e9c46a", (width // 2, 0, width, height // 2))
    image.paste("#e76f51", (0, height // 2, width // 2, height))
    image.paste("#264653", (width // 2, height // 2, width, height))
    file = io.BytesIO()
    image.save(file, form)
    return file.getvalue()


@pytest.fixture(scope="module")
def clock() -> Clock:
    """The clock of the shared server."""
    return Clock()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_server(clock: Clock) -> AsyncIterator[ReferenceServer]:
    """One server for the whole module."""
    async with ReferenceServer(clock=clock) as running:
        yield running


@pytest.fixture
def server(shared_server: ReferenceServer) -> ReferenceServer:
    """The server that all tests share, because to stop one takes 0.2 s; its records are each test's own."""
    shared_server.requests.clear()
    shared_server.downloads.clear()
    return shared_server


@pytest_asyncio.fixture(loop_scope="module")
async def http(server: ReferenceServer) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the shared server, for one test."""
    async with connect(server) as client:
        yield client


def connect(server: ReferenceServer) -> httpx.AsyncClient:
    """A plain HTTP client that shows the key."""
    return httpx.AsyncClient(base_url=server.base_url, headers=CREDENTIALS, timeout=60)


async def ask(
    http: httpx.AsyncClient,
    fields: Fields | None = None,
    *,
    image: bytes | None = None,
    media_type: str = "image/png",
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:
    """Post a form with a picture; the smallest size unless a test says otherwise, to be quick."""
    file = ("a.png", picture() if image is None else image, media_type)
    return await http.post(PATH, data={"size": "256x256", **(fields or {})}, files={"image": file}, headers=headers)


def refusal(response: httpx.Response) -> Mapping[str, str | None]:
    """The error of an answer, after checking that it is one by the contract's own schema."""
    body: JsonObject = response.json()
    CONTRACT.check_answer(response.status_code, body)
    assert re.fullmatch("req_[0-9a-f]{32}", response.headers["x-request-id"])
    error: Mapping[str, str | None] = response.json()["error"]
    return error


def opened(content: bytes) -> Image.Image:
    """The picture in a file."""
    return Image.open(io.BytesIO(content))


def difference(one: Image.Image, other: Image.Image) -> float:
    """How far two pictures are apart: the mean distance of their colour values, from 0 to 255."""
    return statistics.mean(ImageStat.Stat(ImageChops.difference(one, other)).mean)


# What is granted


@pytest.mark.parametrize("size", ["256x256", "512x512", "1024x1024"])
async def test_pictures_have_the_size_that_was_asked_for(http: httpx.AsyncClient, size: str) -> None:
    """Each picture is a PNG of exactly the width and height asked for."""
    response = await ask(http, {"size": size, "response_format": "b64_json"})
    image = opened(base64.b64decode(response.json()["data"][0]["b64_json"]))
    assert (image.format, f"{image.width}x{image.height}") == ("PNG", size)


async def test_ten_variations_are_ten_visibly_different_pictures(http: httpx.AsyncClient) -> None:
    """No two of ten variations look alike, and none looks like the original."""
    response = await ask(http, {"n": "10", "response_format": "b64_json"})
    variations = [opened(base64.b64decode(item["b64_json"])) for item in response.json()["data"]]
    pictures = [opened(picture(256, 256)), *variations]
    assert len(variations) == 10
    assert min(difference(one, other) for one, other in itertools.combinations(pictures, 2)) > 8


async def test_even_a_plain_white_picture_gives_different_variations(http: httpx.AsyncClient) -> None:
    """Variations differ in colour as well as in shape, so a picture without shapes has ten of them too."""
    plain = io.BytesIO()
    Image.new("L", (32, 32), "white").save(plain, "PNG")
    response = await ask(http, {"n": "10", "response_format": "b64_json"}, image=plain.getvalue())
    assert len({item["b64_json"] for item in response.json()["data"]}) == 10


async def test_variations_are_made_from_the_picture_that_was_sent(http: httpx.AsyncClient) -> None:
    """Another original gives other variations: of a black one not one has the colours of the first."""
    black = io.BytesIO()
    Image.new("RGB", (32, 32), "black").save(black, "PNG")
    ten = {"n": "10", "response_format": "b64_json"}
    first, other = [(await ask(http, ten, image=image)).json()["data"] for image in (picture(), black.getvalue())]
    assert {item["b64_json"] for item in first}.isdisjoint(item["b64_json"] for item in other)


async def test_the_same_picture_is_drawn_differently_the_next_time(http: httpx.AsyncClient) -> None:
    """As with a model, two requests for one variation each give two pictures."""
    one = {"response_format": "b64_json"}
    first, again = [(await ask(http, one)).json()["data"] for _ in range(2)]
    assert first != again


async def test_fields_that_are_left_out_take_the_contracts_defaults(http: httpx.AsyncClient) -> None:
    """A form with nothing but a picture is answered with one link to a picture of 1024 by 1024 pixels."""
    response = await http.post(PATH, files={"image": ("a.png", picture(), "application/octet-stream")})
    [item] = response.json()["data"]
    assert opened((await http.get(item["url"])).content).size == (1024, 1024)


async def test_answers_tell_the_time_and_the_file_format(http: httpx.AsyncClient, clock: Clock) -> None:
    """An answer carries `created` by the server's clock, and tells that the pictures are PNG."""
    body = (await ask(http)).json()
    assert (body["created"], body["output_format"]) == (int(clock.now), "png")


async def test_links_open_without_a_key(http: httpx.AsyncClient) -> None:
    """Whoever has a link can download the picture behind it."""
    link = (await ask(http)).json()["data"][0]["url"]
    async with httpx.AsyncClient() as stranger:
        response = await stranger.get(link)
    assert (response.status_code, response.headers["content-type"]) == (200, "image/png")


async def test_links_work_for_sixty_minutes(http: httpx.AsyncClient, clock: Clock) -> None:
    """A link works until just before 60 minutes have passed, and then leads to a 404."""
    link = (await ask(http)).json()["data"][0]["url"]
    clock.now += 3599
    assert (await http.get(link)).status_code == 200
    clock.now += 1
    response = await http.get(link)
    assert (response.status_code, refusal(response)["type"]) == (404, "invalid_request_error")


async def test_the_oldest_pictures_make_room_for_new_ones(clock: Clock) -> None:
    """When more octets are to be kept than allowed, the oldest pictures go, and the newest always stays."""
    store = PictureStore(clock, limit=10)
    ids = [store.add(content) for content in (b"aaaa", b"bbbb", b"cccc")]
    assert [store.get(key) for key in ids] == [None, b"bbbb", b"cccc"]
    assert store.get(store.add(b"d" * 11)) == b"d" * 11


async def test_fields_outside_the_contract_are_ignored(http: httpx.AsyncClient) -> None:
    """The contract's request schema is open, so a field that it does not name is not a mistake."""
    assert (await ask(http, {"prompt": "more fish", "negative_prompt": ""})).status_code == 200


async def test_requests_are_served_side_by_side(http: httpx.AsyncClient, server: ReferenceServer) -> None:
    """While one request's pictures are drawn, another request is answered."""
    slow = asyncio.create_task(ask(http, {"n": "10", "size": "1024x1024"}))
    while not server.requests:  # noqa: ASYNC110  # what the server records comes without an event
        await asyncio.sleep(0.001)
    quick = await ask(http)
    assert (quick.status_code, slow.done()) == (200, False)
    assert (await slow).status_code == 200


# What is refused


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        pytest.param({"Authorization": ""}, "needed", id="none"),
        pytest.param({"Authorization": "Bearer sk-wrong"}, "not valid", id="wrong"),
        pytest.param({"Authorization": f"Basic {DEFAULT_KEY}"}, "needed", id="scheme"),
    ],
)
async def test_a_request_without_the_key_is_refused(
    http: httpx.AsyncClient, headers: Mapping[str, str], reason: str
) -> None:
    """Without the right bearer key the answer is a 401 that does not repeat what was sent."""
    response = await ask(http, headers=headers)
    error = refusal(response)
    assert (response.status_code, error["code"]) == (401, "invalid_api_key")
    assert reason in str(error["message"])
    assert "sk-wrong" not in response.text


@pytest.mark.parametrize(
    ("fields", "param", "rule"),
    [
        ({"n": "0"}, "n", "minimum: 1"),
        ({"n": "11"}, "n", "maximum: 10"),
        ({"n": "abc"}, "n", "type"),
        ({"n": "1.5"}, "n", "type"),
        ({"n": "null"}, "n", "type"),
        ({"n": ["1", "2"]}, "n", "more than once"),
        ({"size": "512x521"}, "size", "enum"),
        ({"response_format": "xml"}, "response_format", "enum"),
    ],
)
async def test_a_field_that_breaks_a_rule_is_refused(
    http: httpx.AsyncClient, fields: Fields, param: str, rule: str
) -> None:
    """A field outside the contract is answered with a 400 that names the field and the rule."""
    response = await ask(http, fields)
    error = refusal(response)
    assert (response.status_code, error["type"], error["param"]) == (400, "invalid_request_error", param)
    assert rule in str(error["message"])


@pytest.mark.parametrize(
    ("image", "media_type", "rule"),
    [
        pytest.param(b"GIF89a" + bytes(40), "image/png", "contentMediaType", id="garbage"),
        pytest.param(picture(form="JPEG"), "image/png", "contentMediaType", id="jpeg"),
        pytest.param(picture()[:-30], "image/png", "contentMediaType", id="cut-short"),
        pytest.param(picture(48, 47), "image/png", "x-square", id="not-square"),
        pytest.param(picture() + bytes(4_194_304 - len(picture())), "image/png", "maxLength: 4194303", id="4-MiB"),
        pytest.param(b"", "image/png", "contentMediaType", id="empty"),
        pytest.param(picture(), "image/jpeg", "Content-Type", id="declared-as-jpeg"),
    ],
)
async def test_a_file_that_breaks_a_rule_is_refused(
    http: httpx.AsyncClient, image: bytes, media_type: str, rule: str
) -> None:
    """A file that is not a square PNG of less than 4 MB is answered with a 400 that names the rule."""
    response = await ask(http, image=image, media_type=media_type)
    error = refusal(response)
    assert (response.status_code, error["param"]) == (400, "image")
    assert rule in str(error["message"])


async def test_the_largest_allowed_file_is_granted(http: httpx.AsyncClient) -> None:
    """A file of exactly the contract's largest length is inside the contract."""
    assert (await ask(http, image=picture() + bytes(4_194_303 - len(picture())))).status_code == 200


async def test_a_form_without_a_picture_is_refused(http: httpx.AsyncClient) -> None:
    """A form that lacks the required picture is answered with a 400 that names it."""
    response = await http.post(PATH, files={"mask": ("a.png", picture(), "image/png")})
    assert (response.status_code, refusal(response)["param"]) == (400, "image")


async def test_a_picture_sent_as_text_is_refused(http: httpx.AsyncClient) -> None:
    """A picture's part must carry a file name, as a form's files do."""
    response = await http.post(PATH, data={"image": "not a file"}, files={"mask": ("a.png", b"", "image/png")})
    assert (response.status_code, refusal(response)["param"]) == (400, "image")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        pytest.param("application/json", b"{}", id="json"),
        pytest.param("multipart/form-data", b"--x--\r\n", id="no-boundary"),
        pytest.param("multipart/form-data; boundary=x", b"--x\r\n\r\nno name\r\n--x--\r\n", id="no-name"),
        pytest.param(
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="n"\r\n\r\n1\r\n',
            id="cut-short",
        ),
    ],
)
async def test_a_body_that_is_no_form_is_refused(http: httpx.AsyncClient, content_type: str, body: bytes) -> None:
    """A body that is not a whole multipart/form-data form is answered with a 400."""
    response = await http.post(PATH, content=body, headers={"Content-Type": content_type})
    assert (response.status_code, refusal(response)["type"]) == (400, "invalid_request_error")


async def test_a_body_beyond_the_limit_is_refused(http: httpx.AsyncClient, server: ReferenceServer) -> None:
    """A body of more than 8 MiB is answered with a 413, and not kept."""
    response = await ask(http, image=bytes(BODY_LIMIT))
    assert (response.status_code, refusal(response)["type"], server.requests) == (413, "invalid_request_error", [])


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", PATH, 405),
        ("POST", f"{PATH}/", 404),
        ("GET", "/models", 404),
        ("GET", "/pictures/guessed", 404),
    ],
)
async def test_what_does_not_exist_is_refused_in_the_apis_own_words(
    http: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    """An unknown path, method or picture is answered with the API's error body, not the framework's."""
    response = await http.request(method, path)
    assert (response.status_code, refusal(response)["type"]) == (status, "invalid_request_error")


# Where the rules come from


def changed(*steps: str | int, to: Json) -> JsonObject:
    """The contract with one value of its schemas replaced; `steps` lead there from `components.schemas`."""
    document = load_document()
    place: Json = document
    for step in ("components", "schemas", *steps[:-1]):
        place = inside(place, step)
    assert isinstance(place, dict)
    place[str(steps[-1])] = to
    return document


def inside(place: Json, step: str | int) -> Json:
    """What an object has under a name, or a list at an index."""
    if isinstance(place, list):
        return place[int(step)]
    assert isinstance(place, dict)
    return place[str(step)]


REQUEST = "CreateImageVariationRequest"


@pytest.mark.parametrize(
    ("document", "fields", "status"),
    [
        pytest.param(changed(REQUEST, "properties", "n", "anyOf", 0, "maximum", to=3), {"n": "4"}, 400, id="maximum"),
        pytest.param(changed(REQUEST, "properties", "n", to={"type": "integer"}), {"n": "10"}, 200, id="no-minimum"),
        pytest.param(changed(REQUEST, "properties", "image", "maxLength", to=100), {}, 400, id="maxLength"),
        pytest.param(
            changed(REQUEST, "properties", "image", "contentMediaType", to="image/gif"), {}, 400, id="media-type"
        ),
        pytest.param(changed(REQUEST, "required", to=["image", "user"]), {}, 400, id="required"),
        pytest.param(changed(REQUEST, "additionalProperties", to=False), {"prompt": "x"}, 400, id="no-other-fields"),
    ],
)
async def test_the_rules_are_the_documents(document: JsonObject, fields: Fields, status: int) -> None:
    """Whatever the document says is what the server asks for: no limit stands in its code."""
    async with ReferenceServer(document=document) as server, connect(server) as http:
        assert (await ask(http, fields)).status_code == status


async def test_a_picture_need_not_be_square_where_the_document_does_not_say_so() -> None:
    """Squareness is asked for by `x-square` alone."""
    async with (
        ReferenceServer(document=changed(REQUEST, "properties", "image", "x-square", to=False)) as server,
        connect(server) as http,
    ):
        assert (await ask(http, image=picture(48, 30))).status_code == 200


async def test_an_answer_outside_the_document_is_a_failure_of_the_server(caplog: pytest.LogCaptureFixture) -> None:
    """The server checks its own answers too: rather than break the contract it answers 500, and logs why."""
    document = changed("ImagesResponse", to={"type": "object", "required": ["usage"]})
    async with ReferenceServer(document=document) as server, connect(server) as http:
        response = await ask(http)
    assert (response.status_code, refusal(response)["type"]) == (500, "server_error")
    assert "usage is required" in caplog.text


# What tests can read


async def test_requests_are_recorded_as_they_arrived(http: httpx.AsyncClient, server: ReferenceServer) -> None:
    """A recorded request has the query, headers, fields and files of the wire, and the id of its answer."""
    response = await http.post(
        f"{PATH}?trace=1",
        data={"user": 'é"\r\n', "tag": ["b", "a"]},
        files={"image": ("größe.png", picture(), "image/png")},
        headers={"X-Note": "hello"},
    )
    [request] = server.requests
    [file] = request.files
    assert (request.method, request.path, request.query) == ("POST", "/v1/images/variations", "trace=1")
    assert request.headers["x-note"] == "hello"
    assert request.fields == [("user", 'é"\r\n'), ("tag", "b"), ("tag", "a")]
    assert (file.name, file.file_name, file.content_type) == ("image", "größe.png", "image/png")
    assert file.content == picture()
    assert picture() in request.raw_body
    assert request.request_id == response.headers["x-request-id"]


async def test_refused_requests_and_downloads_are_recorded_too(
    http: httpx.AsyncClient, server: ReferenceServer
) -> None:
    """What was refused is recorded as well, and downloads are kept apart from requests."""
    link = (await ask(http)).json()["data"][0]["url"]
    await ask(http, {"n": "0"})
    await ask(http, headers={"Authorization": "Bearer wrong"})
    await http.get(link)
    assert (len(server.requests), [request.path for request in server.downloads]) == (3, [httpx.URL(link).path])


# The command


async def test_the_command_prints_where_it_serves_and_ends_on_a_signal() -> None:
    """Started alone, the server prints its base URL and key in one line, serves, and ends without complaint."""
    command = [sys.executable, "-m", "tests.reference_server", "--port", "0", "--key", "a-key"]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, cwd=DOCUMENT.parent
    )
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    match = re.fullmatch(r"(http://127\.0\.0\.1:\d+/v1) key: a-key\n", line)
    assert match
    async with httpx.AsyncClient(base_url=match[1], headers={"Authorization": "Bearer a-key"}) as http:
        assert (await ask(http)).status_code == 200
    process.terminate()
    assert await process.communicate() == (b"", b"")
    assert process.returncode == 0


async def test_a_request_that_runs_when_the_server_ends_is_answered() -> None:
    """The end waits for it, and for nothing else."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(ReferenceServer())
        url = httpx.URL(server.base_url)
        reader, writer = await asyncio.open_connection(url.host, url.port)
        head = (
            f"POST {url.path}{PATH} HTTP/1.1\r\nHost: {url.host}\r\nAuthorization: Bearer {server.api_key}\r\n"
            "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        )
        writer.write(head.encode())
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
        ending = asyncio.ensure_future(stack.aclose())
        await asyncio.sleep(0)
        assert not ending.done()
        writer.write(b"--")
        assert (await reader.read()).startswith(b"HTTP/1.1 400 ")
        writer.close()
        await ending
