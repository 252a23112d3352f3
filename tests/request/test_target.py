"""Where the values of an operation's parameters go, and the bodies that are not multipart."""

from collections.abc import Sequence
from datetime import date

import pytest

from templates._runtime.errors import InvalidRequestError
from templates._runtime.request import rules
from templates._runtime.request.bodies import unless_empty
from templates._runtime.request.build import target_of
from templates._runtime.request.file_body import FileBody
from templates._runtime.request.form_body import FormBody
from templates._runtime.request.json_body import JsonBody, JsonValueBody, WholeBody
from templates._runtime.request.named_keys import HeaderKey, QueryKey
from templates._runtime.request.operation import Operation, UnusableBodyError
from templates._runtime.request.parameters import Parameter
from templates._runtime.request.security import Bearer
from templates._runtime.response.readers import BytesReader, JsonReader, NoBody, NullableReader, TextReader

OPERATION = Operation[None](
    name="showWork",
    method="GET",
    path="/works/{id}/{part}",
    responses={"200": NoBody(), "4XX": NoBody()},
    parameters=(
        Parameter("id", "path", (rules.Required(),)),
        Parameter("part", "path"),
        Parameter("tag", "query"),
        Parameter("size", "query", style="pipeDelimited", explode=False),
        Parameter("X-Since", "header"),
    ),
)


def test_each_value_goes_where_its_parameter_is() -> None:
    """Path segments are quoted, a list is a parameter each or one with separators, and nothing is sent for `None`."""
    target = target_of(OPERATION, ["a/b c", ["x", "y"], ["red", "blue"], [1, 2], date(2026, 1, 2)])
    assert target.path == "/works/a%2Fb%20c/x,y"
    assert target.query == [("tag", "red"), ("tag", "blue"), ("size", "1%7C2")]
    assert target.headers == {"X-Since": "2026-01-02"}
    bare = target_of(OPERATION, ["a", "b", None, [], None])
    assert (bare.query, bare.headers) == ([], {})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([None, "b", None, None, None], "id: must be given"),
        (["..", "b", None, None, None], "id: must not be empty"),
        (["", "b", None, None, None], "id: must not be empty"),
        (["a", "b", None, None, "a\r\nb"], "X-Since: must be printable ASCII"),
        (["a", "b", {"x": 1}, None, None], "tag: must be text, a number or a boolean"),
        (["a", "b", float("nan"), None, None], "tag: must be text, a number or a boolean"),
        (["a", "b", "\ud800", None, None], "tag: must be text that UTF-8 can hold"),
        (["a", "b", 10**5000, None, None], "tag: must be a number of a few digits"),
    ],
)
def test_a_value_that_has_no_place_in_a_request_is_refused(arguments: Sequence[object], message: str) -> None:
    """The error names the parameter and what is asked of it."""
    with pytest.raises(InvalidRequestError, match=f"^{message}"):
        target_of(OPERATION, arguments)


@pytest.mark.parametrize(
    ("body", "fields", "content_type", "expected"),
    [
        (FormBody(), {"a": "x y", "b": [1, True], "c": {"d": 1}}, "application/x-www-form-urlencoded", None),
        (JsonBody(), {"a": "ö", "b": None}, "application/json", '{"a":"ö","b":null}'.encode()),
        (JsonValueBody("application/x+json"), {"body": [1, 2]}, "application/x+json", b"[1,2]"),
        (FileBody("image/png"), {"body": b"\x89PNG"}, "image/png", b"\x89PNG"),
    ],
)
async def test_each_kind_of_body_is_written(
    body: FormBody | JsonBody | JsonValueBody | FileBody,
    fields: dict[str, object],
    content_type: str,
    expected: bytes | None,
) -> None:
    """As its media type asks, with the bytes that stand for the fields."""
    written = body.write(await body.read_files(fields, {}))
    assert written.content_type == content_type
    assert b"".join(written.chunks) == (expected or b"a=x+y&b=1&b=true&c=%7B%22d%22%3A1%7D")


@pytest.mark.parametrize("value", [float("nan"), b"bytes", {1, 2}, "\ud800"])
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    """Before anything is sent."""
    with pytest.raises(InvalidRequestError):
        JsonBody().write({"a": value})


def test_a_body_may_be_left_out_where_nothing_is_given_for_it() -> None:
    """Unless a field that the document does not know is."""
    empty = _Empty()
    assert unless_empty(empty, None) is None
    assert unless_empty(empty, {"extra": 1}) is empty
    assert WholeBody(date(2026, 1, 2)).to_dict() == {"body": "2026-01-02"}


class _Empty:
    def to_dict(self) -> dict[str, object]:
        return {}


def test_each_scheme_shows_the_key_where_it_says() -> None:
    """In the `Authorization` header, in a header or in a query parameter of the document's own naming."""
    assert (Bearer().headers("k"), Bearer().query("k")) == ({"Authorization": "Bearer k"}, {})
    assert (HeaderKey("X-Key").headers("k"), HeaderKey("X-Key").query("k")) == ({"X-Key": "k"}, {})
    assert (QueryKey("key").headers("k"), QueryKey("key").query("k")) == ({}, {"key": "k"})


def test_a_status_is_read_as_the_document_says() -> None:
    """By its own number, else by its range, else as the first that the document names."""
    text, octets, nothing = TextReader(), BytesReader(), NoBody()
    operation = Operation[object]("o", "GET", "/", responses={"200": text, "204": nothing, "2XX": octets})
    assert [operation.reader_for(status) for status in (200, 204, 206)] == [text, nothing, octets]
    assert Operation[object]("o", "GET", "/", responses={"201": text}).reader_for(200) is text


async def test_answers_are_read_by_their_kind() -> None:
    """Bytes as they are, text with U+FFFD for what is not UTF-8, and null where it may be."""
    assert await BytesReader().read(b"\xff") == b"\xff"
    assert await TextReader().read(b"a\xff") == "a\ufffd"
    numbers = NullableReader(JsonReader(lambda value: value if isinstance(value, int) else None))
    assert (await numbers.read(b" null "), await numbers.read(b"3")) == (None, 3)
    with pytest.raises(UnusableBodyError, match="is JSON, but not of the document's type"):
        await numbers.read(b'"3"')
    with pytest.raises(UnusableBodyError, match="is not JSON"):
        await numbers.read(b"<html>")
