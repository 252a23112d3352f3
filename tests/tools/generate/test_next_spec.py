"""Another document than the pin: what the generator makes of tests/documents/studio.yaml, against a real server."""

import inspect
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from email import message_from_bytes, policy
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import TypeAlias
from urllib.parse import parse_qsl
from uuid import UUID

import attrs
import pytest
import pytest_asyncio
from image_variations import Client
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.responses import JSONResponse, Response

from tests.support.commands import run_main
from tests.support.generation import generated
from tests.support.studio_server import PICTURE, PREFIX, RECEIPT, WORK, Received, StudioServer, studio_server
from tools.check.files import files_in
from tools.generate.__main__ import main
from tools.generate.generate import generate
from tools.openapi.document import load
from tools.paths import ROOT

over_the_wire = pytest.mark.asyncio(loop_scope="module")
"""For tests that talk to the module's server, in the loop that it runs in."""

SPEC = ROOT / "tests" / "documents" / "studio.yaml"
KEY = "studio-secret"
WORK_ID = UUID("8f3b8a0e-4f0e-4f43-8d8c-0a4f3f6f2d11")

CallOf: TypeAlias = Callable[[ModuleType, Client], Awaitable[object]]


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The studio's client, generated once."""
    with generated(SPEC, tmp_path_factory.mktemp("next"), "studio") as package:
        yield package


@pytest.fixture(scope="module")
def package(studio: ModuleType) -> Path:
    """The folder of the studio's client."""
    assert studio.__file__ is not None
    return Path(studio.__file__).parent


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_server() -> AsyncIterator[StudioServer]:
    """One server for the whole module, because to stop one takes 0.2 s."""
    async with studio_server() as running:
        yield running


@pytest.fixture
def server(shared_server: StudioServer) -> StudioServer:
    """The studio's server, which has got no request yet and answers as documented."""
    shared_server.requests.clear()
    shared_server.answer = None
    return shared_server


@pytest_asyncio.fixture(loop_scope="module")
async def client(studio: ModuleType, server: StudioServer) -> AsyncIterator[Client]:
    """A client of the studio's server that does not try again."""
    async with studio.Client(base_url=server.base_url, api_key=KEY, max_retries=0) as running:
        yield running


def json_of(request: Received) -> object:
    """A request's body, parsed."""
    value: object = json.loads(request.body)
    return value


# The document, and the package as a whole


def test_the_document_is_valid_openapi_31() -> None:
    """openapi-spec-validator finds nothing to say about the studio's document."""
    assert list(OpenAPIV31SpecValidator(load(SPEC)).iter_errors()) == []


def test_it_generates_the_same_bytes_each_time(package: Path, tmp_path: Path) -> None:
    """A second generation of the package writes no other byte."""
    generate(SPEC, tmp_path / "studio")
    assert files_in(tmp_path / "studio") == files_in(package)


def test_what_is_left_out_is_said_in_a_line(tmp_path: Path) -> None:
    """Of several content types JSON is asked for, and the command says what is not."""
    result = run_main(main, f"--spec={SPEC}", f"--out={tmp_path / 'studio'}", cwd=ROOT)
    assert result.returncode == 0
    assert result.stderr.splitlines() == [
        "generate: note: GET /works/{id}/rating: application/json is asked for; text/plain is left out",
    ]


@pytest.mark.slow
def test_mypy_finds_nothing_in_the_package(package: Path, tmp_path: Path) -> None:
    """`mypy --strict`, which allows no explicit `Any` either, passes."""
    options = ["--strict", "--disallow-any-explicit", f"--cache-dir={tmp_path}"]
    check(["mypy", *options, package.name], package.parent)


@pytest.mark.slow
def test_pyright_finds_nothing_in_the_package(package: Path) -> None:
    """Pyright passes in its strict mode, and has seen every file."""
    settings = {
        "include": [package.name],
        "typeCheckingMode": "strict",
        "reportUnnecessaryTypeIgnoreComment": "error",
        "pythonVersion": "3.11",
    }
    (package.parent / "pyrightconfig.json").write_text(json.dumps(settings))
    output = check(["pyright", "--outputjson", "--pythonpath", sys.executable], package.parent)
    modules = [path for pattern in ("*.py", "*.pyi") for path in package.rglob(pattern)]
    assert json.loads(output)["summary"]["filesAnalyzed"] == len(modules)


def test_ruff_finds_nothing_in_what_was_generated(package: Path) -> None:
    """The project's own rules hold, and its layout."""
    # Those of _runtime are checked where they are written.
    # A relative path: ruff replaces variables in what follows --config.
    options = ["--no-cache", "--config=pyproject.toml", "--exclude=_runtime", str(package)]
    check(["ruff", "check", *options], ROOT)
    check(["ruff", "format", "--check", *options], ROOT)


def check(command: list[str], folder: Path) -> str:
    """Run a checker as a module of this interpreter, and return what it prints; fail with that if it fails."""
    result = subprocess.run([sys.executable, "-m", *command], cwd=folder, check=False, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_no_generated_file_shows_how_it_was_made(package: Path) -> None:
    """None is long, or says "Unset", "template" or what nobody would write."""
    for name, content in files_in(package).items():
        text = content.decode()
        assert name.startswith("_runtime/") or text.count("\n") < 400, name
        for word in ("unset", "jinja", "template", "none | none"):
            assert word not in text.lower(), f"{name}: {word}"
        assert name.startswith("_runtime/") or "drawn" not in text, f"{name}: not every operation draws"


def doc_of(described: object) -> str:
    """A docstring without its indentation."""
    return inspect.getdoc(described) or ""


def test_texts_of_the_document_stand_in_docstrings_as_they_are(studio: ModuleType) -> None:
    """Quotes, backslashes and letters of any script are kept; only triple quotes become single ones."""
    assert doc_of(studio.create_work).startswith(
        "Add a work.\n\n"
        "Its texts may hold anything: \"quotes\", 'apostrophes', back\\slashes, \\N{BULLET}s, '''triple\n"
        "quotes''' and {braces}.\n\n- one\n- two\n\nArgs:\n"
    )
    assert doc_of(studio) == (
        "Works of art, and who made them.\n\n"
        'Prices are in "studio dollars", written `\\$`; texts are in any language: Größe, 大きさ, μέγεθος.'
    )
    assert 'next: Where the next page is, such as "C:\\new".' in doc_of(studio.WorkPage)
    assert 'certificate: Says that it is "real".\n' in doc_of(studio.create_work_multipart)
    assert "\n    made_since: Deprecated. The first day.\n" in doc_of(studio.list_works)
    assert "\nDeprecated: " in doc_of(studio.sign_in)
    assert "The server's default is `false`.\n" in doc_of(studio.list_works)


def test_documented_errors_are_named_in_the_docstring(studio: ModuleType) -> None:
    """The statuses that the document describes stand where errors are listed."""
    assert "404: There is no such file." in " ".join(doc_of(studio.get_file).split())


def test_enums_have_the_values_in_the_documents_order(studio: ModuleType) -> None:
    """Strings and integers, as `Literal` aliases, also where two enums have the same set of values."""
    assert studio.Medium.__args__ == ("oil", "ink", "mixed media")
    assert studio.Condition.__args__ == (3, 1, 2)
    assert studio.MakeOfferId.__args__ == (1, 2, 3)


def test_a_name_that_is_taken_gets_its_place_appended(studio: ModuleType) -> None:
    """The path's keeps the name, then the body's, the query's and the header's; options keep theirs throughout."""
    keywords = list(inspect.signature(studio.make_offer).parameters)
    assert keywords == [
        *("client", "id", "class_", "amount", "message", "kind", "expires", "id_body", "id_query", "id_header"),
        *("class_body", "from_", "field_2nd", "x_weird_name", "list_", "type", "timeout_body", "client_body"),
        *("additional_properties_", "self_", "nullable", "title", "foo_bar", "foo_bar_2", "level"),
        *("extra_fields", "extra_headers", "extra_query"),
        *("timeout", "max_retries", "retry_unknown", "idempotency_key"),
    ]
    assert "client_query" in inspect.signature(studio.list_works).parameters
    # By OpenAPI a parameter of this name is none.
    assert "accept" not in inspect.signature(studio.list_works).parameters


def test_what_must_be_given_has_no_default(studio: ModuleType) -> None:
    """A required nullable field has to be given, if only as `None`; what only the server sets is not a keyword."""
    parameters = inspect.signature(studio.create_work).parameters
    needed = {name for name, parameter in parameters.items() if parameter.default is inspect.Parameter.empty}
    assert needed == {"client", "title", "medium", "sold_to", "artists", "tags"}
    assert "id" not in parameters
    assert attrs.fields(studio.Work).sold_to.default is attrs.NOTHING
    assert attrs.fields(studio.Offer).message.default is attrs.NOTHING


# Each operation


@over_the_wire
async def test_parameters_go_where_the_document_puts_them(
    studio: ModuleType, server: StudioServer, client: Client
) -> None:
    """Lists are repeated or joined, booleans are words, dates are RFC 3339, and headers have their own names."""
    page = await studio.list_works(
        client,
        limit=5,
        tag=["a", "b-c"],
        year=(1999, 2001),
        framed=True,
        sort="price, rising",
        made_since=date(2024, 2, 29),
        client_query="me & you",
        type="mixed media",
        x_studio_trace="trace-1",
        x_preview=False,
    )
    request = server.received
    assert (request.method, request.path) == ("GET", f"{PREFIX}/works")
    assert parse_qsl(request.query, strict_parsing=True) == [
        *(("limit", "5"), ("tag", "a"), ("tag", "b-c"), ("year", "1999,2001"), ("framed", "true")),
        *(("sort", "price, rising"), ("made-since", "2024-02-29"), ("client", "me & you"), ("type", "mixed media")),
    ]
    assert request.headers["x-studio-trace"] == "trace-1"
    assert request.headers["x-preview"] == "false"
    assert request.headers["accept"] == "application/json"
    assert request.headers["x-studio-key"] == KEY
    assert "authorization" not in request.headers
    assert page.facets.additional_properties == {"new": 1}
    assert page.additional_properties == {"total": 1}
    [work] = page.works
    assert (work.id, work.medium, work.made) == (WORK_ID, "oil", date(2024, 2, 29))
    assert work.seen == datetime(2026, 11, 1, 12, tzinfo=UTC)
    assert work.sizes == [10, "large"]
    assert work.folder.parent.children == [studio.Folder(name="Animals")]


@over_the_wire
async def test_what_is_not_given_is_not_sent(studio: ModuleType, server: StudioServer, client: Client) -> None:
    """No query parameter and no header stands for `None` or an empty list."""
    await studio.list_works(client, x_studio_trace="trace-1", year=[])
    assert server.received.query == ""
    assert "x-preview" not in server.received.headers
    assert server.received.body == b""


@pytest.mark.parametrize(
    ("name", "segment"),
    [
        ("otter.png", "otter.png"),
        ("a/b c?#%2F.png", "a%2Fb%20c%3F%23%252F.png"),
        ("..x", "..x"),
        ("{work_id}", "%7Bwork_id%7D"),
        ("Größe", "Gr%C3%B6%C3%9Fe"),
    ],
)
@over_the_wire
async def test_a_path_parameter_is_one_segment(
    studio: ModuleType, server: StudioServer, client: Client, name: str, segment: str
) -> None:
    """Whatever it holds, it ends neither its segment nor the path, and a picture comes back as bytes."""
    assert await studio.get_file(client, work_id=WORK_ID, name=name) == PICTURE
    assert server.received.path == f"{PREFIX}/works/{WORK_ID}/files/{segment}"
    assert server.received.headers["accept"] == "image/png"


@pytest.mark.parametrize("name", ["..", ".", "", None])
@over_the_wire
async def test_a_path_parameter_that_would_lead_elsewhere_is_refused(
    studio: ModuleType, server: StudioServer, client: Client, name: str | None
) -> None:
    """Dots and nothing would address another resource, so nothing is sent."""
    with pytest.raises(studio.InvalidRequestError, match=r"^name: must"):
        await studio.get_file(client, work_id=WORK_ID, name=name)
    assert server.requests == []


@over_the_wire
async def test_an_operation_without_security_gets_no_key(
    studio: ModuleType, server: StudioServer, client: Client
) -> None:
    """`security: []` opens an operation: the client's key stays here."""
    await studio.get_file(client, work_id=WORK_ID, name="otter.png")
    assert KEY not in str(server.received)


@over_the_wire
async def test_a_json_body_has_the_members_that_are_given(
    studio: ModuleType, server: StudioServer, client: Client
) -> None:
    """Required nulls and empty lists are sent, other `None`s are not, and nested models are objects."""
    work = await studio.create_work(
        client,
        title="Otter",
        medium="ink",
        sold_to=None,
        artists=[studio.Person(name="Ada", born=date(1815, 12, 10))],
        tags=(),
        price=0.3,
        sizes=[10, "large"],
        seen=datetime(2026, 11, 1, 14, tzinfo=timezone(timedelta(hours=2))),
        folder=studio.Folder(name="Animals", parent=studio.Folder(name="All")),
        stars=5,
        extra_fields={"x-more": None, "more": [1]},
    )
    request = server.received
    assert (request.method, request.path, request.query) == ("POST", f"{PREFIX}/works", "")
    assert request.headers["content-type"] == "application/json"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert json_of(request) == {
        "title": "Otter",
        "medium": "ink",
        "sold_to": None,
        "artists": [{"name": "Ada", "born": "1815-12-10"}],
        "tags": [],
        "price": 0.3,
        "sizes": [10, "large"],
        "seen": "2026-11-01T14:00:00+02:00",
        "folder": {"name": "Animals", "parent": {"name": "All"}},
        "stars": 5,
        "more": [1],
    }
    assert isinstance(work, studio.Work)
    assert work.artists == [studio.Person(name="Ada", born=date(1815, 12, 10))]


@over_the_wire
async def test_a_multipart_body_has_a_part_for_each_file(
    studio: ModuleType, server: StudioServer, client: Client, tmp_path: Path
) -> None:
    """Lists are repeated parts, files have the document's media types, and an object is JSON."""
    path = tmp_path / "side.png"
    path.write_bytes(PICTURE + b" 2")
    work = await studio.create_work_multipart(
        client,
        title="Größe",
        photos=[PICTURE, path],
        certificate=studio.File(b"%PDF", "real.pdf"),
        owner=studio.Person(name="Bo"),
        tags=["a", "b"],
    )
    request = server.received
    assert parts_of(request) == [
        ("title", None, None, "Größe".encode()),
        ("photos", "photos.png", "image/png", PICTURE),
        ("photos", "side.png", "image/png", PICTURE + b" 2"),
        ("certificate", "real.pdf", "application/pdf", b"%PDF"),
        ("owner", None, "application/json", b'{"name":"Bo"}'),
        ("tags", None, None, b"a"),
        ("tags", None, None, b"b"),
    ]
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert work.title == "Otter"


def parts_of(request: Received) -> list[tuple[str | None, str | None, str | None, bytes]]:
    """The name, file name, media type and content of each part of a multipart body."""
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    message = message_from_bytes(head + request.body, policy=policy.HTTP)
    parts: list[tuple[str | None, str | None, str | None, bytes]] = []
    for part in message.iter_parts():
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        name = part["content-disposition"].params["name"]
        parts.append((name, part.get_filename(), part.get_content_type() if "content-type" in part else None, content))
    return parts


@over_the_wire
async def test_names_that_python_cannot_have_reach_the_server(
    studio: ModuleType, server: StudioServer, client: Client
) -> None:
    """Each keyword is sent under the document's own name, in its own place."""
    state = await studio.make_offer(
        client,
        id=7,
        class_="mixed media",
        id_query=2,
        id_header=9,
        amount=0.07,
        message=None,
        kind="binding",
        expires=datetime(2026, 12, 1, tzinfo=UTC),
        id_body="mine",
        class_body="first",
        from_=studio.Person(name="Bo"),
        field_2nd=2,
        x_weird_name="odd",
        list_=[],
        type="gift",
        timeout_body=1.5,
        client_body="me",
        additional_properties_="more",
        self_="self",
        nullable=False,
        title="An offer",
        foo_bar="dash",
        foo_bar_2="underscore",
        level=20,
    )
    request = server.received
    assert (request.method, request.path) == ("PUT", f"{PREFIX}/works/7/offers/mixed%20media")
    assert (request.query, request.headers["id"]) == ("id=2", "9")
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["accept"] == "application/vnd.studio.offer+json"
    assert json_of(request) == {
        "amount": 0.07,
        "message": None,
        "kind": "binding",
        "expires": "2026-12-01T00:00:00+00:00",
        "id": "mine",
        "class": "first",
        "from": {"name": "Bo"},
        "2nd": 2,
        "x-weird name": "odd",
        "list": [],
        "type": "gift",
        "timeout": 1.5,
        "client": "me",
        "additional_properties": "more",
        "self": "self",
        "nullable": False,
        "title": "An offer",
        "foo-bar": "dash",
        "foo_bar": "underscore",
        "level": 20,
    }
    assert (state.state, state.class_, state.owner) == ("open", "best", studio.Person(name="Bo"))


@over_the_wire
async def test_a_key_that_is_optional_is_sent_where_there_is_one(studio: ModuleType, server: StudioServer) -> None:
    """An empty alternative in `security` lets a client without a key call too."""
    arguments = {"id": 1, "class_": "oil", "amount": 1, "message": "?", "kind": "binding", "id_body": "x"}
    async with studio.Client(base_url=server.base_url) as anonymous:
        await studio.make_offer(anonymous, expires=datetime.now(UTC), **arguments)
    assert "authorization" not in server.received.headers


@pytest.mark.parametrize(("answer", "rating"), [("4", 4), (" null\n", None), ("9", 9), ("5.0", 5)])
@over_the_wire
async def test_an_answer_may_be_a_number_or_null(
    studio: ModuleType, server: StudioServer, client: Client, answer: str, rating: int | None
) -> None:
    """Null is `None`, and a number that the document does not know is that number."""
    server.answer = Response(answer, media_type="application/json")
    assert await studio.get_rating(client, id=3) == rating
    assert server.received.path == f"{PREFIX}/works/3/rating"
    assert server.received.headers["x-studio-key"] == KEY


@pytest.mark.parametrize("answer", ['"4"', "{}", "", "nil"])
@over_the_wire
async def test_an_answer_of_another_kind_is_an_error(
    studio: ModuleType, server: StudioServer, client: Client, answer: str
) -> None:
    """What cannot be read as the document's type is a `ResponseError` that keeps it."""
    server.answer = Response(answer, media_type="application/json")
    with pytest.raises(studio.ResponseError) as error:
        await studio.get_rating(client, id=3)
    assert error.value.content == answer.encode()


@over_the_wire
async def test_a_list_can_be_the_whole_body(studio: ModuleType, server: StudioServer, client: Client) -> None:
    """It is sent as a JSON array, an empty one too, and 204 is answered by `None`."""
    answer = await studio.replace_tags(client, body=[studio.Tag(name="a", colors=[], weight=0.3), studio.Tag(name="b")])
    assert answer is None
    request = server.received
    assert (request.method, request.path) == ("PUT", f"{PREFIX}/tags")
    assert request.body == b'[{"name":"a","colors":[],"weight":0.3},{"name":"b"}]'
    assert request.headers["content-type"] == "application/json"
    detailed = await studio.replace_tags_detailed(client, body=[])
    assert (detailed.status_code, detailed.parsed) == (204, None)
    assert server.requests[-1].body == b"[]"


@over_the_wire
async def test_a_body_may_be_left_out(studio: ModuleType, server: StudioServer, client: Client) -> None:
    """Without it no content type is sent; what is found is told apart by what it must have."""
    found = await studio.search(client)
    assert (server.received.method, server.received.path, server.received.body) == ("POST", f"{PREFIX}/search", b"")
    assert "content-type" not in server.received.headers
    assert [type(item).__name__ for item in found] == ["Folder", "Work", "str"]
    search = studio.SearchRequest(
        query="otter",
        filters=[
            studio.Filter(
                field_="year",
                values=[1999, None],
                weight="low",
                bounds=[0.5, "inf"],
                not_=studio.Filter(field_="sold", values=[], weight=1, bounds=[]),
            )
        ],
    )
    await studio.search(client, body=search)
    assert json_of(server.requests[-1]) == {
        "query": "otter",
        "filters": [
            {
                "field": "year",
                "values": [1999, None],
                "weight": "low",
                "bounds": [0.5, "inf"],
                "not": {"field": "sold", "values": [], "weight": 1, "bounds": []},
            }
        ],
    }


@over_the_wire
async def test_a_body_that_may_be_left_out_is_not_sent_when_nothing_is_given(
    studio: ModuleType, server: StudioServer, client: Client
) -> None:
    """Where every field is optional, the first one given makes a body, under the document's media type."""
    settings = await studio.change_settings(client)
    assert (server.received.method, server.received.body) == ("PATCH", b"")
    assert "content-type" not in server.received.headers
    assert settings == studio.Settings(theme="teal", languages=["de", "fr"])
    await studio.change_settings(client, languages=("de", "ja"))
    assert server.requests[-1].body == b'{"languages":["de","ja"]}'
    assert server.requests[-1].headers["content-type"] == "application/merge-patch+json"
    await studio.change_settings(client, extra_fields={"light": False})
    assert server.requests[-1].body == b'{"light":false}'


@over_the_wire
async def test_models_of_a_union_are_told_apart_by_their_constants(
    studio: ModuleType, server: StudioServer, client: Client
) -> None:
    """A sale is a sale and a comment a comment, in any order; the key is the one that one key can meet."""
    comment, sale = await studio.get_activity(client)
    assert comment == studio.CommentEvent(kind="comment", text="!", additional_properties={"price": "too high"})
    assert sale == studio.SaleEvent(kind="sale", price=3)
    request = server.received
    assert (request.path, request.query) == (f"{PREFIX}/activity", f"studio_key={KEY}")
    assert request.headers["accept"] == "application/json"
    assert "x-studio-key" not in request.headers
    server.answer = Response(status_code=202)
    assert await studio.get_activity(client) is None


@over_the_wire
async def test_a_form_is_url_encoded(studio: ModuleType, server: StudioServer, client: Client) -> None:
    """Lists are repeated, booleans are words, an object is JSON, and the answer is text."""
    answer = await studio.sign_in(
        client,
        user="ada",
        scopes=["read", "write"],
        remember=True,
        device=studio.Device(os="a&b", screens=[[1, 2]]),
    )
    assert answer == "tökén"
    request = server.received
    assert (request.method, request.path) == ("POST", f"{PREFIX}/sessions")
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.body == (
        b"user=ada&scopes=read&scopes=write&remember=true"
        b"&device=%7B%22os%22%3A%22a%26b%22%2C%22screens%22%3A%5B%5B1%2C2%5D%5D%7D"
    )
    assert KEY not in str(request)


@over_the_wire
async def test_a_file_can_be_the_whole_body(
    studio: ModuleType, server: StudioServer, client: Client, tmp_path: Path
) -> None:
    """It is sent as it is, under the document's media type or the caller's, and a PDF comes back."""
    path = tmp_path / "backup.zip"
    path.write_bytes(b"PK\x03\x04")
    assert await studio.store_backup(client, day=date(2026, 11, 1), body=path) == RECEIPT
    request = server.received
    assert (request.method, request.path) == ("PUT", f"{PREFIX}/backups/2026-11-01")
    assert request.query == f"studio_key={KEY}"
    assert request.body == b"PK\x03\x04"
    assert request.headers["content-type"] == "application/zip"
    assert request.headers["accept"] == "application/pdf"
    await studio.store_backup(client, day=date(2026, 11, 2), body=studio.File(b"7z", mime_type="application/x-7z"))
    assert server.requests[-1].headers["content-type"] == "application/x-7z"


# Errors and rules


DOCUMENTED_ERRORS: list[tuple[int, str, CallOf]] = [
    (429, "RateLimitError", lambda studio, client: studio.list_works(client, x_studio_trace="trace-1")),
    (404, "NotFoundError", lambda studio, client: studio.get_file(client, work_id=WORK_ID, name="x")),
    (401, "AuthenticationError", lambda studio, client: studio.sign_in(client, user="ada", scopes=["read"])),
    (
        422,
        "UnprocessableEntityError",
        lambda studio, client: studio.create_work(
            client, title="Otter", medium="oil", sold_to=None, artists=[studio.Person(name="Ada")], tags=[]
        ),
    ),
    (
        409,
        "ConflictError",
        lambda studio, client: studio.make_offer(
            client, id=1, class_="oil", amount=1, message="", kind="binding", expires=datetime.now(UTC), id_body="x"
        ),
    ),
]


@pytest.mark.parametrize(("status", "error", "call"), DOCUMENTED_ERRORS)
@over_the_wire
async def test_a_documented_error_is_raised(
    studio: ModuleType, server: StudioServer, client: Client, status: int, error: str, call: CallOf
) -> None:
    """Its body is kept with the error, and is not a result."""
    server.answer = JSONResponse({"title": "No", "status": status}, status, media_type="application/problem+json")
    with pytest.raises(getattr(studio, error)) as raised:
        await call(studio, client)
    assert (raised.value.status_code, raised.value.message) == (status, "No")
    assert json.loads(raised.value.body) == {"title": "No", "status": status}
    assert len(server.requests) == 1


def new_work(studio: ModuleType, client: Client, **members: object) -> Awaitable[object]:
    """Add a work that keeps every rule, but for the members that are given."""
    kept = {
        "title": "Otter",
        "medium": "oil",
        "sold_to": None,
        "artists": [studio.Person(name="Ada")],
        "tags": ["new"],
    }
    call: Awaitable[object] = studio.create_work(client, **{**kept, **members})
    return call


def new_offer(studio: ModuleType, client: Client, **members: object) -> Awaitable[object]:
    """Make an offer that keeps every rule, but for the members that are given."""
    kept = {"id": 1, "class_": "oil", "amount": 1, "message": "", "kind": "binding", "id_body": "x"}
    call: Awaitable[object] = studio.make_offer(client, **{**kept, "expires": datetime.now(UTC), **members})
    return call


def new_tags(studio: ModuleType, client: Client, *tags: Mapping[str, object]) -> Awaitable[object]:
    """Replace the tags by ones with these members."""
    call: Awaitable[object] = studio.replace_tags(client, body=[studio.Tag(**tag) for tag in tags])
    return call


def listed(studio: ModuleType, client: Client, **parameters: object) -> Awaitable[object]:
    """List works by parameters that keep every rule, but for those that are given."""
    call: Awaitable[object] = studio.list_works(client, **{"x_studio_trace": "trace-1", **parameters})
    return call


BROKEN_RULES: list[tuple[CallOf, str, str]] = [
    # in a parameter, through $ref, in its items, through anyOf with null
    (lambda studio, client: listed(studio, client, limit=0), "limit", "must be at least 1"),
    (lambda studio, client: listed(studio, client, limit=101), "limit", "must be less than 101"),
    (lambda studio, client: listed(studio, client, limit=True), "limit", "must be of type integer"),
    (lambda studio, client: listed(studio, client, tag=["a", "b c"]), "tag", r"and must match ^[\w-]+$"),
    (lambda studio, client: listed(studio, client, tag="a"), "tag", "must be of type array"),
    (lambda studio, client: listed(studio, client, tag=[]), "tag", "must have at least 1 item"),
    (lambda studio, client: listed(studio, client, year=[0]), "year", "must be more than 0"),
    (lambda studio, client: listed(studio, client, type="wax"), "type", "must be 'oil' or 'ink' or 'mixed media'"),
    (lambda studio, client: listed(studio, client, made_since=datetime.now(UTC)), "made-since", "must be of type date"),
    (
        lambda studio, client: listed(studio, client, x_studio_trace="abc"),
        "X-Studio-Trace",
        "must be at least 4 characters long",
    ),
    (lambda studio, client: listed(studio, client, x_studio_trace=None), "X-Studio-Trace", "must be given"),
    # in a member, through $ref, allOf, anyOf and items, and in models within it
    (lambda studio, client: new_work(studio, client, title=""), "title", "must be at least 1 character long"),
    (lambda studio, client: new_work(studio, client, title=None), "title", "must be given"),
    (lambda studio, client: new_work(studio, client, note="x" * 201), "note", "must be at most 200 characters long"),
    (lambda studio, client: new_work(studio, client, note="x"), "note", "must be at least 2 characters long"),
    (lambda studio, client: new_work(studio, client, medium="wax"), "medium", "must be 'oil' or 'ink'"),
    (lambda studio, client: new_work(studio, client, condition=4), "condition", "must be 3 or 1 or 2"),
    (lambda studio, client: new_work(studio, client, condition=True), "condition", "must be 3 or 1 or 2"),
    (lambda studio, client: new_work(studio, client, price=0), "price", "must be more than 0"),
    (lambda studio, client: new_work(studio, client, price=0.105), "price", "must be a multiple of 0.01"),
    (lambda studio, client: new_work(studio, client, artists=[]), "artists", "must have at least 1 item"),
    (lambda studio, client: new_work(studio, client, artists="Ada"), "artists", "must be of type array"),
    (
        lambda studio, client: new_work(studio, client, artists=[studio.Person(name="Ada"), studio.Person(name="B")]),
        "artists[1].name",
        "must be at least 2 characters long",
    ),
    (lambda studio, client: new_work(studio, client, sold_to=studio.Person()), "sold_to.name", "must be given"),
    (lambda studio, client: new_work(studio, client, tags=["a", "a"]), "tags", "must not hold an item twice"),
    (lambda studio, client: new_work(studio, client, tags=["longer"]), "tags", "must be at most 5 characters long"),
    (lambda studio, client: new_work(studio, client, sizes=[0]), "sizes", "must be at least 1, or must be 'small'"),
    (lambda studio, client: new_work(studio, client, seen=datetime(2026, 1, 1)), "seen", "with a time zone"),
    (
        lambda studio, client: new_work(studio, client, folder=studio.Folder(name="a", parent=studio.Folder())),
        "folder.parent.name",
        "must be given",
    ),
    (
        lambda studio, client: new_offer(studio, client, message="x" * 101),
        "message",
        "must be at most 100 characters long",
    ),
    (lambda studio, client: new_offer(studio, client, kind="loose"), "kind", "must be 'binding'"),
    (
        lambda studio, client: new_offer(studio, client, x_weird_name="x"),
        "x-weird name",
        "must be at least 2 characters long",
    ),
    (lambda studio, client: new_offer(studio, client, list_=[1]), "list", "must be of type string"),
    (lambda studio, client: new_offer(studio, client, level=11), "level", "must be 10 or 20"),
    (lambda studio, client: new_offer(studio, client, id=0), "id", "must be at least 1"),
    # in a body that is not an object
    (lambda studio, client: studio.replace_tags(client, body="a"), "body", "must be of type array"),
    (lambda studio, client: studio.replace_tags(client, body=["a"]), "body", "each item must be of type object"),
    (lambda studio, client: new_tags(studio, client, *({"name": f"{n}"} for n in range(4))), "body", "at most 3 items"),
    (lambda studio, client: new_tags(studio, client, {"name": "a"}, {"name": "a"}), "body", "must not hold an item"),
    (lambda studio, client: new_tags(studio, client, {"name": "a"}, {"name": "b c"}), "body[1].name", "must match"),
    (
        lambda studio, client: new_tags(studio, client, {"name": "a", "weight": 0.25}),
        "body[0].weight",
        "multiple of 0.1",
    ),
    (lambda studio, client: new_tags(studio, client, {"name": "a", "weight": 1}), "body[0].weight", "less than 1"),
    (
        lambda studio, client: studio.create_work_multipart(client, title="Otter", photos=[]),
        "photos",
        "must have at least 1 item",
    ),
    (
        lambda studio, client: studio.create_work_multipart(
            client, title="Otter", photos=[PICTURE], certificate=[b"%PDF", b"%PDF"]
        ),
        "certificate",
        "must be one file",
    ),
    (
        lambda studio, client: studio.create_work_multipart(client, title="Otter", photos=[BytesIO(b"no PNG" * 9)]),
        "photos",
        "must be a PNG file",
    ),
    (
        lambda studio, client: studio.create_work_multipart(client, title="Otter", photos=[BytesIO(PICTURE * 99)]),
        "photos",
        "must be at most 2000 bytes long",
    ),
    (lambda studio, client: studio.sign_in(client, user="ada\n", scopes=["read"]), "user", "must match ^[a-z]+$"),
    (lambda studio, client: studio.sign_in(client, user="ada", scopes=["all"]), "scopes", "must be 'read' or 'write'"),
    (
        lambda studio, client: studio.store_backup(client, day=date(2026, 1, 1), body=b"x" * 1001),
        "body",
        "must be at most 1000 bytes long",
    ),
]


@pytest.mark.parametrize(("call", "field", "rule"), BROKEN_RULES)
@over_the_wire
async def test_a_value_that_breaks_a_rule_is_not_sent(
    studio: ModuleType, server: StudioServer, client: Client, call: CallOf, field: str, rule: str
) -> None:
    """The error names the document's field and rule, wherever the document keeps the rule."""
    with pytest.raises(studio.InvalidRequestError) as error:
        await call(studio, client)
    assert error.value.field == field
    assert rule in error.value.rule
    assert server.requests == []


class Pipe:
    """A file that can only be read."""

    def __init__(self, content: bytes) -> None:
        self.unread = content

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, or all."""
        end = len(self.unread) if size < 0 else size
        content, self.unread = self.unread[:end], self.unread[end:]
        return content


@over_the_wire
async def test_a_file_of_a_list_is_read_no_further_than_its_rule_asks(studio: ModuleType, client: Client) -> None:
    """One byte more than is allowed shows that there are too many."""
    photo = Pipe(PICTURE * 1000)
    with pytest.raises(studio.InvalidRequestError, match="must be at most 2000 bytes long"):
        await studio.create_work_multipart(client, title="Otter", photos=[photo])
    assert len(PICTURE * 1000) - len(photo.unread) == 2001


@over_the_wire
async def test_rules_can_be_left_to_the_server(studio: ModuleType, server: StudioServer) -> None:
    """With `validate=False` a value that breaks a rule is sent as it is."""
    async with studio.Client(base_url=server.base_url, validate=False) as client:
        await listed(studio, client, limit=0, type="wax")
        await new_tags(studio, client, {"name": "b c", "weight": 2})
    assert parse_qsl(server.requests[0].query) == [("limit", "0"), ("type", "wax")]
    assert server.requests[1].body == b'[{"name":"b c","weight":2}]'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {"a": 1}, "\ud800"])
@over_the_wire
async def test_a_value_without_a_form_on_the_wire_is_not_sent(
    studio: ModuleType, server: StudioServer, value: object
) -> None:
    """Also where rules are not checked: it is not a text of a query, a path, a header or JSON."""
    async with studio.Client(base_url=server.base_url, validate=False) as client:
        with pytest.raises(studio.InvalidRequestError, match=r"^limit"):
            await listed(studio, client, limit=value)
        with pytest.raises(studio.InvalidRequestError, match=r"^name"):
            await studio.get_file(client, work_id=WORK_ID, name=value)
        with pytest.raises(studio.InvalidRequestError, match=r"^X-Studio-Trace"):
            await listed(studio, client, x_studio_trace=value)
        if not isinstance(value, Mapping):
            with pytest.raises(studio.InvalidRequestError):
                await new_work(studio, client, price=value)
    assert server.requests == []


# Models


MODELS: dict[str, Mapping[str, object]] = {
    "CommentEvent": {"kind": "comment", "text": "!", "stars": 5},
    "CreateWorkFilesBody": {
        "title": "Otter",
        "photos": [b"1", b"2"],
        "certificate": b"3",
        "owner": {"name": "Bo"},
        "tags": ["a"],
    },
    "Described": {"title": "What has a title", "note": "and a note"},
    "Device": {"os": "any", "screens": [[1, 2], [3]]},
    "Filter": {
        "field": "a",
        "values": [None],
        "weight": 1,
        "bounds": [],
        "not": {"field": "b", "values": [1, "2"], "weight": "3", "bounds": [0.5, "x"]},
    },
    "Folder": {"name": "a", "parent": {"name": "b", "cover": WORK}, "children": [{"name": "c"}], "cover": WORK},
    "Offer": {
        "amount": 1.5,
        "message": None,
        "kind": "binding",
        "expires": "2026-12-01T00:00:00+00:00",
        "id": "x",
        "class": "a",
        "from": {"name": "Bo"},
        "2nd": 2,
        "x-weird name": "bc",
        "list": [],
        "type": "d",
        "timeout": 1.0,
        "client": "e",
        "additional_properties": "f",
        "self": "g",
        "nullable": True,
        "title": "h",
        "foo-bar": "i",
        "foo_bar": "j",
        "level": 10,
    },
    "OfferState": {
        "state": "sold twice",
        "class": "a",
        "owner": "2026-12-01T00:00:00+00:00",
        "history": ["2026-12-01T00:00:00+00:00"],
        "anything": {"at": ["all"]},
    },
    "Person": {"name": "Ada", "born": "1815-12-10", "nickname": "A"},
    "Problem": {"title": "No", "status": 404},
    "SaleEvent": {"kind": "sale", "price": 2},
    "SearchRequest": {"query": "a", "filters": [{"field": "b", "values": [], "weight": 1, "bounds": [2.5]}]},
    "Settings": {"opens_at": "2026-12-01T00:00:00+00:00", "languages": ["de", "fr"], "theme": "teal"},
    "SignInBody": {"user": "ada", "scopes": ["read"], "remember": False, "device": {"os": "any"}},
    "Tag": {"name": "a", "colors": [], "weight": 0.5},
    "Work": WORK,
    "WorkPage": {"works": [WORK], "next": "https://studio.example/works?page=2", "facets": {"new": 1}},
    "WorkPageFacets": {"new": 1},
}
"""A JSON object for every model, with each of its members."""


def test_every_model_is_tried(studio: ModuleType) -> None:
    """No class of the package lacks its sample, and no sample lacks a member."""
    models = {name for name in studio.models.__all__ if attrs.has(getattr(studio, name))}
    assert models == MODELS.keys()
    for name, sample in MODELS.items():
        model = getattr(studio, name)
        made = model.from_dict(sample)
        empty = [field.name for field in attrs.fields(model) if getattr(made, field.name) is None]
        assert empty == {"Offer": ["message"], "Work": ["sold_to"]}.get(name, []), name


@pytest.mark.parametrize("name", MODELS)
def test_a_model_reads_what_it_writes(studio: ModuleType, name: str) -> None:
    """From JSON to a model and back nothing is lost, and what the document does not know is kept."""
    model = getattr(studio, name)
    source = {**MODELS[name], "x-unknown": {"deep": [None]}}
    made = model.from_dict(source)
    assert made.to_dict() == source
    assert model.from_dict(made.to_dict()) == made
    assert made.additional_properties.keys() - MODELS["WorkPageFacets"].keys() == {"x-unknown"}


ONLY_SENT = {"CreateWorkFilesBody", "Filter", "Offer", "SearchRequest", "SignInBody", "Tag"}
"""The models that no answer holds."""


@pytest.mark.parametrize("name", sorted(MODELS.keys() - ONLY_SENT))
def test_a_model_of_an_answer_is_read_leniently(studio: ModuleType, name: str) -> None:
    """What is missing, null or of another type reads as `None`, and such a list as `[]`."""
    for value in (None, ...):
        model = getattr(studio, name)
        made = model.from_dict(dict.fromkeys(MODELS[name], value))
        members = {field.name: getattr(made, field.name) for field in attrs.fields(model)}
        del members["additional_properties"]
        # A member that may be anything is what it is.
        assert {name: member for name, member in members.items() if member not in (None, [], value)} == {}
        assert [name for name, member in members.items() if member is ...] in ([], ["anything"])
        assert model.from_dict({}) == model.from_dict(dict.fromkeys(MODELS[name])) or name == "WorkPageFacets"


@pytest.mark.parametrize("name", ["amount", "kind", "expires", "id"])
def test_a_model_that_is_only_sent_has_what_it_must_have(studio: ModuleType, name: str) -> None:
    """A JSON object without a required member is no such model; null is a value where the document says so."""
    source = {key: value for key, value in MODELS["Offer"].items() if key != name}
    with pytest.raises(studio.InvalidRequestError, match=f"^{name}: must be given"):
        studio.Offer.from_dict(source)
    without_message = {key: value for key, value in MODELS["Offer"].items() if key != "message"}
    assert studio.Offer.from_dict(without_message).message is None


@pytest.mark.parametrize(
    ("text", "owner"), [("2026-12-01T00:00:00Z", datetime(2026, 12, 1, tzinfo=UTC)), ("nobody", "nobody")]
)
def test_a_union_is_read_as_what_is_more_than_text_first(studio: ModuleType, text: str, owner: object) -> None:
    """A date and time is one also where any text would do, whichever the document names first."""
    assert studio.OfferState.from_dict({"owner": text}).owner == owner


def test_an_answers_list_can_be_changed(studio: ModuleType) -> None:
    """A list that was read is a `list`, and each model has its own."""
    first, second = studio.Work.from_dict(WORK), studio.Folder(name="a")
    first.tags.append("more")
    second.children.append(studio.Folder(name="b"))
    assert studio.Work.from_dict(WORK).tags == ["new"]
    assert studio.Folder(name="a").children == []
