"""Pictures out of answers: fetched and saved, whole or not at all, with nothing of ours sent along."""

import asyncio
import base64
import errno
import os
import tracemalloc
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Literal, cast

import httpx
import pytest
from image_variations import (
    CallTimeoutError,
    Client,
    Image,
    ImagesResponse,
    InvalidRequestError,
    NotFoundError,
    RedirectError,
    ResponseError,
    SaveError,
    StatusError,
    TransportError,
    create_image_variation,
    fetch_image,
    save_images,
)
from image_variations.transports import over_httpx

from tests.reference_server import ReferenceServer
from tests.support.clocks import SleeplessClient, SleeplessClock
from tests.support.disks import sizes_of_open_files, until
from tests.support.pictures import PICTURES
from tests.support.server import ScriptedServer
from tests.support.turns import HANG_UP, Turn, close, cut_reply, in_parts, reply

PNG = PICTURES[0]
JPEG = b"\xff\xd8\xff\xe0" + bytes(20)
WEBP = b"RIFF\x10\0\0\0WEBPVP8 " + bytes(20)


@pytest.fixture
async def client(scripted: ScriptedServer) -> AsyncIterator[Client]:
    """A client of it, with a key, a header of its own and a cookie from the server."""
    async with SleeplessClient(base_url=scripted.base_url, api_key="sk-own", headers={"X-Team": "otters"}) as client:
        yield client


def inline(picture: bytes) -> Image:
    """An item that holds its picture."""
    return Image(b64_json=base64.b64encode(picture).decode())


def names(directory: Path) -> list[str]:
    """Everything in a directory."""
    return sorted(os.listdir(directory))


# Fetching.


async def test_base64_is_decoded(client: Client, scripted: ScriptedServer) -> None:
    """A picture inside the answer needs no request, and comes before a link."""
    assert await fetch_image(client, Image(b64_json=base64.b64encode(PNG).decode(), url="/other.png")) == PNG
    assert scripted.requests == []


@pytest.mark.parametrize("size", [1, 300_000, 1_000_001])
async def test_base64_of_any_length_is_decoded(client: Client, size: int) -> None:
    """What is decoded off the event loop in slices is what would be decoded at once."""
    picture = os.urandom(size)
    assert await fetch_image(client, inline(picture)) == picture


async def test_a_link_is_downloaded(client: Client, scripted: ScriptedServer) -> None:
    """Without base64 the link is followed; a relative one is the server's."""
    scripted.routes["/files/1.png"] = [reply(200, PNG)]
    scripted.routes["/v1/files/2.png"] = [reply(200, PICTURES[1])]
    assert await fetch_image(client, Image(url=f"{scripted.origin}/files/1.png", b64_json="")) == PNG
    assert await fetch_image(client, Image(url="/files/1.png")) == PNG
    assert await fetch_image(client, Image(url="files/2.png")) == PICTURES[1]


async def test_a_download_carries_nothing_of_ours(client: Client, scripted: ScriptedServer) -> None:
    """Neither key nor headers nor cookies go to whoever keeps the picture."""
    scripted.draw(reply(200, {"data": [{"url": "/1.png"}]}, {"Set-Cookie": "session=s3cret; Path=/"}))
    scripted.routes["/1.png"] = [reply(200, PNG)]
    response = await create_image_variation(client, image=PNG)
    await fetch_image(client, response.data[0])
    [request] = scripted.of("/1.png")
    assert request.headers.keys() == {"host", "user-agent", "accept", "accept-encoding"}


async def test_a_links_query_is_kept(client: Client, scripted: ScriptedServer) -> None:
    """The signature of a link goes where the link says, and into no error."""
    scripted.routes["/1.png?sig=a%2Fb"] = [reply(200, PNG)]
    assert await fetch_image(client, Image(url="/1.png?sig=a%2Fb")) == PNG
    with pytest.raises(NotFoundError) as refusal:
        await fetch_image(client, Image(url="/gone.png?sig=s3cret"))
    assert "s3cret" not in str(refusal.value)


async def test_redirects_within_the_scheme_are_followed(client: Client, scripted: ScriptedServer) -> None:
    """A picture that moved to another path or host of the same scheme is found."""
    scripted.routes["/1.png"] = [reply(302, b"", {"Location": "/2.png"})]
    scripted.routes["/2.png"] = [reply(308, b"", {"Location": f"{scripted.origin}/3.png"})]
    scripted.routes["/3.png"] = [reply(200, PNG)]
    assert await fetch_image(client, Image(url="/1.png")) == PNG


@pytest.mark.parametrize("location", ["https://127.0.0.1/1.png", "file:///etc/passwd", None])
async def test_redirects_elsewhere_are_not_followed(
    client: Client, scripted: ScriptedServer, location: str | None
) -> None:
    """Another scheme, what is not a URL, and nowhere are errors that say so."""
    scripted.routes["/1.png"] = [reply(302, b"", {"Location": location} if location else None)]
    with pytest.raises(RedirectError, match=r"HTTP 302: the link leads to .* only to another http address"):
        await fetch_image(client, Image(url="/1.png"))
    assert len(scripted.requests) == 1


async def test_a_circle_of_redirects_ends(client: Client, scripted: ScriptedServer) -> None:
    """After five redirects the next is an error."""
    scripted.routes["/1.png"] = [reply(302, b"", {"Location": "/1.png"})]
    with pytest.raises(RedirectError, match="more than 5 times"):
        await fetch_image(client, Image(url="/1.png"))
    assert len(scripted.requests) == 6


@pytest.mark.parametrize("url", ["ftp://h/1.png", "file:///tmp/1.png", "C:\\images\\1.png", "http://h:port/"])
async def test_a_link_that_is_no_http_url_is_refused(client: Client, scripted: ScriptedServer, url: str) -> None:
    """Only http and https are fetched; the error names the field and the way out."""
    with pytest.raises(InvalidRequestError, match=r"^url: must be ") as refusal:
        await fetch_image(client, Image(url=url))
    assert refusal.value.field == "url"
    assert scripted.requests == []


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_an_expired_link_says_so(client: Client, scripted: ScriptedServer, status: int) -> None:
    """Where nothing is, the error says how long links live and that a path may be the server's; no retry helps."""
    path = "/root/.xinference/image/1.png"
    scripted.routes[path] = [reply(status, {"error": "gone"})]
    with pytest.raises(StatusError, match=r"(?s)60 minutes.*path on their own disk.*b64_json") as refusal:
        await fetch_image(client, Image(url=path))
    assert refusal.value.status_code == status
    assert len(scripted.requests) == 1


@pytest.mark.parametrize("failure", [reply(500), reply(429), cut_reply(20, PNG), (*in_parts(b"HTTP/1.1 "), close)])
async def test_a_download_is_repeated_freely(client: Client, scripted: ScriptedServer, failure: Turn) -> None:
    """A GET costs nothing: it is tried again whatever became of it, as often as the client may."""
    scripted.routes["/1.png"] = [failure, failure, reply(200, PNG)]
    assert await fetch_image(client, Image(url="/1.png")) == PNG
    assert len(scripted.requests) == 3


@pytest.mark.parametrize(
    ("failure", "error"), [(reply(503), StatusError), (cut_reply(20, PNG), ResponseError), (None, TransportError)]
)
async def test_a_download_that_keeps_failing_is_an_error(
    client: Client, scripted: ScriptedServer, failure: Turn | None, error: type[Exception]
) -> None:
    """When the retries are used up the last failure is raised, and it cost nothing."""
    scripted.routes["/1.png"] = [failure or HANG_UP]
    with pytest.raises(error) as failed:
        await fetch_image(client, Image(url="/1.png"))
    assert getattr(failed.value, "billed", None) == "no"
    assert len(scripted.requests) == 3


async def test_a_download_that_fails_says_what_its_server_said(client: Client, scripted: ScriptedServer) -> None:
    """Its body, its name for the request, and how long it asks to wait."""
    headers = {"X-Request-Id": "req_7", "Retry-After": "99"}
    scripted.routes["/p.png"] = [reply(429, {"error": {"message": "Too many."}}, headers)]
    with pytest.raises(StatusError, match=r"HTTP 429: Too many\.") as refused:
        await fetch_image(client, Image(url="/p.png"))
    error = refused.value
    assert (error.request_id, error.retry_after, error.billed) == ("req_7", 99.0, "no")
    assert error.body == b'{"error": {"message": "Too many."}}'
    assert len(scripted.of("/p.png")) == 1  # 99 s are more than is waited for


async def test_a_download_waits_as_long_as_its_server_asks(scripted: ScriptedServer) -> None:
    """`Retry-After` takes the place of the wait that is drawn, and counts in what an error says that it all took."""
    time = SleeplessClock()

    class Patient(Client):
        clock = time.clock

    scripted.routes["/p.png"] = [reply(503, b"", {"Retry-After": "30"}), reply(200, PNG)]
    async with Patient(base_url=scripted.base_url) as client:
        assert await fetch_image(client, Image(url="/p.png")) == PNG
        scripted.routes["/q.png"] = [reply(503, b"", {"Retry-After": "30"}), reply(404)]
        with pytest.raises(NotFoundError) as refused:
            await fetch_image(client, Image(url="/q.png"))
    assert time.slept == [30.0, 30.0]
    assert refused.value.elapsed == 30.0


@pytest.mark.parametrize("make", [lambda: None, over_httpx], ids=["default", "over_httpx"])
async def test_a_download_shows_no_key_that_its_server_knows(
    scripted: ScriptedServer,
    caplog: pytest.LogCaptureFixture,
    make: Callable[[], httpx.AsyncBaseTransport | None],
) -> None:
    """Nor do the logs, although the key was not sent: the server that made the link may have it."""
    caplog.set_level("DEBUG")
    scripted.routes["/p.png"] = [reply(404, {"error": "sk-own"}, {"X-Request-Id": "sk-own"})]
    async with Client(base_url=scripted.base_url, api_key="sk-own", transport=make()) as client:
        with pytest.raises(NotFoundError) as refused:
            await fetch_image(client, Image(url="/p.png"))
    assert "sk-own" not in f"{refused.value} {refused.value.__dict__}"
    assert "sk-own" not in caplog.text
    assert ("httpcore" in caplog.text) is (make is over_httpx)


async def test_a_download_is_bounded_in_size(client: Client, scripted: ScriptedServer) -> None:
    """What is longer than `max_response_bytes` is given up, and not asked for again."""
    scripted.routes["/1.png"] = [reply(200, bytes(1000))]
    with pytest.raises(ResponseError, match=r"longer than max_response_bytes \(999\)"):
        await fetch_image(client.with_options(max_response_bytes=999), Image(url="/1.png"))
    assert len(scripted.requests) == 1


async def test_a_download_is_bounded_in_time(client: Client, scripted: ScriptedServer) -> None:
    """The client's timeout bounds the download, whatever the server trickles."""
    scripted.routes["/1.png"] = [in_parts(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1", asyncio.Event())]
    with pytest.raises(CallTimeoutError, match=r"the download took longer than 0\.1 s"):
        await fetch_image(client.with_options(timeout=0.1), Image(url="/1.png"))


async def test_a_link_to_nothing_is_an_error(client: Client, scripted: ScriptedServer) -> None:
    """An empty file is not a picture."""
    scripted.routes["/1.png"] = [reply(200)]
    with pytest.raises(ResponseError, match="empty file"):
        await fetch_image(client, Image(url="/1.png"))


@pytest.mark.parametrize("text", ["a*b=", "aGkaa", "aGk=aGk=", "bild-ä", "=", "\n", "data:image/png,%89"])
async def test_bad_base64_is_an_error(client: Client, text: str) -> None:
    """What is not base64, or holds nothing, is not a picture."""
    with pytest.raises(
        ResponseError, match=r"the response's base64 text is (not base64|empty|a data: URL that is not)"
    ):
        await fetch_image(client, Image(b64_json=text))


async def test_an_item_without_a_picture_is_an_error(client: Client) -> None:
    """Neither base64 nor a link: the error says so."""
    with pytest.raises(ResponseError, match="neither base64 nor a link"):
        await fetch_image(client, Image())


async def test_the_loop_goes_on_while_a_picture_is_decoded(client: Client) -> None:
    """More than 256 KB is decoded in a thread: other tasks run meanwhile."""
    task = asyncio.create_task(fetch_image(client, inline(bytes(3_000_000))))
    turns = 0
    while not task.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 2, "decoded at once, it would be done after one turn"


# Saving.


async def test_pictures_are_saved_in_order(client: Client, scripted: ScriptedServer, tmp_path: Path) -> None:
    """Each becomes a file, numbered from 1, in a directory that is made, by the extension that its bytes ask for."""
    scripted.routes["/2"] = [reply(200, JPEG)]
    response = ImagesResponse(data=[inline(PNG), Image(url="/2"), inline(WEBP), inline(b"GIF89a")])
    directory = tmp_path / "new" / "pictures"
    paths = await save_images(client, response, directory)
    assert [path.name for path in paths] == [
        "variation-1.png",
        "variation-2.jpeg",
        "variation-3.webp",
        "variation-4.bin",
    ]
    assert [path.read_bytes() for path in paths] == [PNG, JPEG, WEBP, b"GIF89a"]
    assert names(directory) == [path.name for path in paths]


async def test_saving_base64_takes_little_memory(client: Client, tmp_path: Path) -> None:
    """Pictures are decoded a slice at a time, however many are saved at once."""
    response = ImagesResponse(data=[inline(PNG.ljust(3_000_000, b"\0"))] * 8)
    tracemalloc.start()
    try:
        paths = await save_images(client, response, tmp_path)
        assert tracemalloc.get_traced_memory()[1] < 12_000_000
    finally:
        tracemalloc.stop()
    assert [path.stat().st_size for path in paths] == [3_000_000] * 8


async def test_the_reference_servers_pictures_are_saved(server: ReferenceServer, tmp_path: Path, png: bytes) -> None:
    """From the call to the files, in both forms."""
    async with Client(base_url=server.base_url, api_key=server.api_key) as client:
        forms: tuple[Literal["url"], Literal["b64_json"]] = ("url", "b64_json")
        for form in forms:
            response = await create_image_variation(client, image=png, n=2, size="256x256", response_format=form)
            paths = await save_images(client, response, tmp_path, stem=form)
            assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)
    assert names(tmp_path) == ["b64_json-1.png", "b64_json-2.png", "url-1.png", "url-2.png"]
    assert all("authorization" not in download.headers for download in server.downloads)


async def test_downloads_run_at_once(client: Client, scripted: ScriptedServer, tmp_path: Path) -> None:
    """No picture waits for another: the first may come last."""
    late = asyncio.Event()
    whole = reply(200, PNG)
    scripted.routes["/1"] = [in_parts(late, whole)]
    scripted.routes["/2"] = [reply(200, PNG)]
    saving = asyncio.create_task(save_images(client, ImagesResponse(data=[Image(url="/1"), Image(url="/2")]), tmp_path))
    await until(lambda: "variation-2.png" in names(tmp_path))
    late.set()
    assert [path.name for path in await saving] == ["variation-1.png", "variation-2.png"]


async def test_a_file_is_never_replaced_unasked(client: Client, tmp_path: Path) -> None:
    """The images of a second response get the numbers that are free, in its order, and the files stay as they were."""
    (tmp_path / "variation-1.jpeg").write_bytes(b"mine")
    response = ImagesResponse(data=[inline(PNG), inline(PICTURES[1])])
    first, second = [await save_images(client, response, tmp_path) for _ in range(2)]
    assert [path.name for path in first] == ["variation-2.png", "variation-3.png"]
    assert [path.name for path in second] == ["variation-4.png", "variation-5.png"]
    assert [path.read_bytes() for path in (*first, *second)] == [PNG, PICTURES[1]] * 2
    assert (tmp_path / "variation-1.jpeg").read_bytes() == b"mine"


async def test_a_file_is_replaced_when_asked(client: Client, tmp_path: Path) -> None:
    """With `overwrite` the new picture takes the place of the old one."""
    (tmp_path / "variation-1.png").write_bytes(b"old")
    [path] = await save_images(client, ImagesResponse(data=[inline(PNG)]), tmp_path, overwrite=True)
    assert path.read_bytes() == PNG
    assert names(tmp_path) == ["variation-1.png"]


@pytest.mark.parametrize("stem", ["../up", "a/b", "a\\b", "", ".", "a\0b", "a\nb", "\ud800", "/abs"])
async def test_files_stay_within_the_directory(client: Client, tmp_path: Path, stem: str) -> None:
    """A stem that is not a plain file name is refused."""
    with pytest.raises(InvalidRequestError, match="stem: must be a plain file name"):
        await save_images(client, ImagesResponse(data=[inline(PNG)]), tmp_path / "in", stem=stem)
    assert names(tmp_path) == []


async def test_a_place_of_another_kind_is_refused(client: Client, tmp_path: Path) -> None:
    """As every argument is: with an error of ours that names it."""
    nothing = ImagesResponse()
    with pytest.raises(InvalidRequestError, match=r"stem: must be a plain file name: .* \(got 5\)"):
        await save_images(client, nothing, tmp_path, stem=cast("str", 5))
    with pytest.raises(InvalidRequestError, match=r"directory: must be a path \(got None\)"):
        await save_images(client, nothing, cast("Path", None))


async def test_what_was_saved_stays_saved(client: Client, scripted: ScriptedServer, tmp_path: Path) -> None:
    """One picture that cannot be had costs no other; the error is its own, and names the files."""
    scripted.routes["/1"] = [reply(410)]
    response = ImagesResponse(data=[Image(url="/1"), inline(PNG), Image(), inline(JPEG)])
    with pytest.raises(StatusError, match="HTTP 410") as failed:
        await save_images(client, response, tmp_path)
    assert failed.value.partial == (tmp_path / "variation-2.png", tmp_path / "variation-4.jpeg")
    assert failed.value.__notes__ == ["Image 1 of 4; saved: 2."]
    assert names(tmp_path) == ["variation-2.png", "variation-4.jpeg"]


async def test_a_directory_that_is_a_file_is_an_error(client: Client, scripted: ScriptedServer, tmp_path: Path) -> None:
    """It is found before anything is downloaded."""
    (tmp_path / "file").touch()
    with pytest.raises(SaveError, match=r"file: images cannot be saved there") as refusal:
        await save_images(client, ImagesResponse(data=[Image(url="/1")]), tmp_path / "file")
    assert isinstance(refusal.value.__cause__, NotADirectoryError)
    assert scripted.requests == []


async def test_a_directory_without_a_place_on_the_disk_is_an_error(client: Client, tmp_path: Path) -> None:
    """A path that no file system has is an error of ours too."""
    with pytest.raises(SaveError, match=r"null (byte|character)"):
        await save_images(client, ImagesResponse(data=[inline(PNG)]), tmp_path / "a\0b")


async def test_a_name_that_is_too_long_is_an_error(client: Client, tmp_path: Path) -> None:
    """It is found before anything is downloaded, and leaves nothing behind."""
    with pytest.raises(SaveError) as refusal:
        await save_images(client, ImagesResponse(data=[inline(PNG)]), tmp_path, stem="a" * 300)
    assert isinstance(refusal.value.__cause__, OSError)
    assert refusal.value.__cause__.errno == errno.ENAMETOOLONG
    assert names(tmp_path) == []


async def test_cancelling_leaves_nothing_half_written(client: Client, scripted: ScriptedServer, tmp_path: Path) -> None:
    """A cancelled save keeps whole files and leaves no temporary one."""
    size = 2_000_000
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size
    scripted.routes["/1"] = [in_parts(head + bytes(size - 1), asyncio.Event())]
    saving = asyncio.create_task(save_images(client, ImagesResponse(data=[Image(url="/1"), inline(PNG)]), tmp_path))
    await until(lambda: "variation-2.png" in names(tmp_path) and any(sizes_of_open_files(tmp_path)))
    saving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await saving
    assert names(tmp_path) == ["variation-2.png"]
    assert sizes_of_open_files(tmp_path) == []


async def test_an_answer_without_pictures_saves_none(client: Client, tmp_path: Path) -> None:
    """No items, no files; the directory is made all the same."""
    assert await save_images(client, ImagesResponse(), tmp_path / "new") == []
    assert names(tmp_path / "new") == []
