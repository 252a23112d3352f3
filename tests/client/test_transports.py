"""What differs between the transports: the guide's table of them. The fault matrix holds what must not differ."""

import asyncio
import gc
import ssl
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import httpx
import pytest
from httpx_aiohttp import AiohttpTransport, HttpxAiohttpClient
from image_variations import (
    Client,
    ConfigurationError,
    ConnectionLostError,
    Image,
    ImagesResponse,
    RedirectError,
    create_image_variation,
    fetch_image,
)
from image_variations.transports import default, over_aiohttp, over_httpx
from opentelemetry.instrumentation.httpx import AsyncOpenTelemetryTransport, HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pyreqwest.client import ClientBuilder
from pyreqwest.compatibility.httpx import HttpxTransport

from examples.transports import over_reqwest
from tests.faults.ours import TRANSPORTS
from tests.faults.responses import BODY, IMAGE, WHOLE, made
from tests.faults.scenes.calls import LARGE, SMALL, WELL
from tests.faults.scenes.connecting import authority, new_server_tls, server_tls
from tests.support.http2_server import http2_server
from tests.support.server import ScriptedServer
from tests.support.stage import Scene, Stage
from tests.support.turns import Visit, close, header, respond, send, take_head, wait_for
from tools.paths import ROOT

Make = Callable[[], httpx.AsyncBaseTransport | None]

EACH: tuple[Make, ...] = (lambda: None, over_aiohttp, over_reqwest)
NAMES = ("default", "httpx-aiohttp", "pyreqwest")

over_each = pytest.mark.parametrize("make", EACH, ids=NAMES)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """The certificate of an authority that no system trusts."""
    path = tmp_path / "authority.pem"
    authority().cert_pem.write_to_path(path)
    return path


async def vary(base_url: str, transport: httpx.AsyncBaseTransport | None, image: bytes = SMALL) -> ImagesResponse:
    """Make one call over a transport."""
    async with Client(base_url=base_url, transport=transport) as client:
        return await create_image_variation(client, image=image)


def trusting(certificate: Path) -> ssl.SSLContext:
    """What trusts this authority alone."""
    return ssl.create_default_context(cafile=certificate)


# Proxies from the environment


@pytest.mark.parametrize(
    ("make", "is_used"),
    [
        pytest.param(lambda: None, True, id="default"),
        pytest.param(default, True, id="default, as transport"),
        pytest.param(over_httpx, False, id="httpx"),
        pytest.param(over_aiohttp, False, id="httpx-aiohttp"),
        pytest.param(lambda: over_aiohttp(trust_env=True), True, id="httpx-aiohttp, trust_env"),
        pytest.param(over_reqwest, True, id="pyreqwest"),
    ],
)
async def test_who_uses_a_proxy_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, make: Make, *, is_used: bool
) -> None:
    """Our own and reqwest do by themselves, aiohttp if it is told to, and httpx's pool does not."""
    async with ScriptedServer(WELL) as server, ScriptedServer(WELL) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        await vary(server.base_url, make())
    assert (server.posts, proxy.posts) == ((0, 1) if is_used else (1, 0))


async def test_the_client_of_httpx_aiohttp_uses_a_proxy_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `http_client`, which stays the caller's to close, it takes what httpx takes from the environment."""
    async with ScriptedServer(WELL) as server, ScriptedServer(WELL) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        async with HttpxAiohttpClient() as http_client:
            await create_image_variation(Client(base_url=server.base_url, http_client=http_client), image=SMALL)
    assert (server.posts, proxy.posts) == (0, 1)


# Certificates


@over_each
async def test_each_trusts_what_ssl_cert_file_names(
    monkeypatch: pytest.MonkeyPatch, certificate: Path, make: Make
) -> None:
    """An authority of one's own is trusted where the environment names its file."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with ScriptedServer(WELL, tls=server_tls()) as server:
        await vary(server.base_url, make())
    assert server.posts == 1


def default_trusting(certificate: Path) -> httpx.AsyncBaseTransport:
    """Our own transport, told whom to trust."""
    return default(ssl_context=trusting(certificate))


def httpx_trusting(certificate: Path) -> httpx.AsyncBaseTransport:
    """The same over httpx's pool."""
    return over_httpx(ssl_context=trusting(certificate))


def aiohttp_trusting(certificate: Path) -> httpx.AsyncBaseTransport:
    """The same over aiohttp."""
    return over_aiohttp(ssl_context=trusting(certificate))


def reqwest_trusting(certificate: Path) -> httpx.AsyncBaseTransport:
    """The same over reqwest."""
    return HttpxTransport(ClientBuilder().add_root_certificate_pem(certificate.read_bytes()).build())


@pytest.mark.parametrize("make", [default_trusting, httpx_trusting, aiohttp_trusting, reqwest_trusting])
async def test_each_can_be_told_whom_to_trust(
    certificate: Path, make: Callable[[Path], httpx.AsyncBaseTransport]
) -> None:
    """An authority of one's own is trusted where the code names it."""
    async with ScriptedServer(WELL, tls=server_tls()) as server:
        await vary(server.base_url, make(certificate))
    assert server.posts == 1


# HTTP/2


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: over_httpx(http2=True), id="httpx"),
        pytest.param(lambda: HttpxTransport(ClientBuilder().http2(True).build()), id="pyreqwest"),
    ],
)
async def test_http2_is_spoken_where_the_transport_does(
    monkeypatch: pytest.MonkeyPatch, certificate: Path, make: Make
) -> None:
    """The body arrives as it was made, and the answer is read."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with http2_server(BODY, new_server_tls()) as server:
        response = await vary(server.base_url, make(), LARGE)
    [body] = server.bodies
    assert LARGE in body
    assert len(response.data) == 1


def test_the_transport_for_http2_has_an_ssl_context_of_its_own(
    monkeypatch: pytest.MonkeyPatch, certificate: Path
) -> None:
    """What ALPN offers is a setting of the context, so it loads certificates anew, and others share what was loaded."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    over_httpx()
    certificate.unlink()
    over_httpx()
    over_aiohttp()
    with pytest.raises(ConfigurationError, match="SSL_CERT_FILE"):
        over_httpx(http2=True)


async def test_an_ssl_context_may_be_shared_with_the_transport_for_http2(certificate: Path) -> None:
    """Each says before each handshake what ALPN offers, so neither speaks what the other has asked for."""
    context = trusting(certificate)
    async with (
        http2_server(BODY, new_server_tls()) as modern,
        ScriptedServer(WELL, tls=server_tls()) as server,
        Client(base_url=modern.base_url, transport=over_httpx(http2=True, ssl_context=context)) as over_http2,
        Client(base_url=server.base_url, ssl_context=context) as client,
    ):
        for _ in range(2):
            await create_image_variation(over_http2, image=SMALL)
            await create_image_variation(client, image=SMALL)
    assert (len(modern.bodies), server.posts) == (2, 2)


def test_httpx_aiohttp_speaks_no_http2() -> None:
    """It says so where it is asked for nothing else."""
    with pytest.raises(httpx.UnsupportedProtocol, match="HTTP/2 is not supported"):
        AiohttpTransport(http1=False, http2=True)


# Spans


@pytest.fixture
def spans() -> InMemorySpanExporter:
    """Where spans go."""
    return InMemorySpanExporter()


@pytest.fixture
def provider(spans: InMemorySpanExporter) -> TracerProvider:
    """What makes them."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    return provider


@pytest.fixture
def instrumented(provider: TracerProvider) -> Iterator[None]:
    """Have OpenTelemetry's instrumentation of httpx on."""
    instrumentor = HTTPXClientInstrumentor()
    instrumentor.instrument(tracer_provider=provider)
    yield
    instrumentor.uninstrument()


@pytest.mark.usefixtures("instrumented")
@pytest.mark.parametrize(("make", "number"), [*zip(EACH, (1, 0, 0), strict=True)], ids=NAMES)
async def test_instrumented_httpx_makes_spans_for_its_own_transport(
    spans: InMemorySpanExporter, make: Make, number: int
) -> None:
    """It wraps httpx's transport, which our own then sends over, and sees nothing of another."""
    async with ScriptedServer(WELL) as server:
        await vary(server.base_url, make())
    assert len(spans.get_finished_spans()) == number


@pytest.mark.parametrize("make", [default, over_aiohttp, over_reqwest], ids=NAMES)
async def test_a_wrapped_transport_makes_spans(
    spans: InMemorySpanExporter, provider: TracerProvider, make: Callable[[], httpx.AsyncBaseTransport]
) -> None:
    """OpenTelemetry's own wrapper makes a span of each attempt over any transport."""
    async with ScriptedServer(WELL) as server:
        await vary(server.base_url, AsyncOpenTelemetryTransport(make(), tracer_provider=provider))
    assert len(spans.get_finished_spans()) == 1


# Proxies as an argument


class MakeWithProxy(Protocol):
    """What makes a transport that sends through a proxy."""

    def __call__(self, *, proxy: str) -> httpx.AsyncBaseTransport:
        """Make it."""
        ...


WITH_PROXY: tuple[MakeWithProxy, ...] = (default, over_httpx, over_aiohttp)


@pytest.mark.filterwarnings("ignore:(BasicAuth|.*proxy_auth.*) is deprecated:DeprecationWarning")  # httpx-aiohttp's
async def test_a_proxy_that_is_given_is_used() -> None:
    """Each transport of the package sends through it, with what the URL's user part says."""
    proxies = (ScriptedServer(WELL) for _ in range(3))
    for make, proxy in zip(WITH_PROXY, proxies, strict=True):
        async with ScriptedServer(WELL) as server, proxy:
            await vary(server.base_url, make(proxy=f"http://me:secret@127.0.0.1:{proxy.port}"))
        [request] = proxy.requests
        assert (server.posts, proxy.posts) == (0, 1)
        assert header(request.head, "proxy-authorization") == "Basic bWU6c2VjcmV0"


@pytest.mark.parametrize("proxy", ["http://me:secret@", "ftp://me:secret@host", "http://me:secret@host:99999", "host"])
@pytest.mark.parametrize("make", WITH_PROXY)
def test_a_proxy_that_cannot_be_used_is_refused_when_the_transport_is_made(make: MakeWithProxy, proxy: str) -> None:
    """The error does not show its URL, which may hold a password."""
    with pytest.raises(ConfigurationError, match="proxy cannot be used: its URL must be like") as refused:
        make(proxy=proxy)
    assert "secret" not in str(refused.value)


def test_aiohttp_uses_no_socks_proxy() -> None:
    """It would fail at each call."""
    with pytest.raises(ConfigurationError, match=r"proxy cannot be used"):
        over_aiohttp(proxy="socks5://127.0.0.1:1080")


# What the settings of the transports are for


@over_each
async def test_a_call_takes_no_cookie_along(make: Make) -> None:
    """What an answer sets is not sent with the next call, which may be another user's."""
    heads: list[str] = []

    async def keep_head(visit: Visit) -> None:
        heads.append(visit.head)

    setting_cookie = made(keep_head, respond(200, BODY, {"Set-Cookie": "session=1; Path=/"}))
    async with (
        ScriptedServer(setting_cookie) as server,
        # By name: aiohttp keeps no cookies of an address.
        Client(base_url=f"http://localhost:{server.port}/v1", transport=make()) as client,
    ):
        for _ in range(2):
            await create_image_variation(client, image=SMALL)
    assert [header(head, "cookie") for head in heads] == ["", ""]


@over_each
async def test_an_answer_with_a_long_header_is_read(make: Make) -> None:
    """It is paid for, and 64 KB of a policy or of cookies do not cost it."""
    async with ScriptedServer(made(respond(200, BODY, {"Content-Security-Policy": "x" * 65_536}))) as server:
        response = await vary(server.base_url, make())
    assert len(response.data) == 1


@over_each
async def test_an_answer_with_an_odd_reason_phrase_is_read(make: Make) -> None:
    """What is written beside the status is for nobody to read, and costs no picture."""
    odd = WHOLE.replace(b"200 Reply", b"200 \xe9\xff")
    async with ScriptedServer(made(send(odd))) as server:
        response = await vary(server.base_url, make())
    assert len(response.data) == 1


@pytest.mark.parametrize("make", [*EACH, over_httpx], ids=[*NAMES, "httpx"])
async def test_no_transport_has_a_limit_of_its_own(make: Make) -> None:
    """As many calls are under way as `max_concurrency` says, also where that is more than libraries allow."""
    everyone_is_here = asyncio.Event()
    async with (
        ScriptedServer(made(wait_for(everyone_is_here), IMAGE)) as server,
        Client(base_url=server.base_url, transport=make(), max_concurrency=110, timeout=30.0) as client,
    ):
        calls = [asyncio.create_task(create_image_variation(client, image=SMALL)) for _ in range(110)]
        await server.until(lambda: server.made == len(calls))
        everyone_is_here.set()
        await asyncio.gather(*calls)


# What the client does for any transport


@over_each
async def test_a_linked_picture_is_fetched(make: Make) -> None:
    """Downloads go over the same transport, and have no body."""
    async with (
        ScriptedServer((take_head, respond(200, SMALL))) as server,
        Client(base_url=server.base_url, transport=make()) as client,
    ):
        picture = await fetch_image(client, Image(url=f"{server.base_url}/otter.png"))
    assert (picture, server.posts) == (SMALL, 0)


@pytest.mark.parametrize("make", [lambda: None, AiohttpTransport, HttpxTransport], ids=NAMES)
async def test_the_time_for_connecting_is_not_that_of_the_call(make: Make) -> None:
    """A server that works for longer than `connect_timeout` is waited for, however the transport reads timeouts."""
    asked, is_made = asyncio.Event(), asyncio.Event()

    async def note(visit: Visit) -> None:
        asked.set()

    async with (
        ScriptedServer(made(note, wait_for(is_made), IMAGE)) as server,
        Client(base_url=server.base_url, transport=make(), connect_timeout=0.1) as client,
    ):
        call = asyncio.create_task(create_image_variation(client, image=SMALL))
        await asked.wait()
        await asyncio.wait((call,), timeout=0.2)
        is_made.set()
        response = await call
    assert len(response.data) == 1


class KeepingTransport(AiohttpTransport):
    """Keeps the requests that it sends."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        self.requests.append(request)
        return await super().handle_async_request(request)


async def test_the_body_goes_out_as_a_stream_of_a_known_length() -> None:
    """Nobody reads it as `request.content`, which would be sent without a word of when its tail goes out."""
    transport = KeepingTransport()
    async with ScriptedServer(WELL) as server:
        await vary(server.base_url, transport, LARGE)
    [request], [received] = transport.requests, server.requests
    with pytest.raises(httpx.RequestNotRead):
        _ = request.content
    assert header(received.head, "content-length") == str(len(received.body))
    assert header(received.head, "transfer-encoding") == ""
    assert [file.content for file in received.form.files] == [LARGE]


async def drop_body(visit: Visit) -> None:
    """Read the body and keep nothing of it."""
    left = int(header(visit.head, "content-length"))
    while left:
        left -= len(await visit.reader.read(min(left, 1 << 16)))


@over_each
async def test_a_large_picture_is_sent_without_a_copy(make: Make) -> None:
    """A call allocates less than half of the picture that it is given, where one copy would be all of it."""
    async with (
        ScriptedServer((take_head, drop_body, IMAGE)) as server,
        Client(base_url=server.base_url, transport=make()) as client,
    ):
        await create_image_variation(client, image=LARGE)
        gc.collect()
        tracemalloc.start()
        try:
            await create_image_variation(client, image=LARGE)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < len(LARGE) / 2


@over_each
@pytest.mark.parametrize("location", ["http://host:port/", "http://[::1", "http://xn--/"])
async def test_a_redirect_to_no_url_is_a_redirect(make: Make, location: str) -> None:
    """A 3xx is not billed and not repeated, also where httpx itself fails at its `Location`."""
    async with (
        ScriptedServer(made(respond(307, b"", {"Location": location}))) as server,
        Client(base_url=server.base_url, transport=make(), retry_unknown=True) as client,
    ):
        with pytest.raises(RedirectError) as refused:
            await create_image_variation(client, image=SMALL)
    assert (refused.value.billed, server.posts) == ("no", 1)


async def test_an_error_has_the_name_that_the_library_gives_it() -> None:
    """A server that hangs up is not a `ConnectTimeout`, as httpx-aiohttp has it."""
    async with ScriptedServer(made(close)) as server:
        with pytest.raises(ConnectionLostError, match="ServerDisconnectedError"):
            await vary(server.base_url, over_aiohttp())


async def test_an_error_is_one_line_whatever_the_transport_says() -> None:
    """Line ends in an exception's text do not get into the message."""
    stage = Stage(Scene("all", lambda: ValueError("one line\nand another"), "unknown"))
    with pytest.raises(ConnectionLostError, match="ValueError: one line and another"):
        await vary("http://stage/v1", stage)


def test_the_guide_names_every_row_that_a_transport_does_not_meet() -> None:
    """Its table lists the rows of each transport, and no other."""
    guide = (ROOT / "docs" / "guides" / "transports.md").read_text()
    [line] = [line for line in guide.splitlines() if line.startswith("| rows not met |")]
    cells = [cell.strip() for cell in line.split("|")[2:-1]]
    by_kind = [transport for transport in TRANSPORTS if transport.new_loop is asyncio.new_event_loop]
    for transport, cell in zip(by_kind, cells, strict=True):
        rows = sorted({number for number, _ in transport.unmet})
        assert cell == (", ".join(map(str, rows)) or "none")
