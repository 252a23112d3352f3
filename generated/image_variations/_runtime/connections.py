"""The connections that a client and its copies share, and whose they are."""

import asyncio

import httpx
from attrs import Factory, define

from .errors import ClientStateError
from .gate import Gate, RetryBudget
from .http_client import make_http_client


@define(eq=False)
class Connections:
    """An `httpx.AsyncClient`, the event loop that it belongs to, and what those who use it share.

    Attributes:
        is_ours: Whether it is ours to close.
    """

    http: httpx.AsyncClient
    is_ours: bool
    gate: Gate
    budget: RetryBudget = Factory(RetryBudget)
    is_closed: bool = False
    _loop: asyncio.AbstractEventLoop | None = None

    @classmethod
    def opened(
        cls, transport: httpx.AsyncBaseTransport | None, http_client: httpx.AsyncClient | None, gate: Gate
    ) -> "Connections":
        """Use the caller's client, or make one; it connects when it is first called."""
        if http_client is not None:
            return cls(http_client, is_ours=False, gate=gate)
        return cls(make_http_client(transport), is_ours=True, gate=gate)

    def check_usable(self) -> None:
        """Bind the connections to the running event loop, or see that they are bound to it.

        Raises:
            ClientStateError: They are closed, or belong to another event loop.
        """
        if self.is_closed or self.http.is_closed:
            raise ClientStateError("the client is closed: make a new one")
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = loop
        elif self._loop is not loop:
            raise ClientStateError("the client belongs to another event loop: make one for each loop")

    async def aclose(self) -> None:
        """Close what is ours."""
        self.is_closed = True
        loop = asyncio.get_running_loop()
        # Of a loop that is over nothing can be closed any more; its connections went with it.
        if self.is_ours and self._loop in (None, loop):
            await self.http.aclose()
