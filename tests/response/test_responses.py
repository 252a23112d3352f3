"""Answers: whatever a server makes of a success, the image comes through, and what cannot be used is kept."""

import gzip
import json
import zlib
from collections.abc import AsyncIterator

import pytest
from image_variations import (
    Client,
    Image,
    ImagesResponse,
    ResponseError,
    create_image_variation,
    create_image_variation_detailed,
)

from tests.support.server import ScriptedServer
from tests.support.turns import close, cut_reply, in_parts

LINK = "https://example.com/1.png"
ONE_IMAGE = {"created": 1, "data": [{"url": LINK}]}


@pytest.fixture
async def client(scripted: ScriptedServer) -> AsyncIterator[Client]:
    """A client of the scripted server."""
    async with Client(base_url=scripted.base_url) as open_client:
        yield open_client


async def refused(client: Client, png: bytes) -> ResponseError:
    """The error of a call whose answer cannot be used."""
    with pytest.raises(ResponseError) as refusal:
        await create_image_variation(client, image=png)
    assert refusal.value.billed == "yes"
    return refusal.value


# What compatible servers were seen to do.


async def test_a_path_on_the_servers_disk_is_a_url(scripted: ScriptedServer, client: Client, png: bytes) -> None:
    """Xinference answers with a path, and with an explicit null for the other form."""
    scripted.respond(200, {"created": 1, "data": [{"url": "/root/.xinference/image/1.png", "b64_json": None}]})
    response = await create_image_variation(client, image=png)
    assert response.data == [Image(url="/root/.xinference/image/1.png")]


async def test_a_jpeg_is_an_image_too(scripted: ScriptedServer, client: Client, png: bytes) -> None:
    """Base64 data that is not PNG comes through as it is."""
    scripted.respond(200, {"created": 1, "data": [{"b64_json": "/9j/4AAQSkZJRg=="}]})
    assert (await create_image_variation(client, image=png)).data[0].b64_json == "/9j/4AAQSkZJRg=="


async def test_both_forms_of_an_image_may_come(scripted: ScriptedServer, client: Client, png: bytes) -> None:
    """A server that sends a link and the data gives both."""
    scripted.respond(200, {"data": [{"url": LINK, "b64_json": "aGk="}]})
    assert (await create_image_variation(client, image=png)).data == [Image(url=LINK, b64_json="aGk=")]


@pytest.mark.parametrize("form", ["url", "b64_json"])
async def test_the_form_that_was_not_asked_for_is_kept(
    scripted: ScriptedServer, client: Client, png: bytes, form: str
) -> None:
    """A link in place of the data, or the data in place of a link, is still the image."""
    scripted.respond(200, {"data": [{form: "aGk="}]})
    response = await create_image_variation(client, image=png, response_format="url" if form != "url" else "b64_json")
    assert response.data[0].to_dict() == {form: "aGk="}


async def test_an_item_without_an_image_does_not_cost_the_others(
    scripted: ScriptedServer, client: Client, png: bytes
) -> None:
    """Of several items one that can be used is enough, and what is not an item is left out."""
    scripted.respond(200, '{"data": [{}, null, 7, "x", [], {"url": ""}, {"b64_json": "aGk="}]}')
    response = await create_image_variation(client, image=png)
    assert [image.b64_json for image in response.data] == [None, None, "aGk="]


async def test_what_is_not_there_reads_as_none(scripted: ScriptedServer, client: Client, png: bytes) -> None:
    """An answer without `created`, and with nothing but its images, is an answer."""
    scripted.respond(200, {"data": [{"url": LINK}]})
    response = await create_image_variation(client, image=png)
    assert response == ImagesResponse(data=[Image(url=LINK)])
    assert (response.created, response.usage, response.size) == (None, None, None)


async def test_what_the_document_does_not_know_is_kept(scripted: ScriptedServer, client: Client, png: bytes) -> None:
    """Extra members, at the top and in an item, are in `additional_properties`, and go back into a dict."""
    body = {
        "provider": "bifrost",
        "data": [{"url": LINK, "index": 0, "extra": {"seed": 7}}],
        "extra_fields": {"latency": 17},
    }
    scripted.respond(200, body)
    response = await create_image_variation(client, image=png)
    assert response.additional_properties == {"provider": "bifrost", "extra_fields": {"latency": 17}}
    assert response.data[0].additional_properties == {"index": 0, "extra": {"seed": 7}}
    assert response.to_dict() == body


@pytest.mark.parametrize(
    ("usage", "input_tokens"),
    [
        (None, None),
        ({"prompt_tokens": 7}, None),
        ({"input_tokens": 3}, 3),
        ({"input_tokens": "3"}, None),
        ({"input_tokens": 3, "input_tokens_details": None}, 3),
        ("free", None),
        ([], None),
        (0, None),
    ],
)
async def test_usage_may_be_anything(
    scripted: ScriptedServer, client: Client, png: bytes, usage: object, input_tokens: int | None
) -> None:
    """A usage that is null, partial or of other keys does not cost the image."""
    scripted.respond(200, {"data": [{"url": LINK}], "usage": usage})
    response = await create_image_variation(client, image=png)
    assert response.data[0].url == LINK
    assert (response.usage.input_tokens if response.usage else None) == input_tokens


@pytest.mark.parametrize("number", [1, 3, 25])
async def test_any_number_of_images_may_come(scripted: ScriptedServer, client: Client, png: bytes, number: int) -> None:
    """A server that makes another number than was asked for has made them all the same."""
    scripted.respond(200, {"data": [{"url": f"{LINK}?{i}"} for i in range(number)]})
    response = await create_image_variation(client, image=png, n=2)
    assert [image.url for image in response.data] == [f"{LINK}?{i}" for i in range(number)]


async def test_values_outside_of_an_enum_come_as_their_text(
    scripted: ScriptedServer, client: Client, png: bytes
) -> None:
    """A size and a quality that the pin does not know are given as the server says them."""
    scripted.respond(200, {**ONE_IMAGE, "size": "512x512", "quality": "auto", "background": "", "output_format": 7})
    response = await create_image_variation(client, image=png)
    assert (response.size, response.quality, response.background, response.output_format) == (
        *("512x512", "auto", ""),
        None,
    )


async def test_a_servers_own_values_reach_it(scripted: ScriptedServer, client: Client, png: bytes) -> None:
    """Xinference's `prompt`, its model names and its sizes are sent, unchecked, as extra fields."""
    scripted.respond(200, ONE_IMAGE)
    extra = {"prompt": "an otter", "negative_prompt": "water", "size": "768x768"}
    await create_image_variation(client, image=png, model="stable-diffusion-2-inpainting", extra_fields=extra)
    body = scripted.requests[0].body.decode("latin-1")
    for name, value in {**extra, "model": "stable-diffusion-2-inpainting"}.items():
        assert f'name="{name}"\r\n\r\n{value}\r\n' in body


async def test_a_chunked_answer_without_a_request_id_is_an_answer(
    scripted: ScriptedServer, client: Client, png: bytes
) -> None:
    """Nothing is asked of an answer's headers."""
    pieces = [b'{"data": [{"u', b'rl": "', LINK.encode(), b'"}]}']
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in [*pieces, b""])
    scripted.script = [b"HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks]
    response = await create_image_variation_detailed(client, image=png)
    assert response.parsed.data[0].url == LINK
    assert response.request_id is None
    assert response.content == b"".join(pieces)


async def test_an_answer_may_end_with_its_connection(scripted: ScriptedServer, client: Client, png: bytes) -> None:
    """HTTP/1.0 servers send neither a length nor chunks."""
    head = b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n"
    scripted.script = [(*in_parts(head, json.dumps(ONE_IMAGE).encode()), close)]
    assert (await create_image_variation(client, image=png)).data[0].url == LINK


# Successes.


@pytest.mark.parametrize("status", [200, 201, 202, 203, 206, 299])
async def test_any_2xx_with_an_image_is_a_success(
    scripted: ScriptedServer, client: Client, png: bytes, status: int
) -> None:
    """The status of a success is told, and changes nothing."""
    scripted.respond(status, ONE_IMAGE, {"X-Request-Id": "req_1"})
    response = await create_image_variation_detailed(client, image=png)
    assert response.status_code == status
    assert type(response.status_code) is int
    assert response.parsed.data == [Image(url=LINK)]
    assert (response.request_id, response.billed) == ("req_1", "yes")


async def test_the_whole_answer_is_there(scripted: ScriptedServer, client: Client, png: bytes) -> None:
    """The detailed call gives status, headers, raw bytes and attempts beside the result."""
    scripted.respond(200, ONE_IMAGE, {"X-Request-Id": "req_1", "openai-processing-ms": "812"})
    response = await create_image_variation_detailed(client, image=png)
    assert response.headers["OpenAI-Processing-MS"] == "812"
    assert response.content == json.dumps(ONE_IMAGE).encode()
    assert [(attempt.number, attempt.status_code) for attempt in response.attempts] == [(1, 200)]
    assert 0 < response.elapsed < 60
    assert response.parsed == await create_image_variation(client, image=png)


DOCUMENT = json.dumps({"data": [{"url": LINK, "revised_prompt": "\u00e9\U0001f9a6"}]}, ensure_ascii=False)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
async def test_json_may_come_in_any_encoding_of_unicode(
    scripted: ScriptedServer, client: Client, png: bytes, encoding: str
) -> None:
    """With a byte order mark or without, the answer is read."""
    scripted.respond(200, DOCUMENT.encode(encoding))
    response = await create_image_variation(client, image=png)
    assert response.data == [Image(url=LINK, revised_prompt="\u00e9\U0001f9a6")]


@pytest.mark.parametrize(
    ("coding", "encoded"),
    [
        pytest.param("gzip", gzip.compress(DOCUMENT.encode()), id="gzip"),
        pytest.param("X-GZIP", gzip.compress(DOCUMENT.encode()), id="X-GZIP"),
        pytest.param("deflate", zlib.compress(DOCUMENT.encode()), id="deflate"),
    ],
)
async def test_an_answer_may_be_compressed(
    scripted: ScriptedServer, client: Client, png: bytes, coding: str, encoded: bytes
) -> None:
    """Gzip is undone, and deflate of a server that was not asked for it; `content` is the body without them."""
    scripted.respond(200, encoded, {"Content-Encoding": coding})
    assert (await create_image_variation_detailed(client, image=png)).content == DOCUMENT.encode()


@pytest.mark.parametrize("coding", ["utf-8", "none", "binary", "aws-chunked", "identity", ""])
async def test_a_coding_that_is_none_changes_nothing(
    scripted: ScriptedServer, client: Client, png: bytes, coding: str
) -> None:
    """A `Content-Encoding` that says nothing of the bytes does not cost the image."""
    scripted.respond(200, ONE_IMAGE, {"Content-Encoding": coding})
    assert (await create_image_variation(client, image=png)).data == [Image(url=LINK)]


@pytest.mark.parametrize(
    "member",
    [
        pytest.param('"a": ' + "9" * 5000, id="an integer that Python does not convert"),
        pytest.param('"created": ' + "9" * 5000, id="one where an integer is expected"),
        pytest.param('"created": -1e400', id="a number beyond doubles"),
        pytest.param('"a": [NaN, Infinity, -Infinity]', id="numbers that JSON does not have"),
        pytest.param('"a": "\\ud800", "b": "\\udc00\\ud800"', id="lone surrogates"),
        pytest.param('"a": "line\nend\tand\x00null"', id="control characters in a text"),
        pytest.param('"a": ' + "[" * 400 + "]" * 400, id="deep nesting"),
        pytest.param('"data": null, "data": 7', id="a member that comes again, and the last is the one"),
    ],
)
async def test_oddities_beside_an_image_do_not_cost_it(
    scripted: ScriptedServer, client: Client, png: bytes, member: str
) -> None:
    """What strict parsers reject is read, or reads as `None`, where the image itself can be used."""
    scripted.respond(200, f'{{{member}, "data": [{{"url": "{LINK}"}}]}}')
    response = await create_image_variation(client, image=png)
    assert response.data[0].url == LINK
    assert response.created is None
    assert ImagesResponse.from_dict(response.to_dict()) == response


async def test_a_byte_that_is_no_utf_8_does_not_cost_the_image(
    scripted: ScriptedServer, client: Client, png: bytes
) -> None:
    """A prompt in Latin-1 reads with a replacement character; the link is whole."""
    scripted.respond(200, b'{"data": [{"revised_prompt": "caf\xe9", "url": "%b"}]}' % LINK.encode())
    assert (await create_image_variation(client, image=png)).data == [Image(url=LINK, revised_prompt="caf\ufffd")]


# What cannot be used. Rows 14 and 17 to 23 of the fault matrix.


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(b"", "is not JSON", id="nothing"),
        pytest.param(b"<!doctype html><h1>Sign in</h1>", "is not JSON", id="HTML"),
        pytest.param(b"OK", "is not JSON", id="a word"),
        pytest.param(json.dumps(ONE_IMAGE).encode()[:-3], "is not JSON", id="JSON that is cut short"),
        pytest.param(json.dumps(ONE_IMAGE).encode() * 2, "is not JSON", id="two documents"),
        pytest.param(b"[" * 200_000, "nested too deeply", id="deep nesting"),
        pytest.param(b'{"a":' * 200_000, "nested too deeply", id="deep nesting of objects"),
        pytest.param(
            b'{"data": [{"url": "x"}], "a": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
            "nested too deeply",
            id="deep nesting beside an image",
        ),
        pytest.param(b"[" + b"[]," * 300_000 + b"[]]", "more than 250000 values", id="too many values"),
        pytest.param(b"null", "not of the document's type", id="null"),
        pytest.param(b"7", "not of the document's type", id="a number"),
        pytest.param(b'"https://example.com/1.png"', "not of the document's type", id="a text"),
        pytest.param(b'[{"url": "https://example.com/1.png"}]', "not of the document's type", id="a list"),
        pytest.param(b"{}", "nothing usable", id="an empty object"),
        pytest.param(b'{"data": null}', "nothing usable", id="data null"),
        pytest.param(b'{"data": "text"}', "nothing usable", id="data text"),
        pytest.param(b'{"data": []}', "nothing usable", id="no items"),
        pytest.param(b'{"data": [{}, {"url": null}, {"b64_json": ""}, {"url": 7}]}', "nothing usable", id="no images"),
        pytest.param(b'{"data": {"url": "x"}}', "nothing usable", id="data an object"),
        pytest.param(b"9" * 100_000, "not of the document's type", id="a giant number"),
        pytest.param(b"\xff\xfe\x00", "is not JSON", id="half a character of UTF-16"),
    ],
)
async def test_an_answer_without_an_image_is_refused_and_kept(
    scripted: ScriptedServer, client: Client, png: bytes, body: bytes, reason: str
) -> None:
    """The error has the status, says why, holds the bytes as they came, and the request is not repeated."""
    scripted.respond(200, body, {"X-Request-Id": "req_1"})
    error = await refused(client, png)
    assert (error.status_code, error.request_id, error.content) == (200, "req_1", body)
    assert reason in str(error)
    assert len(str(error)) < 1000
    assert len(scripted.requests) == 1


async def test_too_many_commas_within_a_text_are_no_values(
    scripted: ScriptedServer, client: Client, png: bytes
) -> None:
    """Only what would take memory is counted: a drawing in a link is one value, whatever it holds."""
    drawing = "data:image/svg+xml,<svg d='" + "M1,2[{" * 200_000 + "\\\\'/>"
    scripted.respond(200, {"data": [{"url": drawing}]})
    assert (await create_image_variation(client, image=png)).data[0].url == drawing


async def test_a_success_without_a_body_is_refused(scripted: ScriptedServer, client: Client, png: bytes) -> None:
    """204 says that there is nothing, and nothing is not an image."""
    scripted.script = [b"HTTP/1.1 204 No Content\r\n\r\n"]
    error = await refused(client, png)
    assert (error.status_code, error.content) == (204, b"")


@pytest.mark.parametrize("space", [b"", b"\n ", b"\xef\xbb\xbf"])
async def test_an_error_in_a_success_is_read(
    scripted: ScriptedServer, client: Client, png: bytes, space: bytes
) -> None:
    """An old one-api answers 200 with an error body: its words are the error's."""
    error_body = {"error": {"message": "no channel", "type": "one_api_error", "param": "", "code": 503}}
    scripted.respond(200, space + json.dumps(error_body).encode())
    error = await refused(client, png)
    assert (error.message, error.type, error.param, error.code) == ("no channel", "one_api_error", None, "503")
    assert str(error) == "HTTP 200, but the body holds nothing usable: no channel"


async def test_an_error_beside_an_image_does_not_cost_it(scripted: ScriptedServer, client: Client, png: bytes) -> None:
    """A server that warns in a member of that name has still sent the image."""
    scripted.respond(200, {**ONE_IMAGE, "error": {"message": "slow"}})
    response = await create_image_variation(client, image=png)
    assert response.data == [Image(url=LINK)]
    assert response.additional_properties == {"error": {"message": "slow"}}


async def test_a_body_that_breaks_off_is_kept_so_far(scripted: ScriptedServer, client: Client, png: bytes) -> None:
    """Short of its Content-Length, what came of a success is in the error, and no further request is made."""
    scripted.script = [cut_reply(27, '{"data": [{"b64_json": "aGk' + "x" * 1000)]
    error = await refused(client, png)
    assert error.content == b'{"data": [{"b64_json": "aGk'
    assert "broke off" in str(error)
    assert len(scripted.requests) == 1


async def test_a_compressed_body_that_is_cut_short_is_kept_so_far(
    scripted: ScriptedServer, client: Client, png: bytes
) -> None:
    """What could be decoded of it is in the error."""
    scripted.respond(200, gzip.compress(bytes(100_000))[:-12], {"Content-Encoding": "gzip"})
    error = await refused(client, png)
    assert error.content
    assert not error.content.strip(b"\0")
    assert "cut short" in str(error)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "gzip, gzip"])
async def test_a_false_coding_is_refused_and_the_bytes_are_kept(
    scripted: ScriptedServer, client: Client, png: bytes, coding: str
) -> None:
    """A body that is not what its Content-Encoding says was paid for all the same: it is in the error as it came."""
    scripted.respond(200, ONE_IMAGE, {"Content-Encoding": coding})
    error = await refused(client, png)
    assert f"the body is not {coding.split(',')[0]}" in str(error)
    assert len(scripted.requests) == 1
    assert error.content == json.dumps(ONE_IMAGE).encode()


async def test_a_coding_that_was_not_asked_for_is_named(scripted: ScriptedServer, client: Client, png: bytes) -> None:
    """A body in Brotli cannot be read; the error says why, and has the bytes."""
    scripted.respond(200, b"\x0b\x02\x80not brotli\x03", {"Content-Encoding": "br"})
    error = await refused(client, png)
    assert "it came with the Content-Encoding br, and only gzip was asked for" in str(error)
    assert error.content == b"\x0b\x02\x80not brotli\x03"


@pytest.mark.parametrize("limit", [10, pytest.param(70_000, id="more than a piece")])
async def test_an_answer_over_the_limit_is_refused(scripted: ScriptedServer, png: bytes, limit: int) -> None:
    """`max_response_bytes` bounds what is read, and the error names it."""
    scripted.respond(200, {"data": [{"b64_json": "A" * 200_000}]})
    async with Client(base_url=scripted.base_url, max_response_bytes=limit) as client:
        error = await refused(client, png)
    assert f"max_response_bytes ({limit})" in str(error)
    assert len(error.content) <= limit
    assert len(scripted.requests) == 1
