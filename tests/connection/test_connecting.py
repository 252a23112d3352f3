"""Opening a connection: names, several addresses, and what TLS agrees on (RFC 8305; RFC 6066, section 3; RFC 7301)."""

import asyncio
import contextlib
import os
import select
import socket
import ssl
from collections.abc import Awaitable, Callable, Generator, Sequence
from pathlib import Path

import httpx
import pytest
from image_variations._runtime.connection import connecting

from tests.connection.calls import open_connections_fall_to
from tests.faults.scenes.calls import WELL
from tests.faults.scenes.connecting import authority, server_tls
from tests.support.clocks import LoopClock
from tests.support.server import ScriptedServer
from tests.support.turns import Visit, close

DESCRIPTORS = Path("/proc/self/fd")
Resolve = Callable[[Sequence[tuple[str, int]]], None]

needs_other_loopbacks = pytest.mark.skipif(not DESCRIPTORS.exists(), reason="other systems have one loopback address")


@pytest.fixture
async def resolve(monkeypatch: pytest.MonkeyPatch) -> Resolve:
    """Has every name lead to some addresses, in their order."""
    loop = asyncio.get_running_loop()
    look_up = loop.getaddrinfo

    def lead_to(addresses: Sequence[tuple[str, int]]) -> None:
        async def getaddrinfo(host: str, port: int, **hints: int) -> Sequence[object]:
            if ".example" not in host:  # uvloop looks up addresses, too
                return await look_up(host, port, **hints)
            return [
                (socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, number))
                for address, number in addresses
            ]

        monkeypatch.setattr(loop, "getaddrinfo", getaddrinfo)

    return lead_to


@contextlib.contextmanager
def dead_address(port: int) -> Generator[tuple[str, int]]:
    """An address at which connecting goes nowhere: its queue for `accept` is full (listen(2))."""
    with contextlib.ExitStack() as kept:
        listener = kept.enter_context(socket.socket())
        listener.bind(("127.0.0.2", port))
        listener.listen(0)
        is_connected = True
        while is_connected:
            waiting = kept.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.2", port))
            is_connected = bool(select.select([], [waiting], [], 0.05)[1])
        yield "127.0.0.2", port


def open_descriptors() -> int:
    """How many files and sockets this process has open."""
    return len(os.listdir(DESCRIPTORS))


async def settle(turns: int = 20) -> None:
    """Let what is under way come to rest."""
    for _ in range(turns):
        await asyncio.sleep(0)


async def falls_to(count: Callable[[], int], number: int) -> None:
    """Wait until there are no more of something."""
    async with asyncio.timeout(5):
        while count() > number:  # noqa: ASYNC110  # no event tells when a descriptor is closed
            await asyncio.sleep(0.001)


# Several addresses


@needs_other_loopbacks
async def test_an_address_that_leads_nowhere_does_not_hold_up_the_next(
    http: httpx.AsyncClient, clock: LoopClock, resolve: Resolve
) -> None:
    """The second address is tried after a quarter of a second beside the first, whose socket is closed then."""
    async with ScriptedServer(WELL) as server:
        with dead_address(server.port) as dead:
            resolve([dead, ("127.0.0.1", server.port)])
            before = open_descriptors()
            posting = asyncio.create_task(http.post("http://a.example/v1/x", content=b"x"))
            await settle()
            assert server.connections == 0
            clock.put_forward(0.3)
            assert (await posting).status_code == 200
            assert server.connections == 1
            await falls_to(open_descriptors, before + 2)  # both ends of one connection


async def test_an_address_that_refuses_is_followed_by_the_next_at_once(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, resolve: Resolve
) -> None:
    """No head start is waited out for it."""
    monkeypatch.setattr(connecting, "_STAGGER", 3600.0)
    async with ScriptedServer(WELL) as server, ScriptedServer(WELL, is_listening=False) as refusing:
        resolve([("127.0.0.1", refusing.port), ("127.0.0.1", server.port)])
        async with asyncio.timeout(5):
            assert (await http.post("http://a.example/v1/x", content=b"x")).status_code == 200


async def test_of_addresses_that_accept_together_one_is_kept(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, resolve: Resolve
) -> None:
    """The other connection is closed, and carries nothing."""
    monkeypatch.setattr(connecting, "_STAGGER", 0.0)
    async with ScriptedServer(WELL) as one, ScriptedServer(WELL) as other:
        resolve([("127.0.0.1", one.port), ("127.0.0.1", other.port)])
        assert (await http.post("http://a.example/v1/x", content=b"x")).status_code == 200
        assert one.posts + other.posts == 1
        await falls_to(lambda: one.open_connections + other.open_connections, 1)


async def test_the_error_says_that_no_address_accepts(http: httpx.AsyncClient, resolve: Resolve) -> None:
    """And why the first one does not."""
    async with ScriptedServer(WELL, is_listening=False) as one, ScriptedServer(WELL, is_listening=False) as other:
        resolve([("127.0.0.1", one.port), ("127.0.0.1", other.port)])
        with pytest.raises(httpx.ConnectError, match="none of 2 addresses accepts") as error:
            await http.get("http://a.example/")
        cause = error.value.__cause__
        assert isinstance(cause, OSError)
        assert isinstance(cause.__cause__, ConnectionRefusedError)


@needs_other_loopbacks
@pytest.mark.parametrize("seconds", [0.0, 0.3])
async def test_a_race_that_is_cancelled_leaves_no_socket(
    http: httpx.AsyncClient, clock: LoopClock, resolve: Resolve, seconds: float
) -> None:
    """With one connection being opened, and with two."""
    async with ScriptedServer(WELL, is_listening=False) as taken:
        with dead_address(taken.port) as dead:
            resolve([dead, dead])
            tasks, before = asyncio.all_tasks(), open_descriptors()
            getting = asyncio.create_task(http.get("http://a.example/"))
            await settle()
            clock.put_forward(seconds)
            await settle()
            assert open_descriptors() == before + (2 if seconds else 1)
            getting.cancel()
            await asyncio.wait([getting])
            assert getting.cancelled()
            await falls_to(open_descriptors, before)
            assert asyncio.all_tasks() == tasks


async def test_the_families_of_the_addresses_take_turns(http: httpx.AsyncClient, resolve: Resolve) -> None:
    """A host whose IPv6 is out of order is reached by IPv4 at the second attempt, whatever the resolver's order."""
    checked: list[str] = []
    resolve([("::1", 1), ("::2", 1), ("::3", 1), ("127.0.0.1", 1), ("127.0.0.2", 1)])

    def check(addresses: Sequence[str]) -> Sequence[str]:
        checked.extend(addresses)
        raise PermissionError("not there")

    request = http.build_request("GET", "http://a.example/", extensions={"check_address": check})
    with pytest.raises((httpx.ConnectError, PermissionError), match="not there"):
        await http.send(request)
    assert checked == ["::1", "127.0.0.1", "::2", "127.0.0.2", "::3"]


@pytest.mark.parametrize(
    "url",
    [
        "http://a..b/",
        "http://.invalid/",
        f"http://{'a' * 70}.invalid/",
        f"https://{'a' * 70}.invalid/",
        "http://127.0.0.1:99999/",
        "https://127.0.0.1:99999/",
        "http://1.2.3.4.5.6.7:1/",
        "ftp://127.0.0.1/",
        "ws://127.0.0.1/",
        "http:///path",
        "/path",
    ],
)
async def test_a_url_that_leads_nowhere_is_an_error_of_httpx(http: httpx.AsyncClient, url: str) -> None:
    """Whatever the resolver, the codec of names or the system makes of it."""
    with pytest.raises((httpx.ConnectError, httpx.UnsupportedProtocol)):
        await http.get(url)


# TLS


def tls_for(name: str, *protocols: str) -> ssl.SSLContext:
    """What a server of this name needs, which speaks these protocols."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    with authority().issue_cert(name).private_key_and_cert_chain_pem.tempfile() as certificate:
        context.load_cert_chain(certificate)
    if protocols:
        context.set_alpn_protocols(protocols)
    return context


async def test_tls_asks_for_the_name_and_for_http_1_1_alone(http: httpx.AsyncClient, resolve: Resolve) -> None:
    """A server with several certificates has the right one, and one that speaks HTTP/2 does not begin to."""
    asked_for: list[str | None] = []
    agreed: list[str | None] = []

    def note_name(_: ssl.SSLObject, name: str | None, __: ssl.SSLContext) -> None:
        asked_for.append(name)

    async def note_protocol(visit: Visit) -> None:
        agreed.append(visit.writer.get_extra_info("ssl_object").selected_alpn_protocol())

    tls = tls_for("a.example", "h2", "http/1.1")
    tls.sni_callback = note_name
    async with ScriptedServer((note_protocol, *WELL), tls=tls) as server:
        resolve([("127.0.0.1", server.port)])
        for url in ("https://a.example/", "https://a.example./"):
            assert (await http.post(url, content=b"x")).status_code == 200
    assert asked_for == ["a.example", "a.example"]
    assert agreed == ["http/1.1", "http/1.1"]


async def test_the_name_for_tls_may_be_another_than_the_hosts(http: httpx.AsyncClient) -> None:
    """Httpx's extension `sni_hostname` says it; requests with another name do not share the connection."""
    async with ScriptedServer(WELL, tls=tls_for("a.example")) as server:
        for _ in range(2):
            request = http.build_request(
                "POST", server.base_url, content=b"x", extensions={"sni_hostname": "a.example"}
            )
            assert (await http.send(request)).status_code == 200
        assert server.connections == 1
        with pytest.raises(httpx.ConnectError, match="certificate"):
            await http.post(server.base_url, content=b"x")


async def test_an_untrusted_certificate_ends_the_connection(http: httpx.AsyncClient, resolve: Resolve) -> None:
    """The cause says so, and no request was sent."""
    async with ScriptedServer(WELL, tls=tls_for("a.example")) as server:
        resolve([("127.0.0.1", server.port)])
        with pytest.raises(httpx.ConnectError) as error:
            await http.post("https://b.example/", content=b"x")
        assert isinstance(error.value.__cause__, ssl.SSLCertVerificationError)
        await open_connections_fall_to(server, 0)
        assert server.posts == 0


async def test_a_server_that_speaks_no_tls_is_an_error(http: httpx.AsyncClient) -> None:
    """What it says is not taken for a handshake."""
    async with ScriptedServer((close,)) as server:
        with pytest.raises((httpx.ConnectError, httpx.ReadError)):
            await http.post(server.base_url.replace("http:", "https:"), content=b"x")


# Sockets


@pytest.mark.parametrize("is_tls", [False, True], ids=["plain", "TLS"])
async def test_a_socket_neither_delays_nor_hoards(trusting: ssl.SSLContext, *, is_tls: bool) -> None:
    """Small writes go out at once (TCP_NODELAY), and the kernel takes no megabytes ahead (TCP_NOTSENT_LOWAT)."""
    async with ScriptedServer(WELL, tls=server_tls() if is_tls else None) as server:
        connection = await connecting.connect("127.0.0.1", server.port)
        if is_tls:
            await connecting.start_tls(connection, trusting, "127.0.0.1")
        options = connection.transport.get_extra_info("socket")
        assert options.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):
            assert options.getsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT) == 128 * 1024
        assert connection.peer == "127.0.0.1"
        connection.abort()
        await open_connections_fall_to(server, 0)


# Cancelled


Open = Callable[[httpx.AsyncClient, str], Awaitable[httpx.Response]]


@pytest.mark.parametrize("is_tls", [False, True], ids=["plain", "TLS"])
@pytest.mark.parametrize("size", [1, 1_000_000], ids=["small", "large"])
async def test_a_request_that_is_cancelled_at_any_await_leaves_no_connection(
    http: httpx.AsyncClient, size: int, *, is_tls: bool
) -> None:
    """Closing cannot be interrupted: what was under way is closed, and no task goes on."""
    async with ScriptedServer(WELL, tls=server_tls() if is_tls else None) as server:
        tasks = asyncio.all_tasks()
        was_going_on, turns = True, 0
        while was_going_on:
            posting = asyncio.create_task(http.post(server.base_url, content=bytes(size)))
            for _ in range(turns):
                await asyncio.sleep(0)
            was_going_on = posting.cancel()
            await asyncio.wait([posting])
            assert posting.cancelled() is was_going_on
            await open_connections_fall_to(server, 0 if was_going_on else 1)
            turns += 1
        assert turns > 5
        serving = {task for task in asyncio.all_tasks() - tasks if "ScriptedServer" not in repr(task)}
        assert serving == set()


async def test_closing_a_response_that_is_being_read_ends_the_reading(http: httpx.AsyncClient) -> None:
    """The reader is told, and waits for nothing."""
    body = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"

    async def send_a_part(visit: Visit) -> None:
        visit.writer.write(body)
        await visit.reader.read()

    async with ScriptedServer((*WELL[:2], send_a_part)) as server:
        response = await http.send(http.build_request("POST", server.base_url, content=b"x"), stream=True)
        reading = asyncio.create_task(response.aread())
        await settle()
        assert not reading.done()
        assert isinstance(response.stream, httpx.AsyncByteStream)
        await response.stream.aclose()
        with pytest.raises(httpx.TransportError):
            async with asyncio.timeout(5):
                await reading
        await open_connections_fall_to(server, 0)
