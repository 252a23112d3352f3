"""The connections that a client shares with its copies, and its event loop."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

from attrs import Factory, define, field

from ..connection.http_client import HttpClient
from ..errors import BaseError, ClientStateError
from ..redaction import Redactor
from ..settings import limit
from .limits import CallLimits, RetryBudget

_MAX_KEYS = 8

_ENDING_TIMEOUT = 0.25
"""Seconds in which calls may end before their connections are closed."""

_Scopes = dict[asyncio.Timeout, "asyncio.Task[object] | None"]
"""What is done over the connections: a scope for each, and the task that it is done in."""


@define(eq=False)
class Connections:
    """What requests go over, the event loop that it belongs to, and what those who use it share.

    Attributes:
        timeout: Makes the scope of what has a time limit.
        addresses: At which addresses each server was reached, by its host.
        keys: The keys that were sent last, to be kept out of what is shown.
        redactor: Keeps them out of it.
        parsing: Held while a long body is parsed.
    """

    http: HttpClient
    limits: CallLimits
    timeout: Callable[[float | None], asyncio.Timeout] = asyncio.timeout
    budget: RetryBudget = Factory(RetryBudget)
    addresses: dict[str, set[str]] = Factory(dict[str, set[str]])
    keys: deque[str] = field(factory=partial(deque[str], maxlen=_MAX_KEYS), repr=False)
    parsing: asyncio.Lock = Factory(asyncio.Lock)
    redactor: Redactor = Factory(Redactor)
    is_closed: bool = False
    _loop: asyncio.AbstractEventLoop | None = None
    _scopes: _Scopes = Factory(_Scopes)
    _has_ended: asyncio.Event = Factory(asyncio.Event)
    _closing: "asyncio.Task[None] | None" = None

    def check_usable(self) -> None:
        """Bind the connections to the running event loop, or see that they are bound to it.

        Raises:
            ClientStateError: They are closed, or belong to another event loop.
        """
        if self.is_closed or self.http.client.is_closed:
            raise ClientStateError("the client is closed: make a new one")
        loop = asyncio.get_running_loop()
        self._loop = self._loop or loop
        if self._loop is not loop:
            raise ClientStateError("the client belongs to another event loop: make one for each loop")

    def note_key(self, key: str | None) -> None:
        """Keep a key that is sent out of what is shown later, such as what another server says of a link."""
        if key is not None and key not in self.keys:
            self.keys.append(key)
            self.redactor = Redactor(*self.keys)

    @asynccontextmanager
    async def time_limit(self, seconds: float, late: Callable[[], BaseError]) -> AsyncGenerator[asyncio.Timeout]:
        """End what is done in the context when its time is over, or when the connections are closed.

        Its scope, which can be given more time, is the context's value.

        Raises:
            BaseError: It was ended. `late` makes the error.
        """
        scope = self.timeout(limit(seconds))
        try:
            async with scope:
                self._scopes[scope] = asyncio.current_task()
                try:
                    yield scope
                finally:
                    del self._scopes[scope]
                    self._has_ended.set()
        except TimeoutError as error:
            if not scope.expired() or isinstance(error, BaseError):
                raise
            raise late() from None

    async def aclose(self) -> None:
        """End what goes on over the connections, and close what is ours of them, also if cancelled meanwhile.

        Raises:
            ClientStateError: They belong to another event loop, which is not over.
        """
        if self._loop is not None and self._loop is not asyncio.get_running_loop():
            if not self._loop.is_closed():
                raise ClientStateError("the client belongs to another event loop: close it there")
            self.is_closed = True  # nothing of it can be closed any more; its connections went with the loop
            return
        if self._closing is None:
            self.is_closed = True
            self._closing = asyncio.create_task(self._close(closer=asyncio.current_task()))
        await asyncio.shield(self._closing)

    async def _close(self, closer: "asyncio.Task[object] | None") -> None:
        """End what other tasks do, so that nothing more is sent and no task waits in vain, and close."""
        loop = asyncio.get_running_loop()
        others = {scope for scope, task in self._scopes.items() if task is not closer}
        for scope in others:
            if not scope.expired():
                scope.reschedule(loop.time())
        with suppress(TimeoutError):
            async with asyncio.timeout(_ENDING_TIMEOUT):
                while others & self._scopes.keys():
                    self._has_ended.clear()
                    await self._has_ended.wait()
        await self.http.aclose()
