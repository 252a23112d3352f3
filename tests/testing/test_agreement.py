"""The fake is held to the reference server: both have the pin, and share nothing else.

They cannot agree on everything, and these differences are left out:

- the images themselves, the time in `created`, and members that the document does not require;
- the words of a refusal, and which of several faults it names;
- a file that begins as a PNG does and is none: the fake looks at as much of it as the client does;
- what the reference server limits for itself: bodies above 8 MiB, and images that unfold to gigabytes.
"""

import base64
import io
from collections.abc import Mapping, Sequence
from functools import partial

import httpx
import pytest
from attrs import evolve, field, frozen
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from image_variations.testing import FakeImages
from PIL import Image

from tests.reference_server import ReferenceServer
from tests.support.pictures import make_png
from tools.openapi.document import Node, load, node, nodes, resolve, texts
from tools.paths import ROOT

PATH = "/images/variations"

BOUNDARY = "Z"
"""A letter that no value has: a body must not hold its own boundary."""


@frozen
class Part:
    """A part of a form. One with a file name is a file."""

    name: str
    content: bytes = field(repr=lambda content: repr(content[:40]))
    file_name: str | None = None
    mime_type: str | None = None


@frozen
class Sent:
    """A request: the faults that it has are those of the fields that it names."""

    parts: Sequence[Part]
    faults: frozenset[str]
    method: str = "POST"
    path: str = PATH
    key: str | None = "right"
    content_type: str | None = None
    is_cut: bool = False

    @property
    def content(self) -> bytes:
        """Its body."""
        body = b"".join(_written(part) for part in self.parts) + f"--{BOUNDARY}--\r\n".encode()
        return body[: len(body) // 2] if self.is_cut else body

    @property
    def headers(self) -> dict[str, str]:
        """Its headers."""
        key = {} if self.key is None else {"Authorization": f"Bearer {self.key}"}
        return {"Content-Type": self.content_type or f"multipart/form-data; boundary={BOUNDARY}", **key}


def _written(part: Part) -> bytes:
    lines = [f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{part.name}"']
    lines[0] += "" if part.file_name is None else f'; filename="{part.file_name}"'
    lines += [] if part.mime_type is None else [f"Content-Type: {part.mime_type}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + part.content + b"\r\n"


PICTURE = Part("image", make_png(), "a.png", "image/png")
"""An image that keeps every rule."""


def _schema(name: str) -> Node:
    """The schema of a field, in the document that both servers know."""
    found = resolve(DOCUMENT, {"$ref": "#/components/schemas/CreateImageVariationRequest"})
    return node(node(found["properties"]).get(name))


def _values(schema: Node) -> list[str]:
    return [value for branch in nodes(schema.get("anyOf")) for value in texts(branch.get("enum"))]


DOCUMENT: Node = load(ROOT / "openapi.yaml")
FIELDS = ["image", "model", "n", "response_format", "size", "user"]

WORDS = st.text("abcäß 019.-xA", max_size=12)
ODD = st.sampled_from(["", " ", "0", "-1", "11", "1.0", "1e1", "01", " 1", "true", "null", "None", "URL", "512x521"])

GOOD_IMAGES = st.sampled_from(
    [
        PICTURE,
        evolve(PICTURE, mime_type="application/octet-stream"),
        evolve(PICTURE, file_name=""),
        evolve(PICTURE, content=make_png(3, 3)),
    ]
)
BAD_IMAGES = st.sampled_from(
    [
        evolve(PICTURE, content=b""),
        evolve(PICTURE, content=b"GIF89a" + bytes(40)),
        evolve(PICTURE, content=make_png(3, 4)),
        evolve(PICTURE, content=make_png()[:20]),
        evolve(PICTURE, mime_type="image/jpeg"),
        evolve(PICTURE, mime_type=None),
        evolve(PICTURE, file_name=None),
    ]
)


@st.composite
def requests(draw: st.DrawFn) -> Sent:
    """A request that is whole, or has a few faults."""
    faults: set[str] = set()
    parts: list[Part] = []
    broken = draw(st.sets(st.sampled_from(FIELDS), max_size=draw(st.integers(0, 2))))
    for name in draw(st.permutations([*FIELDS, "x_unknown"])):
        hows = ["absent", "odd", "twice", "file"] if name in broken else ["good", "good", "absent"]
        # A large image takes the reference server a while.
        is_rarely_absent = name not in broken and (name == "image" or (name == "size" and draw(st.integers(0, 9))))
        how = "good" if is_rarely_absent else draw(st.sampled_from(hows))
        good = GOOD_IMAGES if name == "image" else _good(name).map(partial(_text_part, name))
        odd = BAD_IMAGES if name == "image" else ODD.map(partial(_text_part, name))
        if how == "absent":
            faults |= {name} & {"image"}
            continue
        part = draw(odd if how == "odd" else good)
        if how == "file" and name != "image":
            part = Part(name, part.content, "a.txt", "text/plain")
        parts += [part, part] if how == "twice" else [part]
        faults |= {name} if how != "good" else set()
    return Sent(
        parts,
        frozenset(faults),
        method=draw(st.sampled_from([*["POST"] * 12, "GET", "PUT"])),
        path=draw(st.sampled_from([*[PATH] * 12, f"{PATH}/", "/models"])),
        key=draw(st.sampled_from([*["right"] * 12, "wrong", None])),
        content_type=draw(st.sampled_from([*[None] * 12, "multipart/form-data", "application/json", "text/plain"])),
        is_cut=draw(st.sampled_from([*[False] * 12, True])),
    )


def _text_part(name: str, text: str) -> Part:
    return Part(name, text.encode())


def _good(name: str) -> st.SearchStrategy[str]:
    if name == "n":
        return st.integers(1, 2).map(str)
    values = _values(_schema(name)) if name != "model" else []  # any model will do
    return st.sampled_from(["256x256"] * 9 * (name == "size") + values) if values else WORDS


async def answers_of(http: httpx.AsyncClient, sent: Sent) -> Mapping[str, object]:
    """What of a response the two have to have in common."""
    response = await http.request(sent.method, sent.path, content=sent.content, headers=sent.headers)
    seen: dict[str, object] = {"status": response.status_code, "type": response.headers["content-type"]}
    body = response.json()
    if response.status_code != 200:
        error = body["error"]
        # Which of several faults is named is up to the server.
        param = "one of them" if len(sent.faults) > 1 and error["param"] in sent.faults else error["param"]
        return {**seen, "error": (error["type"], error["code"], param), "members": sorted(error)}
    images = [await _image_of(http, item) for item in body["data"]]
    return {**seen, "images": images, "forms": [sorted(item) for item in body["data"]]}


async def _image_of(http: httpx.AsyncClient, item: Mapping[str, str]) -> object:
    if "url" in item:
        response = await http.get(item["url"])
        assert response.headers["content-type"] == "image/png"
        content = response.content
    else:
        content = base64.b64decode(item["b64_json"])
    image = Image.open(io.BytesIO(content))
    image.load()
    return image.size, image.format


async def agree(number: int) -> None:
    """Put so many requests to both, and compare."""
    played: list[Sent] = []
    granted = 0

    @settings(max_examples=number, phases=[Phase.generate], suppress_health_check=[HealthCheck.too_slow])
    @given(sent=requests())
    def collect(sent: Sent) -> None:
        played.append(sent)

    collect()
    async with ReferenceServer(api_key="right", record=False) as server:
        fake = FakeImages(api_key="right", allow_unknown=True)
        over_socket = httpx.AsyncClient(base_url=server.base_url, timeout=30)
        over_fake = httpx.AsyncClient(base_url=fake.base_url, transport=fake)
        async with over_socket, over_fake:
            for sent in played:
                ours, theirs = await answers_of(over_fake, sent), await answers_of(over_socket, sent)
                assert ours == theirs, sent
                granted += ours["status"] == 200
    assert len(played) == number
    assert number / 4 < granted < 3 * number / 4


async def test_the_fake_and_the_reference_server_agree() -> None:
    """On requests that keep the document's rules, and on requests that do not."""
    await agree(25)


@pytest.mark.slow
async def test_the_fake_and_the_reference_server_agree_on_200_of_200_requests() -> None:
    """The same, at its full size."""
    await agree(200)
