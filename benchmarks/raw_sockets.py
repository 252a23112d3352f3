"""The least that a call can be over asyncio: bytes that were made before, written to a socket, and read back."""

import asyncio
import socket
from urllib.parse import urlsplit

from attrs import define, field

from benchmarks.sample import FIELDS, KEY

_BLOCK = 64 * 1024
_BOUNDARY = "3c7f1d9be0a84d6f"


@define(eq=False)
class RawSockets:
    """Sockets to one server, each used by one call at a time. No request is put together twice.

    Attributes:
        url: Where to post to.
    """

    url: str
    _idle: list[socket.socket] = field(factory=list[socket.socket])
    _made: dict[bytes, bytes] = field(factory=dict[bytes, bytes])

    async def post(self, image: bytes) -> bytes:
        """Send the form with this picture, and return the answer's body."""
        request = self._made.get(image)
        if request is None:
            request = self._made[image] = _request(self.url, image)
        loop = asyncio.get_running_loop()
        peer = self._idle.pop() if self._idle else await self._connected(loop)
        await loop.sock_sendall(peer, request)
        answer = await _received(loop, peer)
        head, _, body = answer.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        while len(body) < length:
            body += await _received(loop, peer)
        if not head.startswith(b"HTTP/1.1 200 "):
            raise ValueError(head.decode())
        self._idle.append(peer)
        return body

    async def _connected(self, loop: asyncio.AbstractEventLoop) -> socket.socket:
        peer = socket.socket()
        peer.setblocking(False)
        address = urlsplit(self.url)
        await loop.sock_connect(peer, (address.hostname, address.port))
        return peer

    def close(self) -> None:
        """Close every socket."""
        for peer in self._idle:
            peer.close()


async def _received(loop: asyncio.AbstractEventLoop, peer: socket.socket) -> bytes:
    received = await loop.sock_recv(peer, _BLOCK)
    if not received:
        raise ConnectionError("the server has closed the connection")
    return received


def _request(url: str, image: bytes) -> bytes:
    address = urlsplit(url)
    disposition = f"--{_BOUNDARY}\r\nContent-Disposition: form-data; name="
    form = "".join(f'{disposition}"{name}"\r\n\r\n{value}\r\n' for name, value in FIELDS.items())
    file = f'{disposition}"image"; filename="image.png"\r\nContent-Type: image/png\r\n\r\n'
    body = b"".join((form.encode(), file.encode(), image, f"\r\n--{_BOUNDARY}--\r\n".encode()))
    head = (
        f"POST {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: Bearer {KEY}\r\n"
        f"Content-Type: multipart/form-data; boundary={_BOUNDARY}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
