"""Links lead to the server itself, to public addresses and to hosts that the caller names, and nowhere else (SSRF)."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from pathlib import Path

import httpx
import pytest
from image_variations import (
    Client,
    ConfigurationError,
    Image,
    ImagesResponse,
    ImageVariationsError,
    InvalidRequestError,
    RedirectError,
    create_image_variation,
    create_image_variation_files,
    create_image_variation_stream,
    fetch_image,
    save_images,
)
from image_variations._runtime.images.links import LinkPolicy
from image_variations.transports import default, over_aiohttp, over_httpx

from examples.transports import over_reqwest
from tests.support.clocks import SleeplessClient
from tests.support.pictures import PICTURES
from tests.support.secret_watch import new_key
from tests.support.server import ScriptedServer
from tests.support.turns import reply

PICTURE, OTHER = PICTURES[:2]
PUBLIC = "93.184.216.34"
ELSEWHERE = "http://images.example/v1"
"""A server that is somewhere in the internet."""

needs_other_loopbacks = pytest.mark.skipif(
    not Path("/proc/self").exists(), reason="other systems have one loopback address"
)

Names = dict[str, list[list[str]]]


@pytest.fixture
async def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """What the resolver says of names, one after the other and then the last for ever; of the rest what is true."""
    known: Names = {"images.example": [["93.184.216.35"]]}
    loop = asyncio.get_running_loop()
    look_up = loop.getaddrinfo

    async def getaddrinfo(host: str | bytes, port: int, **hints: int) -> Sequence[object]:
        name = (host if isinstance(host, str) else host.decode()).rstrip(".")
        if name not in known:
            return await look_up(host, port, **hints)
        said = known[name].pop(0) if len(known[name]) > 1 else known[name][0]
        return [
            (socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in said
        ]

    monkeypatch.setattr(loop, "getaddrinfo", getaddrinfo)
    return known


@pytest.fixture
async def inside() -> AsyncIterator[ScriptedServer]:
    """A server in the client's own network."""
    async with ScriptedServer() as running:
        running.routes["/1"] = [reply(200, PICTURE)]
        yield running


@contextlib.asynccontextmanager
async def neighbour(address: str) -> AsyncGenerator[tuple[ScriptedServer, int]]:
    """A server at another address of this machine, and its port."""
    async with ScriptedServer(host=address) as server:
        server.routes["/1"] = [reply(200, PICTURE)]
        yield server, server.port


def port_of(server: ScriptedServer) -> str:
    """The port that a server listens on."""
    return server.origin.rpartition(":")[2]


Make = Callable[[], Client]
TRANSPORTS: dict[str, Make] = {
    "by itself": lambda: SleeplessClient(base_url=ELSEWHERE),
    "passed on": lambda: SleeplessClient(base_url=ELSEWHERE, transport=default()),
    "within a client of httpx": lambda: SleeplessClient(
        base_url=ELSEWHERE, http_client=httpx.AsyncClient(transport=default())
    ),
    "over aiohttp": lambda: SleeplessClient(base_url=ELSEWHERE, transport=over_aiohttp()),
    "over httpx": lambda: SleeplessClient(base_url=ELSEWHERE, transport=over_httpx()),
    "over reqwest": lambda: SleeplessClient(base_url=ELSEWHERE, transport=over_reqwest()),
}
every_transport = pytest.mark.parametrize("make", TRANSPORTS.values(), ids=TRANSPORTS)
ours = pytest.mark.parametrize("make", list(TRANSPORTS.values())[:3], ids=list(TRANSPORTS)[:3])


# What a host is, however it is spelled.

REFUSED = {
    "loopback": "127.0.0.1",
    "loopback in hexadecimal": "0x7f.1",
    "loopback in capitals": "0X7F.0.0.1",
    "loopback as one number": "2130706433",
    "loopback in octal": "017700000001",
    "loopback, shortened": "127.1",
    "loopback with wide dots": "127\u30020\u30020\u30021",
    "zero": "0",
    "a name of loopback": "localhost",
    "a name of loopback in capitals": "LocalHost",
    "loopback of IPv6": "[::1]",
    "loopback of IPv6 in full": "[0:0:0:0:0:0:0:1]",
    "IPv4 within IPv6": "[::ffff:127.0.0.1]",
    "IPv4 within IPv6 in hexadecimal": "[::ffff:7f00:1]",
    "IPv4 within IPv6, the old way": "[::127.0.0.1]",
    "NAT64": "[64:ff9b::7f00:1]",
    "NAT64 of one's own": "[64:ff9b:1::7f00:1]",
    "6to4": "[2002:7f00:1::]",
    "Teredo": "[2001:0:7f00:1::]",
    "the metadata of clouds": "169.254.169.254",
    "link-local": "[fe80::1%lo]",
    "private": "10.0.0.1",
    "private too": "192.168.1.1",
    "of a provider": "100.64.0.1",
    "unique local": "[fd00::1]",
    "site-local": "[fec0::1]",
    "of protocols": "192.0.0.8",
    "of benchmarks": "198.18.0.1",
    "of documents": "[3fff::1]",
    "reserved": "240.0.0.1",
    "everybody": "255.255.255.255",
    "multicast": "224.0.0.1",
    "multicast of IPv6": "[ff02::1]",
}
NO_HOSTS = {
    "an address with a dot": "127.0.0.1.",
    "a number with a dot": "2130706433.",
    "hexadecimal with a dot": "0x7f.1.",
    "zero with a dot": "0.",
    "escaped": "127%2e0%2e0%2e1",
    "an escaped name": "loc%61lhost",
    "wide digits": "\uff11\uff12\uff17.0.0.1",
    "too long for a byte": "127.0.0.256",
}


@pytest.mark.parametrize("host", REFUSED.values(), ids=REFUSED)
async def test_a_link_into_a_private_network_is_refused(names: Names, inside: ScriptedServer, host: str) -> None:
    """However the address is written. Nothing is sent, and the error names the option that allows the host."""
    async with SleeplessClient(base_url=ELSEWHERE) as client:
        with pytest.raises(InvalidRequestError, match=r"^url: must lead .*pass download_hosts=\['") as refused:
            await fetch_image(client, Image(url=f"http://{host}:{port_of(inside)}/1"))
    assert (refused.value.field, refused.value.billed, inside.requests) == ("url", "no", [])


@every_transport
@pytest.mark.parametrize("host", [*REFUSED.values(), *NO_HOSTS.values()], ids=[*REFUSED, *NO_HOSTS])
async def test_no_transport_reaches_a_private_network(
    names: Names, inside: ScriptedServer, make: Make, host: str
) -> None:
    """Each library reads hosts in its own way, and some take for an address what others do not."""
    async with make() as client:
        with pytest.raises(InvalidRequestError):
            await fetch_image(client, Image(url=f"http://{host}:{port_of(inside)}/1"))
    assert inside.requests == []


@needs_other_loopbacks
@pytest.mark.parametrize("host", [*REFUSED.values(), *NO_HOSTS.values()], ids=[*REFUSED, *NO_HOSTS])
async def test_a_redirect_into_a_private_network_is_refused(inside: ScriptedServer, host: str) -> None:
    """Also if the server itself is at a private address, which says nothing about others."""
    async with neighbour("127.0.0.2") as (server, port), SleeplessClient(base_url=f"http://127.0.0.2:{port}") as client:
        location = f"http://{host}:{port_of(inside)}/1".encode().decode("latin-1")
        server.routes["/0"] = [reply(302, b"", {"Location": location})]
        with pytest.raises(RedirectError) as refused:
            await fetch_image(client, Image(url="/0"))
        assert ("download_hosts" in str(refused.value)) == (host in REFUSED.values())
        assert len(server.of("/0")) == 1
    assert inside.requests == []


# What the resolver says.


@ours
@pytest.mark.parametrize(
    "said", [[[PUBLIC], ["127.0.0.1"]], [["127.0.0.1"], [PUBLIC]]], ids=["public first", "private first"]
)
async def test_the_address_that_is_connected_to_is_checked(
    names: Names, inside: ScriptedServer, make: Make, said: list[list[str]]
) -> None:
    """A resolver that says one thing when a link is checked and another when it is opened gains nothing."""
    for look_ups in range(4):  # whichever of them the resolver lies at
        names["links.example"] = [*([[PUBLIC]] * look_ups), *said]
        async with make() as client:
            client = client.with_options(max_retries=0, timeout=0.1)
            with pytest.raises(ImageVariationsError):
                await fetch_image(client, Image(url=f"http://links.example:{port_of(inside)}/1"))
    assert inside.requests == []


@every_transport
@pytest.mark.parametrize("addresses", [[PUBLIC, "127.0.0.1"], ["127.0.0.1", PUBLIC]], ids=["last", "first"])
async def test_a_name_with_a_public_and_a_private_address_is_refused(
    names: Names, inside: ScriptedServer, make: Make, addresses: list[str]
) -> None:
    """Nobody means both, and not every transport can be told which one to connect to."""
    names["links.example"] = [addresses]
    async with make() as client:
        with pytest.raises(InvalidRequestError, match=r"links\.example is at "):
            await fetch_image(client, Image(url=f"http://links.example:{port_of(inside)}/1"))
    assert inside.requests == []


async def test_a_public_server_does_not_move_into_the_private_network(names: Names, inside: ScriptedServer) -> None:
    """Whoever runs it also says where its name leads."""
    async with SleeplessClient(base_url=ELSEWHERE) as client:
        names["images.example"] = [[PUBLIC], ["127.0.0.1"]]
        with pytest.raises(InvalidRequestError, match=r"images\.example is at 127\.0\.0\.1"):
            await fetch_image(client, Image(url=f"http://images.example:{port_of(inside)}/1"))
    assert inside.requests == []


# The server itself.


@pytest.mark.parametrize("has_called", [True, False], ids=["after a call", "before any call"])
@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "0x7f.1",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",  # noqa: S104  # not to be bound to
        "[::]",
        "images.internal",
        "IMAGES.internal.",
        "both.internal",
    ],
)
@pytest.mark.parametrize("named", ["127.0.0.1", "images.internal", "Images.Internal."])
async def test_links_lead_to_the_servers_own_host(
    names: Names, inside: ScriptedServer, named: str, host: str, *, has_called: bool
) -> None:
    """By its name or by the address that it was reached at, at any port. 0.0.0.0 means that address."""
    names |= {"images.internal": [["127.0.0.1"]], "both.internal": [["::1", "127.0.0.1"]]}
    async with (
        ScriptedServer() as server,
        SleeplessClient(base_url=f"http://{named}:{port_of(server)}/v1") as client,
    ):
        link = f"http://{host}:{port_of(inside)}/1"
        server.draw(reply(200, {"data": [{"url": link}]}))
        if has_called:
            await create_image_variation(client, image=PICTURE)
        assert await fetch_image(client, Image(url=link)) == PICTURE


@needs_other_loopbacks
@pytest.mark.parametrize("named", ["127.0.0.1", "images.internal"])
async def test_links_lead_to_no_neighbour_of_the_server(names: Names, inside: ScriptedServer, named: str) -> None:
    """A server at a private address may not send its clients to others."""
    names |= {"images.internal": [["127.0.0.1"]], "minio.internal": [["127.0.0.2"]]}
    async with (
        neighbour("127.0.0.2") as (store, port),
        SleeplessClient(base_url=f"http://{named}:{port_of(inside)}/v1") as client,
    ):
        for host in ("127.0.0.2", "minio.internal", "0x7f000002", "127.2"):
            with pytest.raises(InvalidRequestError, match=r"is at 127\.0\.0\.2"):
                await fetch_image(client, Image(url=f"http://{host}:{port}/1"))
        assert store.requests == []


async def test_a_server_may_have_several_private_addresses(names: Names, inside: ScriptedServer) -> None:
    """A name within the network leads now to one machine and now to another."""
    names["images.internal"] = [["10.255.255.1"], ["127.0.0.1"]]
    async with SleeplessClient(base_url=f"http://images.internal:{port_of(inside)}/v1") as client:
        assert await fetch_image(client, Image(url="/1")) == PICTURE


# What the caller allows.


@needs_other_loopbacks
@pytest.mark.parametrize(
    ("hosts", "links"),
    [
        (["minio.internal"], ["minio.internal", "MINIO.internal", "minio.internal."]),
        (["MinIO.Internal."], ["minio.internal", "MINIO.internal."]),
        (["b\xfccher.example"], ["b\xfccher.example", "B\xdcCHER.example.", "xn--bcher-kva.example"]),
        (["xn--bcher-kva.example"], ["b\xfccher.example"]),
        (["127.0.0.2"], ["127.0.0.2", "0x7f.2", "[::ffff:127.0.0.2]", "minio.internal", "b\xfccher.example"]),
        (["::ffff:127.0.0.2"], ["127.0.0.2"]),
        (["[::FFFF:7f00:2]"], ["127.0.0.2"]),
    ],
)
async def test_links_lead_to_hosts_that_the_caller_names(
    names: Names, tmp_path: Path, inside: ScriptedServer, hosts: list[str], links: list[str]
) -> None:
    """Exact names and addresses, however they are written, at any port, also by `with_options` and by a redirect."""
    names |= {"minio.internal": [["127.0.0.2"]], "xn--bcher-kva.example": [["127.0.0.2"]]}
    async with neighbour("127.0.0.2") as (_, port), SleeplessClient(base_url=inside.base_url) as client:
        for host in links:
            link = f"http://{host}:{port}/1"
            with pytest.raises(InvalidRequestError):
                await fetch_image(client, Image(url=link))
            allowed = client.with_options(download_hosts=hosts)
            assert await fetch_image(allowed, Image(url=link)) == PICTURE
            inside.routes["/0"] = [reply(307, b"", {"Location": str(httpx.URL(link))})]
            assert await fetch_image(allowed.with_options(timeout=5), Image(url="/0")) == PICTURE
            with pytest.raises(InvalidRequestError):
                await fetch_image(allowed.with_options(download_hosts=[]), Image(url=link))


@pytest.mark.parametrize(
    ("hosts", "host"),
    [
        (["127.0.0.2"], "127.0.0.1"),
        (["localhost.example"], "localhost"),
        (["internal"], "minio.internal"),
        (["io.internal"], "minio.internal"),
        (["minio.internal"], "127.0.0.1"),
        (["minio.internal"], "minio.internal.example"),
        (["::1"], "127.0.0.1"),
    ],
)
async def test_what_is_named_allows_nothing_else(
    names: Names, inside: ScriptedServer, hosts: list[str], host: str
) -> None:
    """No host below a name, no address of it, and no network."""
    names |= {"minio.internal": [["127.0.0.1"]], "minio.internal.example": [["127.0.0.1"]]}
    async with SleeplessClient(base_url=ELSEWHERE, download_hosts=hosts) as client:
        with pytest.raises(InvalidRequestError, match=r"is at 127\.0\.0\.1"):
            await fetch_image(client, Image(url=f"http://{host}:{port_of(inside)}/1"))
    assert inside.requests == []


NO_NAMES = [
    "10.0.0.0/8",
    "*.example",
    "a b",
    "http://x",
    "x:80",
    "x:9000",
    "[::1]:80",
    "[::1",
    "::1]",
    "x/",
    "u@x",
    "?",
    "#",
    "",
    ".",
    "\n",
    "x\n",
    "\ud800",
    "xn--",
    "a" * 64,
    "127.0.0.1.",
]


@pytest.mark.parametrize(
    "hosts",
    [*([name] for name in NO_NAMES), [b"x"], [None], [5], "minio.internal", 5],
    ids=ascii,
)
def test_what_is_no_host_is_refused(hosts: list[str]) -> None:
    """When the client is made, and when it is copied."""
    with pytest.raises(ConfigurationError, match="download_hosts must "):
        Client(base_url=ELSEWHERE, download_hosts=hosts)
    with pytest.raises(ConfigurationError, match="download_hosts must "):
        Client(base_url=ELSEWHERE).with_options(download_hosts=hosts)


# How it comes out.


async def test_a_refused_image_takes_no_other_along(names: Names, tmp_path: Path, inside: ScriptedServer) -> None:
    """In every way that images come out; the error says that the images were paid for, and what was saved."""
    bad, good = f"http://10.0.0.1:{port_of(inside)}/1", "/1"
    inside.draw(reply(200, {"data": [{"url": bad}, {"url": good}]}))
    async with SleeplessClient(base_url=inside.base_url) as client:
        with pytest.raises(InvalidRequestError, match="download_hosts") as refused:
            await save_images(client, ImagesResponse(data=[Image(url=bad), Image(url=good)]), tmp_path / "a")
        assert (refused.value.billed, len(refused.value.partial)) == ("yes", 1)
        with pytest.raises(InvalidRequestError, match="download_hosts") as refused:
            await create_image_variation_files(client, tmp_path / "b", image=PICTURE)
        assert (refused.value.billed, len(refused.value.partial), len(refused.value.attempts)) == ("yes", 1, 1)
        async with create_image_variation_stream(client, image=PICTURE) as images:
            first, second = [image async for image in images]
            with pytest.raises(InvalidRequestError, match="download_hosts") as refused:
                assert [piece async for piece in first]
            assert refused.value.billed == "yes"
            assert b"".join([piece async for piece in second]) == PICTURE


async def test_a_kept_connection_is_checked_too(names: Names, inside: ScriptedServer) -> None:
    """A link that may go anywhere leaves a connection that others may not use."""
    names["links.example"] = [["127.0.0.1"]]
    async with SleeplessClient(base_url=ELSEWHERE) as client:
        link = Image(url=f"http://links.example:{port_of(inside)}/1")
        assert await fetch_image(client.with_options(download_hosts=["links.example"]), link) == PICTURE
        names["links.example"] = [[PUBLIC]]
        with pytest.raises(InvalidRequestError, match=r"links\.example is at 127\.0\.0\.1"):
            await fetch_image(client, link)
    assert len(inside.requests) == 1


async def test_the_key_in_a_refused_link_is_not_shown(names: Names, inside: ScriptedServer) -> None:
    """Nor its user part and its query, in the message, the value and the rule."""
    key = new_key()
    refused = [
        f"http://u:s3cret@10.0.0.1/{key}/1?sig=s3cret",
        f"http://{key}.example/1",
        f"http://10.0.0.1/{key[:-1]}%{ord(key[-1]):x}",
    ]
    names[f"{key}.example"] = [["10.0.0.1"]]
    async with SleeplessClient(base_url=inside.base_url, api_key=lambda: key) as client:
        await _call(client, inside)
        for link in refused:
            with pytest.raises(InvalidRequestError, match="download_hosts") as failed:
                await fetch_image(client, Image(url=link))
            assert not any(secret in f"{failed.value!r} {vars(failed.value)}" for secret in ("s3cret", key))
            inside.routes["/0"] = [reply(302, b"", {"Location": link})]
            with pytest.raises(RedirectError, match="download_hosts") as redirected:
                await fetch_image(client, Image(url="/0"))
            assert not any(secret in f"{redirected.value!r} {vars(redirected.value)}" for secret in ("s3cret", key))


async def _call(client: Client, server: ScriptedServer) -> None:
    server.draw(reply(200, {"data": [{"url": "/1"}]}))
    await create_image_variation(client, image=PICTURE)


@pytest.mark.parametrize(
    "address", [PUBLIC, "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8", "2002:808:808::1"]
)
def test_a_public_address_is_allowed(address: str) -> None:
    """Whatever it is wrapped in."""
    policy = LinkPolicy(httpx.URL(ELSEWHERE), frozenset())
    assert policy.allowed(httpx.URL("http://links.example/1"), [address], []) == [address]
