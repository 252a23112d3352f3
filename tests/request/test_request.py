"""What goes over the wire: exact bytes, and nothing that an argument could forge."""

import asyncio
import enum
import io
import math
import re
from collections.abc import AsyncIterator, Mapping
from datetime import date
from urllib.parse import parse_qsl
from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from image_variations import Client, File, InvalidRequestError, create_image_variation
from image_variations._runtime.request.files import Upload
from image_variations._runtime.request.multipart import (
    MultipartBody,
    Part,
    boundary_for,
    content_type,
    encode,
    make_part,
)

from tests.reference_server import ReferenceServer
from tests.support.forms import PARSERS, SeenFile, SeenForm, with_python_multipart
from tests.support.sampling import examples
from tests.support.server import ScriptedServer

ONE_IMAGE = {"data": [{"url": "https://example.com/1.png"}]}

HOSTILE_TEXTS = [
    "\r\nX-Forged: 1",
    '\r\n\r\nforged\r\n--x\r\nContent-Disposition: form-data; name="n"\r\n\r\n10',
    '"; name="n',
    '\\"; name="n',
    "\\",
    "a\\",
    "tab\tnull\0bell\x07del\x7f",
    "\u2028\u2029\x85\x0b\x0c\x1c\x1d\x1e",
    "../../otter.png",
    "C:\\pictures\\otter.png",
    "%0D%0A%22",
    "; filename=forged.png",
    "otter'.png",
    "\u00e9\u6f22\U0001f9a6",
]

many = settings(max_examples=examples(300))


def head_of(scripted: ScriptedServer) -> tuple[str, dict[str, str]]:
    """The request line and the headers of the last request."""
    first, *lines = scripted.requests[-1].head.removesuffix("\r\n\r\n").split("\r\n")
    return first, dict(line.split(": ", 1) for line in lines)


def seen_by_all(content_type_header: str, body: bytes) -> SeenForm:
    """What the parsers make of a body, which must be the same for all; escapes in file names as browsers write them."""
    seen = [escaped(parser(content_type_header, body)) for parser in PARSERS]
    assert seen[0] == seen[1] == seen[2]
    return seen[0]


def escaped(form: SeenForm) -> SeenForm:
    """A form in which no file name is unescaped: parsers do it in different measure."""
    files = [SeenFile(file.name, escaped_name(file.file_name), file.mime_type, file.content) for file in form.files]
    return SeenForm(form.fields, tuple(files))


def escaped_name(file_name: str) -> str:
    """A file name as it must stand on the wire, whether or not it was escaped before."""
    return re.sub(r'[\x00-\x1f\x7f"\\]', lambda match: f"%{ord(match[0]):02X}", file_name)


async def written(fields: Mapping[str, object]) -> tuple[str, bytes]:
    """The Content-Type and the body that are made of fields."""
    encoding = MultipartBody({"image": "image/png"})
    body = encoding.write(await encoding.read_files(fields, {}))
    return body.content_type, b"".join(body.chunks)


@pytest.fixture
async def client(scripted: ScriptedServer) -> AsyncIterator[Client]:
    """A client of a server that answers with a picture."""
    scripted.respond(200, ONE_IMAGE)
    async with Client(base_url=scripted.base_url, api_key="sk-exact") as open_client:
        yield open_client


async def test_a_body_is_exactly_these_bytes() -> None:
    """With a boundary that is known, every byte of a body is."""
    encoding = MultipartBody({"image": "image/png"}, make_boundary=lambda parts: "fixed-boundary")
    fields = {"image": File(b"\x89PNG\r\n", "otter.png"), "n": 2, "user": "J\u00fcrgen", "seed": 1.5, "tile": True}
    body = encoding.write(await encoding.read_files(fields, {}))
    assert body.content_type == "multipart/form-data; boundary=fixed-boundary"
    assert b"".join(body.chunks) == (
        b"--fixed-boundary\r\n"
        b'Content-Disposition: form-data; name="image"; filename="otter.png"\r\n'
        b"Content-Type: image/png\r\n"
        b"\r\n"
        b"\x89PNG\r\n\r\n"
        b"--fixed-boundary\r\n"
        b'Content-Disposition: form-data; name="n"\r\n'
        b"\r\n"
        b"2\r\n"
        b"--fixed-boundary\r\n"
        b'Content-Disposition: form-data; name="user"\r\n'
        b"\r\n"
        b"J\xc3\xbcrgen\r\n"
        b"--fixed-boundary\r\n"
        b'Content-Disposition: form-data; name="seed"\r\n'
        b"\r\n"
        b"1.5\r\n"
        b"--fixed-boundary\r\n"
        b'Content-Disposition: form-data; name="tile"\r\n'
        b"\r\n"
        b"true\r\n"
        b"--fixed-boundary--\r\n"
    )


async def test_a_request_is_exactly_these_lines(scripted: ScriptedServer, client: Client, png: bytes) -> None:
    """The request line, the headers and the body of the smallest call hold nothing that is not asked for."""
    await create_image_variation(client, image=png)
    line, headers = head_of(scripted)
    boundary = headers["Content-Type"].removeprefix("multipart/form-data; boundary=")
    assert line == "POST /v1/images/variations HTTP/1.1"
    assert headers == {
        "Host": scripted.base_url.removeprefix("http://").removesuffix("/v1"),
        "User-Agent": client.user_agent,
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "Authorization": "Bearer sk-exact",
        "Content-Type": f"multipart/form-data; boundary={boundary}",
        "Content-Length": str(len(scripted.requests[0].body)),
    }
    assert (
        scripted.requests[0].body
        == (
            f"--{boundary}\r\n"
            'Content-Disposition: form-data; name="image"; filename="image.png"\r\n'
            "Content-Type: image/png\r\n\r\n"
        ).encode()
        + png
        + f"\r\n--{boundary}--\r\n".encode()
    )


@pytest.mark.parametrize("size", [0, 1, 64, 100_000, 3_900_000])
async def test_the_length_is_sent_and_never_chunks(
    scripted: ScriptedServer, client: Client, png: bytes, size: int
) -> None:
    """Servers that refuse or mangle chunked uploads get a Content-Length, however long the body is."""
    await create_image_variation(client, image=png + bytes(size))
    _, headers = head_of(scripted)
    body = scripted.requests[0].body
    assert headers["Content-Length"] == str(len(body))
    assert "Transfer-Encoding" not in headers
    assert with_python_multipart(headers["Content-Type"], body).files[0].content == png + bytes(size)


async def test_only_what_is_given_is_sent(scripted: ScriptedServer, client: Client, png: bytes) -> None:
    """No default of the document, no `None` and no empty text goes over the wire unless it was given."""
    await create_image_variation(client, image=png, n=None, user="", extra_fields={"seed": None, "steps": 0})
    form = seen_by_all(head_of(scripted)[1]["Content-Type"], scripted.requests[0].body)
    assert form.fields == (("user", ""), ("steps", "0"))
    assert [file.name for file in form.files] == ["image"]


async def test_a_value_is_sent_as_its_text(scripted: ScriptedServer, client: Client, png: bytes) -> None:
    """Numbers and booleans are written as JSON does, members of an enum as their value, lists as repeated fields."""

    class Model(str, enum.Enum):  # noqa: UP042  # its text is `Model.SMALL`, unlike a StrEnum's
        SMALL = "small-1"

    await create_image_variation(
        client,
        image=png,
        n=2,
        model=Model.SMALL,
        extra_fields={"a": True, "b": 1.5, "c": [1, "x"], "d": {"e": None, "f": "\u00e9"}},
    )
    form = seen_by_all(head_of(scripted)[1]["Content-Type"], scripted.requests[0].body)
    assert form.fields == (
        ("model", "small-1"),
        ("n", "2"),
        ("a", "true"),
        ("b", "1.5"),
        ("c", "1"),
        ("c", "x"),
        ("d", '{"e":null,"f":"\u00e9"}'),
    )


async def test_extra_fields_may_be_models_and_dates(scripted: ScriptedServer, client: Client, png: bytes) -> None:
    """They are written as members of those types are, in a list as well."""

    class Model:
        def to_dict(self) -> dict[str, object]:
            return {"a": 1}

    fields: dict[str, object] = {"one": Model(), "each": [Model(), Model()], "day": date(2026, 1, 2), "id": UUID(int=7)}
    await create_image_variation(client, image=png, extra_fields=fields)
    form = seen_by_all(head_of(scripted)[1]["Content-Type"], scripted.requests[0].body)
    assert form.fields == (
        ("one", '{"a":1}'),
        ("each", '{"a":1}'),
        ("each", '{"a":1}'),
        ("day", "2026-01-02"),
        ("id", "00000000-0000-0000-0000-000000000007"),
    )


@pytest.mark.parametrize("is_list", [True, False], ids=["lists", "objects"])
async def test_an_extra_field_that_is_too_deep_for_json_is_refused(client: Client, png: bytes, is_list: bool) -> None:
    """The error says so, before anything is sent."""
    value: object = "deep"
    for _ in range(100_000):
        value = [value] if is_list else {"a": value}
    with pytest.raises(InvalidRequestError, match="must be JSON"):
        await create_image_variation(client, image=png, extra_fields={"deep": value})


async def test_extra_fields_may_be_files(scripted: ScriptedServer, client: Client, png: bytes) -> None:
    """A compatible server's own file field is read and sent as the image is."""
    files = {"mask": io.BytesIO(b"mask"), "lora": File(b"l", "l.bin")}
    await create_image_variation(client, image=png, extra_fields=files)
    form = seen_by_all(head_of(scripted)[1]["Content-Type"], scripted.requests[0].body)
    assert form.files[1:] == (
        SeenFile("mask", "mask", "application/octet-stream", b"mask"),
        SeenFile("lora", "l.bin", "application/octet-stream", b"l"),
    )


async def test_extra_query_is_added_to_the_url(scripted: ScriptedServer, client: Client, png: bytes) -> None:
    """Query parameters are escaped, a list is repeated, and `None` is not sent."""
    query = {"api-version": "2026-01-01", "a b\r\n": "&=\r\n\u00e9 HTTP/1.1", "list": [1, True], "none": None}
    await create_image_variation(client, image=png, extra_query=query)
    method, target, version = head_of(scripted)[0].split(" ")
    path, _, sent = target.partition("?")
    assert (method, path, version) == ("POST", "/v1/images/variations", "HTTP/1.1")
    assert parse_qsl(sent) == [
        ("api-version", "2026-01-01"),
        ("a b\r\n", "&=\r\n\u00e9 HTTP/1.1"),
        ("list", "1"),
        ("list", "true"),
    ]


@pytest.mark.parametrize("query", [{"a": "\ud800"}, {"\ud800": "a"}, {"a": object()}, {"a": [[1]]}, {"a": {"b": 1}}])
async def test_a_query_without_a_form_on_the_wire_is_refused(
    scripted: ScriptedServer, client: Client, png: bytes, query: dict[str, object]
) -> None:
    """What UTF-8 cannot hold, or what is not a scalar, raises `InvalidRequestError`, and nothing is sent."""
    with pytest.raises(InvalidRequestError):
        await create_image_variation(client, image=png, extra_query=query)
    assert scripted.requests == []


async def test_the_same_call_sends_the_same_bytes(scripted: ScriptedServer, client: Client, png: bytes) -> None:
    """A recorded request can be compared with it; other arguments have another boundary."""
    for user in ("one", "one", "two"):
        await create_image_variation(client, image=png, user=user)
    (first, second, other) = (body for _, body in scripted.requests)
    assert first == second
    assert first.partition(b"\r\n")[0] != other.partition(b"\r\n")[0]


def test_a_part_that_holds_the_boundary_gets_another_one() -> None:
    """Whoever knows how a boundary is made cannot end a part with it."""
    filler = b"\x89PNG" + bytes(1000)
    parts = [Part(b"image", filler + bytes(64) + filler, is_file=True)]
    boundary = boundary_for(parts)
    forged = [Part(b"image", filler + boundary.encode() + filler, is_file=True)]
    assert boundary_for(forged) != boundary
    assert boundary_for(forged).encode() not in forged[0].content


@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=ascii)
async def test_a_value_forges_nothing(scripted: ScriptedServer, client: Client, png: bytes, text: str) -> None:
    """Whatever a value holds, every parser sees one field with just that value."""
    await create_image_variation(client, image=png, user=text)
    form = seen_by_all(head_of(scripted)[1]["Content-Type"], scripted.requests[0].body)
    assert form == SeenForm((("user", text),), (SeenFile("image", "image.png", "image/png", png),))


@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=ascii)
async def test_a_file_name_forges_nothing(scripted: ScriptedServer, client: Client, png: bytes, text: str) -> None:
    """Whatever a file's name holds, every parser sees one file, and a name that has it escaped."""
    await create_image_variation(client, image=File(png, text))
    form = seen_by_all(head_of(scripted)[1]["Content-Type"], scripted.requests[0].body)
    assert form == escaped(SeenForm((), (SeenFile("image", text, "image/png", png),)))


@pytest.mark.parametrize(
    "mime_type",
    [
        "image/png\r\nX-Forged: 1",
        "image/png\r\n\r\nforged",
        "image/png\n",
        "image/png\0",
        "image/p\u00f1g",
        "image/png; name=\u00e9",
        "image/png; a\r\nb",
        "image",
        "/png",
        "image/",
        "image /png",
        " image/png",
        "",
        # Parts within the part, which some servers take for the form's own.
        "multipart/mixed; boundary=inner",
        "Multipart/form-data; boundary=inner",
        "message/rfc822",
    ],
)
async def test_a_media_type_that_could_forge_is_refused(
    scripted: ScriptedServer, client: Client, png: bytes, mime_type: str
) -> None:
    """What is not a media type of one file never reaches the wire."""
    with pytest.raises(InvalidRequestError, match="media type") as refusal:
        await create_image_variation(client, image=File(png, mime_type=mime_type))
    assert refusal.value.field == "image"
    assert scripted.requests == []


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a\r\nb",
        "us\0er",
        'n"; filename="x',
        "n\\",
        "a\\b",
        "\x7f",
        "x\ud800",
        # Some parsers undo what browsers write for a quote or a line end, and others do not.
        "%22",
        "a%0d%0Ab",
    ],
)
async def test_a_field_name_that_parsers_read_differently_is_refused(
    scripted: ScriptedServer, client: Client, png: bytes, name: str
) -> None:
    """A field's name says what its value means to the server: it is exact on the wire, or nothing is sent."""
    with pytest.raises(InvalidRequestError, match="must be text without control characters"):
        await create_image_variation(client, image=png, extra_fields={name: "x"})
    assert scripted.requests == []


@pytest.mark.parametrize(
    "value",
    [
        "\ud800",
        math.nan,
        math.inf,
        pytest.param(10**5000, id="giant"),
        object(),
        {"a": math.nan},
        {"a": {1, 2}},
        {"a": "\ud800"},
        [[math.nan]],
    ],
)
async def test_a_value_without_a_form_on_the_wire_is_refused(
    scripted: ScriptedServer, client: Client, png: bytes, value: object
) -> None:
    """A value that no server could read back raises `InvalidRequestError`, which names the field."""
    with pytest.raises(InvalidRequestError) as refusal:
        await create_image_variation(client, image=png, extra_fields={"x": value})
    assert refusal.value.field == "x"
    assert scripted.requests == []


@pytest.mark.parametrize("key", ["a\r\nX-Forged: 1", "a\n", "caf\u00e9", " a"])
async def test_an_idempotency_key_forges_no_header(
    scripted: ScriptedServer, client: Client, png: bytes, key: str
) -> None:
    """What no header can carry is refused, and nothing is sent."""
    with pytest.raises(InvalidRequestError, match="idempotency_key"):
        await create_image_variation(client, image=png, idempotency_key=key)
    assert scripted.requests == []


BOUNDARY = "0123456789abcdef0123456789abcdef"

LOOK_ALIKES = [
    f"\r\n--{BOUNDARY[:-1]}",
    f"\r\n--{BOUNDARY[:-1]}\r\n",
    f"\r\n--{BOUNDARY[1:]}--\r\n",
    f"--{BOUNDARY[:-1]}--",
    f"\n--{BOUNDARY.upper()}\n",
    "\r\n--",
    "\r\n\r\n",
    "\r",
    "\n",
    "--",
    "Content-Disposition: form-data; name=forged\r\n\r\n",
    'Content-Disposition: form-data; name="n"; filename="x"\r\n',
    "Content-Length: 3\r\n",
]

any_text = st.text(st.characters(codec=None, exclude_categories=[]), max_size=30)
wild_text = st.lists(st.sampled_from([*LOOK_ALIKES, *HOSTILE_TEXTS]) | any_text, max_size=4).map("".join)
wild_bytes = st.lists(st.sampled_from(LOOK_ALIKES).map(str.encode) | st.binary(max_size=30), max_size=5).map(b"".join)
tokens = st.text("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8)
media_types = st.builds(
    "{}/{}{}".format, tokens, tokens, st.sampled_from(["", "; a=b", ';a="b;c"', "; charset=utf-16"])
)


def is_exact_name(name: str) -> bool:
    """Whether every parser reads a field's name as it is."""
    odd = any(ord(letter) < 32 or letter in '"\\\x7f' or "\ud800" <= letter <= "\udfff" for letter in name)
    return bool(name) and not odd and not any(escape in name.lower() for escape in ("%0a", "%0d", "%22"))


def is_utf8(text: str) -> bool:
    """Whether UTF-8 can hold a text: lone surrogates it cannot."""
    return not re.search("[\ud800-\udfff]", text)


@many
@given(fields=st.dictionaries(any_text, wild_text, max_size=3), file_name=wild_text, content=wild_bytes)
@example(fields={"a\\": "b"}, file_name='\\"; name="n', content=b"")
def test_every_parser_sees_what_was_given_whatever_it_is(
    fields: dict[str, str], file_name: str, content: bytes
) -> None:
    """Names and values of any kind are refused if they are ambiguous, and otherwise read alike by three parsers."""
    image = File(content, file_name)
    is_sound = all(map(is_exact_name, fields)) and all(map(is_utf8, fields.values())) and is_utf8(file_name)
    try:
        named = {f"x{name}" if name else "": text for name, text in fields.items()}
        body = asyncio.run(written({"image": image, **named}))
    except InvalidRequestError:
        assert not is_sound or not content
        return
    assert is_sound
    assert content
    assert seen_by_all(*body) == SeenForm(
        tuple((f"x{name}", text) for name, text in fields.items()),
        (SeenFile("image", escaped_name(file_name or "image.png"), "image/png", content),),
    )


@many
@given(mime_type=media_types | wild_text | any_text, content=wild_bytes.filter(bool))
@example(mime_type="multipart/mixed; boundary=x", content=b"--x")
def test_every_parser_sees_the_media_type_that_was_given(mime_type: str, content: bytes) -> None:
    """A media type is refused if it is none of one file, and otherwise read alike by three parsers."""
    has_parts = mime_type.lower().startswith(("multipart/", "message/"))
    try:
        body = asyncio.run(written({"image": File(content, "o.png", mime_type)}))
    except InvalidRequestError:
        assert has_parts or not re.fullmatch(
            r"[!#-'*+.^-`|~0-9A-Za-z-]+/[!#-'*+.^-`|~0-9A-Za-z-]+(;[ -~]*)?", mime_type
        )
        return
    main_type = mime_type.partition(";")[0].lower()
    assert seen_by_all(*body) == SeenForm((), (SeenFile("image", "o.png", main_type, content),))


@many
@given(values=st.lists(wild_bytes, min_size=1, max_size=3), content=wild_bytes)
def test_what_looks_like_the_boundary_ends_no_part(values: list[bytes], content: bytes) -> None:
    """All but the boundary itself may stand in a value or a file: parsers find the end of each part."""
    texts = [value.decode("latin-1") for value in values]
    parts = [make_part("v", text) for text in texts]
    body = b"".join(encode([*parts, make_part("f", Upload(content, "f.bin", "a/b"))], BOUNDARY))
    assert seen_by_all(content_type(BOUNDARY), body) == SeenForm(
        tuple(("v", text) for text in texts), (SeenFile("f", "f.bin", "a/b", content),)
    )


async def test_the_reference_server_sees_the_same_form(server: ReferenceServer, png: bytes) -> None:
    """A server that checks each request against the contract takes hostile texts for what they are."""
    text = "".join(HOSTILE_TEXTS)
    async with Client(base_url=server.base_url, api_key=server.api_key) as client:
        await create_image_variation(client, image=File(png, text), user=text, size="256x256")
    assert server.requests[0].fields == [("size", "256x256"), ("user", text)]
    assert [(file.name, file.file_name) for file in server.requests[0].files] == [("image", escaped_name(text))]
