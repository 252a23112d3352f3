"""Documents that are unusual and right: what others leave out, refuse or get wrong is generated as it is meant."""

import inspect
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import httpx
import pytest

from tests.support.generation import generated, importable
from tests.tools.generate.test_next_spec import check
from tests.tools.generate.test_unsupported import ANSWER, STRING, declared, json_of, small_document
from tools.generate.generate import generate
from tools.generate.view import view_of

THING = {
    "type": "object",
    "properties": {
        "ratio": {"type": "number", "enum": [1.5, 2, None]},
        "mixed": {"enum": ["auto", 1, True]},
        "always": {"type": "boolean", "enum": [True]},
        "ﬁt": STRING,
        "fit": STRING,
        "anything": {"type": "array", "items": True},
        "page": {"type": "string", "description": "A \u202eturned\u202c page, with an emoji: 🦦."},
    },
}
THINGS = {
    "post": {
        "operationId": "__add__things",
        "parameters": [{"name": "Api-Version", "in": "header", "required": True, "schema": {"const": "2"}}],
        "requestBody": {
            "required": True,
            "content": {"Application/JSON": {"schema": {"$ref": "#/components/schemas/Thing"}}},
        },
        "responses": {"200": ANSWER},
    }
}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The client of a document with one operation, whose path is described elsewhere."""
    folder = tmp_path_factory.mktemp("odd")
    paths = {"/things": {"$ref": "#/components/pathItems/Things"}}
    components = {**declared(Thing=THING), "pathItems": {"Things": THINGS}}
    spec = folder / "odd.json"
    # Its characters beyond ASCII are escaped, those beyond U+FFFF as two.
    spec.write_text(json.dumps(small_document({}, paths=paths, components=components)))
    with generated(spec, folder, "odd") as made:
        yield made


async def sent(package: ModuleType, **arguments: object) -> httpx.Request:
    """The request that a call makes."""
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json="done")

    async with package.Client(base_url="http://odd.example", transport=httpx.MockTransport(answer)) as client:
        assert await package.field_add_things(client, **arguments) == "done"
    [request] = requests
    return request


async def test_every_member_reaches_the_server_under_its_own_name(package: ModuleType) -> None:
    """A path by reference, a media type in capitals, a constant header, and names that Python takes for one."""
    request = await sent(package, api_version="2", ratio=2, mixed=1, always=True, fit="a", fit_2="b", anything=[1, "a"])
    assert (request.method, request.url.path) == ("POST", "/things")
    assert request.headers["api-version"] == "2"
    assert request.headers["content-type"] == "application/json"
    members = {"ratio": 2, "mixed": 1, "always": True, "ﬁt": "a", "fit": "b", "anything": [1, "a"]}
    assert json.loads(request.content) == members


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"ratio": 1.6}, "ratio: must be 1.5 or 2.0"),
        ({"mixed": "none"}, "mixed: must be 'auto' or 1 or True"),
        ({"mixed": 1.0}, "mixed: must be 'auto' or 1 or True"),
        ({"always": False}, "always: must be True"),
        ({"api_version": "1"}, "Api-Version: must be '2'"),
    ],
)
async def test_values_of_any_kind_are_held_to_their_enum(
    package: ModuleType, arguments: Mapping[str, object], complaint: str
) -> None:
    """Numbers with fractions, booleans and values of several types are checked, though no `Literal` names them."""
    with pytest.raises(package.InvalidRequestError, match=complaint):
        await sent(package, **{"api_version": "2", **arguments})


def test_texts_keep_their_emoji_and_lose_what_turns_them(package: ModuleType) -> None:
    """Two escapes of JSON are one character, and no character changes the direction in which code is read."""
    assert "page: A turned page, with an emoji: 🦦.\n" in (inspect.getdoc(package.Thing) or "")


@pytest.mark.slow
def test_the_checkers_find_nothing_in_it(package: ModuleType, tmp_path: Path) -> None:
    """`mypy --strict` passes."""
    assert package.__file__ is not None
    folder = Path(package.__file__).parent
    check(["mypy", "--strict", "--disallow-any-explicit", f"--cache-dir={tmp_path}", folder.name], folder.parent)


def test_who_calls_back_is_left_out_and_said_to_be() -> None:
    """Callbacks and webhooks are calls of the server: the command says in a line each that the client has none."""
    answering = {"post": {"responses": {"200": ANSWER}}}
    document = small_document({"callbacks": {"done": {"{$url}": answering}}}, webhooks={"new": answering})
    assert view_of(document).notes == (
        "GET /things: a client is not called; its callbacks are left out",
        "webhooks: a client is not called; they are left out",
    )


def test_a_file_may_be_json(tmp_path: Path) -> None:
    """A schema of binary content where a body is JSON makes code that can be imported."""
    spec = tmp_path / "things.json"
    content = {"application/json": {"schema": {"type": "string", "format": "binary"}}}
    spec.write_text(json.dumps(small_document({"responses": {"200": {"description": "A.", "content": content}}})))
    with generated(spec, tmp_path, "files") as package:
        assert package.get_things


def test_an_operation_is_imported_from_where_it_is(tmp_path: Path) -> None:
    """Names that are nearly none make modules and functions that find each other."""
    for index, name in enumerate(("__class__", "2things", "list", "class", "-")):
        spec = tmp_path / "things.json"
        spec.write_text(json.dumps(small_document({"operationId": name})))
        with generated(spec, tmp_path, f"named_{index}") as package:
            assert package.__all__


@pytest.mark.parametrize("base", [{"$ref": "#/components/schemas/Broken"}, {"$ref": "#/components/schemas/Nothing"}])
def test_a_schema_of_errors_alone_that_has_no_meaning_stops_nothing(tmp_path: Path, base: object) -> None:
    """It holds itself without end, or refers to nothing; the note says so."""
    spec = tmp_path / "things.json"
    broken = {"allOf": [base, {"type": "string"}]}
    responses = {"200": ANSWER, "400": json_of({"$ref": "#/components/schemas/Broken"})}
    spec.write_text(json.dumps(small_document({"responses": responses}, components=declared(Broken=broken))))
    [note] = generate(spec, tmp_path / "odd_errors")
    assert note.endswith("; bodies of errors are read without a schema, and what they describe is left out")


def test_a_schema_of_errors_alone_that_cannot_be_read_stops_nothing(tmp_path: Path) -> None:
    """Bodies of errors are read without a schema; the note says what is left out, and why."""
    spec = tmp_path / "things.json"
    broken = {"type": "object", "properties": {"a": {"type": "text"}}}
    responses = {"200": ANSWER, "400": json_of({"$ref": "#/components/schemas/Broken"})}
    spec.write_text(json.dumps(small_document({"responses": responses}, components=declared(Broken=broken, Other={}))))
    [note] = [line for line in generate(spec, tmp_path / "odd_errors") if "Broken" in line]
    assert note.startswith("components/schemas/Broken/properties/a/type")
    assert note.endswith("; what no request and no success has is left out: Broken, Other")
    with importable(tmp_path, "odd_errors") as package:
        assert "Broken" not in package.__all__
