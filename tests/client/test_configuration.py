"""`Client(...)`: where calls go, which key goes with them, and what is refused."""

import math
from pathlib import Path

import httpx
import pytest
from image_variations import Client, ConfigurationError, InvalidRequestError, create_image_variation

from tests.reference_server import ReferenceServer
from tests.support.server import ScriptedServer

PIN_SERVER = "https://api.openai.com/v1"
ONE_IMAGE = {"created": 1, "data": [{"url": "https://example.com/1.png"}]}


def sent_headers(scripted: ScriptedServer) -> dict[str, str]:
    """The headers of the last request, by lower-case name."""
    lines = scripted.requests[-1].head.split("\r\n")[1:-2]
    return {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}


async def test_without_arguments_calls_go_to_the_pins_server() -> None:
    """The URL is the pin's, and the key comes from the environment."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("OPENAI_API_KEY", "sk-environment")
        async with Client() as client:
            assert f"{PIN_SERVER}/" in repr(client)


async def test_the_environments_base_url_wins_over_the_pins(
    server: ReferenceServer, png: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`OPENAI_BASE_URL` and `OPENAI_API_KEY` together are enough to call a server."""
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", server.api_key)
    async with Client() as client:
        response = await create_image_variation(client, image=png, size="256x256")
    assert len(response.data) == 1


@pytest.mark.parametrize("slashes", ["", "/", "//"])
async def test_the_base_urls_path_is_kept(scripted: ScriptedServer, png: bytes, slashes: str) -> None:
    """The operation's path is added to the URL's own, with or without a slash at its end."""
    scripted.respond(200, ONE_IMAGE)
    async with Client(base_url=f"{scripted.base_url}/proxy{slashes}") as client:
        await create_image_variation(client, image=png)
    assert scripted.requests[0].head.startswith("POST /v1/proxy/images/variations HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("base_url", "complaint"),
    [
        ("ftp://host/v1", "must be like"),
        ("host/v1", "must be like"),
        ("", "must be like"),
        ("http://", "must be like"),
        ("http://user:secret@host/v1", "user part"),
        ("http://host/v1?a=b", "query"),
        ("http://host/v1#top", "fragment"),
        ("http://host:port/v1", "not a URL"),
    ],
)
def test_a_base_url_that_cannot_be_called_is_refused(base_url: str, complaint: str) -> None:
    """The error says what is wrong, and does not show a password."""
    with pytest.raises(ConfigurationError, match=complaint) as refusal:
        Client(base_url=base_url, api_key="sk-key")
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("base_url", [None, PIN_SERVER, "https://API.openai.com/v1/"])
def test_the_pins_own_host_is_not_called_without_a_key(base_url: str | None) -> None:
    """The missing key is reported when the client is made, not by a 401 later."""
    with pytest.raises(ConfigurationError, match="OPENAI_API_KEY"):
        Client(base_url=base_url)


async def test_the_environments_key_goes_to_no_host_that_the_code_names(
    scripted: ScriptedServer, png: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `base_url` passed, `OPENAI_API_KEY` is not read, and no Authorization header is sent."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-environment")
    scripted.respond(200, ONE_IMAGE)
    async with Client(base_url=scripted.base_url) as client:
        await create_image_variation(client, image=png)
    assert "authorization" not in sent_headers(scripted)
    with pytest.raises(ConfigurationError):
        Client(base_url=PIN_SERVER)


async def test_a_key_may_come_from_a_function_that_is_asked_for_each_call(scripted: ScriptedServer, png: bytes) -> None:
    """A plain function and a coroutine function both work, and a new key is used at once."""
    scripted.respond(200, ONE_IMAGE)
    keys = iter(["sk-first", "sk-second"])

    async def later() -> str:
        return next(keys)

    async with Client(base_url=scripted.base_url, api_key=later) as client:
        await create_image_variation(client, image=png)
        assert sent_headers(scripted)["authorization"] == "Bearer sk-first"
        await create_image_variation(client, image=png)
        assert sent_headers(scripted)["authorization"] == "Bearer sk-second"
    async with Client(base_url=scripted.base_url, api_key=lambda: "sk-plain") as client:
        await create_image_variation(client, image=png)
        assert sent_headers(scripted)["authorization"] == "Bearer sk-plain"


@pytest.mark.parametrize("key", ["", "sk-with\nline", "sk-with space", "sk-caf\u00e9", "sk-tail\n"])
async def test_a_key_that_no_header_can_carry_is_refused_unshown(
    scripted: ScriptedServer, png: bytes, key: str
) -> None:
    """A key with control characters or the like raises `ConfigurationError`, whose text does not hold it."""
    with pytest.raises(ConfigurationError) as refusal:
        Client(base_url=scripted.base_url, api_key=key)
    assert not key or key not in str(refusal.value)
    async with Client(base_url=scripted.base_url, api_key=lambda: key) as client:
        with pytest.raises(ConfigurationError):
            await create_image_variation(client, image=png)
    assert scripted.requests == []


async def test_headers_are_sent_and_a_calls_own_win(scripted: ScriptedServer, png: bytes) -> None:
    """The client's headers go with each request; `extra_headers` replace them, whatever their case."""
    scripted.respond(200, ONE_IMAGE)
    async with Client(base_url=scripted.base_url, headers={"X-Team": "otters", "X-Trace": "a"}) as client:
        await create_image_variation(client, image=png, extra_headers={"x-trace": "b"})
    headers = sent_headers(scripted)
    assert (headers["x-team"], headers["x-trace"]) == ("otters", "b")
    assert scripted.requests[-1].head.lower().count("x-trace") == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Bad Name": "x"},
        {"X-Line": "a\r\nX-Forged: b"},
        {"X-Text": "caf\u00e9"},
        {"Content-Length": "3"},
        {"content-type": "text/plain"},
        {"X-Number": 3},
        {3: "x"},
    ],
)
async def test_headers_that_would_break_the_request_are_refused(
    scripted: ScriptedServer, png: bytes, headers: dict[str, str]
) -> None:
    """Neither the client nor a call takes a header that forges a line or belongs to the body."""
    with pytest.raises(ConfigurationError):
        Client(base_url=scripted.base_url, headers=headers)
    async with Client(base_url=scripted.base_url) as client:
        with pytest.raises(ConfigurationError):
            await create_image_variation(client, image=png, extra_headers=headers)
    assert scripted.requests == []


@pytest.mark.parametrize("seconds", [0, -1, math.nan, 10**400, 10**5000], ids=["0", "-1", "nan", "too large", "larger"])
def test_a_time_that_is_no_time_is_refused(seconds: float) -> None:
    """Seconds are above 0; `math.inf` means no limit."""
    with pytest.raises(ConfigurationError, match=r"^timeout"):
        Client(base_url="http://127.0.0.1:9", timeout=seconds)
    with pytest.raises(ConfigurationError, match=r"^connect_timeout"):
        Client(base_url="http://127.0.0.1:9", connect_timeout=seconds)
    Client(base_url="http://127.0.0.1:9", timeout=math.inf, connect_timeout=math.inf)


@pytest.mark.parametrize(
    "name", ["timeout", "connect_timeout", "max_retries", "max_concurrency", "max_per_minute", "max_response_bytes"]
)
@pytest.mark.parametrize("value", ["5", True, -1, [3]])
def test_a_setting_of_another_kind_is_refused(name: str, value: object) -> None:
    """What is not a number, or a negative one: the error names the setting and the value."""
    settings: dict[str, object] = {name: value}
    with pytest.raises(ConfigurationError, match=rf"^{name} must be a .*number.*, not ") as refusal:
        Client(base_url="http://127.0.0.1:9", **settings)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # the mistake is the point
    assert repr(value) in str(refusal.value)


@pytest.mark.parametrize("value", [0, 0.5, 50.0, math.inf, math.nan])
def test_a_limit_per_minute_is_a_whole_number(value: object) -> None:
    """At least one: a fraction could mean two things, and no limit at all is `None`."""
    with pytest.raises(
        ConfigurationError, match=rf"^max_per_minute must be a whole number of at least 1, not {value}$"
    ):
        Client(base_url="http://127.0.0.1:9", max_per_minute=value)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # the mistake is the point


@pytest.mark.parametrize("name", ["retry_unknown", "validate"])
@pytest.mark.parametrize("value", ["no", 1, []])
def test_a_switch_of_another_kind_is_refused(name: str, value: object) -> None:
    """The text "no" is true to Python, and would have a call paid twice."""
    with pytest.raises(ConfigurationError, match=f"{name} must be True or False, not "):
        Client(base_url="http://127.0.0.1:9", **{name: value})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # the mistake is the point


@pytest.mark.parametrize("name", ["extra_fields", "extra_headers", "extra_query"])
async def test_an_option_of_another_kind_is_refused(scripted: ScriptedServer, png: bytes, name: str) -> None:
    """It names itself, and nothing is sent."""
    async with Client(base_url=scripted.base_url) as client:
        with pytest.raises(InvalidRequestError, match=rf"{name}: must be a mapping \(got "):
            await create_image_variation(client, image=png, **{name: [("a", "b")]})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # the mistake is the point
        with pytest.raises(InvalidRequestError, match="idempotency_key: must be printable ASCII"):
            await create_image_variation(client, image=png, idempotency_key=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # the mistake is the point
    with pytest.raises(ConfigurationError, match="headers must be a mapping"):
        Client(base_url=scripted.base_url, headers=[("a", "b")])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # the mistake is the point
    assert scripted.connections == 0


def test_repr_shows_no_secret() -> None:
    """Neither the key nor a header's value stands in `repr`."""
    client = Client(base_url="http://127.0.0.1:9/v1", api_key="sk-secret", headers={"X-Token": "hidden"})
    assert repr(client) == "<Client http://127.0.0.1:9/v1/>"


IGNORES_MISSING = pytest.mark.skipif(httpx.__version__ < "0.28", reason="httpx 0.27 takes no notice of a missing file")


@pytest.fixture(
    params=[pytest.param(None, id="no file", marks=IGNORES_MISSING), pytest.param("no certificate", id="another file")]
)
def no_certificates(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The environment names a file that is not there, or is another one."""
    path = tmp_path / "authority.pem"
    content: str | None = request.param
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))


@pytest.mark.usefixtures("no_certificates")
def test_certificates_that_are_none_are_refused_at_once() -> None:
    """The client is not made; the error names the variables, and says what the system says of the file."""
    with pytest.raises(ConfigurationError, match="SSL_CERT_FILE, SSL_CERT_DIR or SSLKEYLOGFILE"):
        Client(base_url="https://host/v1")


@pytest.mark.usefixtures("no_certificates")
async def test_no_certificates_are_loaded_for_http(scripted: ScriptedServer, png: bytes) -> None:
    """Who speaks no TLS needs none, and pays for none."""
    scripted.respond(200, {"created": 1, "data": [{"b64_json": "aGk="}]})
    async with Client(base_url=scripted.base_url) as client:
        await create_image_variation(client, image=png)
    assert len(scripted.requests) == 1
