"""A document of what other generators' documents write: each thing works, or is left out with a note."""

import json
from collections.abc import Iterator
from types import ModuleType

import pytest

from tests.support.kinds import client_of, document, pinned, send
from tests.support.server import ScriptedServer
from tools.generate.view import view_of
from tools.openapi.document import DocumentError


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The client of the document."""
    with client_of(document("oddities"), tmp_path_factory.mktemp("oddities"), "oddities") as module:
        yield module


async def test_each_name_of_a_path_is_a_keyword(package: ModuleType, scripted: ScriptedServer) -> None:
    """A name beyond ASCII and one that the document does not declare are sent, and any text fits into a header."""
    scripted.respond(204)
    sent = await send(package, scripted, "get_size", {"größe": "a", "id": "b", "x_anything": "c"})
    assert sent.line == "GET /v1/gr%C3%B6%C3%9Fe/a/b"
    assert sent.headers["x-anything"] == "c"


async def test_operations_of_one_id_are_named_by_method_and_path(package: ModuleType, scripted: ScriptedServer) -> None:
    """Neither has the id."""
    thing = {"name": "A", "tags": {"a": "b"}, "fixed": {"a": [1]}, "pair": ["a", 1]}
    scripted.respond(200, body=json.dumps(thing).encode())
    sent = await send(package, scripted, "put_things_id", {"id": 7, "name": "A", "fixed": {"a": [1]}})
    assert (sent.line, json.loads(sent.body)) == ("PUT /v1/things/7", {"name": "A", "fixed": {"a": [1]}})
    assert "get_things_id" in package.__all__


async def test_a_response_to_head_has_no_body(package: ModuleType, scripted: ScriptedServer) -> None:
    """The document may describe that of GET again; the call takes the status alone."""
    scripted.respond(200, headers={"Content-Type": "application/json"})
    sent = await send(package, scripted, "has_thing", {"id": 7})
    assert sent.line == "HEAD /v1/things/7"


def test_members_beside_an_allof_of_one_reference_are_the_models(package: ModuleType) -> None:
    """The model has those of the reference and its own."""
    thing: dict[str, object] = {
        "tags": {"a": "b"},
        "name": "A",
        "pair": ["a", 1],
        "either": 4,
        "chosen": [2],
        "self": [[], [[]]],
    }
    read = package.Thing.from_dict(thing)
    assert (read.name, read.tags.to_dict(), read.pair, read.either) == ("A", {"a": "b"}, ["a", 1], 4)
    assert read.to_dict() == thing
    assert not hasattr(read, "never")


def test_what_is_left_out_is_noted() -> None:
    """Each note names the place."""
    pin = pinned(document("oddities"))
    assert pin.notes == (
        "GET /größe/{größe}/{id}: the parameter id of the path is not declared; it is taken as a string",
        "/things/{id}: the parameter part is not in the path; it is left out",
        "GET /things/{id}: the operationId doThing is another operation's too; it is left out",
        "PUT /things/{id}: the operationId doThing is another operation's too; it is left out",
        "HEAD /things/{id}: the parameter page is not in the path; it is left out",
        "servers/0: OpenAPI knows no name here; it is left out",
        "tags/0: OpenAPI knows no kind here; it is left out",
        "components/schemas/Thing/properties/name/default: 5 breaks its own schema; it is left out",
    )
    thing = "components/schemas/Thing/properties"
    assert [note for note in view_of(pin.document).notes if "schemas" in note or "2xx" in note or "9110" in note] == [
        rf"{thing}/name/pattern: ^\p{{L}}+$ is not checked: Python knows no \p{{L}}",
        f"{thing}/either/anyOf: no value keeps the schema false; the server checks it",
        f"{thing}/none/items: no value keeps the schema false; the server checks it",
        f"{thing}/pair/items: no value keeps the schema false; the server checks it",
        f"{thing}/fixed/const: is not checked, because objects and arrays are in it",
        f"{thing}/chosen/enum: is not checked, because objects and arrays are in it",
        f"{thing}: no value keeps the schema false; the server checks it",
        "GET /größe/{größe}/{id}: HTTP allows no header called 'Not a name' (RFC 9110, section 5.1); it is left out",
        "GET /größe/{größe}/{id}: it documents no response with a 2xx status; any is taken, without its body",
        "components/schemas/Nest/items: Nest holds itself; it is read as any value here",
    ]


@pytest.mark.parametrize("version", ["3.0", "3.1", "3.2", "'3.0'", "3.0.4", "3.1.2", "3.2.0"])
def test_a_version_may_be_short_or_a_number(version: str) -> None:
    """It says 3.0, or 3.1, to which 3.2 only adds."""
    text = document("oddities").replace("openapi: 3.2.0", f"openapi: {version}")
    assert pinned(text).document["openapi"] == "3.1.0"


@pytest.mark.parametrize("version", ["3.3.0", "2", "4.0", "'3'", "[3.0]", "'3.10'", "true"])
def test_another_version_is_refused(version: str) -> None:
    """The line says which versions are read, or how the document is converted."""
    with pytest.raises(DocumentError, match="a document of OpenAPI 3"):
        pinned(document("oddities").replace("openapi: 3.2.0", f"openapi: {version}"))
