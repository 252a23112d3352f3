"""Clients that share: the caller's own `httpx.AsyncClient`, copies by `with_options`, and one event loop."""

import asyncio
import gc
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from image_variations import (
    Attempt,
    AuthenticationError,
    CallTimeoutError,
    Client,
    ClientStateError,
    ConfigurationError,
    InvalidRequestError,
    RedirectError,
    ResponseError,
    create_image_variation,
)

from tests.support.pictures import make_png
from tests.support.secret_watch import new_key
from tests.support.server import ScriptedServer
from tests.support.turns import SILENCE, SUCCESS, in_parts

ONE_IMAGE = {"data": [{"url": "https://example.com/1.png"}]}


@pytest.fixture
async def other() -> AsyncIterator[ScriptedServer]:
    """Another server, of another origin."""
    async with ScriptedServer() as running:
        running.respond(200, ONE_IMAGE)
        yield running


@pytest.fixture
def key() -> str:
    """A key of this run alone."""
    return new_key()


def headers_of(server: ScriptedServer) -> dict[str, str]:
    """The headers of the last request that a server got, by names in lower case."""
    lines = server.requests[-1][0].removesuffix("\r\n\r\n").split("\r\n")[1:]
    return {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}


# The caller's own httpx.AsyncClient.


async def test_the_callers_http_client_is_used_and_not_closed(scripted: ScriptedServer, png: bytes) -> None:
    """Calls go over its connections, and it lives on when the client is closed."""
    async with httpx.AsyncClient() as http:
        async with Client(base_url=scripted.base_url, http_client=http) as client:
            await create_image_variation(client, image=png)
            await create_image_variation(client, image=png)
        assert client.is_closed
        assert not http.is_closed
        assert (await http.post(scripted.base_url, content=b"x")).status_code == 200
    assert scripted.connections == 1


async def test_nothing_of_the_callers_http_client_gets_into_a_call(
    scripted: ScriptedServer, png: bytes, key: str
) -> None:
    """Its authentication, headers, cookies, parameters and base URL are for its own requests."""
    http = httpx.AsyncClient(
        auth=("user", "password"),
        headers={"X-Own": "1", "User-Agent": "own", "Authorization": "Bearer own", "Accept": "own/own"},
        cookies={"session": "own"},
        params={"own": "1"},
        base_url="http://elsewhere.example/own",
    )
    async with http, Client(base_url=scripted.base_url, api_key=key, http_client=http) as client:
        await create_image_variation(client, image=png)
    assert headers_of(scripted).keys() == {
        *("host", "user-agent", "accept", "accept-encoding", "authorization", "content-type", "content-length"),
    }
    assert headers_of(scripted)["authorization"] == f"Bearer {key}"
    assert headers_of(scripted)["user-agent"] == client.user_agent
    assert scripted.requests[0].head.startswith("POST /v1/images/variations HTTP/1.1\r\n")


async def test_without_a_key_the_callers_http_client_shows_none(scripted: ScriptedServer, png: bytes) -> None:
    """No key means no Authorization header, also where its own authentication would make one."""
    http = httpx.AsyncClient(auth=("user", "password"))
    async with http, Client(base_url=scripted.base_url, http_client=http) as client:
        await create_image_variation(client, image=png)
    assert "authorization" not in headers_of(scripted)


async def test_an_authentication_that_repeats_requests_does_not(scripted: ScriptedServer, png: bytes) -> None:
    """A 401 is not answered by the auth flow of the caller's client: the picture goes out once."""
    scripted.respond(401, b"", {"WWW-Authenticate": 'Digest realm="r", nonce="n", qop="auth"'})
    http = httpx.AsyncClient(auth=httpx.DigestAuth("user", "password"))
    async with http, Client(base_url=scripted.base_url, http_client=http) as client:
        with pytest.raises(AuthenticationError):
            await create_image_variation(client, image=png)
    assert len(scripted.requests) == 1


async def test_redirects_are_not_followed_whatever_the_callers_client_does(
    scripted: ScriptedServer, other: ScriptedServer, png: bytes
) -> None:
    """With `follow_redirects=True` the picture and the key still go to one host only."""
    scripted.respond(307, b"", {"Location": f"{other.base_url}/images/variations"})
    http = httpx.AsyncClient(follow_redirects=True)
    async with http, Client(base_url=scripted.base_url, http_client=http) as client:
        with pytest.raises(RedirectError):
            await create_image_variation(client, image=png)
    assert (len(scripted.requests), other.connections) == (1, 0)


@pytest.mark.parametrize("is_own", [True, False])
async def test_cookies_of_an_answer_are_not_sent_back(scripted: ScriptedServer, png: bytes, is_own: bool) -> None:
    """A call knows nothing of the one before it."""
    scripted.respond(200, ONE_IMAGE, {"Set-Cookie": "session=1; Path=/"})
    http = httpx.AsyncClient()
    async with http, Client(base_url=scripted.base_url, http_client=http if is_own else None) as client:
        await create_image_variation(client, image=png)
        await create_image_variation(client, image=png)
    assert "cookie" not in headers_of(scripted)


async def test_the_callers_timeouts_do_not_bound_a_call(png: bytes) -> None:
    """A server that draws is silent for longer than ordinary requests may take."""
    drawn = asyncio.Event()
    async with (
        ScriptedServer(in_parts(drawn, SUCCESS)) as scripted,
        httpx.AsyncClient(timeout=httpx.Timeout(0.01)) as http,
        Client(base_url=scripted.base_url, http_client=http, connect_timeout=5) as client,
    ):
        call = asyncio.create_task(create_image_variation(client, image=png))
        await scripted.until(lambda: len(scripted.requests) == 1)
        asyncio.get_running_loop().call_later(0.1, drawn.set)
        assert (await call).data


async def test_a_closed_http_client_closes_the_client(scripted: ScriptedServer, png: bytes) -> None:
    """`is_closed` says so, and a call is refused."""
    http = httpx.AsyncClient()
    client = Client(base_url=scripted.base_url, http_client=http)
    await create_image_variation(client, image=png)
    await http.aclose()
    assert client.is_closed
    with pytest.raises(ClientStateError, match="closed"):
        await create_image_variation(client, image=png)
    assert len(scripted.requests) == 1


async def test_a_transport_and_an_http_client_contradict_each_other(scripted: ScriptedServer) -> None:
    """A transport belongs to a client of our own; the caller's client has one."""
    async with httpx.AsyncClient() as http:
        with pytest.raises(ConfigurationError, match="transport or http_client, not both"):
            Client(base_url=scripted.base_url, transport=httpx.AsyncHTTPTransport(), http_client=http)


# Copies.


async def test_a_copy_shares_the_connections(scripted: ScriptedServer, png: bytes) -> None:
    """Calls of a client, of its copy and of the copy's copy go over one connection."""
    async with Client(base_url=scripted.base_url) as client:
        copy = client.with_options(timeout=60)
        for each in (client, copy, copy.with_options(validate=False)):
            await create_image_variation(each, image=png)
    assert (len(scripted.requests), scripted.connections) == (3, 1)


async def test_closing_a_copy_leaves_the_original_usable(scripted: ScriptedServer, png: bytes) -> None:
    """A copy closes itself alone: neither the original, other copies, nor the connections."""
    async with Client(base_url=scripted.base_url) as client:
        sibling = client.with_options(timeout=60)
        async with client.with_options(timeout=60) as copy:
            await create_image_variation(copy, image=png)
        assert (copy.is_closed, sibling.is_closed, client.is_closed) == (True, False, False)
        with pytest.raises(ClientStateError, match="closed"):
            await create_image_variation(copy, image=png)
        await create_image_variation(client, image=png)
        await create_image_variation(sibling, image=png)
    assert (len(scripted.requests), scripted.connections) == (3, 1)


async def test_closing_the_original_closes_its_copies(scripted: ScriptedServer, png: bytes) -> None:
    """The connections are the original's, and so are they closed with it."""
    client = Client(base_url=scripted.base_url)
    copy = client.with_options(timeout=60)
    await create_image_variation(copy, image=png)
    await client.aclose()
    assert copy.is_closed
    with pytest.raises(ClientStateError, match="closed"):
        await create_image_variation(copy, image=png)
    with pytest.raises(ClientStateError, match="closed"):
        await create_image_variation(client.with_options(timeout=60), image=png)


async def test_a_copy_of_a_client_over_the_callers_http_client_closes_nothing(
    scripted: ScriptedServer, png: bytes
) -> None:
    """Whoever is closed first, the caller's client stays open."""
    async with httpx.AsyncClient() as http:
        client = Client(base_url=scripted.base_url, http_client=http)
        async with client.with_options(timeout=60) as copy:
            await create_image_variation(copy, image=png)
        await create_image_variation(client, image=png)
        await client.aclose()
        assert not http.is_closed
    assert scripted.connections == 1


async def test_a_copys_settings_are_its_own(scripted: ScriptedServer, png: bytes, key: str) -> None:
    """What is given is changed, what is not given stays, and the original stays as it was."""
    async with Client(base_url=scripted.base_url, api_key=key, headers={"X-Team": "otters"}) as client:
        await create_image_variation(client.with_options(headers={"X-Trace": "1"}), image=png)
        assert "x-team" not in headers_of(scripted)
        assert (headers_of(scripted)["x-trace"], headers_of(scripted)["authorization"]) == ("1", f"Bearer {key}")
        await create_image_variation(client.with_options(api_key=f"{key}-2"), image=png)
        assert (headers_of(scripted)["x-team"], headers_of(scripted)["authorization"]) == ("otters", f"Bearer {key}-2")
        await create_image_variation(client.with_options(validate=False), image=b"no PNG")
        with pytest.raises(ResponseError, match="max_response_bytes"):
            await create_image_variation(client.with_options(max_response_bytes=1), image=png)
        with pytest.raises(InvalidRequestError):
            await create_image_variation(client, image=b"no PNG")
        await create_image_variation(client, image=png)
        assert (headers_of(scripted)["x-team"], headers_of(scripted)["authorization"]) == ("otters", f"Bearer {key}")


async def test_a_copys_timeout_is_its_own(png: bytes) -> None:
    """A copy with a short timeout does not shorten the original's."""
    async with ScriptedServer(SILENCE, SUCCESS) as scripted, Client(base_url=scripted.base_url) as client:
        with pytest.raises(CallTimeoutError):
            await create_image_variation(client.with_options(timeout=0.05), image=png)
        assert (await create_image_variation(client, image=png)).data


async def test_a_copy_tells_its_attempts_to_its_own_observer(scripted: ScriptedServer, png: bytes) -> None:
    """Without one of its own it tells the original's."""
    first: list[Attempt] = []
    second: list[Attempt] = []
    async with Client(base_url=scripted.base_url, on_attempt=first.append) as client:
        await create_image_variation(client.with_options(timeout=60), image=png)
        await create_image_variation(client.with_options(on_attempt=second.append), image=png)
    assert (len(first), len(second)) == (1, 1)


async def test_the_key_is_not_taken_along_to_another_origin(
    scripted: ScriptedServer, other: ScriptedServer, png: bytes, key: str
) -> None:
    """With the URL of another server a copy has no key, unless one is given for it."""
    async with Client(base_url=scripted.base_url, api_key=key) as client:
        await create_image_variation(client.with_options(base_url=other.base_url), image=png)
        assert "authorization" not in headers_of(other)
        await create_image_variation(client.with_options(base_url=other.base_url, api_key=f"{key}-2"), image=png)
        assert headers_of(other)["authorization"] == f"Bearer {key}-2"
        back = client.with_options(base_url=other.base_url).with_options(base_url=scripted.base_url)
        await create_image_variation(back, image=png)
        assert "authorization" not in headers_of(scripted)


async def test_the_key_is_taken_along_within_its_origin(scripted: ScriptedServer, png: bytes, key: str) -> None:
    """Another path on the same server is what the key is meant for."""
    async with Client(base_url=scripted.base_url, api_key=key) as client:
        await create_image_variation(client.with_options(base_url=f"{scripted.base_url}/tenant"), image=png)
    assert scripted.requests[0].head.startswith("POST /v1/tenant/images/variations ")
    assert headers_of(scripted)["authorization"] == f"Bearer {key}"


@pytest.mark.parametrize(
    ("base_url", "other_url", "keeps"),
    [
        ("https://host.example/v1", "https://HOST.example:443/v2", True),
        ("http://host.example:80/v1", "http://host.example/", True),
        ("https://host.example/v1", "http://host.example/v1", False),
        ("https://host.example/v1", "https://host.example:8443/v1", False),
        ("https://host.example/v1", "https://host.example.org/v1", False),
        ("https://host.example/v1", "https://api.host.example/v1", False),
    ],
)
async def test_an_origin_is_scheme_host_and_port(
    png: bytes, key: str, base_url: str, other_url: str, keeps: bool
) -> None:
    """A key for one origin is shown to no other (RFC 6454)."""
    shown: list[bool] = []

    def answer(request: httpx.Request) -> httpx.Response:
        shown.append("authorization" in request.headers)
        return httpx.Response(200, json=ONE_IMAGE)

    transport = httpx.MockTransport(answer)
    async with Client(base_url=base_url, api_key=key, transport=transport) as client:
        await create_image_variation(client.with_options(base_url=other_url), image=png)
    assert shown == [keeps]


@pytest.mark.parametrize("name", ["Authorization", "api-key", "X-API-Key", "Cookie"])
async def test_credentials_in_headers_are_not_taken_along_either(
    scripted: ScriptedServer, other: ScriptedServer, png: bytes, key: str, name: str
) -> None:
    """A key that the caller put into a header of its own is as secret as one given as `api_key`."""
    async with Client(base_url=scripted.base_url, headers={name: key, "X-Team": "otters"}) as client:
        await create_image_variation(client.with_options(base_url=other.base_url), image=png)
    assert name.lower() not in headers_of(other)
    assert headers_of(other)["x-team"] == "otters"


async def test_a_copy_for_the_pins_host_needs_a_key(scripted: ScriptedServer, key: str) -> None:
    """A copy is refused where a client would be."""
    async with Client(base_url=scripted.base_url, api_key=key) as client:
        with pytest.raises(ConfigurationError, match="requires a key"):
            client.with_options(base_url=Client.server)
        with pytest.raises(ConfigurationError, match="timeout"):
            client.with_options(timeout=0)
        with pytest.raises(ConfigurationError, match="Bad Name"):
            client.with_options(headers={"Bad Name": "x"})
        with pytest.raises(ConfigurationError, match="api_key is empty"):
            client.with_options(api_key="")


async def test_a_copy_is_of_the_same_kind(scripted: ScriptedServer) -> None:
    """A subclass stays one."""

    class Ours(Client):
        pass

    async with Ours(base_url=scripted.base_url) as client:
        assert type(client.with_options(timeout=60)) is Ours


# Closing.


async def test_a_client_is_open_until_it_is_closed(scripted: ScriptedServer) -> None:
    """`is_closed` tells, closing again changes nothing, and a closed client is not opened again."""
    client = Client(base_url=scripted.base_url)
    assert not client.is_closed
    async with client as entered:
        assert entered is client
        assert not client.is_closed
    assert client.is_closed
    await client.aclose()
    with pytest.raises(ClientStateError, match="closed"):
        await client.__aenter__()


async def test_closing_leaves_no_connection_open(scripted: ScriptedServer, png: bytes) -> None:
    """The server sees the end of the connection when the client is closed."""
    async with Client(base_url=scripted.base_url) as client:
        await create_image_variation(client, image=png)
    async with asyncio.timeout(5):
        await scripted.until(lambda: scripted.open_connections == 0)


# Event loops.


class Handler(BaseHTTPRequestHandler):
    """Answers with a picture, outside of any event loop."""

    protocol_version = "HTTP/1.1"
    body = b'{"data": [{"url": "https://example.com/1.png"}]}'
    requests = 0
    keeps_alive = False

    def do_POST(self) -> None:  # http.server's name for it
        """Answer."""
        self.rfile.read(int(self.headers["Content-Length"]))
        Handler.requests += 1
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.body)))
        self.send_header("Connection", "keep-alive" if self.keeps_alive else "close")
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's name for it
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    """The URL of a server that runs in a thread."""
    Handler.requests, Handler.keeps_alive = 0, False
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()
        thread.join()


async def call(client: Client) -> None:
    """Make a call."""
    await create_image_variation(client, image=make_png())


async def call_and_close(client: Client) -> None:
    """Make a call, and close the client."""
    async with client:
        await call(client)


async def enter(client: Client) -> None:
    """Open the client and close it."""
    async with client:
        pass


def test_a_client_may_be_made_outside_of_the_loop(url: str) -> None:
    """It belongs to the loop that it is first used in."""
    client = Client(base_url=url)
    asyncio.run(call_and_close(client))
    assert Handler.requests == 1


def test_a_second_loop_is_a_clear_error(url: str) -> None:
    """A client that was used under one `asyncio.run` is refused under the next, before anything is sent."""
    client = Client(base_url=url)
    asyncio.run(call(client))
    for again in (call, enter):
        with pytest.raises(ClientStateError, match="another event loop"):
            asyncio.run(again(client))
    with pytest.raises(ClientStateError, match="another event loop"):
        asyncio.run(call(client.with_options(timeout=60)))
    assert Handler.requests == 1
    asyncio.run(client.aclose())


def test_a_copy_binds_the_connections_to_its_loop(url: str) -> None:
    """Connections belong to a loop, so a client and its copies do together."""
    client = Client(base_url=url)
    asyncio.run(call(client.with_options(timeout=60)))
    with pytest.raises(ClientStateError, match="another event loop"):
        asyncio.run(call(client))
    assert Handler.requests == 1
    asyncio.run(client.aclose())


def test_a_loop_in_another_thread_is_another_loop(url: str) -> None:
    """While one thread's loop uses the client, another's is refused."""
    client = Client(base_url=url)
    refused: list[Exception] = []

    def elsewhere() -> None:
        try:
            asyncio.run(call(client))
        except ClientStateError as error:
            refused.append(error)

    async def main() -> None:
        async with client:
            await call(client)
            thread = threading.Thread(target=elsewhere)
            thread.start()
            await asyncio.to_thread(thread.join)
            await call(client)

    asyncio.run(main())
    assert len(refused) == 1
    assert Handler.requests == 2


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_client_can_be_closed_after_its_loop(url: str) -> None:
    """Closing under another `asyncio.run` raises nothing, and the client is closed."""
    Handler.keeps_alive = True
    client = Client(base_url=url)
    asyncio.run(call(client))
    failure = None
    try:
        asyncio.run(client.aclose())
    except RuntimeError as error:
        failure = str(error)
    assert client.is_closed
    del client
    gc.collect()  # what the closed loop has left open is closed here, and not within another test
    assert failure is None
