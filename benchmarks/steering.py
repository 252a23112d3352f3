"""The answer server's process, and what is asked of it beside the calls."""

import http.client
import json
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from urllib.parse import urlsplit

from attrs import frozen


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
def answering(core: int) -> Generator[str]:
    """A server process on a CPU core, by the URL that its answers are below."""
    command = [sys.executable, "-m", "benchmarks.answer_server", str(core)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            port = server.stdout.readline().strip() if server.stdout else ""
            yield f"http://127.0.0.1:{port}"
        finally:
            server.kill()


def base_url(server: str, count: int, size: int) -> str:
    """What a client is given: there, every answer has so many pictures of so many bytes."""
    return f"{server}/{count}/{size}/v1"


def counts(url: str) -> Counts:
    """What the server has counted so far."""
    return _get(url, "/counts")


def hold(url: str, number: int) -> None:
    """Have the server answer no call before so many of them are in; 1 for at once."""
    _get(url, f"/hold/{number}")


def _get(url: str, path: str) -> Counts:
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    try:
        connection.request("GET", path)
        return Counts(**json.loads(connection.getresponse().read()))
    finally:
        connection.close()
