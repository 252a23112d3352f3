"""The key never gets out: not in logs, errors, pickles and tracebacks, and not where a server sends it back."""

import html
import json
import logging
import re
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from urllib.parse import quote

import httpx
import pytest
from image_variations import (
    Client,
    ConfigurationError,
    ConnectionFailedError,
    ConnectionLostError,
    Image,
    ImageVariationsError,
    ResponseError,
    StatusError,
    create_image_variation,
    create_image_variation_detailed,
    fetch_image,
)
from image_variations._runtime.redaction import Redactor, secrets_in
from image_variations._runtime.request.request import Request
from image_variations.transports import over_httpx

from tests.support.clocks import SleeplessClient
from tests.support.secret_watch import Watch, new_key
from tests.support.server import ScriptedServer
from tests.support.turns import HANG_UP, close, in_parts

ONE_IMAGE = {"data": [{"url": "https://example.com/1.png"}]}


@pytest.fixture
def key() -> str:
    """A key of this run alone, with characters that are escaped in one place or another."""
    return f"{new_key()}/+=&\"'<\\%41~"


@pytest.fixture
async def client(scripted: ScriptedServer, key: str) -> AsyncIterator[Client]:
    """A client of the scripted server that sends the key, once."""
    async with Client(base_url=scripted.base_url, api_key=key, max_retries=0) as open_client:
        yield open_client


def json_escaped(text: str) -> str:
    """A text as a JSON writer may write it that escapes everything."""
    return "".join(f"\\u{ord(letter):04x}" for letter in text)


SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in JSON": lambda key: json.dumps(key)[1:-1],
    "in JSON with slashes escaped": lambda key: json.dumps(key)[1:-1].replace("/", "\\/"),
    "in JSON with its special characters as numbers": lambda key: re.sub(r"\W", lambda c: json_escaped(c[0]), key),
    "in JSON within JSON": lambda key: json.dumps(json.dumps(key))[3:-3],
    "in a URL": lambda key: quote(key, safe=""),
    "in a URL, in lower case": lambda key: quote(key, safe="").replace("%2F", "%2f").replace("%2B", "%2b"),
    "in a URL within a URL": lambda key: quote(quote(key, safe="")),
    "in HTML": html.escape,
    "in HTML with numbers": lambda key: re.sub(r"\W", lambda character: f"&#{ord(character[0])};", key),
    "in HTML with hexadecimal numbers": lambda key: re.sub(r"\W", lambda character: f"&#x{ord(character[0]):X};", key),
    "in Python": lambda key: repr(key.encode())[2:-1],
}


def raw(status: int, *, reason: str = "Said", headers: str = "", body: bytes = b"") -> bytes:
    """An answer as it stands on the wire."""
    return f"HTTP/1.1 {status} {reason}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode("latin-1") + body


def error_body(said: str) -> bytes:
    """The API's error body, which quotes the key that it was sent."""
    return f'{{"error": {{"message": "Incorrect: {said}.", "type": "{said}", "code": "{said}"}}}}'.encode()


ECHOES: dict[str, Callable[[str], bytes]] = {
    "in an error body": lambda said: raw(401, body=error_body(json.dumps(said)[1:-1])),
    "in a member unheard of": lambda said: raw(400, body=json.dumps({"input": {"headers": [said]}}).encode()),
    "in a list of details": lambda said: raw(422, body=json.dumps({"detail": [{"loc": [said], "msg": said}]}).encode()),
    "in text": lambda said: raw(400, body=f"you sent {said}!".encode()),
    "in HTML": lambda said: raw(502, body=f"<html><p>you sent <b>{said}</b></p></html>".encode()),
    "in UTF-16": lambda said: raw(400, body=f"you sent {said}".encode("utf-16")),
    "in a long text": lambda said: raw(400, body=b"x" * 470 + said.encode()),
    "in a header": lambda said: raw(400, headers=f"X-Echo: {said}\r\nWWW-Authenticate: Bearer error={said}\r\n"),
    "in the request id": lambda said: raw(400, headers=f"X-Request-Id: {said}\r\n"),
    "in the request id of a success": lambda said: raw(200, headers=f"X-Request-Id: {said}\r\n", body=b"{}"),
    "in the location": lambda said: raw(307, headers=f"Location: https://elsewhere.example/?key={said}\r\n"),
    "in the coding": lambda said: raw(200, headers=f"Content-Encoding: {said}\r\n", body=b"?"),
    "in the reason": lambda said: raw(500, reason=said),
    "in the reason of a success": lambda said: raw(200, reason=said, body=b"no JSON"),
    "in an error of a success": lambda said: raw(200, body=error_body(json.dumps(said)[1:-1])),
    "in the body of a success": lambda said: raw(200, body=f"you sent {said}".encode()),
    "in a body that breaks off": lambda said: f"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{said}".encode(),
    "in a chunk that is none": lambda said: f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{said}\r\n".encode(),
    "in a malformed header": lambda said: f"HTTP/1.1 200 OK\r\n{said}\r\n\r\n".encode(),
    "in a malformed header's value": lambda said: f"HTTP/1.1 200 OK\r\nX-Echo: \0{said}\r\n\r\n".encode(),
    "in a malformed length": lambda said: f"HTTP/1.1 200 OK\r\nContent-Length: {said}\r\n\r\n".encode(),
    "in a malformed coding": lambda said: f"HTTP/1.1 200 OK\r\nTransfer-Encoding: {said}\r\n\r\n".encode(),
    "in a malformed status line": lambda said: f"{said}\r\n\r\n".encode(),
}


@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES.keys())
async def test_a_key_that_a_server_sends_back_is_masked(
    scripted: ScriptedServer, client: Client, png: bytes, key: str, secret_watch: Watch, echo: Callable[[str], bytes]
) -> None:
    """No log at any level, and no str, repr, attribute, pickle or traceback of the error holds it."""
    scripted.script = [(*in_parts(echo(key)), close)]
    with pytest.raises(ImageVariationsError) as error:
        await create_image_variation(client, image=png)
    assert f"Bearer {key}" in scripted.requests[0].head
    assert secret_watch.keys == {key}
    assert secret_watch.errors == [error.value]
    assert secret_watch.leaks() == []
    assert secret_watch.unpicklable() == []


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS.keys())
@pytest.mark.parametrize("status", [200, 401])
async def test_a_key_is_masked_however_it_is_spelled(
    scripted: ScriptedServer,
    client: Client,
    png: bytes,
    key: str,
    secret_watch: Watch,
    status: int,
    spell: Callable[[str], str],
) -> None:
    """Escaped for JSON, a URL or HTML it is still the key, and not in the error's text or body."""
    said = spell(key)
    scripted.respond(status, f"you sent {said}!")
    with pytest.raises(ImageVariationsError) as error:
        await create_image_variation(client, image=png)
    assert isinstance(error.value, StatusError | ResponseError)
    kept = error.value.body if isinstance(error.value, StatusError) else error.value.content
    assert kept == b"you sent ***!"
    assert secret_watch.leaks() == []


@pytest.mark.parametrize("status", [200, 400])
async def test_a_key_that_json_spells_out_is_masked_once_it_is_read(
    scripted: ScriptedServer, client: Client, png: bytes, key: str, secret_watch: Watch, status: int
) -> None:
    """A message is redacted as it is read, after its escapes are undone and before it is cut."""
    for padding in range(440, 500, 3):
        scripted.respond(status, error_body("x" * padding + json_escaped(key)))
        with pytest.raises(ImageVariationsError) as error:
            await create_image_variation(client, image=png)
        assert key[:8] not in str(error.value)
    assert secret_watch.leaks() == []


async def test_the_headers_of_a_success_do_not_hold_the_key(
    scripted: ScriptedServer, client: Client, png: bytes, key: str, secret_watch: Watch
) -> None:
    """A gateway that echoes what it was sent in headers does not put the key into the result."""
    headers = f"X-Echo: Bearer {key}\r\nX-Quoted: {quote(key)}\r\nX-Request-Id: {key}\r\nX-City: K\u00f6ln\r\n"
    scripted.script = [raw(200, headers=headers, body=json.dumps(ONE_IMAGE).encode())]
    response = await create_image_variation_detailed(client, image=png)
    assert response.headers["x-echo"] == "Bearer ***"
    assert response.headers["x-quoted"] == "***"
    assert response.headers["x-city"] == "K\u00f6ln"
    assert (response.request_id, response.attempts[0].request_id) == ("***", "***")
    assert secret_watch.leaks() == []


async def test_a_key_in_the_name_of_a_header_is_masked(
    scripted: ScriptedServer, png: bytes, secret_watch: Watch
) -> None:
    """Names of headers are read in lower case, and the key is found in them all the same."""
    key = new_key().upper()
    scripted.script = [raw(200, headers=f"X-{key}: 1\r\n", body=json.dumps(ONE_IMAGE).encode())]
    async with Client(base_url=scripted.base_url, api_key=key) as client:
        response = await create_image_variation_detailed(client, image=png)
    assert response.headers["x-***"] == "1"
    assert key.lower() not in f"{response.headers!r}".lower()
    assert secret_watch.leaks() == []


async def test_logs_are_redacted_and_not_silenced(
    scripted: ScriptedServer, png: bytes, key: str, secret_watch: Watch
) -> None:
    """What httpx and httpcore log of a call over them is there, with a mask in place of the key."""
    scripted.script = [raw(200, reason=key, headers=f"X-Echo: {key}\r\n", body=json.dumps(ONE_IMAGE).encode())]
    async with Client(base_url=scripted.base_url, api_key=key, transport=over_httpx()) as client:
        await create_image_variation(client, image=png)
    logs = {where: text for where, text in secret_watch.said if "***" in text}
    assert '"HTTP/1.1 200 ***"' in logs["log of httpx"]
    assert "(b'X-Echo', b'***')" in logs["log of httpcore.http11"].replace('b"***"', "b'***'")
    assert secret_watch.leaks() == []


async def test_httpx_outside_of_a_call_logs_as_ever(
    scripted: ScriptedServer, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The caller's own requests are none of this package's business."""
    async with Client(base_url=scripted.base_url, api_key=key):
        pass
    scripted.script = [raw(200, reason=key)]
    caplog.set_level(logging.INFO, "httpx")
    async with httpx.AsyncClient() as http:
        await http.get(scripted.base_url)
    assert key in caplog.text


@pytest.mark.parametrize("deep", [False, True])
async def test_an_exception_that_says_the_key_is_no_cause(
    scripted: ScriptedServer, png: bytes, key: str, secret_watch: Watch, deep: bool
) -> None:
    """A transport's own exception is shown as the cause, unless it or one behind it holds the key."""

    def fail(request: httpx.Request) -> httpx.Response:
        said = f"bad header: {request.headers['authorization']}"
        try:
            raise ExceptionGroup("several", [ValueError(said)] if deep else [ValueError("harmless")])
        except ExceptionGroup as group:
            reason = OSError("broken" if deep else said)
            reason.add_note("a note")
            raise reason from group

    transport = httpx.MockTransport(fail)
    async with Client(base_url=scripted.base_url, api_key=key, transport=transport, max_retries=0) as client:
        with pytest.raises(ImageVariationsError, match="OSError") as error:
            await create_image_variation(client, image=png)
    assert error.value.__cause__ is None
    assert key not in "".join(traceback.format_exception(error.value))
    assert secret_watch.leaks() == []


async def test_an_exception_that_keeps_silent_is_the_cause(
    scripted: ScriptedServer, client: Client, png: bytes
) -> None:
    """Where there is nothing to hide, the transport's own exception says what went wrong."""
    scripted.script = [HANG_UP]
    with pytest.raises(ConnectionLostError) as error:
        await create_image_variation(client, image=png)
    assert isinstance(error.value.__cause__, httpx.RemoteProtocolError)


def behind(error: BaseException) -> Iterator[BaseException]:
    """All that stands behind an exception, shown or not."""
    link = error.__cause__ or error.__context__
    while link is not None:
        yield link
        link = link.__cause__ or link.__context__


@pytest.mark.parametrize("echo", ["in a malformed header", "in a chunk that is none"])
async def test_nothing_behind_an_error_holds_the_key(
    scripted: ScriptedServer, client: Client, png: bytes, key: str, echo: str
) -> None:
    """Also a tool that shows the context of an exception although it is suppressed finds nothing."""
    scripted.script = [(*in_parts(ECHOES[echo](key)), close)]
    with pytest.raises(ImageVariationsError) as error:
        await create_image_variation(client, image=png)
    assert [link for link in behind(error.value) if key[:30] in f"{link} {link!r}"] == []


async def test_nothing_behind_the_error_of_a_download_holds_its_signature(
    scripted: ScriptedServer, client: Client
) -> None:
    """A server of images that quotes what it was asked for where a chunk should be shows it to nobody."""
    echo = ECHOES["in a chunk that is none"]("GET /1.png?signature=otters%2Fsigned")
    scripted.script = [(*in_parts(echo), close)]
    with pytest.raises(ResponseError) as error:
        await fetch_image(client, Image(url=f"{scripted.base_url}/1.png?signature=otters/signed"))
    assert error.value.__cause__ is not None
    assert [link for link in behind(error.value) if "signed" in f"{link} {link!r}"] == []


async def test_a_request_that_an_exception_leads_to_shows_no_signature(scripted: ScriptedServer, key: str) -> None:
    """What httpx raises keeps the request and its URL, here that of a redirect; then it is no cause."""
    location = "http://127.0.0.1:1/?signature=otters-signed"
    scripted.script = [raw(302, headers=f"Location: {location}\r\n")]
    async with Client(base_url=scripted.base_url, api_key=key, transport=over_httpx()) as client:
        with pytest.raises(ConnectionFailedError) as error:
            await fetch_image(client, Image(url=f"{scripted.base_url}/1.png"))
    assert [link for link in behind(error.value) if "signed" in repr(vars(link))] == []


async def test_a_url_that_a_server_sends_is_logged_without_its_secrets(
    scripted: ScriptedServer, png: bytes, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Httpcore logs headers as they come; of a `Location` neither the user part nor the values of a query are left."""
    caplog.set_level(logging.DEBUG)
    location = "http://otter:password@elsewhere.example/1.png?signature=signed&v=1"
    scripted.script = [raw(302, headers=f"Location: {location}\r\n")]
    async with Client(base_url=scripted.base_url, api_key=key, transport=over_httpx()) as client:
        with pytest.raises(StatusError):
            await create_image_variation(client, image=png)
    assert "http://elsewhere.example/1.png?signature=***&v=1" in caplog.text
    assert "password" not in caplog.text


async def test_a_key_of_an_earlier_attempt_is_masked(scripted: ScriptedServer, png: bytes) -> None:
    """A key that a function makes anew for each attempt is still a secret when its attempt is over."""
    keys = iter((new_key(), new_key()))
    sent: list[str] = []

    def next_key() -> str:
        sent.append(next(keys))
        scripted.respond(503, {"error": {"message": f"we know {' and '.join(sent)}"}})
        return sent[-1]

    async with SleeplessClient(base_url=scripted.base_url, api_key=next_key, max_retries=1) as client:
        with pytest.raises(StatusError) as error:
            await create_image_variation(client, image=png)
    assert error.value.message == "we know *** and ***"


def test_a_request_does_not_show_its_query() -> None:
    """Tools that report errors show variables, and a key may stand in the query."""
    assert "secret" not in repr(Request("GET", httpx.URL("http://host/?key=secret"), {}))


CUT_ECHOES: dict[str, Callable[[str], bytes]] = {
    "a malformed header": lambda said: f"HTTP/1.1 200 OK\r\n{said}\r\n\r\n".encode(),
    "a malformed chunk": lambda said: f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{said}\r\n".encode(),
    "a request id": lambda said: raw(400, headers=f"X-Request-Id: {said}\r\n"),
    "a location": lambda said: raw(302, headers=f"Location: {said}\r\n"),
    "a message": lambda said: raw(400, body=said.encode()),
    "a coding": lambda said: raw(200, headers=f"Content-Encoding: {said}\r\n", body=b"?"),
}


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(None, id="refused"),
        pytest.param(b"", id="hung up"),
        pytest.param(raw(401, body=b"No."), id="no success"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", id="cut short"),
    ],
)
async def test_no_frame_behind_an_error_holds_the_key(
    scripted: ScriptedServer, png: bytes, key: str, said: bytes | None
) -> None:
    """Tools that report errors show the variables of each function too."""
    scripted.script = [(*in_parts(said or b""), close)]
    base_url = "http://127.0.0.1:9/v1" if said is None else scripted.base_url
    async with Client(base_url=base_url, api_key=key, max_retries=0) as client:
        with pytest.raises(ImageVariationsError) as caught:
            await create_image_variation(client, image=png)
    shown = [
        f"{frame.name}: {frame.locals}"
        for error in (caught.value, *behind(caught.value))
        for frame in traceback.TracebackException.from_exception(error, capture_locals=True).stack
        if frame.filename != __file__
    ]
    assert any(line.startswith("run: ") for line in shown)
    assert [line for line in shown if key.partition("/")[0] in line] == []


@pytest.mark.parametrize(
    "echo",
    [pytest.param(echo, id=name) for name, echo in CUT_ECHOES.items()],
)
async def test_no_part_of_the_key_is_left_where_a_text_is_cut(
    scripted: ScriptedServer, client: Client, png: bytes, key: str, echo: Callable[[str], bytes]
) -> None:
    """A key that stands across the end of what is shown is masked before the text is cut."""
    for padding in range(0, 520, 8):
        scripted.script = [(*in_parts(echo("x" * padding + key)), close)]
        with pytest.raises(ImageVariationsError) as error:
            await create_image_variation(client, image=png)
        assert key[:10] not in f"{error.value} {error.value.request_id} {error.value.attempts}"


async def test_a_placeholder_for_a_key_changes_no_words(scripted: ScriptedServer, png: bytes) -> None:
    """A key of a character or two, which self-hosted servers take, is not looked for in what they say."""
    scripted.respond(500, {"error": {"message": "an error", "code": "x"}}, {"X-Request-Id": "xyz"})
    async with Client(base_url=scripted.base_url, api_key="x", max_retries=0) as client:
        with pytest.raises(StatusError) as error:
            await create_image_variation(client, image=png)
    assert (error.value.message, error.value.code, error.value.request_id) == ("an error", "x", "xyz")


async def test_a_key_that_is_part_of_jsons_grammar_changes_no_error(
    scripted: ScriptedServer, png: bytes, secret_watch: Watch
) -> None:
    """What a body means is read before the key is masked: a 500 in the API's own words stays one."""
    scripted.respond(500, {"error": {"message": "an error", "type": "server_error"}})
    async with Client(base_url=scripted.base_url, api_key="error", max_retries=0) as client:
        with pytest.raises(StatusError) as error:
            await create_image_variation(client, image=png)
    assert type(error.value).__name__ == "ServerError"
    assert (error.value.message, error.value.type) == ("an ***", "server_***")
    assert error.value.billed == "no"
    secret_watch.forget()  # this key stands in many a line


async def test_nothing_shows_the_key_of_a_client(scripted: ScriptedServer, png: bytes, key: str) -> None:
    """Neither the client, its copies, nor what they keep shows the key or the headers' values."""
    async with Client(base_url=scripted.base_url, api_key=key, headers={"X-Token": key}) as client:
        copy = client.with_options(api_key=key + "2", headers={"Authorization": key})
        shown = [f"{it!r} {it!s} {vars(it)!r}" for it in (client, copy)]
    assert [text for text in shown if key in text] == []


async def test_a_function_that_fails_to_give_a_key_does_not_show_one(
    scripted: ScriptedServer, png: bytes, key: str, secret_watch: Watch
) -> None:
    """A key that no header can carry, from a function, is refused unseen."""
    async with Client(base_url=scripted.base_url, api_key=lambda: f"{key}\n") as client:
        with pytest.raises(ConfigurationError) as error:
            await create_image_variation(client, image=png)
    secret_watch.keys.add(key)
    assert secret_watch.errors == [error.value]
    assert secret_watch.leaks() == []
    assert scripted.requests == []


# The redactor.


def test_a_long_body_is_redacted_soon() -> None:
    """In some megabytes a key is found without going through them character by character."""
    key = f"{new_key()}/+"
    body = (b"\\u0041%41&#65;sk" * 300_000) + quote(key, safe="").encode()
    assert Redactor(key).content(body) == body[: body.rindex(b"sk-")] + b"***"


def test_several_secrets_are_masked_the_longer_first() -> None:
    """Of a secret that is part of another nothing is left over."""
    assert Redactor("secret", "secret-and-more", None).text("a secret-and-more secret") == "a *** ***"


def test_without_a_key_nothing_changes() -> None:
    """A redactor of nothing gives back what it gets."""
    redactor = Redactor(None)
    assert redactor.text("%41&amp;") == "%41&amp;"
    assert redactor.content(b"\\u0041") == b"\\u0041"
    assert repr(Redactor("secret")) == "Redactor()"


def test_what_a_text_has_escaped_besides_the_key_stays() -> None:
    """Only the key is replaced: escapes before and after it are as they were."""
    key = f"{new_key()}/+"
    escaped = quote(key, safe="")
    assert Redactor(key).text(f"%41{escaped}\\u0041&amp;{escaped}%2") == "%41***\\u0041&amp;***%2"


def test_the_callers_own_credentials_are_known_too() -> None:
    """What a header of the caller's own shows to the server is a secret as the key is."""
    headers = {"authorization": "Basic dXNlcg==", "API-Key": "abc", "Cookie": "a=b", "X-Team": "otters"}
    assert secrets_in(headers) == ["dXNlcg==", "abc", "a=b"]


# The watch itself.


@pytest.mark.parametrize(
    "place", ["log", "log of an exception", "str", "repr", "attribute", "note", "cause", "context"]
)
async def test_the_watch_finds_a_key(
    scripted: ScriptedServer, client: Client, png: bytes, key: str, secret_watch: Watch, place: str
) -> None:
    """Wherever a key gets out, the test that let it out fails."""
    scripted.respond(401)
    with pytest.raises(StatusError):
        await create_image_variation(client, image=png)
    assert secret_watch.leaks() == []
    _leak(key, place)
    assert len(secret_watch.leaks()) > 0
    secret_watch.forget()


def _leak(key: str, place: str) -> None:
    if place == "log":
        logging.getLogger("some.where").debug("the key is %s", key)
        return
    if place == "log of an exception":
        logging.getLogger("some.where").debug("it failed", exc_info=ValueError(key))
        return
    error = ImageVariationsError(key if place in ("str", "repr") else "harmless")
    if place == "attribute":
        error.request_id = key
    if place == "note":
        error.add_note(key)
    if place == "cause":
        error.__cause__ = ValueError(key)
    if place == "context":
        error.__context__ = ValueError(key)


def test_the_watch_finds_what_cannot_be_pickled(secret_watch: Watch) -> None:
    """An error that cannot go to another process fails the test that raised it."""
    error = ImageVariationsError("harmless")
    error.add_note("a note")
    assert secret_watch.unpicklable() == []
    vars(error)["callback"] = lambda: "what no pickle can hold"
    assert len(secret_watch.unpicklable()) == 1
    secret_watch.forget()
