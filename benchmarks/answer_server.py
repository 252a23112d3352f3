"""A server that answers with precomputed bytes, with as little work as can be.

    python -m benchmarks.answer_server CORE

Runs on the CPU core CORE and prints its port. The path says what the answer is: a POST to /COUNT/SIZE/... is answered
with COUNT pictures of SIZE bytes. A request's head is parsed, its body counted and dropped. Two requests steer it:

    GET /counts     how many POSTs, and how many bytes of bodies, there were
    GET /hold/N     from now on, answer no POST before N of them are in

Linux only, as all of this folder.
"""

import functools
import json
import selectors
import socket
import sys

from attrs import define, field

from benchmarks.process import settle
from benchmarks.sample import answer

_BLOCK = 1024 * 1024
_BACKLOG = 4096


@functools.lru_cache(maxsize=4)
def _pictures(count: int, size: int) -> bytes:
    return _message(answer(count, size))


def _message(body: bytes, status: str = "200 OK") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


@define
class Parser:
    """Finds where one request ends: reads its head once, then counts what follows."""

    head: bytes = b""
    left: int | None = None
    _length: int = 0

    def feed(self, data: memoryview) -> bool:
        """Take what has come in; whether the request is whole."""
        if self.left is None:
            self.head += data
            end = self.head.find(b"\r\n\r\n")
            if end < 0:
                return False
            body = len(self.head) - end - 4
            self.head = self.head[:end]
            self._length = self._content_length()
            self.left = self._length - body
        else:
            self.left -= len(data)
        return self.left <= 0

    def _content_length(self) -> int:
        head = self.head.lower()
        if b"\r\ntransfer-encoding:" in head:
            raise ValueError("a body of unknown length")
        _, found, value = head.partition(b"\r\ncontent-length:")
        return int(value.partition(b"\r\n")[0]) if found else 0

    @property
    def method(self) -> str:
        """The request's method."""
        return self.head.partition(b" ")[0].decode()

    @property
    def path(self) -> str:
        """The request's path."""
        return self.head.split(b" ", 2)[1].decode()

    @property
    def body_length(self) -> int:
        """Bytes of the body."""
        return self._length


@define(eq=False)
class _Connection:
    peer: socket.socket
    request: Parser = field(factory=Parser)
    unsent: memoryview = memoryview(b"")  # noqa: RUF009  # immutable


@define(eq=False)
class Server:
    """All connections, and what is known of all requests."""

    listener: socket.socket
    _requests: int = 0
    _bytes: int = 0
    _hold: int = 1
    _held: list[_Connection] = field(factory=list["_Connection"])
    _selector: selectors.BaseSelector = field(factory=selectors.DefaultSelector)
    _buffer: memoryview = field(factory=lambda: memoryview(bytearray(_BLOCK)))

    def serve(self) -> None:
        """Serve until the process is ended."""
        self.listener.setblocking(False)
        self._selector.register(self.listener, selectors.EVENT_READ)
        while True:
            for key, _ in self._selector.select():
                if isinstance(key.data, _Connection):
                    self._go_on(key.data)
                else:
                    self._accept()

    def _accept(self) -> None:
        try:
            while True:
                peer, _ = self.listener.accept()
                peer.setblocking(False)
                self._selector.register(peer, selectors.EVENT_READ, _Connection(peer))
        except BlockingIOError:
            return

    def _go_on(self, connection: _Connection) -> None:
        try:
            if connection.unsent:
                self._send(connection)
                return
            size = connection.peer.recv_into(self._buffer)
            if size and connection.request.feed(self._buffer[:size]):
                self._take(connection)
        except BlockingIOError:
            return
        except ConnectionError:
            size = 0
        except ValueError as error:
            print(f"answer_server: {error}", file=sys.stderr)
            size = 0
        if not size:
            self._selector.unregister(connection.peer)
            connection.peer.close()

    def _take(self, connection: _Connection) -> None:
        """Answer a request that is whole, or hold it back."""
        request, connection.request = connection.request, Parser()
        steps = request.path.split("/")
        if request.method == "GET":
            self._answer(connection, _message(self._steer(steps)))
            return
        self._requests += 1
        self._bytes += request.body_length
        said = _pictures(int(steps[1]), int(steps[2]))
        self._held.append(connection)
        if len(self._held) >= self._hold:
            ready, self._held = self._held, []
            for held in ready:
                self._answer(held, said)

    def _steer(self, steps: list[str]) -> bytes:
        if steps[1] == "hold":
            self._hold = int(steps[2])
            self._held.clear()
        return json.dumps({"requests": self._requests, "bytes": self._bytes}).encode()

    def _answer(self, connection: _Connection, said: bytes) -> None:
        connection.unsent = memoryview(said)
        self._send(connection)

    def _send(self, connection: _Connection) -> None:
        was_waiting = self._selector.get_key(connection.peer).events == selectors.EVENT_WRITE
        try:
            sent = connection.peer.send(connection.unsent[:_BLOCK])
        except BlockingIOError:
            sent = 0
        connection.unsent = connection.unsent[sent:]
        if bool(connection.unsent) != was_waiting:
            events = selectors.EVENT_WRITE if connection.unsent else selectors.EVENT_READ
            self._selector.modify(connection.peer, events, connection)


def main() -> None:
    """Run from the command line."""
    settle(int(sys.argv[1]))
    with socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG) as listener:
        print(listener.getsockname()[1], flush=True)
        Server(listener).serve()


if __name__ == "__main__":
    main()
