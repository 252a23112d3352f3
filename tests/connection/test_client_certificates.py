"""Certificates of the client's own: sent, and what becomes of a call if the server refuses them (RFC 8446, 4.4.2)."""

import asyncio
import contextlib
import select
import socket
import ssl
import struct
import threading
from collections.abc import AsyncIterator

import httpx
import pytest
import trustme
from attrs import define, field
from image_variations import Client, TLSError, create_image_variation, create_image_variation_detailed
from image_variations._runtime.connection.transport import Transport

from tests.faults.scenes.connecting import authority
from tests.support.pictures import make_png
from tests.support.turns import SUCCESS

RESET = struct.pack("ii", 1, 0)
"""Close with a reset, as the kernel does if something was not read (SO_LINGER, socket(7))."""

PATIENCE = 60.0
"""Seconds for what never takes so long, not even on a machine that stands still for a while."""

LARGE = make_png() + bytes(3_500_000)


@define(eq=False)
class PickyServer:
    """A server that asks for a certificate of the authority. In TLS 1.3 it refuses one after the client's handshake.

    Attributes:
        version: The version of TLS.
        may_refuse: What it waits for before it looks at the certificate, if it does not read on.
        has_refused: Whether it has refused one, and has closed that connection.
        reads_on: Whether it reads what the client sends to a refused connection, so that no reset follows the alert.
        connections: How many clients came.
        refusals: How many were refused, and told so.
    """

    version: ssl.TLSVersion
    reads_on: bool = True
    connections: int = 0
    refusals: int = 0
    may_refuse: threading.Event = field(factory=threading.Event)
    has_refused: threading.Event = field(factory=threading.Event)
    _context: ssl.SSLContext = field(init=False)
    _listener: socket.socket = field(init=False)

    @property
    def origin(self) -> str:
        """The beginning of its URLs."""
        return f"https://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> "PickyServer":
        if self.reads_on:
            self.may_refuse.set()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.minimum_version = self._context.maximum_version = self.version
        self._context.verify_mode = ssl.CERT_REQUIRED
        authority().issue_cert("127.0.0.1").configure_cert(self._context)  # pyright: ignore[reportUnknownMemberType]  # pyOpenSSL is not installed
        authority().configure_trust(self._context)  # pyright: ignore[reportUnknownMemberType]  # pyOpenSSL is not installed
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        secured = self._context.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
        with contextlib.suppress(OSError), secured:
            try:
                self._shake_hands(secured)
                secured.settimeout(PATIENCE)
                while _take_request(secured):
                    secured.sendall(SUCCESS)
            except ssl.SSLError:
                with socket.socket(fileno=secured.detach()) as plain:
                    self._refuse(plain)

    def _shake_hands(self, client: ssl.SSLSocket) -> None:
        client.setblocking(False)
        for may_go_on in (None, self.may_refuse):
            select.select([client], [], [], PATIENCE)
            if may_go_on is not None:
                may_go_on.wait(PATIENCE)
            with contextlib.suppress(ssl.SSLWantReadError):
                client.do_handshake()

    def _refuse(self, client: socket.socket) -> None:
        self.refusals += 1
        if self.reads_on:
            client.shutdown(socket.SHUT_WR)
            while client.recv(1 << 16):
                pass
        else:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            client.close()
        self.has_refused.set()


def _take_request(client: ssl.SSLSocket) -> bool:
    """Read a request; return whether one came."""
    received = b""
    while b"\r\n\r\n" not in received:
        if not (data := client.recv(1 << 16)):
            return False
        received += data
    head, _, body = received.partition(b"\r\n\r\n")
    rest = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]) - len(body)
    while rest > 0:
        rest -= len(client.recv(1 << 16) or b"x" * rest)
    return True


def trusting_context(certificate_of: trustme.CA | None = None) -> ssl.SSLContext:
    """What trusts the tests' servers, and has a certificate of an authority."""
    context = ssl.create_default_context()
    authority().configure_trust(context)  # pyright: ignore[reportUnknownMemberType]  # pyOpenSSL is not installed
    if certificate_of is not None:
        certificate_of.issue_cert("otter@images.example").configure_cert(context)  # pyright: ignore[reportUnknownMemberType]  # pyOpenSSL is not installed
    return context


versions = pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2], ids=lambda v: v.name)
images = pytest.mark.parametrize("image", [make_png(), LARGE], ids=["small", "large"])


@versions
@images
async def test_a_certificate_of_ones_own_is_sent(version: ssl.TLSVersion, image: bytes) -> None:
    """The server knows who calls."""
    with PickyServer(version) as server:
        async with Client(base_url=server.origin, ssl_context=trusting_context(authority()), validate=False) as client:
            response = await create_image_variation_detailed(client, image=image, timeout=PATIENCE)
            assert response.status_code == 200
            await create_image_variation(client, image=image, timeout=PATIENCE)
    assert (server.refusals, server.connections) == (0, 1)


@versions
@images
@pytest.mark.parametrize("has_other", [False, True], ids=["none", "another's"])
async def test_a_refused_certificate_is_not_billed(version: ssl.TLSVersion, image: bytes, *, has_other: bool) -> None:
    """Whenever the alert comes, before the request or while its body is written, nothing was read: it is a TLSError."""
    context = trusting_context(trustme.CA() if has_other else None)
    with PickyServer(version) as server:
        for _ in range(5):
            async with Client(base_url=server.origin, ssl_context=context, validate=False) as client:
                with pytest.raises(TLSError, match=r"(?i)alert|certificate") as refused:
                    await create_image_variation(client, image=image, timeout=PATIENCE)
            assert (refused.value.billed, len(refused.value.attempts)) == ("no", 1)
    assert server.connections == 5


@pytest.mark.parametrize("number", [1, 2], ids=["before the first piece", "before the last piece"])
async def test_an_alert_that_a_reset_follows_is_read(number: int) -> None:
    """A write that meets the reset first would fail for a reason that says nothing."""
    with PickyServer(ssl.TLSVersion.TLSv1_3, reads_on=False) as server:

        async def pieces() -> AsyncIterator[bytes]:
            for count in (1, 2):
                if count == number:
                    await _meet_reset(server)
                yield b"x"

        context = trusting_context()
        async with httpx.AsyncClient(transport=Transport(lambda: context), timeout=PATIENCE) as http:
            with pytest.raises(httpx.TransportError, match="ALERT_CERTIFICATE_REQUIRED"):
                await http.post(server.origin, content=pieces(), headers={"Content-Length": "2"})


async def _meet_reset(server: PickyServer) -> None:
    """Hold up the event loop until the alert and the reset have come, so that it has read neither."""
    for _ in range(20):  # until the handshake has left
        await asyncio.sleep(0)
    server.may_refuse.set()
    assert server.has_refused.wait(PATIENCE)
