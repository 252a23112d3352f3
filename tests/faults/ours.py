"""This client as a caller, over each of the transports that it is tested with."""

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import TypeVar, Unpack

import httpx
from attrs import Factory, define, evolve, field, frozen
from image_variations import Client, FileInput, ImageVariationsError, Response, create_image_variation_detailed
from image_variations._runtime.clock import Clock
from image_variations._runtime.request.build import Arguments
from image_variations._runtime.request.operation import Operation
from image_variations._runtime.response.values import read_any
from image_variations.transports import over_aiohttp, over_httpx

from examples.transports import over_reqwest
from tests.faults.callers import COMPLETED, KEY, PARTIAL, TIMEOUT, Options, Outcome, SceneOptions, Session, has_image
from tests.support.events_room import open_events

T = TypeVar("T")

_DRAW: Operation[None] = Operation(name="createImage", method="POST", path="/images/generations", responses={})

_EVENTS = {PARTIAL: read_any, COMPLETED: read_any}

_skipped: ContextVar[float] = ContextVar("skipped", default=0.0)
"""Seconds of back-off that a task's calls did not wait for."""


@frozen
class Transport:
    """A way to send.

    Attributes:
        make: Makes one for each client, by the client's options; none is the client's own.
        unmet: The cases that it cannot meet, by row and name, and why; docs/guides/transports.md lists the rows too.
        drops_unread: Whether it drops what came and was not read yet when a connection ends.
        is_on_loop: Whether it does its work in turns of the event loop, and not in a thread of its own.
        is_own: Whether it is the client's own.
        loses_connections: Whether one is lost for good where a call is cancelled while it is opened.
        new_loop: Makes the event loop that it is tested on.
    """

    name: str
    make: Callable[[Options], httpx.AsyncBaseTransport | None]
    unmet: Mapping[tuple[int, str], str] = field(factory=dict[tuple[int, str], str])
    drops_unread: bool = False
    is_on_loop: bool = True
    is_own: bool = False
    loses_connections: bool = False
    new_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop


_HEAD_COMES_LATE = "it hands on no status line before 64 KB of the body have come, or all of it"
_SAYS_NO_REASON = "it does not say why no connection could be made, so the call tries again"

DEFAULT = Transport("default", lambda options: None, is_own=True)
AIOHTTP = Transport("httpx-aiohttp", lambda options: over_aiohttp(), drops_unread=True)
HTTPX = Transport(
    "httpx",
    lambda options: over_httpx(),
    {(35, "cold"): "a connection that is cancelled while it is opened can be lost (encode/httpcore#1093)"},
    loses_connections=True,
)
REQWEST = Transport(
    "pyreqwest",
    lambda options: over_reqwest(
        connect_timeout=min(options.get("connect_timeout", TIMEOUT), TIMEOUT),
        max_idle=options.get("max_concurrency", 100),
    ),
    {
        (3, "self-signed"): _SAYS_NO_REASON,
        (4, "no such name"): _SAYS_NO_REASON,
        (4, "the resolver fails once"): "it resolves names itself: no test can tell its resolver what to say",
        (11, "1 byte / 100 ms"): _HEAD_COMES_LATE,
        (12, "short of content-length"): _HEAD_COMES_LATE,
        (12, "and after a while"): _HEAD_COMES_LATE,
        (13, "headers, then silence"): _HEAD_COMES_LATE,
        (31, "a 200 that breaks"): _HEAD_COMES_LATE,
        (43, "a 200 that breaks"): _HEAD_COMES_LATE,
        (45, "between events"): _HEAD_COMES_LATE,
        (45, "within an event"): _HEAD_COMES_LATE,
        (45, "reset"): _HEAD_COMES_LATE,
        (45, "before any event, and it may be repeated"): _HEAD_COMES_LATE,
        (46, "after an event"): _HEAD_COMES_LATE,
        (46, "at once"): _HEAD_COMES_LATE,
        (47, "1 byte / 100 ms"): _HEAD_COMES_LATE,
        (51, "[DONE], and no end"): _HEAD_COMES_LATE,
        (35, "warm"): "a connection that is idle when the client is closed stays open until its idle time is over",
    },
    is_on_loop=False,
)

TRANSPORTS = [DEFAULT, AIOHTTP, HTTPX, REQWEST]
"""Every row is run over each of these. An entry here is all that another one needs."""

if sys.platform != "win32":
    import uvloop

    TRANSPORTS.insert(1, evolve(DEFAULT, name="default on uvloop", new_loop=uvloop.new_event_loop))


@define(eq=False)
class BackOff:
    """Time in which back-off takes none, or as long as it is held, and yet the clock shows it."""

    is_held: bool
    waits: list[float] = Factory(list[float])
    begun: asyncio.Event = Factory(asyncio.Event)
    released: asyncio.Event = Factory(asyncio.Event)

    def clock(self) -> Clock:
        """The clock for a client."""
        return Clock(monotonic=self._monotonic, sleep=self._sleep, uniform=lambda low, high: (low + high) / 2)

    def _monotonic(self) -> float:
        return time.monotonic() + _skipped.get()

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        _skipped.set(_skipped.get() + seconds)
        self.begun.set()
        await (self.released.wait() if self.is_held else asyncio.sleep(0))


@frozen
class OurSession:
    """This client, open."""

    client: Client
    back_off: BackOff

    @property
    def waits(self) -> list[float]:
        """Every wait, as it was asked of the clock."""
        return self.back_off.waits

    async def call(self, image: FileInput, *, user: str | None = None, seconds: float | None = None) -> Outcome:
        """Make one call."""
        try:
            response = await create_image_variation_detailed(self.client, image=image, user=user, timeout=seconds)
        except ImageVariationsError as error:
            return Outcome(error, error.billed)
        except Exception as error:
            return Outcome(error)
        return Outcome(None, response.billed, response, has_image(response.parsed))

    async def stream(self) -> Outcome:
        """Ask for an image by events, and read them to their end."""
        got: list[object] = []
        try:
            async with open_events(self.client, _DRAW, _EVENTS) as events:
                async for event in events:
                    got.append(event)
        except ImageVariationsError as error:
            return Outcome(error, error.billed, got)
        except Exception as error:
            return Outcome(error, answer=got)
        return Outcome(None, "yes", got, any(isinstance(event, dict) and "b64_json" in event for event in got))

    async def backing_off(self) -> None:
        """Wait until the clock is asked to wait."""
        await self.back_off.begun.wait()

    def resume(self) -> None:
        """Let the clock go on."""
        self.back_off.released.set()


@frozen
class Ours:
    """This client."""

    transport: Transport

    @property
    def name(self) -> str:
        """The transport's name."""
        return self.transport.name

    @property
    def is_own(self) -> bool:
        """Whether it sends over connections of its own."""
        return self.transport.is_own

    @asynccontextmanager
    async def open(
        self, base_url: str, *, holds_back_off: bool = False, **options: Unpack[SceneOptions]
    ) -> AsyncGenerator[Session]:
        """Open a client whose back-off takes no time."""
        back_off = BackOff(holds_back_off)

        is_idempotent, is_billed = options.pop("is_idempotent", False), options.pop("is_billed", True)

        class TimedClient(Client):
            clock = back_off.clock()

            async def send(self, operation: Operation[T], arguments: Arguments) -> Response[T]:
                said = evolve(operation, is_idempotent=is_idempotent, is_billed=is_billed)
                return await super().send(said, arguments)

        of_client: Options = options
        given: Options = {"api_key": KEY, "timeout": TIMEOUT, **of_client}
        async with TimedClient(base_url=base_url, transport=self.transport.make(given), **given) as client:
            yield OurSession(client, back_off)
