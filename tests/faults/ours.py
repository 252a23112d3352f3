"""This client as a caller, over each of the transports that it is tested with."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Unpack

import httpx
from attrs import Factory, define, field, frozen
from image_variations import Client, FileInput, ImageVariationsError, create_image_variation_detailed
from image_variations._runtime.clock import Clock

from tests.faults.callers import KEY, TIMEOUT, Options, Outcome, Session, has_image

_skipped: ContextVar[float] = ContextVar("skipped", default=0.0)
"""Seconds of back-off that a task's calls did not wait for."""


@frozen
class Transport:
    """A way to send.

    Attributes:
        make: Makes one for each client; none is httpx's own.
        unmet: The rows that it cannot meet, and why; the README lists them too.
    """

    name: str
    make: Callable[[], httpx.AsyncBaseTransport | None]
    unmet: Mapping[int, str] = field(factory=dict[int, str])


TRANSPORTS = (Transport("httpx", lambda: None),)
"""Every row is run over each of these. An entry here is all that another one needs."""


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

    @asynccontextmanager
    async def open(
        self, base_url: str, *, holds_back_off: bool = False, **options: Unpack[Options]
    ) -> AsyncGenerator[Session]:
        """Open a client whose back-off takes no time."""
        back_off = BackOff(holds_back_off)

        class TimedClient(Client):
            clock = back_off.clock()

        given: Options = {"api_key": KEY, "timeout": TIMEOUT, **options}
        async with TimedClient(base_url=base_url, transport=self.transport.make(), **given) as client:
            yield OurSession(client, back_off)
