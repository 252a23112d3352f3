"""Servers that would make the connection wait, grow, or take something for a response that is none."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import httpx
import pytest
from image_variations._runtime.connection.protocol import MAX_HEAD
from image_variations._runtime.connection.proxies import ProxyRules
from image_variations._runtime.connection.transport import Transport

from tests.faults.scenes.calls import WELL
from tests.faults.scenes.connecting import authority, server_tls
from tests.support.proxy import ESTABLISHED, TunnellingProxy
from tests.support.server import ScriptedServer

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(serve: Serve) -> AsyncGenerator[str]:
    """A server that does this on each connection, until the client has left it."""
    tasks: list[asyncio.Task[None]] = []

    async def until_left(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await serve(reader, writer)
        writer.transport.abort()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.append(asyncio.create_task(until_left(reader, writer)))

    async with await asyncio.start_server(begin, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with asyncio.timeout(30):
        await asyncio.gather(*tasks)


async def send(url: str, content: bytes = b"") -> httpx.Response:
    """Send a request over a transport of its own."""
    async with asyncio.timeout(30), httpx.AsyncClient(transport=Transport(), timeout=None) as http:  # noqa: S113  # bounded
        return await http.post(url, content=content)


@pytest.mark.parametrize("content", [b"", b"x" * 4_000_000], ids=["before the response", "while the request is sent"])
async def test_a_head_that_does_not_end_is_given_up(content: bytes) -> None:
    """Informational responses are bounded as others are, also while the server takes none of the request."""
    sent = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 100 Continue\r\nX-Endless: ")
        while sent < 1000 * MAX_HEAD:
            writer.write(b"x" * MAX_HEAD)
            await writer.drain()
            sent += MAX_HEAD

    async with serving(serve) as url:
        with pytest.raises(httpx.RemoteProtocolError, match=f"longer than {MAX_HEAD} bytes"):
            await send(url, content)
    assert sent < 1000 * MAX_HEAD


@pytest.mark.parametrize(
    "line", [b"HTTP/1.1 1000 OK", b"HTTP/1.1 100x", b"HTTP/1.1 1", b"HTTP/1.1 101 Switching Protocols"]
)
async def test_what_is_no_informational_response_is_not_passed_over(line: bytes) -> None:
    """A status line that begins like one is refused as any other that is malformed."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(line + b"\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await reader.read()

    async with serving(serve) as url:
        with pytest.raises(httpx.RemoteProtocolError):
            await send(url)


async def test_what_a_proxy_says_before_tls_is_no_response() -> None:
    """Nobody on the way can put a response before the server's own, which TLS protects."""
    forged = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"
    with authority().cert_pem.tempfile() as certificate:
        trusting = ssl.create_default_context(cafile=certificate)
    async with (
        ScriptedServer(WELL, tls=server_tls()) as server,
        TunnellingProxy(server.port, ESTABLISHED + forged) as proxy,
    ):
        async with httpx.AsyncClient(transport=Transport(lambda: trusting, ProxyRules({"all": proxy.url}))) as http:
            with pytest.raises(httpx.ConnectError, match="before the TLS handshake"):
                await http.post(server.base_url, content=b"x")
        assert server.posts == 0


@pytest.mark.parametrize(
    "said", [b"SSH-2.0-OpenSSH_9.6\r\n", b"\x15\x03\x01\0\x02\x02\x16", b"\r\nHTTP/1.1 200 OK\r\n", b"HTTP/2"]
)
async def test_a_server_that_does_not_speak_http_1_is_not_waited_for(said: bytes) -> None:
    """A greeting that no empty line follows is an error at once, and not when the caller's time is over."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        await reader.read()

    async with serving(serve) as url:
        with pytest.raises(httpx.RemoteProtocolError, match=r"does not speak HTTP/1\.1"):
            await send(url)


async def test_a_connection_that_is_lost_between_two_pieces_of_a_request_is_an_error() -> None:
    """A request whose body takes its time meets a connection that is closed by then, on any event loop."""
    has_left = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.abort()

    async def body() -> AsyncGenerator[bytes]:
        yield b"x"
        await has_left.wait()
        yield b"y"

    async with serving(serve) as url:
        transport = Transport()
        request = httpx.Request("POST", url, content=body())
        sending = asyncio.create_task(transport.handle_async_request(request))
        for _ in range(100):
            await asyncio.sleep(0)
        has_left.set()
        with pytest.raises(httpx.TransportError):
            await sending
        await transport.aclose()


async def test_an_informational_response_is_bounded_however_it_comes() -> None:
    """A head that is too long is refused as a whole too, and not only while its end is missing."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        long = b"x" * MAX_HEAD
        writer.write(b"HTTP/1.1 100 Continue\r\nX-Long: %b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" % long)
        await reader.read()

    async with serving(serve) as url:
        with pytest.raises(httpx.RemoteProtocolError, match=f"longer than {MAX_HEAD} bytes"):
            await send(url)
