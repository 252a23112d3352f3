"""Bodies that are text, bytes or one of several forms: how each is passed, sent and read."""

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.kinds import client_of, document, pinned, send
from tests.support.server import ScriptedServer
from tools.generate.view import view_of


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The client of the document."""
    with client_of(document("bodies"), tmp_path_factory.mktemp("bodies"), "bodies") as module:
        yield module


@pytest.mark.parametrize(
    ("function", "body", "content_type"),
    [
        ("post_text", "ab", "text/plain"),
        ("post_text", "Grüße", "text/plain; charset=utf-8"),
        ("post_text", b"\xe4", "text/plain"),
        ("post_text", "", "text/plain"),
        ("post_csv", "a,b\n1,2\n", "text/csv"),
        ("post_xml", "<ü/>", "application/soap+xml"),
        ("post_xml_text", "<b/>", "application/xml"),
        ("post_xml_file", b"\x89PNG", "image/png"),
        ("post_lines", '{"ü": 1}\n', "application/x-ndjson"),
        ("post_lines", b"{}\n{}\n", "application/x-ndjson"),
    ],
)
async def test_a_body_of_text_is_a_string_or_a_file(
    package: ModuleType, scripted: ScriptedServer, function: str, body: str | bytes, content_type: str
) -> None:
    """A string is sent in UTF-8; a text type says so if the string is not ASCII."""
    scripted.respond(200, b"")
    sent = await send(package, scripted, function, {"body": body})
    assert sent.body == (body.encode() if isinstance(body, str) else body)
    assert sent.headers["content-type"] == content_type


async def test_a_body_of_text_may_be_read_from_a_file(
    package: ModuleType, scripted: ScriptedServer, tmp_path: Path
) -> None:
    """A path and anything opened in binary mode, as for files; a body that may be left out is."""
    (tmp_path / "rows.csv").write_bytes(b"a,b\n")
    scripted.respond(200, b"")
    for body in (tmp_path / "rows.csv", io.BytesIO(b"a,b\n")):
        assert (await send(package, scripted, "post_csv", {"body": body})).body == b"a,b\n"
    assert "content-type" not in (await send(package, scripted, "post_csv", {})).headers


@pytest.mark.parametrize(
    ("function", "arguments", "accept", "expected"),
    [
        ("post_text", {"body": ""}, "text/csv", "grün"),
        ("post_csv", {"body": ""}, "application/xml", "grün"),
        ("post_xml", {"body": ""}, "text/event-stream", "grün"),
        ("post_json", {"lives": 1}, "application/x-www-form-urlencoded", "grün"),
        ("post_lines", {"body": ""}, "application/x-ndjson", "grün".encode()),
        ("post_parts", {}, "multipart/mixed", "grün".encode()),
    ],
)
async def test_a_response_of_text_is_a_string_and_other_content_bytes(
    package: ModuleType,
    scripted: ScriptedServer,
    function: str,
    arguments: Mapping[str, object],
    accept: str,
    expected: str | bytes,
) -> None:
    """XML, CSV, a form and a stream of events that has ended are text; lines of JSON may be long, and are a file."""
    scripted.respond(200, "grün".encode())
    async with package.Client(base_url=scripted.base_url) as client:
        assert await getattr(package, function)(client, **arguments) == expected
    assert f"\r\naccept: {accept}\r\n" in scripted.requests[0][0].lower()


async def test_a_form_may_be_one_of_several_objects(package: ModuleType, scripted: ScriptedServer) -> None:
    """It is passed as a model, whose rules are kept, and whose files are sent as such."""
    scripted.respond(204)
    sent = await send(package, scripted, "post_either", {"body": package.Cat(lives=7)})
    assert (sent.headers["content-type"], sent.body) == ("application/x-www-form-urlencoded", b"lives=7")
    sent = await send(package, scripted, "post_either_multipart", {"body": package.Dog(bark=b"\0wow")})
    assert b'name="bark"; filename="bark"\r\nContent-Type: application/octet-stream\r\n\r\n\0wow\r\n' in sent.body
    with pytest.raises(package.InvalidRequestError, match="lives: must be at most 9"):
        await send(package, scripted, "post_either", {"body": package.Cat(lives=10)})


def test_what_is_left_out_of_bodies_is_noted(package: ModuleType) -> None:
    """XML beside JSON, and a body without content."""
    pin = pinned(document("bodies"))
    assert pin.notes == ()
    assert view_of(pin.document).notes == (
        "POST /parts: the request's body may also be multipart/mixed, which is left out",
        "POST /json: the request's body may also be application/xml, which is left out",
        "POST /nothing/requestBody: has no content; it is left out",
    )
    assert "body" not in package.post_nothing.__annotations__
