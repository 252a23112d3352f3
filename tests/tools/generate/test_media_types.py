"""Media ranges, JSON under other names, and several media types side by side: what is sent, asked for and read."""

from collections.abc import Iterator, Mapping
from types import ModuleType

import pytest

from tests.support.kinds import client_of, document, pinned, send
from tests.support.server import ScriptedServer
from tools.generate.view import view_of


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The client of the document."""
    with client_of(document("media_types"), tmp_path_factory.mktemp("media"), "media_types") as module:
        yield module


@pytest.mark.parametrize(
    ("function", "arguments", "content_type", "accept"),
    [
        ("put_any", {"row": 1}, "application/json", "application/json"),
        ("put_file", {"body": b"x"}, "application/octet-stream", "*/*"),
        ("put_picture", {"body": b"x"}, "application/octet-stream", "image/*"),
        ("put_text_json", {"row": 1}, "text/json", "text/json"),
        ("put_charset", {"row": 1}, "application/json; charset=utf-8", "application/json;charset=UTF-8"),
        ("put_dotnet", {"row": 1}, "application/json", "application/json"),
        ("book_seat", {"row": 1}, "application/json", "*/*"),
        ("book_version", {"row": 1}, "application/json;v=1", "*/*"),
        ("book_version_json", {"seat": 1}, "application/json;v=2", "*/*"),
        ("book_version_json_v_3", {"place": 1}, "application/json;v=3", "*/*"),
        ("book_row", {"row": 1}, "application/vnd.case.one+json", "application/problem+json"),
        ("book_row_json", {"seat": 1}, "application/vnd.case.two+json", "application/problem+json"),
    ],
)
async def test_one_media_type_is_sent_and_one_is_asked_for(
    package: ModuleType,
    scripted: ScriptedServer,
    function: str,
    arguments: Mapping[str, object],
    content_type: str,
    accept: str,
) -> None:
    """No range is sent; JSON of one schema is one body; JSON of another schema has a function of its own."""
    scripted.respond(200, [1] if function == "put_any" else {})
    request = await send(package, scripted, function, arguments)
    assert (request.headers["content-type"], request.headers["accept"]) == (content_type, accept)


@pytest.mark.parametrize(
    ("function", "body", "expected"),
    [
        ("get_any", '{"row": 7}', {"row": 7}),
        ("get_word", '"otter"', "otter"),
        ("get_word", "otter", "otter"),
        ("get_file", "otter", b"otter"),
    ],
)
async def test_a_response_under_a_range_is_json_unless_its_schema_is_binary(
    package: ModuleType, scripted: ScriptedServer, function: str, body: str, expected: object
) -> None:
    """A string may also come as it is, since the range leaves it to the server."""
    scripted.respond(200, body.encode())
    async with package.Client(base_url=scripted.base_url) as client:
        result = await getattr(package, function)(client)
    assert (result.to_dict() if isinstance(expected, dict) else result) == expected


async def test_json_by_another_name_is_a_model(package: ModuleType, scripted: ScriptedServer) -> None:
    """`text/json` was JSON's name before it had one of its own."""
    scripted.respond(200, {"row": 7})
    async with package.Client(base_url=scripted.base_url) as client:
        assert await package.put_text_json(client, row=1) == package.Seat(row=7)


def test_what_is_not_sent_or_asked_for_is_noted() -> None:
    """The command names the media types that the client leaves out."""
    assert view_of(pinned(document("media_types")).document).notes == (
        "PUT /dotnet: the request's body may also be text/json and application/*+json, which is left out",
        "PUT /dotnet: application/json is asked for; text/plain and text/json is left out",
        "POST /seats: the request's body may also be application/json;v=1 and application/json;v=2, which is left out",
    )
