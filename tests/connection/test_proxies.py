"""Proxies of the environment: who is called through one, and what a call makes of a proxy's own failures."""

import asyncio
import os
import traceback
from base64 import b64encode
from unittest import mock

import httpx
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from image_variations import (
    CallTimeoutError,
    Client,
    ConfigurationError,
    ConnectionFailedError,
    ConnectionLostError,
    ImageVariationsError,
    StatusError,
    TLSError,
    create_image_variation,
)
from image_variations._runtime.connection.proxies import rules_of_environment

from tests.faults.responses import api_error, made, not_made
from tests.faults.scenes.calls import SMALL, WELL
from tests.faults.scenes.connecting import server_tls
from tests.support.clocks import SleeplessClient
from tests.support.proxy import ESTABLISHED, TunnellingProxy
from tests.support.sampling import slow
from tests.support.server import ScriptedServer
from tests.support.turns import Turn, header, reset, respond, send, stall, take_head


async def error_of(server: ScriptedServer, seconds: float = 5.0) -> ImageVariationsError:
    """The error of a call that has so many seconds, and half of them to connect."""
    async with SleeplessClient(base_url=server.base_url, timeout=seconds, connect_timeout=seconds / 2) as client:
        with pytest.raises(ImageVariationsError) as failure:
            await create_image_variation(client, image=SMALL)
    return failure.value


# Which requests go through one


class _Route(httpx.AsyncBaseTransport):
    """Where httpx would send a request: through a proxy, or directly."""

    def __init__(self, proxy: str | None = None) -> None:
        self.proxy = proxy


class HttpxRouting(httpx.AsyncClient):
    """A client of httpx that sends nothing: it says which proxy of the environment it would use."""

    def _init_transport(self, *args: object, **kwargs: object) -> httpx.AsyncBaseTransport:
        return _Route()

    def _init_proxy_transport(self, proxy: httpx.Proxy, *args: object, **kwargs: object) -> httpx.AsyncBaseTransport:
        return _Route(str(proxy.url))

    def proxy_for(self, url: httpx.URL) -> str | None:
        """The URL of the proxy for a URL."""
        route = self._transport_for_url(url)
        assert isinstance(route, _Route)
        return route.proxy


def our_proxy_for(url: httpx.URL) -> str | None:
    """The URL of the proxy for a URL, without what authenticates us."""
    proxy = rules_of_environment().url_for(url.scheme, url.raw_host.decode(), url.port)
    return None if proxy is None else str(httpx.URL(proxy).copy_with(userinfo=b""))


NAMES = [
    "a.example",
    "b.a.example",
    "xa.example",
    "example",
    "A.Example",
    "localhost",
    "bücher.example",
    "x.bücher.example",
]
ADDRESSES = ["10.0.0.1", "10.0.0.2", "127.0.0.1", "[::1]", "[fd00::2]"]
PORTS = ["", ":80", ":443", ":8080"]

hosts = st.sampled_from(NAMES + ADDRESSES)
ports = st.sampled_from(PORTS)
urls = st.builds("{}://{}{}/".format, st.sampled_from(["http", "https"]), hosts, ports).map(httpx.URL)
exceptions = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "", "", "http://", "HTTPS://", "all://"]),
    st.sampled_from(["", "", "."]),
    st.sampled_from([*NAMES, *ADDRESSES, "::1", "fd00::2"]),
    ports,
)
environments = st.fixed_dictionaries(
    {"no_proxy": st.lists(exceptions | st.sampled_from(["*", " ", ""]), max_size=4).map(", ".join)},
    optional=dict.fromkeys(
        ["http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY"],
        st.sampled_from(["", "http://one", "two:3128", "https://three", "http://user:secret@four:1"]),
    ),
)


@pytest.mark.parametrize("examples", [100, slow(1000)])
def test_the_environment_is_read_as_httpx_reads_it(examples: int) -> None:
    """Each URL goes through the proxy that httpx would use, or through none if it would use none."""
    settings(max_examples=examples)(given(environments, urls)(check_environment))()


def check_environment(environment: dict[str, str], url: httpx.URL) -> None:
    """See that an environment means the same to both."""
    with mock.patch.dict(os.environ, environment, clear=True):
        try:
            expected = HttpxRouting().proxy_for(url)
        except (httpx.InvalidURL, ValueError):
            reject()  # an exception that httpx cannot read
        assert our_proxy_for(url) == expected


@pytest.mark.parametrize(
    ("exception", "url", "is_direct"),
    [
        ("127.0.0.0/8", "http://127.0.0.1/", True),
        ("127.0.0.0/8", "https://127.255.3.4:8443/", True),
        ("127.0.0.0/8", "http://128.0.0.1/", False),
        ("10.1.2.3/8", "http://10.9.9.9/", True),
        ("fd00::/8", "http://[fd12:3456::1]:8080/", True),
        ("fd00::/8", "http://[fe80::1]/", False),
        ("[fd00::]/8", "http://[fd12:3456::1]/", True),
        ("a.example,192.168.0.0/16", "http://192.168.7.7/", True),
        ("192.168.0.0/16", "http://a.example/", False),
        ("0.0.0.0/0", "http://[::1]/", False),
        ("*.a.example", "http://b.a.example/", True),
        ("*.a.example", "http://a.example/", False),
    ],
)
def test_an_exception_may_be_a_network_or_a_wildcard(
    monkeypatch: pytest.MonkeyPatch, exception: str, url: str, *, is_direct: bool
) -> None:
    """Every address of a network is called directly, whatever its port; httpx knows neither of the two."""
    monkeypatch.setenv("all_proxy", "http://proxy")
    monkeypatch.setenv("no_proxy", exception)
    assert (our_proxy_for(httpx.URL(url)) is None) is is_direct


async def test_a_network_in_no_proxy_is_called_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call to a server in it does not reach the proxy."""
    async with ScriptedServer(WELL) as server, ScriptedServer(WELL) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("no_proxy", "127.0.0.0/8")
        async with Client(base_url=server.base_url) as client:
            await create_image_variation(client, image=SMALL)
    assert (server.posts, proxy.posts) == (1, 0)


# What a proxy is sent


async def test_a_proxy_for_http_gets_the_whole_url(monkeypatch: pytest.MonkeyPatch) -> None:
    """The request line has the absolute form, `Host` is the server's, and the proxy is told who we are."""
    async with ScriptedServer(WELL) as proxy:
        monkeypatch.setenv("http_proxy", f"http://user:p%40ss@127.0.0.1:{proxy.port}")
        async with Client(base_url="http://a.example:8080/v1", api_key="sk-own") as client:
            for _ in range(2):
                await create_image_variation(client, image=SMALL)
    assert proxy.connections == 1
    for request in proxy.requests:
        assert request.head.startswith("POST http://a.example:8080/v1/images/variations HTTP/1.1\r\n")
        assert header(request.head, "host") == "a.example:8080"
        assert header(request.head, "proxy-authorization") == f"Basic {b64encode(b'user:p@ss').decode()}"
        assert header(request.head, "authorization") == "Bearer sk-own"


@pytest.mark.usefixtures("trusted")
async def test_what_authenticates_us_to_a_proxy_goes_to_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes along with CONNECT, the key with the request, and neither with the other."""
    async with ScriptedServer(WELL, tls=server_tls()) as server, TunnellingProxy(server.port) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url.replace("://", "://user:p%40ss@"))
        async with Client(base_url=server.base_url, api_key="sk-own") as client:
            await create_image_variation(client, image=SMALL)
        authority = f"127.0.0.1:{server.port}"
    [connect], [request] = proxy.heads, server.requests
    assert connect.startswith(f"CONNECT {authority} HTTP/1.1\r\n")
    assert header(connect, "host") == authority
    assert header(connect, "proxy-authorization") == f"Basic {b64encode(b'user:p@ss').decode()}"
    assert header(connect, "authorization") == ""
    assert header(request.head, "proxy-authorization") == ""
    assert header(request.head, "authorization") == "Bearer sk-own"


@pytest.mark.usefixtures("trusted")
async def test_a_tunnel_to_an_ipv6_address_is_asked_for_in_brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its colons are no port."""
    async with TunnellingProxy(says=b"HTTP/1.1 403 No\r\n\r\n") as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        async with Client(base_url="https://[fd00::1]/v1", max_retries=0) as client:
            with pytest.raises(ConnectionFailedError):
                await create_image_variation(client, image=SMALL)
    assert proxy.asked_for == ["[fd00::1]:443"]


@pytest.mark.usefixtures("trusted")
async def test_a_proxy_over_tls_is_left_to_httpx(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its transport makes the tunnel, and trusts the proxy by the same certificates as the server."""
    async with (
        ScriptedServer(WELL, tls=server_tls()) as server,
        TunnellingProxy(server.port, tls=server_tls()) as proxy,
    ):
        monkeypatch.setenv("https_proxy", proxy.url)
        async with Client(base_url=server.base_url) as client:
            await create_image_variation(client, image=SMALL)
        assert (proxy.asked_for, server.posts) == ([f"127.0.0.1:{server.port}"], 1)


def test_a_proxy_that_needs_another_package_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """SOCKS is left to httpx, which needs socksio for it."""
    monkeypatch.setenv("all_proxy", "socks5://user:secret@proxy")
    with pytest.raises(ConfigurationError, match="socksio") as refusal:
        Client(base_url="http://host/v1")
    assert "secret" not in f"{refusal.value!r} {refusal.value.__cause__!r} {refusal.value.__context__!r}"


# Who goes through one


@pytest.mark.parametrize(("exception", "is_used"), [("127.0.0.1", False), ("localhost", True)])
async def test_an_exception_is_called_directly(
    monkeypatch: pytest.MonkeyPatch, exception: str, *, is_used: bool
) -> None:
    """`NO_PROXY` is for the hosts that it names."""
    async with ScriptedServer(WELL) as server, ScriptedServer(WELL) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("no_proxy", exception)
        async with Client(base_url=server.base_url) as client:
            await create_image_variation(client, image=SMALL)
    assert (server.posts, proxy.posts) == ((0, 1) if is_used else (1, 0))


@pytest.mark.usefixtures("trusted")
async def test_calls_share_a_tunnel(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is opened once, to the server, and used again."""
    async with ScriptedServer(WELL, tls=server_tls()) as server, TunnellingProxy(server.port) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        async with Client(base_url=server.base_url) as client:
            for _ in range(3):
                await create_image_variation(client, image=SMALL)
        assert (proxy.asked_for, server.posts) == ([f"127.0.0.1:{server.port}"], 3)


# What cannot be used


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("all_proxy", "ftp://user:secret@proxy"),
        ("https_proxy", "http://user:secret@proxy:port"),
    ],
)
def test_a_proxy_that_is_none_is_refused_unshown(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """The client is not made; the error names the scheme, and not the URL, which may hold a password."""
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=f"the environment's proxy for {name[:-6]}://") as refusal:
        Client(base_url="http://host/v1")
    behind = (refusal.value.__cause__, refusal.value.__context__)
    assert "secret" not in f"{refusal.value!r} {behind!r}"
    frames = [frame.f_locals for frame, _ in traceback.walk_tb(refusal.tb) if frame.f_code.co_filename != __file__]
    assert frames
    assert "secret" not in repr(frames)


def test_an_exception_that_is_no_host_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """What httpx could not route by is said when the client is made."""
    monkeypatch.setenv("all_proxy", "http://proxy")
    monkeypatch.setenv("no_proxy", "good.example,bad:port")
    with pytest.raises(ConfigurationError, match="NO_PROXY has an entry that cannot be used"):
        Client(base_url="http://host/v1")


# What is the proxy's, and what the server's


@pytest.mark.parametrize("status", [302, 403, 407, 429, 502, 503])
async def test_a_proxy_that_opens_no_tunnel_has_sent_nothing(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    """Its status is not the server's: nothing was sent, and the call tries again."""
    says = f"HTTP/1.1 {status} No\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n".encode()
    async with ScriptedServer(WELL, tls=server_tls()) as server, TunnellingProxy(says=says) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        error = await error_of(server)
        assert (type(error), error.billed, len(proxy.asked_for)) == (ConnectionFailedError, "no", 3)
        assert f"the proxy {proxy.url} refused to connect to the server: {status} No" in str(error)


@pytest.mark.parametrize(
    ("status", "words"), [(407, "HTTP 407 from"), (401, "HTTP 401 through"), (502, "HTTP 502 through")]
)
async def test_a_refusal_in_place_of_the_server_names_the_proxy(
    monkeypatch: pytest.MonkeyPatch, status: int, words: str
) -> None:
    """A 407 is always the proxy's own, and any other status that comes through one may be; its password is not said."""
    async with ScriptedServer((take_head, respond(status))) as proxy:
        monkeypatch.setenv("http_proxy", f"http://user:secret@127.0.0.1:{proxy.port}")
        async with Client(base_url="http://a.example/v1", max_retries=0) as client:
            with pytest.raises(StatusError, match=f"^{words} the proxy http://127.0.0.1:{proxy.port}") as error:
                await create_image_variation(client, image=SMALL)
    assert "secret" not in str(error.value)


async def test_a_407_that_no_known_proxy_sends_is_a_proxys(scripted: ScriptedServer) -> None:
    """Also over a transport that does not tell: the status has no other meaning."""
    scripted.respond(407)
    async with Client(base_url=scripted.base_url, transport=httpx.AsyncHTTPTransport()) as client:
        with pytest.raises(StatusError, match=r"^HTTP 407 from a proxy"):
            await create_image_variation(client, image=SMALL)


async def test_a_refusal_shows_no_password_of_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the proxy without its user part, also in what is behind it."""
    says = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    async with ScriptedServer(WELL, tls=server_tls()) as server, TunnellingProxy(says=says) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url.replace("://", "://user:secret@"))
        error = await error_of(server)
        assert f"the proxy {proxy.url} refused" in str(error)
    shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert "secret" not in shown
    assert "dXNlcjpzZWNyZXQ" not in shown


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_what_a_proxy_sends_back_shows_no_password(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    """It may quote the header that authenticates us, as it came or decoded, in its reason and in its body."""
    echo = f"user:secret, {b64encode(b'user:secret').decode()}"
    says = f"HTTP/1.1 407 {echo}\r\nX-Request-Id: {echo}\r\nContent-Length: {len(echo)}\r\n\r\n{echo}".encode()
    async with ScriptedServer((take_head, send(says))) as proxy:
        monkeypatch.setenv(f"{scheme}_proxy", f"http://user:secret@127.0.0.1:{proxy.port}")
        async with Client(base_url=f"{scheme}://a.example/v1", max_retries=0) as client:
            with pytest.raises(ImageVariationsError) as error:
                await create_image_variation(client, image=SMALL)
    shown = f"{error.value!r} {vars(error.value)} {error.value.__cause__!r}"
    assert "407" in shown
    assert "secret" not in shown
    assert b64encode(b"user:secret").decode() not in shown


async def test_a_tunnel_that_leads_nowhere_has_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """`200 Connection established` is not a success of the server's."""
    async with ScriptedServer(WELL, tls=server_tls()) as server, TunnellingProxy(says=ESTABLISHED) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        error = await error_of(server)
        assert (error.billed, len(proxy.asked_for)) == ("no", 3)
        assert isinstance(error, ConnectionFailedError)


async def test_a_proxy_that_says_nothing_has_the_time_for_connecting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tunnel is a part of the connection, which has a time limit of its own."""
    async with ScriptedServer(WELL, tls=server_tls()) as server, TunnellingProxy(says=b"") as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        error = await error_of(server, 0.4)
        assert (error.billed, error.attempts[0].status_code) == ("no", None)
        assert isinstance(error, ConnectionFailedError | CallTimeoutError)
        assert len(proxy.asked_for) >= 1
        assert error.attempts[0].end - error.attempts[0].start < 0.35


async def test_an_untrusted_certificate_behind_a_proxy_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the server's, whoever opens the connection."""
    async with ScriptedServer(WELL, tls=server_tls()) as server, TunnellingProxy(server.port) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        error = await error_of(server)
        assert (type(error), error.billed, len(proxy.asked_for), server.posts) == (TLSError, "no", 1, 0)


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    ("turn", "expected", "billed"),
    [
        pytest.param(made(reset), ConnectionLostError, "unknown", id="reset after upload"),
        pytest.param(made(stall), CallTimeoutError, "unknown", id="silence"),
        pytest.param(not_made(respond(400, api_error())), StatusError, "no", id="400"),
        pytest.param(made(respond(502, "<html>")), StatusError, "unknown", id="502"),
    ],
)
async def test_a_servers_failure_is_told_through_a_tunnel_as_without(
    monkeypatch: pytest.MonkeyPatch, turn: Turn, expected: type[ImageVariationsError], billed: str
) -> None:
    """The proxy's answer to CONNECT says nothing of it."""
    async with ScriptedServer(turn, tls=server_tls()) as server, TunnellingProxy(server.port) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        error = await error_of(server, 1.0)
        assert (error.billed, server.posts) == (billed, 1)
        assert isinstance(error, expected)


@pytest.mark.usefixtures("trusted")
async def test_a_call_that_is_cancelled_leaves_no_tunnel(monkeypatch: pytest.MonkeyPatch) -> None:
    """At whichever step of connecting, sending or reading it is."""
    async with ScriptedServer(WELL, tls=server_tls()) as server, TunnellingProxy(server.port) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        async with Client(base_url=server.base_url, max_concurrency=1) as client:
            for steps in range(0, 120, 3):
                call = asyncio.create_task(create_image_variation(client, image=SMALL))
                for _ in range(steps):
                    await asyncio.sleep(0)
                call.cancel()
                await asyncio.gather(call, return_exceptions=True)
            await create_image_variation(client, image=SMALL)
            async with asyncio.timeout(5):
                while proxy.open_tunnels > 1:
                    await server.until(lambda: server.open_connections <= 1)
                    await asyncio.sleep(0)
        async with asyncio.timeout(5):
            await server.until(lambda: not server.open_connections)
