"""Downloads of what responses link to: taken whole or not at all, and images or nothing, in every way they come out."""

import asyncio
import gzip
import io
import json
import os
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from image_variations import (
    Client,
    Image,
    ImagesResponse,
    ImageVariationsError,
    InvalidRequestError,
    NotFoundError,
    RedirectError,
    ResponseError,
    StatusError,
    TransportError,
    create_image_variation_files,
    create_image_variation_stream,
    fetch_image,
    save_images,
)
from image_variations.transports import over_aiohttp
from PIL import Image as Picture

from examples.transports import over_reqwest
from tests.support.clocks import SleeplessClient
from tests.support.pictures import PICTURES, make_png
from tests.support.sampling import sampled
from tests.support.server import ScriptedServer
from tests.support.turns import Turn, close, cut_reply, in_parts, reply

PNG = make_png(64, 64)
OTHER = PICTURES[1]


def drawn(form: str) -> bytes:
    """A picture in another format."""
    buffer = io.BytesIO()
    Picture.effect_noise((64, 64), 80).convert("RGB").save(buffer, form)
    return buffer.getvalue()


JPEG, WEBP = drawn("JPEG"), drawn("WEBP")


@pytest.fixture
async def client(scripted: ScriptedServer) -> AsyncIterator[Client]:
    """A client of it."""
    async with SleeplessClient(base_url=scripted.base_url, api_key="sk-own") as client:
        yield client


def endless(body: bytes, headers: str = "", version: str = "1.0") -> Turn:
    """An answer without a length: it ends where its connection does."""
    return (*in_parts(f"HTTP/{version} 200 OK\r\n{headers}\r\n".encode() + body), close)


# Every way that images come out. Each gives the linked picture; `scripted` responds to the calls that some begin with.

Way = Callable[[Client, ScriptedServer, Path, str], Awaitable[bytes]]


async def by_fetching(client: Client, scripted: ScriptedServer, directory: Path, url: str) -> bytes:
    """One picture as bytes."""
    return await fetch_image(client, Image(url=url))


async def by_saving(client: Client, scripted: ScriptedServer, directory: Path, url: str) -> bytes:
    """A response's pictures as files."""
    paths = await save_images(client, ImagesResponse(data=[Image(url=url)]), directory, overwrite=True)
    return paths[0].read_bytes()


async def by_streaming(client: Client, scripted: ScriptedServer, directory: Path, url: str) -> bytes:
    """A picture in pieces."""
    scripted.draw(reply(200, {"data": [{"url": url}]}))
    async with create_image_variation_stream(client, image=PNG) as pictures:
        [picture] = [b"".join([piece async for piece in picture]) async for picture in pictures]
    return picture


async def into_files(client: Client, scripted: ScriptedServer, directory: Path, url: str) -> bytes:
    """A call's pictures as files."""
    scripted.draw(reply(200, {"data": [{"url": url}]}))
    paths = await create_image_variation_files(client, directory, image=PNG, overwrite=True)
    return paths[0].read_bytes()


every_way = pytest.mark.parametrize("way", [by_fetching, by_saving, by_streaming, into_files])


# What ends early.


@every_way
@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("picture", [PNG, JPEG, WEBP], ids=["PNG", "JPEG", "WebP"])
async def test_a_download_that_ends_early_is_tried_again(
    client: Client, scripted: ScriptedServer, tmp_path: Path, way: Way, version: str, picture: bytes
) -> None:
    """Without a length, a file that lacks its format's own end has broken off, wherever that was."""
    cuts = [0, 5, len(picture) // 2, len(picture) - 1]
    client = client.with_options(max_retries=len(cuts))
    scripted.routes["/1"] = [*(endless(picture[:cut], version=version) for cut in cuts), endless(picture)]
    assert await way(client, scripted, tmp_path, "/1") == picture
    assert len(scripted.of("/1")) == 5


@every_way
@pytest.mark.parametrize(
    "picture",
    [PNG, JPEG + b"\0trailing", WEBP, b"GIF89a of half", b"a format unheard of"],
    ids=["PNG", "JPEG with bytes behind it", "WebP", "GIF", "unknown"],
)
async def test_a_whole_file_needs_no_length(
    client: Client, scripted: ScriptedServer, tmp_path: Path, way: Way, picture: bytes
) -> None:
    """It is asked for once, and so is a format of which the end is not known."""
    scripted.routes["/1"] = [endless(picture)]
    assert await way(client, scripted, tmp_path, "/1") == picture
    assert len(scripted.of("/1")) == 1


@every_way
async def test_the_same_bytes_again_are_the_image(
    client: Client, scripted: ScriptedServer, tmp_path: Path, way: Way
) -> None:
    """A file that never has its end is what the server has: it is not refused."""
    scripted.routes["/1"] = [endless(PNG[:-7])]
    assert await way(client, scripted, tmp_path, "/1") == PNG[:-7]
    assert len(scripted.of("/1")) == 2


@every_way
async def test_a_download_that_ends_elsewhere_each_time_is_an_error(
    client: Client, scripted: ScriptedServer, tmp_path: Path, way: Way
) -> None:
    """When the retries are used up, nothing is taken for the image, and nothing is saved."""
    scripted.routes["/1"] = [endless(PNG[:cut]) for cut in (50, 60, 70)]
    with pytest.raises(ResponseError, match=r"the image broke off: it ends after 70 bytes, without a length"):
        await way(client, scripted, tmp_path, "/1")
    assert len(scripted.of("/1")) == 3
    assert os.listdir(tmp_path) == []


async def test_no_retries_are_none(client: Client, scripted: ScriptedServer) -> None:
    """With `max_retries=0` what ends early is an error at once."""
    scripted.routes["/1"] = [endless(PNG[:50])]
    with pytest.raises(ResponseError, match="the image broke off"):
        await fetch_image(client.with_options(max_retries=0), Image(url="/1"))
    assert len(scripted.of("/1")) == 1


async def test_an_empty_file_is_asked_for_twice_if_it_may_have_broken_off(
    client: Client, scripted: ScriptedServer
) -> None:
    """Nothing at all may be the beginning of an image; the second time it is an empty file."""
    scripted.routes |= {"/1": [endless(b""), endless(PNG)], "/2": [endless(b"")]}
    assert await fetch_image(client, Image(url="/1")) == PNG
    with pytest.raises(ResponseError, match="empty file"):
        await fetch_image(client, Image(url="/2"))
    assert len(scripted.of("/2")) == 2


async def test_a_compressed_download_has_an_end_of_its_own(client: Client, scripted: ScriptedServer) -> None:
    """A gzip stream that is cut broke off, whatever the image's format."""
    body = gzip.compress(b"a format unheard of")
    headers = "Content-Encoding: gzip\r\n"
    scripted.routes["/1"] = [endless(body[:-1], headers), endless(body, headers)]
    assert await fetch_image(client, Image(url="/1")) == b"a format unheard of"


LARGE = b"GIF" + bytes(range(256)) * 2000
TRANSPORTS = {"httpx": lambda: None, "httpx-aiohttp": over_aiohttp, "pyreqwest": over_reqwest}
CHUNKS = b"".join(b"%x\r\n%b\r\n" % (1024, LARGE[start : start + 1024]) for start in range(0, 400_000, 1024))
BROKEN = {
    "short of its length": cut_reply(400_000, LARGE),
    "short of its length, and short": cut_reply(2, b"GIF"),
    "within its chunks": (*in_parts(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS[:-10]), close),
    "between its chunks": (*in_parts(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS), close),
    "without a length": endless(PNG[:-1]),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
@pytest.mark.parametrize("make", TRANSPORTS.values(), ids=TRANSPORTS.keys())
async def test_a_download_that_breaks_off_is_seen_over_each_transport(
    scripted: ScriptedServer, broken: Turn, make: Callable[[], httpx.AsyncBaseTransport | None]
) -> None:
    """Short of its length, in the middle of its chunks, or without its end: it is never taken for whole."""
    scripted.routes["/1"] = [broken, reply(200, PNG)]
    async with SleeplessClient(base_url=scripted.base_url, transport=make()) as client:
        assert await fetch_image(client, Image(url="/1")) == PNG
    assert len(scripted.of("/1")) == 2


async def test_a_stream_goes_on_where_it_broke_off(client: Client, scripted: ScriptedServer) -> None:
    """What was handed on is not handed on again, however often the download breaks off."""
    scripted.draw(reply(200, {"data": [{"url": "/1"}]}))
    scripted.routes["/1"] = [cut_reply(300_000, LARGE), reply(503), cut_reply(100, LARGE), reply(200, LARGE)]
    async with create_image_variation_stream(client.with_options(max_retries=3), image=PNG) as pictures:
        assert b"".join([piece async for piece in await anext(pictures)]) == LARGE
    assert len(scripted.of("/1")) == 4


@pytest.mark.parametrize("other", [b"J" + LARGE[1:], LARGE[:299_999] + b"?" + LARGE[300_000:], LARGE[:299_000], b"GIF"])
async def test_a_stream_never_mixes_two_images(client: Client, scripted: ScriptedServer, other: bytes) -> None:
    """If other bytes come the second time, what was handed on cannot be completed, and the error says so."""
    scripted.draw(reply(200, {"data": [{"url": "/1"}]}))
    scripted.routes["/1"] = [cut_reply(300_000, LARGE), reply(200, other)]
    got = bytearray()

    async def read(picture: AsyncIterable[bytes]) -> None:
        async for piece in picture:
            got.extend(piece)

    async with create_image_variation_stream(client, image=PNG) as pictures:
        with pytest.raises(ResponseError, match=r"broke off after 300000 bytes, and .* other bytes") as failed:
            await read(await anext(pictures))
    assert got == LARGE[:300_000]
    assert failed.value.billed == "yes"


@pytest.mark.parametrize("way", [by_fetching, by_saving, into_files])
async def test_other_bytes_are_no_matter_where_nothing_was_handed_on(
    client: Client, scripted: ScriptedServer, tmp_path: Path, way: Way
) -> None:
    """A server that draws anew for each GET gives a whole picture all the same."""
    scripted.routes["/1"] = [cut_reply(300_000, LARGE), reply(200, PNG)]
    assert await way(client, scripted, tmp_path, "/1") == PNG


# What is no image.

PAGE = (
    b"\n<!DOCTYPE html>\n<html><head><!-- <title>no</title> --><script>'<title>no</title>'</script>"
    b"<title>\n  Xinference &amp; friends\n</title></head>"
    b"<body><nav>Model Management Launch Model Running Models</nav><svg><title>Logo</title></svg></body></html>"
)
NO_IMAGES = {
    "HTML": ("text/html", PAGE, "text/html: Xinference & friends"),
    "HTML in an older encoding": ("text/html; charset=latin-1", b"<html><title>Gr\xf6\xdfe</title>", "Gr\ufffd\ufffde"),
    "HTML without a title": ("text/html", b"<html><body><nav>Launch Model</nav></body></html>", "an HTML page"),
    "XHTML": ("application/xhtml+xml", b"<?xml version='1.0'?><html><title>No</title></html>", "xhtml+xml: No"),
    "JSON": ("application/json", b'{"error": {"message": "expired"}}', "application/json: expired"),
    "JSON of another form": ("application/problem+json", b'{"detail": "gone"}', "problem+json: gone"),
    "text": ("text/plain; charset=utf-8", b"Not here.\n", "text/plain: Not here."),
    "XML": ("application/xml", b"<Error><Code>AccessDenied</Code></Error>", "application/xml: AccessDenied"),
}


@every_way
@pytest.mark.parametrize(("content_type", "body", "said"), NO_IMAGES.values(), ids=NO_IMAGES.keys())
async def test_what_is_no_image_is_refused(
    client: Client, scripted: ScriptedServer, tmp_path: Path, way: Way, content_type: str, body: bytes, said: str
) -> None:
    """Text by its content type and by its bytes is an error with what it says, is not asked for again or saved."""
    scripted.routes["/1"] = [reply(200, body, {"Content-Type": content_type})]
    with pytest.raises(ResponseError) as refused:
        await way(client, scripted, tmp_path, f"{scripted.origin}/1")
    assert str(refused.value).startswith("HTTP 200, but the link leads to no image but to ")
    assert str(refused.value).endswith(said)
    assert "Launch Model" not in f"{refused.value}{refused.value.message}"
    assert len(scripted.of("/1")) == 1
    assert os.listdir(tmp_path) == []


async def test_what_is_no_image_is_in_the_error(client: Client, scripted: ScriptedServer) -> None:
    """Its details as with a refused call, and what came of it, up to 64 KB."""
    body = json.dumps({"error": {"message": "expired", "type": "t", "param": "p", "code": "c"}}).encode()
    scripted.routes["/1"] = [reply(200, body, {"Content-Type": "application/json", "X-Request-Id": "req_1"})]
    scripted.routes["/2"] = [reply(200, b"a" * 1_000_000, {"Content-Type": "text/plain"})]
    with pytest.raises(ResponseError) as refused:
        await fetch_image(client, Image(url="/1"))
    error = refused.value
    assert (error.message, error.type, error.param, error.code) == ("expired", "t", "p", "c")
    assert (error.content, error.request_id, error.status_code) == (body, "req_1", 200)
    with pytest.raises(ResponseError) as refused:
        await fetch_image(client, Image(url="/2"))
    assert refused.value.content == b"a" * 64 * 1024


IMAGES = {
    "PNG as HTML": ("text/html", PNG),
    "JPEG as text": ("text/plain", JPEG),
    "WebP as JSON": ("application/json", WEBP),
    "HTML as PNG": ("image/png", PAGE),
    "HTML as bytes": ("application/octet-stream", PAGE),
    "HTML as nothing": ("", PAGE),
    "unknown bytes as text": ("text/plain", bytes(range(256))),
    "unknown bytes beyond ASCII as text": ("text/html", b"\x80\x81\x82"),
    "SVG": ("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "SVG as XML": ("text/xml", b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "a long one as text": ("text/plain", LARGE + bytes(100_000)),
}


@every_way
@pytest.mark.parametrize(("content_type", "body"), IMAGES.values(), ids=IMAGES.keys())
async def test_what_may_be_an_image_is_one(
    client: Client, scripted: ScriptedServer, tmp_path: Path, way: Way, content_type: str, body: bytes
) -> None:
    """The content type alone, or the bytes alone, refuse nothing: it is paid for."""
    scripted.routes["/1"] = [reply(200, body, {"Content-Type": content_type} if content_type else {})]
    assert await way(client, scripted, tmp_path, "/1") == body


async def test_a_limit_counts_for_what_calls_itself_text(client: Client, scripted: ScriptedServer) -> None:
    """Its first bytes are looked at, and are not more than `max_response_bytes`."""
    scripted.routes["/1"] = [reply(200, LARGE[:1000], {"Content-Type": "text/plain"})]
    with pytest.raises(ResponseError, match=r"longer than max_response_bytes \(999\)"):
        await fetch_image(client.with_options(max_response_bytes=999), Image(url="/1"))


# Paths in place of URLs.

PATH = "/root/.xinference/image/0a1b2c.jpg"
PATHLESS = {
    "a page of navigation": reply(200, PAGE, {"Content-Type": "text/html"}),
    "a page with a 404": reply(404, PAGE, {"Content-Type": "text/html"}),
    "JSON": reply(404, {"detail": "Not Found"}, {"Content-Type": "application/json"}),
    "nothing": reply(404),
    "an empty file": reply(200),
    "a refusal": reply(403),
    "a redirect to the login": reply(302, b"", {"Location": "https://login.example/?next=x"}),
}


@every_way
@pytest.mark.parametrize("said", PATHLESS.values(), ids=PATHLESS.keys())
async def test_a_path_that_leads_nowhere_says_what_to_ask_for(
    client: Client, scripted: ScriptedServer, tmp_path: Path, way: Way, said: Turn
) -> None:
    """The error shows the path, says that it is one, and names the parameter that puts the image in the response."""
    scripted.routes[PATH] = [said]
    with pytest.raises((StatusError, ResponseError)) as failed:
        await way(client, scripted, tmp_path, PATH)
    message = str(failed.value)
    assert f"the server gave a path in place of a URL, '{PATH}'" in message
    assert 'response_format="b64_json"' in message
    assert "Launch Model" not in message
    assert len(message) < 500


async def test_a_url_that_leads_nowhere_is_not_called_a_path(client: Client, scripted: ScriptedServer) -> None:
    """A link that names its host has most often expired."""
    scripted.respond(404)
    with pytest.raises(NotFoundError, match=r"links expire, often after 60 minutes; .*b64_json") as gone:
        await fetch_image(client, Image(url=f"{scripted.origin}/1.png"))
    assert "a path" not in str(gone.value)


async def test_a_path_costs_no_other_image(client: Client, scripted: ScriptedServer, tmp_path: Path) -> None:
    """The others are saved, and the response that was paid for is in the error, with its path."""
    data = [{"url": PATH, "b64_json": None}, {"url": "/2.png"}]
    scripted.routes |= {PATH: [reply(200, PAGE, {"Content-Type": "text/html"})], "/2.png": [reply(200, OTHER)]}
    scripted.draw(reply(200, {"created": 1, "data": data}))
    with pytest.raises(ResponseError, match="a path in place of a URL") as failed:
        await create_image_variation_files(client, tmp_path, image=PNG, n=2)
    assert failed.value.partial == (tmp_path / "variation-2.png",)
    assert failed.value.billed == "yes"
    assert json.loads(failed.value.content) == {"created": 1, "data": data}
    response = ImagesResponse(data=[Image(url=PATH), Image(url="/2.png")])
    with pytest.raises(ResponseError, match="a path in place of a URL") as failed:
        await save_images(client, response, tmp_path / "saved")
    assert failed.value.partial == (tmp_path / "saved" / "variation-2.png",)
    assert failed.value.billed == "yes"


@pytest.mark.parametrize("said", [reply(404), reply(500), endless(PNG[:9])], ids=["404", "500", "cut"])
async def test_the_response_of_a_streamed_call_is_in_the_error_of_a_download(
    client: Client, scripted: ScriptedServer, tmp_path: Path, said: Turn
) -> None:
    """Whatever became of the download: the links that were paid for can be looked up."""
    body = json.dumps({"data": [{"url": "/1?sk-own"}]}).encode()
    scripted.draw(reply(200, body))
    scripted.routes["/1?sk-own"] = [said]
    client = client.with_options(max_retries=0)
    with pytest.raises(ImageVariationsError) as failed:
        await create_image_variation_files(client, tmp_path, image=PNG)
    assert failed.value.content == body.replace(b"sk-own", b"***")
    async with create_image_variation_stream(client, image=PNG) as pictures:
        with pytest.raises(ImageVariationsError) as failed:
            assert not [piece async for piece in await anext(pictures)]
    assert failed.value.content == body.replace(b"sk-own", b"***")


# Links and redirects that are none.

NO_URLS = [
    "http://h:abc/",
    "http://h:99999/",
    "http://h:-1/",
    "http://[::1",
    "http://[::1]]/",
    "http://\0/",
    "http://h/\x7f",
    "http://xn--/",
    "http://\u2100.com/",
    "/\ud800",
    "?\udc00",
    "//h:1:2/",
    "mailto:otter@x.example",
    "C:\\images\\1.png",
    "ftp://x.example/1.png",
    "   ",
    "/" + "x" * 70_000,
]


@pytest.mark.parametrize("url", NO_URLS, ids=lambda url: ascii(url[:20]))
async def test_a_link_that_is_no_url_is_an_error_of_its_image_alone(
    client: Client, scripted: ScriptedServer, tmp_path: Path, url: str
) -> None:
    """`fetch_image` refuses it; of several images it is the one that fails, and the call is paid for."""
    with pytest.raises(InvalidRequestError, match=r"^url: must be an http\(s\) URL") as refused:
        await fetch_image(client, Image(url=url))
    assert (refused.value.field, refused.value.billed) == ("url", "no")
    assert len(str(refused.value)) < 300
    with pytest.raises(InvalidRequestError) as refused:
        await save_images(client, ImagesResponse(data=[Image(url=url), Image(url="/2")]), tmp_path / "a")
    assert "HTTP 404" not in str(refused.value)
    scripted.routes["/2"] = [reply(200, OTHER)]
    scripted.draw(reply(200, {"data": [{"url": url}, {"url": "/2"}]}))
    if len(url) < 64 * 1024:  # what is longer is no link to the stream
        with pytest.raises(InvalidRequestError) as refused:
            await create_image_variation_files(client, tmp_path / "b", image=PNG)
        assert refused.value.billed == "yes"
        assert refused.value.partial == (tmp_path / "b" / "variation-2.png",)


ODD_URLS = [
    "//",
    "//[",
    "http://a b/",
    "http://a..b/",
    "http:///x",
    "://",
    "#",
    "?",
    "http://@/",
    "/%zz",
    "\\x",
    "a:80/",
]


@pytest.mark.parametrize("url", ODD_URLS)
async def test_an_odd_link_is_an_error_of_ours(client: Client, scripted: ScriptedServer, url: str) -> None:
    """Whatever it is taken for, what comes out is an `ImageVariationsError`."""
    scripted.respond(404)
    with pytest.raises(ImageVariationsError):
        await fetch_image(client.with_options(max_retries=0), Image(url=url))


LOCATIONS = [location for location in NO_URLS if location.isprintable() and location.isascii() and len(location) < 99]


@pytest.mark.parametrize("location", [*LOCATIONS, "//[", "https://127.0.0.1/", "data:,x"], ids=ascii)
@pytest.mark.parametrize("make", TRANSPORTS.values(), ids=TRANSPORTS.keys())
async def test_a_location_that_is_no_url_is_a_redirect_of_its_image_alone(
    scripted: ScriptedServer,
    tmp_path: Path,
    location: str,
    make: Callable[[], httpx.AsyncBaseTransport | None],
) -> None:
    """The others are saved; over each transport the error is that of a redirect, and says that the call is paid for."""
    head = f"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: {location}\r\n\r\n".encode("latin-1")
    scripted.routes |= {"/1": [in_parts(head)], "/2": [reply(200, OTHER)]}
    scripted.draw(reply(200, {"data": [{"url": "/2"}, {"url": "/1"}, {"url": "/2"}]}))
    async with SleeplessClient(base_url=scripted.base_url, transport=make()) as client:
        with pytest.raises((RedirectError, TransportError)) as failed:
            await fetch_image(client, Image(url=f"{scripted.origin}/1"))
        if location != "//[":  # which httpx takes for a host
            assert isinstance(failed.value, RedirectError)
            assert len(scripted.of("/1")) == 1
        with pytest.raises(type(failed.value)) as failed:
            await create_image_variation_files(client, tmp_path, image=PNG, n=3)
    assert failed.value.billed == "yes"
    assert [path.read_bytes() for path in failed.value.partial] == [OTHER, OTHER]


@pytest.mark.parametrize(
    "url", ["http://otter:hunter2@127.0.0.1:1/a?sig=s3cret#f4agment", "ftp://otter:hunter2@x/a?sig=s3cret"]
)
async def test_no_error_shows_what_a_link_keeps_secret(client: Client, scripted: ScriptedServer, url: str) -> None:
    """Its user part, query and fragment are left out, wherever it is shown."""
    with pytest.raises(ImageVariationsError) as failed:
        await fetch_image(client, Image(url=url))
    assert not any(secret in f"{failed.value} {vars(failed.value)}" for secret in ("hunter2", "s3cret", "f4agment"))
    location = url.replace("http:", "https:").replace("hunter2", "hunter3").replace("s3cret", "s4cret")
    scripted.routes["/1"] = [reply(302, b"", {"Location": location})]
    with pytest.raises(RedirectError) as failed:
        await fetch_image(client, Image(url="/1"))
    assert not any(secret in str(failed.value) for secret in ("hunter3", "s4cret", "f4agment"))


async def test_a_page_that_quotes_a_signed_query_does_not_show_it(client: Client, scripted: ScriptedServer) -> None:
    """Servers tell what was asked for, and the message is what they tell."""
    scripted.routes["/1?sig=s3cret"] = [reply(404, "cannot GET /1?sig=s3cret")]
    with pytest.raises(NotFoundError, match="cannot GET") as failed:
        await fetch_image(client, Image(url="/1?sig=s3cret"))
    assert "s3cret" not in f"{failed.value} {vars(failed.value)}"


# Whatever a step raises.


class Failing(httpx.AsyncByteStream):
    """A body that fails where it is told to."""

    def __init__(self, step: str, error: Exception) -> None:
        self._step, self._error = step, error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield OTHER[:30]
        if self._step == "read":
            raise self._error
        yield OTHER[30:]

    async def aclose(self) -> None:
        """Fail, or do nothing."""
        if self._step == "close":
            raise self._error


class FailingTransport(httpx.AsyncBaseTransport):
    """Answers the call, and every GET but that of `/1`, which fails at a step."""

    def __init__(self, step: str, error: Exception) -> None:
        self._step, self._error = step, error

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer by path."""
        if request.method == "POST":
            await request.aread()
            return httpx.Response(200, json={"data": [{"url": "/2"}, {"url": "/1"}, {"url": "/3"}]})
        if request.url.path != "/1":
            return httpx.Response(200, content=OTHER)
        if self._step == "send":
            raise self._error
        headers = {"Content-Length": str(len(OTHER))}
        if self._step == "decode":
            headers["Content-Encoding"] = "gzip"
        return httpx.Response(200, headers=headers, stream=Failing(self._step, self._error))


RAISED = [
    OSError("broken"),
    TimeoutError("late"),
    ValueError("odd"),
    RuntimeError("wrong"),
    RecursionError(),
    MemoryError(),
    KeyError("network_stream"),
    AssertionError(),
    StopAsyncIteration(),
    UnicodeDecodeError("ascii", b"\xff", 0, 1, "odd"),
    ExceptionGroup("two", [OSError(), ValueError()]),
    httpx.InvalidURL("no URL"),
    httpx.RemoteProtocolError("no HTTP"),
    httpx.StreamConsumed(),
    asyncio.IncompleteReadError(b"", 1),
    type("NobodysError", (Exception,), {})(),
]


@pytest.mark.parametrize("step", ["send", "read", "decode", "close"])
@pytest.mark.parametrize("error", sampled(RAISED, *RAISED[::4]), ids=[type(error).__name__ for error in RAISED])
async def test_whatever_a_step_raises_is_an_error_of_its_image_alone(
    tmp_path: Path, step: str, error: Exception
) -> None:
    """Sending, reading, decoding and closing: the others are saved, and what comes out is ours, with what it cost."""
    async with SleeplessClient(base_url="http://127.0.0.1/v1", transport=FailingTransport(step, error)) as client:
        if step == "close":  # how a connection ends is nothing to an image that came whole
            paths = await create_image_variation_files(client, tmp_path, image=PNG, n=3)
            assert [path.read_bytes() for path in paths] == [OTHER] * 3
            assert await fetch_image(client, Image(url="/1")) == OTHER
            return
        expected = TransportError if step == "send" else ResponseError
        with pytest.raises(expected) as failed:
            await create_image_variation_files(client, tmp_path / "a", image=PNG, n=3)
        assert (failed.value.billed, len(failed.value.partial), len(failed.value.attempts)) == ("yes", 2, 1)
        response = ImagesResponse(data=[Image(url="/2"), Image(url="/1"), Image(url="/3")])
        with pytest.raises(expected) as failed:
            await save_images(client, response, tmp_path / "b")
        assert (failed.value.billed, len(failed.value.partial)) == ("yes", 2)
        with pytest.raises(expected) as failed:
            await fetch_image(client, Image(url="/1"))
        assert failed.value.billed == "no"
        async with create_image_variation_stream(client, image=PNG) as pictures:
            kept = [picture async for picture in pictures]
            with pytest.raises(expected) as failed:
                assert [piece async for piece in kept[1]]
            assert failed.value.billed == "yes"
            assert b"".join([piece async for piece in kept[2]]) == OTHER
