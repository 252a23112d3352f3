"""Fields of forms by their Encoding Objects: style, explode, allowReserved and contentType."""

from collections.abc import Iterator, Mapping, Sequence
from email import message_from_bytes
from types import ModuleType

import pytest

from tests.support.kinds import Sent, client_of, document, pinned, send
from tests.support.server import ScriptedServer
from tools.generate.view import view_of

Part = tuple[str, str | None, str]
"""The name, the media type and the content of a part."""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The client of the document."""
    with client_of(document("form_encodings"), tmp_path_factory.mktemp("forms"), "form_encodings") as module:
        yield module


def model(package: ModuleType, name: str, value: Mapping[str, object]) -> object:
    """A model of the client."""
    return getattr(package, name).from_dict(value)


def parts_of(request: Sent) -> list[Part]:
    """The parts of a multipart body."""
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    found: list[Part] = []
    for part in message_from_bytes(head + request.body).walk():
        if not part.is_multipart():
            name = str(part.get_param("name", header="content-disposition"))
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            found.append((name, part.get("content-type"), content.decode()))
    return found


@pytest.mark.parametrize(
    ("field", "value", "body"),
    [
        ("spaced", ["a", "b", "c"], "spaced=a%20b%20c"),
        ("codes", ["a,b", "c"], "codes=a%2Cb,c"),
        ("codes", ["a", "b", "c"], "codes=a,b,c"),
        ("piped", ["a", "b,c"], "piped=a%7Cb%2Cc"),
        ("free", "x:y/z?&+", "free=x:y/z?%26%2B"),
        ("plain", ["a,b", "c"], "plain=a%2Cb&plain=c"),
        ("grid", [[1, 2], [3]], "grid=%5B1%2C2%5D&grid=%5B3%5D"),
    ],
)
async def test_a_field_of_a_urlencoded_form_is_written_by_its_style(
    package: ModuleType, scripted: ScriptedServer, field: str, value: object, body: str
) -> None:
    """Delimiters are written as they are, and what stands in a value is percent-encoded."""
    scripted.respond(204)
    assert (await send(package, scripted, "search", {field: value})).body.decode() == body


@pytest.mark.parametrize(
    ("field", "kind", "value", "body"),
    [
        ("span", "SearchSpan", {"low": 1, "high": 2}, "span%5Blow%5D=1&span%5Bhigh%5D=2"),
        ("flat", "SearchFlat", {"a": "1,2", "b": "3"}, "a=1%2C2&b=3"),
        ("joined", "SearchJoined", {"a": "1,2", "b": "3"}, "joined=a,1%2C2,b,3"),
        ("data", "SearchData", {"a": "1"}, "data=%7B%22a%22%3A%221%22%7D"),
    ],
)
async def test_an_object_in_a_urlencoded_form_is_written_by_its_style(
    package: ModuleType, scripted: ScriptedServer, field: str, kind: str, value: Mapping[str, object], body: str
) -> None:
    """Without a style it is JSON."""
    scripted.respond(204)
    assert (await send(package, scripted, "search", {field: model(package, kind, value)})).body.decode() == body


@pytest.mark.parametrize(("field", "item"), [("spaced", "a b"), ("piped", "a|b")])
async def test_an_item_that_holds_its_delimiter_is_refused(
    package: ModuleType, scripted: ScriptedServer, field: str, item: str
) -> None:
    """A space and a bar look alike in a value and between values, so the server would read other items."""
    with pytest.raises(package.InvalidRequestError, match=f"{field}: must not hold"):
        await send(package, scripted, "search", {field: [item, "c"]})


@pytest.mark.parametrize(
    ("field", "value", "parts"),
    [
        ("codes", ["a", "b%c"], [("codes", None, "a,b%c")]),
        ("free", "hi", [("free", "text/markdown", "hi")]),
        ("raw", '{"a":1}', [("raw", "application/json", '{"a":1}')]),
        ("count", 7, [("count", "application/json", "7")]),
        ("grid", [[1, 2], [3]], [("grid", "application/json", "[1,2]"), ("grid", "application/json", "[3]")]),
        ("plain", ["a", "b"], [("plain", None, "a"), ("plain", None, "b")]),
        ("files", [b"x"], [("files", "image/png", "x")]),
    ],
)
async def test_a_part_has_the_form_and_the_media_type_of_its_field(
    package: ModuleType, scripted: ScriptedServer, field: str, value: object, parts: Sequence[Part]
) -> None:
    """Nothing is percent-encoded in a part; of several media types the first is sent."""
    scripted.respond(204)
    assert parts_of(await send(package, scripted, "bundle", {field: value})) == parts


PICTURE = '{"id":"a"}'


@pytest.mark.parametrize(
    ("field", "values", "parts"),
    [
        ("either", [b"x"], [("application/octet-stream", "x")]),
        ("either", [{"id": "a"}], [("application/json", PICTURE)]),
        ("reversed", [{"id": "a"}], [("application/json", PICTURE)]),
        ("reversed", [b"x"], [("application/octet-stream", "x")]),
        ("linked", ["https://a.example"], [(None, "https://a.example")]),
        ("linked", [b"x"], [("application/octet-stream", "x")]),
        ("several", [b"x", {"id": "a"}], [("application/octet-stream", "x"), ("application/json", PICTURE)]),
    ],
)
async def test_a_field_that_may_be_a_file_or_something_else_is_sent_as_what_is_given(
    package: ModuleType,
    scripted: ScriptedServer,
    field: str,
    values: Sequence[bytes | str | Mapping[str, object]],
    parts: Sequence[tuple[str | None, str]],
) -> None:
    """A file as a file, an object as JSON, and a string as it is."""
    scripted.respond(204)
    given = [value if isinstance(value, bytes | str) else model(package, "Picture", value) for value in values]
    sent = await send(package, scripted, "cover", {field: given if field == "several" else given[0]})
    assert parts_of(sent) == [(field, *part) for part in parts]


async def test_a_field_that_is_a_file_takes_no_string(package: ModuleType, scripted: ScriptedServer) -> None:
    """It is more likely a path, which has to be wrapped in `Path`."""
    with pytest.raises(package.InvalidRequestError, match="plain: must be"):
        await send(package, scripted, "cover", {"plain": "otter.png"})


async def test_an_object_in_a_part_is_written_by_its_style_or_as_json(
    package: ModuleType, scripted: ScriptedServer
) -> None:
    """A media type of JSON is sent as it is named; one that the client cannot write is not."""
    scripted.respond(204)
    arguments = {
        "span": model(package, "SearchSpan", {"low": 1}),
        "data": model(package, "SearchData", {"a": "1"}),
        "rows": [model(package, "SearchRowsItem", {"no": 1})],
    }
    assert parts_of(await send(package, scripted, "bundle", arguments)) == [
        ("span[low]", None, "1"),
        ("data", "application/json", '{"a":"1"}'),
        ("rows", "application/vnd.row+json", '{"no":1}'),
    ]


async def test_an_item_of_a_part_that_holds_a_comma_is_refused(package: ModuleType, scripted: ScriptedServer) -> None:
    """There it could not be told from the comma between items."""
    with pytest.raises(package.InvalidRequestError, match="codes: must not hold ','"):
        await send(package, scripted, "bundle", {"codes": ["a,b", "c"]})


def test_what_is_not_done_is_noted() -> None:
    """Headers of parts, and objects in a media type that is not JSON's."""
    assert view_of(pinned(document("form_encodings")).document).notes == (
        "POST /bundle: the field data is sent as JSON, and not as application/xml",
        "POST /bundle: the headers of the field files are left out",
    )


def test_styles_mean_nothing_in_multipart_in_openapi_3_0() -> None:
    """`make pin` leaves them out with a note, and keeps those of URL-encoded forms."""
    pin = pinned(document("form_encodings").replace("openapi: 3.1.0", "openapi: 3.0.3"))
    place = "POST /bundle/requestBody/content/multipart/form-data/encoding"
    said = "means nothing in multipart in OpenAPI 3.0; it is left out"
    assert pin.notes == tuple(
        f"{place}/{field}/{name}: {said}" for field in ("span", "codes") for name in ("explode", "style")
    )
    assert pin.text.count("deepObject") == 1
