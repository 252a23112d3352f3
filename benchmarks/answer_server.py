"""A server that gives every caller one precomputed answer, with as little work as can be.

    python -m benchmarks.answer_server CORE COUNT SIZE

Runs on the CPU core CORE, prints its port, and answers every request with COUNT pictures of SIZE bytes.
"""

import base64
import os
import random
import selectors
import socket
import sys

_BLOCK = 1024 * 1024


def answer(count: int, size: int) -> bytes:
    """An answer as it goes over the wire. Each picture has a PNG's signature, and the rest is noise."""
    noise = random.Random(size)  # noqa: S311  # the same in every run, and no secret
    pictures = [base64.b64encode(b"\x89PNG\r\n\x1a\n" + noise.randbytes(size - 8)) for _ in range(count)]
    items = b", ".join(b'{"b64_json": "%s"}' % picture for picture in pictures)
    body = b'{"created": 1, "data": [%s]}' % items
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    return head + body


class _Connection:
    """One connection: reads a request, writes the answer, and so on."""

    def __init__(self, peer: socket.socket, said: memoryview) -> None:
        self.peer = peer
        self.said = said
        self.unsent = said[:0]
        self.request = b""

    def read(self) -> bool:
        """Read on; whether the connection goes on."""
        data = self.peer.recv(_BLOCK)
        self.request += data
        head, end, body = self.request.partition(b"\r\n\r\n")
        if end:
            lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            if len(body) >= int(lengths[0].partition(b":")[2]):
                self.request = b""
                self.unsent = self.said
        return bool(data)

    def write(self) -> None:
        """Write on."""
        self.unsent = self.unsent[self.peer.send(self.unsent[:_BLOCK]) :]


def serve(said: bytes) -> None:
    """Serve until the process is ended."""
    with socket.create_server(("127.0.0.1", 0)) as listener, selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        print(listener.getsockname()[1], flush=True)
        while True:
            for key, _ in selector.select():
                if not isinstance(key.data, _Connection):
                    peer, _ = listener.accept()
                    peer.setblocking(False)
                    selector.register(peer, selectors.EVENT_READ, _Connection(peer, memoryview(said)))
                    continue
                _go_on(selector, key.data)


def _go_on(selector: selectors.BaseSelector, connection: _Connection) -> None:
    try:
        if connection.unsent:
            connection.write()
            goes_on = True
        else:
            goes_on = connection.read()
    except ConnectionError:
        goes_on = False
    if not goes_on:
        selector.unregister(connection.peer)
        connection.peer.close()
        return
    events = selectors.EVENT_WRITE if connection.unsent else selectors.EVENT_READ
    selector.modify(connection.peer, events, connection)


def main() -> None:
    """Run from the command line."""
    core, count, size = map(int, sys.argv[1:])
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})
    serve(answer(count, size))


if __name__ == "__main__":
    main()
