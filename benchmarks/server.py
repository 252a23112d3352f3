"""A server that responds with bytes that were made before, with as little work as can be.

    python -m benchmarks.server CORE

Runs on the CPU core CORE and prints its port. The path says what the response is: a POST to /COUNT/SIZE/... gets COUNT
images of SIZE bytes, or COUNT events if it goes to .../edits. A request's head is parsed, its body counted and dropped.
Two requests steer it:

    GET /counts     how many POSTs, and how many bytes of bodies, there were
    GET /hold/N     from now on, respond to no POST before N of them are in
    GET /delay/N    from now on, respond to each POST after N milliseconds

Linux only, as all of this folder.
"""

import functools
import http.client
import json
import selectors
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Generator
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

from attrs import define, field, frozen

from benchmarks.process import settle
from benchmarks.sample import make_event, make_response

_BLOCK = 1024 * 1024
_BACKLOG = 4096
_HEAD = "HTTP/1.1 200 OK\r\nContent-Type: "

# A response in pieces. One is sent at a time, and then those of other connections have their turn.
Message = tuple[memoryview, ...]


@functools.lru_cache(maxsize=4)
def _images_message(count: int, size: int) -> Message:
    return _make_message(make_response(count, size))


def _make_message(body: bytes) -> Message:
    head = f"{_HEAD}application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return (memoryview(head.encode() + body),)


@functools.lru_cache(maxsize=1)
def _events_message(count: int, size: int) -> Message:
    head = f"{_HEAD}text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    events = [make_event(number, count, size) for number in range(count)]
    chunks = (b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in (*events, b""))
    return tuple(map(memoryview, (head.encode(), *chunks)))


@define
class Parser:
    """Finds where one request ends: reads its head once, then counts what follows.

    Attributes:
        head: The request line and the headers, as far as they have come.
        length: Bytes of the body, once the head is whole.
        left: How many of them are still to come, once the head is whole.
    """

    head: bytes = b""
    length: int = 0
    left: int | None = None

    def feed(self, data: memoryview) -> bool:
        """Take what has come in, and return whether the request is whole."""
        if self.left is None:
            self.head += data
            end = self.head.find(b"\r\n\r\n")
            if end < 0:
                return False
            body = len(self.head) - end - 4
            self.head = self.head[:end]
            self.length = self._read_length()
            self.left = self.length - body
        else:
            self.left -= len(data)
        return self.left <= 0

    def _read_length(self) -> int:
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


@define(eq=False)
class _Connection:
    peer: socket.socket
    request: Parser = field(factory=Parser)
    unsent: deque[memoryview] = field(factory=deque[memoryview])


@define(eq=False)
class Server:
    """All connections, and what is known of all requests."""

    listener: socket.socket
    _requests: int = 0
    _bytes: int = 0
    _hold: int = 1
    _held: list[_Connection] = field(factory=list["_Connection"])
    _delay: float = 0.0
    _due: deque[tuple[float, _Connection, Message]] = field(factory=deque[tuple[float, _Connection, Message]])
    _selector: selectors.BaseSelector = field(factory=selectors.DefaultSelector)
    _buffer: memoryview = field(factory=lambda: memoryview(bytearray(_BLOCK)))

    def serve(self) -> None:
        """Serve until the process is ended."""
        self.listener.setblocking(False)
        self._selector.register(self.listener, selectors.EVENT_READ)
        while True:
            for key, _ in self._selector.select(self._until_due()):
                if isinstance(key.data, _Connection):
                    self._continue(key.data)
                else:
                    self._accept()

    def _until_due(self) -> float | None:
        """Send what is due, and return the seconds until more is."""
        while self._due and self._due[0][0] <= time.monotonic():
            _, connection, message = self._due.popleft()
            self._write(connection, message)
        return max(0.0, self._due[0][0] - time.monotonic()) if self._due else None

    def _accept(self) -> None:
        peer, _ = self.listener.accept()
        peer.setblocking(False)
        self._selector.register(peer, selectors.EVENT_READ, _Connection(peer))

    def _continue(self, connection: _Connection) -> None:
        try:
            if connection.unsent:
                self._send(connection)
                return
            size = connection.peer.recv_into(self._buffer)
            if size and connection.request.feed(self._buffer[:size]):
                self._respond(connection)
        except BlockingIOError:
            return
        except ConnectionError:
            size = 0
        except ValueError as error:
            print(f"server: {error}", file=sys.stderr)
            size = 0
        if not size:
            self._selector.unregister(connection.peer)
            connection.peer.close()

    def _respond(self, connection: _Connection) -> None:
        """Respond to a request that is whole, or hold it back."""
        request, connection.request = connection.request, Parser()
        _, first, second, *_ = f"{request.path}/".split("/")
        if request.method == "GET":
            self._write(connection, _make_message(self._steer(first, second)))
            return
        self._requests += 1
        self._bytes += request.length
        make_message = _events_message if request.path.endswith("/edits") else _images_message
        message = make_message(int(first), int(second))
        self._held.append(connection)
        if len(self._held) >= self._hold:
            ready, self._held = self._held, []
            for held in ready:
                if self._delay:
                    self._due.append((time.monotonic() + self._delay, held, message))
                else:
                    self._write(held, message)

    def _steer(self, command: str, number: str) -> bytes:
        if command == "hold":
            self._hold = int(number)
            self._held.clear()
        if command == "delay":
            self._delay = int(number) / 1000
        return json.dumps({"requests": self._requests, "bytes": self._bytes}).encode()

    def _write(self, connection: _Connection, message: Message) -> None:
        connection.unsent.extend(message)
        self._send(connection)

    def _send(self, connection: _Connection) -> None:
        was_waiting = self._selector.get_key(connection.peer).events == selectors.EVENT_WRITE
        piece = connection.unsent.popleft()
        try:
            sent = connection.peer.send(piece[:_BLOCK])
        except BlockingIOError:
            sent = 0
        if sent < len(piece):
            connection.unsent.appendleft(piece[sent:])
        if bool(connection.unsent) != was_waiting:
            events = selectors.EVENT_WRITE if connection.unsent else selectors.EVENT_READ
            self._selector.modify(connection.peer, events, connection)


# What a measuring process does with it


@frozen
class Counts:
    """What the server has counted.

    Attributes:
        requests: POSTs that came in whole.
        bytes: Bytes of their bodies.
    """

    requests: int
    bytes: int


@contextmanager
def start_server(core: int) -> Generator[str]:
    """Run a server process on a CPU core, and give its URL."""
    command = [sys.executable, "-m", "benchmarks.server", str(core)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            port = server.stdout.readline().strip() if server.stdout else ""
            yield f"http://127.0.0.1:{port}"
        finally:
            server.kill()


def base_url(server: str, count: int, size: int) -> str:
    """Return the base URL below which every response has so many images of so many bytes."""
    return f"{server}/{count}/{size}/v1"


def read_counts(url: str) -> Counts:
    """Return what the server has counted so far."""
    return _get(url, "/counts")


def hold(url: str, number: int) -> None:
    """Have the server respond to no call before so many of them are in; 1 for at once."""
    _get(url, f"/hold/{number}")


def delay(url: str, milliseconds: int) -> None:
    """Have the server respond to each call after so many milliseconds."""
    _get(url, f"/delay/{milliseconds}")


def _get(url: str, path: str) -> Counts:
    with closing(http.client.HTTPConnection(urlsplit(url).netloc)) as connection:
        connection.request("GET", path)
        return Counts(**json.loads(connection.getresponse().read()))


def main() -> None:
    """Run from the command line."""
    settle(int(sys.argv[1]))
    with socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG) as listener:
        print(listener.getsockname()[1], flush=True)
        # Connections inherit it. An event leaves at once, whatever was not acknowledged yet.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        Server(listener).serve()


if __name__ == "__main__":
    main()
