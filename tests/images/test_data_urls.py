"""Pictures that servers put as `data:` URLs where a link belongs: decoded, in every way that images come out."""

import asyncio
import base64
import itertools
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote, quote_from_bytes

import pytest
from image_variations import (
    Client,
    Image,
    ImagesResponse,
    ResponseError,
    create_image_variation,
    create_image_variation_files,
    create_image_variation_stream,
    fetch_image,
    save_images,
)
from image_variations._runtime.images.base64_stream import Base64Decoder
from image_variations._runtime.images.scanner import Begin, End, ImageScanner, Link, Text

from tests.support.clocks import SleeplessClient
from tests.support.pictures import PICTURES
from tests.support.sampling import slow
from tests.support.server import VARIATIONS, ScriptedServer
from tests.support.turns import reply

PNG = PICTURES[0]
TEXT = base64.b64encode(PNG).decode()
BYTES = bytes(range(256)) * 3
"""Their base64 has every character of the alphabet, `+` and `/` among them."""
ALL = base64.b64encode(BYTES).decode()

FORMS = {
    "PNG": (f"data:image/png;base64,{TEXT}", PNG),
    "another type": (f"data:image/webp;base64,{ALL}", BYTES),
    "parameters": (f"data:image/png;name=otter.png;charset=utf-8;base64,{TEXT}", PNG),
    "no type": (f"data:;base64,{TEXT}", PNG),
    "upper case": (f"DATA:IMAGE/PNG;BASE64,{TEXT}", PNG),
    "white space": (f" \n data:image/png; base64,{TEXT}\n", PNG),
    "percent-encoded": (f"data:image/png;base64,{quote(ALL, safe='')}", BYTES),
    "all percent-encoded": ("data:image/png;base64," + "".join(f"%{ord(c):02x}" for c in ALL), BYTES),
    "the URL-safe alphabet": (f"data:image/png;base64,{base64.urlsafe_b64encode(BYTES).decode()}", BYTES),
    "no padding": (f"data:image/png;base64,{TEXT.rstrip('=')}", PNG),
    "no base64": (f"data:image/png,{quote_from_bytes(PNG)}", PNG),
    "no base64, text": ("data:image/svg+xml;utf8,<svg xmlns='http://x.example/' fill='%23fff'>ü</svg>", None),
    "no base64, with quotes": ('data:image/svg+xml,<svg fill="red"/>', b'<svg fill="red"/>'),
    "a percent sign by itself": ("data:,100%25 or 100%", b"100% or 100%"),
}
each_form = pytest.mark.parametrize(
    ("url", "picture"),
    [
        (url, picture if picture is not None else b"<svg xmlns='http://x.example/' fill='#fff'>\xc3\xbc</svg>")
        for url, picture in FORMS.values()
    ],
    ids=FORMS.keys(),
)


@pytest.fixture
async def client(scripted: ScriptedServer) -> AsyncIterator[Client]:
    """A client of it."""
    async with SleeplessClient(base_url=scripted.base_url) as client:
        yield client


async def streamed(client: Client) -> list[tuple[str | None, bytes]]:
    """Where each picture of a call is, and the whole of it."""
    async with create_image_variation_stream(client, image=PNG) as pictures:
        return [(picture.url, b"".join([piece async for piece in picture])) async for picture in pictures]


@each_form
async def test_a_data_url_is_decoded(
    client: Client, scripted: ScriptedServer, tmp_path: Path, url: str, picture: bytes
) -> None:
    """`fetch_image`, `save_images`, the stream and the files give the same bytes, and ask no server for them."""
    scripted.draw(reply(200, {"created": 1, "data": [{"url": url, "b64_json": None}]}))
    response = await create_image_variation(client, image=PNG)
    assert await fetch_image(client, response.data[0]) == picture
    [saved] = await save_images(client, response, tmp_path)
    assert saved.read_bytes() == picture
    assert await streamed(client) == [(None, picture)]
    [saved] = await create_image_variation_files(client, tmp_path, image=PNG, stem="arrived")
    assert saved.read_bytes() == picture
    assert len(scripted.requests) == len(scripted.of(VARIATIONS)) == 3


def scanned(pieces: list[bytes]) -> list[bytes]:
    """The pictures that are found in an answer which comes in these pieces."""
    scanner = ImageScanner(items="data", payload="b64_json", link="url")
    pictures: list[bytes] = []
    decoder = Base64Decoder()
    for event in itertools.chain.from_iterable(map(scanner.feed, pieces)):
        if isinstance(event, Begin):
            decoder = Base64Decoder(takes_plain=event.is_link)
            pictures.append(b"")
        elif isinstance(event, Text):
            pictures[-1] += decoder.feed(event.data)
        elif isinstance(event, End):
            pictures[-1] += decoder.finish()
    scanner.finish()
    return pictures


@each_form
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("escape", ["\\/", "\\u002f", "/"])
def test_where_an_answer_is_cut_does_not_matter(url: str, picture: bytes, size: int, escape: str) -> None:
    """Chunks may end within the prefix, an escape of JSON's or of the URL's, or a character."""
    content = json.dumps({"data": [{"url": url}, {"url": url}]}, ensure_ascii=False).replace("/", escape).encode()
    assert scanned([content[start : start + size] for start in range(0, len(content), size)]) == [picture] * 2


@pytest.mark.parametrize("prefix", ["data:image/png;base64,", "DATA:image/png;Base64,", "data:;base64,"])
async def test_a_data_url_in_b64_json_is_read_alike(
    client: Client, scripted: ScriptedServer, tmp_path: Path, prefix: str
) -> None:
    """Its scheme in upper case, and its data percent-encoded."""
    scripted.draw(reply(200, {"data": [{"b64_json": prefix + quote(ALL, safe="")}]}))
    response = await create_image_variation(client, image=PNG)
    assert await fetch_image(client, response.data[0]) == BYTES
    assert (await save_images(client, response, tmp_path))[0].read_bytes() == BYTES
    assert await streamed(client) == [(None, BYTES)]


@pytest.mark.parametrize(
    ("item", "pictures"),
    [
        pytest.param({"url": f"data:;base64,{TEXT}", "b64_json": TEXT}, [PNG], id="both"),
        pytest.param({"b64_json": TEXT, "url": f"data:;base64,{TEXT}"}, [PNG], id="both, base64 first"),
        pytest.param({"url": "data:;base64,", "b64_json": TEXT}, [PNG], id="an empty URL beside base64"),
        pytest.param({"b64_json": "", "url": f"data:;base64,{TEXT}"}, [PNG], id="an empty text beside a URL"),
        pytest.param({"meta": {"url": f"data:;base64,{ALL}"}, "url": f"data:;base64,{TEXT}"}, [PNG], id="nested"),
        pytest.param({"revised_prompt": f"data:;base64,{TEXT}"}, [], id="in another member"),
    ],
)
async def test_an_item_is_one_picture(
    client: Client, scripted: ScriptedServer, item: dict[str, object], pictures: list[bytes]
) -> None:
    """Held twice it comes once, and what is in other members is none."""
    scripted.draw(reply(200, {"data": [item, {"b64_json": ALL}]}))
    assert [picture for _, picture in await streamed(client)] == [*pictures, BYTES]
    response = await create_image_variation(client, image=PNG)
    held = [image for image in response.data if image.url or image.b64_json]
    assert [await fetch_image(client, image) for image in held] == [*pictures, BYTES]


BAD = {
    "no base64": ("data:image/png;base64,!!!!", "is not base64"),
    "cut base64": ("data:image/png;base64,AAAAA", "only one character"),
    "nothing": ("data:image/png;base64,", "holds nothing|is empty"),
    "nothing at all": ("data:,", "holds nothing|is empty"),
    "no comma": ("data:image/png;base64", "without a comma"),
    "no comma, and long": ("data:" + "x" * 70_000, "without a comma"),
    "only a scheme": ("data:", "without a comma"),
    "a character outside ASCII": (f"data:image/png;base64,{TEXT}ü", "is not base64"),
}


@pytest.mark.parametrize(("url", "reason"), BAD.values(), ids=BAD.keys())
async def test_a_bad_data_url_is_a_bad_response(
    client: Client, scripted: ScriptedServer, tmp_path: Path, url: str, reason: str
) -> None:
    """The error says what is wrong in a line, is paid for, and costs no other picture."""
    response = ImagesResponse(data=[Image(url=url), Image(b64_json=TEXT)])
    with pytest.raises(ResponseError, match=reason) as failed:
        await fetch_image(client, response.data[0])
    assert len(str(failed.value)) < 200
    with pytest.raises(ResponseError, match=reason) as failed:
        await save_images(client, response, tmp_path)
    assert failed.value.partial == (tmp_path / "variation-2.png",)
    scripted.draw(reply(200, {"data": [{"url": url}, {"b64_json": TEXT}]}))
    if len(url) < 70_000:  # of a longer text that is no image the stream keeps nothing, and takes the item for none
        with pytest.raises(ResponseError, match=reason) as failed:
            await create_image_variation_files(client, tmp_path, image=PNG, stem="arrived")
        assert failed.value.partial == (tmp_path / "arrived-2.png",)
        assert failed.value.billed == "yes"
        assert len(str(failed.value)) < 200
    assert len(scripted.requests) == len(scripted.of(VARIATIONS))


async def test_a_long_data_url_is_in_no_repr(client: Client) -> None:
    """A picture of megabytes does not become a log line of megabytes."""
    with pytest.raises(ResponseError) as failed:
        await fetch_image(client, Image(url=f"data:image/png;base64,{'A' * 1_000_001}"))
    assert len(str(failed.value)) + len(repr(failed.value)) < 500


def test_a_data_url_is_handed_on_as_it_comes() -> None:
    """It is not held until its end, nor cut where links are."""
    scanner = ImageScanner(items="data", payload="b64_json", link="url")
    assert list(scanner.feed(b'{"data":[{"url":"data:image/png')) == []
    assert list(scanner.feed(b";base64,AAAA")) == [Begin(0, True), Text(b"data:image/png;base64,AAAA")]
    for _ in range(30):
        [text] = scanner.feed(b"A" * 100_000)
        assert isinstance(text, Text)
    assert list(scanner.feed(b'"},{"url":"/database"},{"url":"data/1.png"}]}'))[1:] == [
        Link(1, "/database"),
        Link(2, "data/1.png"),
    ]


MEMORY = """
import asyncio, sys, tracemalloc
from pathlib import Path
from image_variations import Client, create_image_variation_files

async def main(url, directory, image):
    async with Client(base_url=url) as client:
        await create_image_variation_files(client, Path(directory), image=Path(image), stem="warm-up")
        tracemalloc.start()
        await create_image_variation_files(client, Path(directory), image=Path(image))
        print(tracemalloc.get_traced_memory()[1])

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.parametrize("safe", ["+/=", slow("")], ids=["bare", "percent-encoded"])
async def test_memory_does_not_grow_with_a_data_url(scripted: ScriptedServer, tmp_path: Path, safe: str) -> None:
    """An answer of 20 MB takes no more than a batch or two."""
    picture = b"\x89PNG\r\n\x1a\n" + os.urandom(3_000_000)
    text = f"data:;base64,{quote(base64.b64encode(picture), safe=safe)}"
    scripted.draw(reply(200, {"data": [{"b64_json": TEXT}]}), reply(200, {"data": [{"url": text}] * 5}))
    (tmp_path / "in.png").write_bytes(PNG)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        MEMORY,
        scripted.base_url,
        str(tmp_path / "out"),
        str(tmp_path / "in.png"),
        stdout=subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert int(said) < 5_000_000
    saved = [path for path in (tmp_path / "out").iterdir() if path.name.startswith("variation")]
    assert [path.read_bytes() for path in saved] == [picture] * 5
