"""The far side of a call inside the process: a transport that plays what it is told, and notes what it saw.

It is for what a socket cannot show: virtual time, and failures at every moment in any order.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from typing import Literal

import httpx
from attrs import define, field, frozen
from image_variations._runtime.attempt import Billed

PICTURE = json.dumps({"created": 1, "data": [{"b64_json": "aGk="}]}).encode()


@frozen
class Answer:
    """What a server says.

    Attributes:
        ending: Whether the body comes to its end, breaks off, or goes on for ever without a byte.
    """

    status: int
    headers: dict[str, str] = field(factory=dict[str, str])
    body: bytes = field(default=b"", repr=lambda body: repr(body[:40]))
    ending: Literal["whole", "cut", "stalls"] = "whole"


@frozen
class Scene:
    """What becomes of one attempt, and what is true of it.

    Attributes:
        takes: How much of the request's body is read.
        then: What follows: an answer, an exception of the transport's, or nothing.
        cost: What the attempt can have cost once that has followed.
        is_last: Whether no attempt may follow, whatever the caller allows.
        delay: Seconds until it follows.
    """

    takes: Literal["nothing", "some", "all"]
    then: Answer | Callable[[], Exception] | None
    cost: Billed
    is_last: bool = False
    delay: float = 0.0


SUCCESS = Scene("all", Answer(200, body=PICTURE), "yes", is_last=True)


@define(eq=False)
class Seen:
    """One attempt, as the far side saw it.

    Attributes:
        call: What the request's header `x-call` says: which call it belongs to.
        began: When it came.
        has_all: Whether the whole body was handed over.
        followed: When its answer or exception followed, if it did.
    """

    scene: Scene
    call: str
    began: float
    has_all: bool = False
    followed: float | None = None

    @property
    def cost(self) -> Billed:
        """What it can have cost."""
        if self.followed is not None:
            return self.scene.cost
        return "unknown" if self.has_all else "no"


class Stage(httpx.AsyncBaseTransport):
    """A transport that plays scenes.

    Attributes:
        scripts: The scenes of each call, the last of which goes on for ever.
        seen: Every attempt, in the order in which they came.
        under_way: How many attempts are neither answered to their end nor given up.
        most_under_way: How many there ever were at once.
    """

    def __init__(self, *scenes: Scene) -> None:
        self.scripts: dict[str, Sequence[Scene]] = {"": scenes}
        self.seen: list[Seen] = []
        self.under_way = 0
        self.most_under_way = 0

    def of_call(self, call: str) -> list[Seen]:
        """The attempts of one call."""
        return [seen for seen in self.seen if seen.call == call]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Play the next scene of the request's call."""
        seen = self._enter(request.headers.get("x-call", ""))
        try:
            await self._take(seen, request)
            await asyncio.sleep(seen.scene.delay)
            then = seen.scene.then
            if then is None:
                await asyncio.Event().wait()
            seen.followed = asyncio.get_running_loop().time()
            if not isinstance(then, Answer):
                assert then is not None
                raise then()
            return httpx.Response(then.status, headers=then.headers, stream=_Body(then, self._leave))
        except BaseException:
            self._leave()
            raise

    def _enter(self, call: str) -> Seen:
        script = self.scripts[call]
        scene = script[min(len(self.of_call(call)), len(script) - 1)]
        seen = Seen(scene, call, asyncio.get_running_loop().time())
        self.seen.append(seen)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        return seen

    def _leave(self) -> None:
        self.under_way -= 1

    async def _take(self, seen: Seen, request: httpx.Request) -> None:
        if seen.scene.takes == "nothing":
            return
        size = 0
        async with aclosing(_pieces(request)) as pieces:
            async for piece in pieces:
                size += len(piece)
                seen.has_all = size >= int(request.headers.get("content-length", 0))
                if seen.has_all or seen.scene.takes == "some":
                    return  # without asking for more: who has the last byte need not
        raise AssertionError("a body must be as long as its Content-Length says")


async def _pieces(request: httpx.Request) -> AsyncGenerator[bytes]:
    assert isinstance(request.stream, httpx.AsyncByteStream)
    async for piece in request.stream:
        yield piece


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: Answer, leave: Callable[[], None]) -> None:
        self._answer = answer
        self._leave: Callable[[], None] | None = leave

    async def __aiter__(self) -> AsyncIterator[bytes]:
        half = len(self._answer.body) // 2
        yield self._answer.body[:half]
        if self._answer.ending == "cut":
            raise httpx.RemoteProtocolError("the peer closed the connection")
        if self._answer.ending == "stalls":
            await asyncio.Event().wait()
        yield self._answer.body[half:]

    async def aclose(self) -> None:
        if self._leave:
            self._leave()
        self._leave = None
