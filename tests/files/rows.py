"""A file, and the ways in which it does not arrive."""

import gzip
import os

import pytest

from tests.support.turns import Turn, close, cut_reply, in_parts, reply, reset

SPEECH = b"ID3\x04" + os.urandom(300_000)
HEAD = reply(200, SPEECH, {"Content-Type": "audio/mpeg"}).removesuffix(SPEECH)

over_each_transport = pytest.mark.parametrize("client", ["default", "httpx-aiohttp"], indirect=True)

BROKEN: dict[str, Turn] = {
    "cut": cut_reply(200_000, SPEECH),
    "reset": (*in_parts(HEAD + SPEECH[:200_000]), reset),
    "a chunk is cut": (
        *in_parts(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n" + SPEECH[:100_000] + b"\r\n7"),
        close,
    ),
    "not gzip": reply(200, SPEECH, {"Content-Encoding": "gzip"}),
    "gzip is cut": reply(200, gzip.compress(SPEECH)[:200_000], {"Content-Encoding": "gzip"}),
}
"""What a server does with a request, by the name of the fault."""
