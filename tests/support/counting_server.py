"""A server that counts what it made for each image, and takes its time. It outlives the programs that call it."""

import asyncio
import base64
import hashlib
import json
import random
import time
from collections import Counter
from contextlib import suppress
from types import TracebackType
from typing import Self

from attrs import define, field

from tests.support.pictures import make_png
from tests.support.turns import header, reply

_PNG = b"\x89PNG\r\n\x1a\n"

_END = b"IEND\xaeB\x60\x82"


@define(eq=False)
class CountingServer:
    """A server on a loopback port.

    Attributes:
        seconds: Between which two times it takes to respond.
        honours_keys: Whether a request with a known idempotency key makes no second image.
        made: How many images were made of each, by the SHA-256 of its content.
        answered: When the last response for each image was handed to the kernel, on the monotonic clock.
        requests: How many requests came whole.
        under_way: How many of them have no response yet.
    """

    seconds: tuple[float, float] = (0.0, 0.0)
    honours_keys: bool = False
    seed: int = 1
    made: Counter[str] = field(factory=Counter[str], init=False)
    answered: dict[str, float] = field(factory=dict[str, float], init=False)
    requests: int = field(default=0, init=False)
    under_way: int = field(default=0, init=False)
    _keys: set[str] = field(factory=set[str], init=False)
    _random: random.Random = field(init=False)
    _server: asyncio.Server | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311  # no secret

    @property
    def base_url(self) -> str:
        """The URL to give to a client."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=1 << 22)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                body = await reader.readexactly(int(header(head, "content-length")))
                await self._respond(writer, head, body)
        writer.close()

    async def _respond(self, writer: asyncio.StreamWriter, head: str, body: bytes) -> None:
        self.requests += 1
        self.under_way += 1
        image = body[body.index(_PNG) : body.index(_END) + len(_END)]
        digest = hashlib.sha256(image).hexdigest()
        key = header(head, "idempotency-key")
        if not (self.honours_keys and key in self._keys):
            # From here on it is paid for, whether or not the client still lives.
            self.made[digest] += 1
        self._keys.add(key)
        try:
            await asyncio.sleep(self._random.uniform(*self.seconds))
            writer.write(_IMAGE)
            await writer.drain()
            self.answered[digest] = time.monotonic()
        finally:
            self.under_way -= 1


_IMAGE = reply(200, json.dumps({"data": [{"b64_json": base64.b64encode(make_png()).decode()}]}).encode())
