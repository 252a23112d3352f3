"""Proxies of the environment: who is called through one, and what a call makes of a proxy's own failures."""

import asyncio
import traceback
from pathlib import Path

import httpcore
import httpx
import pytest
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
from image_variations._runtime.cancellation import Handover
from image_variations._runtime.environment_proxies import environment_proxies

from tests.clocks import SleeplessClient, run_in_virtual_time
from tests.faults.answers import api_error, made, not_made
from tests.faults.scenes.calls import SMALL, WELL
from tests.faults.scenes.connecting import authority, server_tls
from tests.faults.server import FaultServer, Turn, answer, reset, stall
from tests.proxy import ESTABLISHED, TunnellingProxy


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The environment trusts the authority of the tests' servers."""
    authority().cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))


async def error_of(server: FaultServer, *, seconds: float = 60.0, connect_timeout: float = 5.0) -> ImageVariationsError:
    """The error of a call that has so many seconds, and so many for each connection."""
    async with SleeplessClient(base_url=server.base_url, timeout=seconds, connect_timeout=connect_timeout) as client:
        with pytest.raises(ImageVariationsError) as failure:
            await create_image_variation(client, image=SMALL)
    return failure.value


# Which requests go through one


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        pytest.param({}, {}, id="none"),
        pytest.param({"no_proxy": "example.com"}, {}, id="exceptions alone"),
        pytest.param({"http_proxy": "proxy:3128"}, {"http://": "http://proxy:3128"}, id="a host and a port"),
        pytest.param(
            {"https_proxy": "http://one", "all_proxy": "https://two"},
            {"https://": "http://one", "all://": "https://two"},
            id="for each scheme",
        ),
        pytest.param({"all_proxy": "http://one", "no_proxy": "a.example, *"}, {}, id="an exception for everything"),
        pytest.param(
            {"all_proxy": "http://one", "no_proxy": "example.com, .b.example,localhost,10.0.0.1:80, ,http://c.example"},
            {
                "all://": "http://one",
                "all://*example.com": None,
                "all://*.b.example": None,
                "all://localhost": None,
                "all://*10.0.0.1:80": None,
                "http://c.example": None,
            },
            id="names",
        ),
        pytest.param(
            {"all_proxy": "http://one", "no_proxy": "10.0.0.1,192.168.0.0/16,::1,[::2]"},
            {
                "all://": "http://one",
                "all://10.0.0.1": None,
                "all://192.168.0.0": None,
                "all://[::1]": None,
                "all://[::2]": None,
            },
            id="addresses",
        ),
    ],
)
def test_the_environment_is_read_as_httpx_reads_it(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], expected: dict[str, str | None]
) -> None:
    """A proxy for each scheme, and exceptions from them, in the patterns that httpx routes by."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert environment_proxies() == expected


@pytest.mark.parametrize(("exception", "is_used"), [("127.0.0.1", False), ("localhost", True)])
async def test_an_exception_is_called_directly(
    monkeypatch: pytest.MonkeyPatch, exception: str, *, is_used: bool
) -> None:
    """`NO_PROXY` is for the hosts that it names."""
    async with FaultServer(WELL) as server, FaultServer(WELL) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("no_proxy", exception)
        async with Client(base_url=server.base_url) as client:
            await create_image_variation(client, image=SMALL)
    assert (server.posts, proxy.posts) == ((0, 1) if is_used else (1, 0))


@pytest.mark.usefixtures("trusted")
async def test_calls_share_a_tunnel(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is opened once, to the server, and used again."""
    async with FaultServer(WELL, tls=server_tls()) as server, TunnellingProxy(server.port) as proxy:
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


IGNORES_MISSING = pytest.mark.skipif(httpx.__version__ < "0.28", reason="httpx 0.27 takes no notice of a missing file")


@pytest.mark.parametrize(
    "content",
    [pytest.param(None, id="no file", marks=IGNORES_MISSING), pytest.param("no certificate", id="another file")],
)
def test_certificates_that_are_none_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None
) -> None:
    """The error names the variables, and says what the system says of the file."""
    path = tmp_path / "authority.pem"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with pytest.raises(ConfigurationError, match="SSL_CERT_FILE, SSL_CERT_DIR or SSLKEYLOGFILE"):
        Client(base_url="http://host/v1")


# What is the proxy's, and what the server's


@pytest.mark.parametrize("status", [302, 403, 407, 429, 502, 503])
async def test_a_proxy_that_opens_no_tunnel_has_sent_nothing(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    """Its status is not the server's: nothing was sent, and the call tries again."""
    says = f"HTTP/1.1 {status} No\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n".encode()
    async with FaultServer(WELL, tls=server_tls()) as server, TunnellingProxy(says=says) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        error = await error_of(server)
        assert (type(error), error.billed, len(proxy.asked_for)) == (ConnectionFailedError, "no", 3)
        assert str(status) in str(error)


async def test_a_tunnel_that_leads_nowhere_has_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """`200 Connection established` is not a success of the server's."""
    async with FaultServer(WELL, tls=server_tls()) as server, TunnellingProxy(says=ESTABLISHED) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        error = await error_of(server)
        assert (error.billed, len(proxy.asked_for)) == ("no", 3)
        assert isinstance(error, ConnectionFailedError)


async def test_a_proxy_that_says_nothing_has_the_time_for_connecting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tunnel is a part of the connection, which has a time limit of its own."""
    async with FaultServer(WELL, tls=server_tls()) as server, TunnellingProxy(says=b"") as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        error = await error_of(server, connect_timeout=0.2)
        assert (error.billed, [attempt.status_code for attempt in error.attempts]) == ("no", [None] * 3)
        assert isinstance(error, ConnectionFailedError)  # not a CallTimeoutError: the call has time left


def test_the_time_for_a_tunnel_ends_with_its_request() -> None:
    """Nothing is given up afterwards, and no timer keeps what would have been."""

    async def main() -> list[str]:
        given_up: list[str] = []
        for seconds in (1.0, None):
            handover = Handover(lambda head: None, seconds)
            handover.give_up = lambda: given_up.append("too late")
            request = httpcore.Request("CONNECT", "http://proxy")
            await handover.trace("http11.send_request_headers.started", {"request": request})
            handover.is_over()
        await asyncio.sleep(5.0)
        return given_up

    assert run_in_virtual_time(main()) == []


async def test_an_untrusted_certificate_behind_a_proxy_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the server's, whoever opens the connection."""
    async with FaultServer(WELL, tls=server_tls()) as server, TunnellingProxy(server.port) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        error = await error_of(server)
        assert (type(error), error.billed, len(proxy.asked_for), server.posts) == (TLSError, "no", 1, 0)


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    ("turn", "expected", "billed"),
    [
        pytest.param(made(reset), ConnectionLostError, "unknown", id="reset after upload"),
        pytest.param(made(stall), CallTimeoutError, "unknown", id="silence"),
        pytest.param(not_made(answer(400, api_error())), StatusError, "no", id="400"),
        pytest.param(made(answer(502, "<html>")), StatusError, "unknown", id="502"),
    ],
)
async def test_a_servers_failure_is_told_through_a_tunnel_as_without(
    monkeypatch: pytest.MonkeyPatch, turn: Turn, expected: type[ImageVariationsError], billed: str
) -> None:
    """The proxy's answer to CONNECT says nothing of it."""
    async with FaultServer(turn, tls=server_tls()) as server, TunnellingProxy(server.port) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        error = await error_of(server, seconds=1.0)
        assert (error.billed, server.posts) == (billed, 1)
        assert isinstance(error, expected)


@pytest.mark.usefixtures("trusted")
async def test_a_call_that_is_cancelled_leaves_no_tunnel(monkeypatch: pytest.MonkeyPatch) -> None:
    """At whichever step of connecting, sending or reading it is."""
    async with FaultServer(WELL, tls=server_tls()) as server, TunnellingProxy(server.port) as proxy:
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
