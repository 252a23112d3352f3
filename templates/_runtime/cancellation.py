"""Cancelling a request without losing its connection.

httpcore shields its clean-up from anyio's cancellation and not from asyncio's (encode/httpcore#1093).
At three points a cancelled task would leave a connection open that its pool neither uses nor
closes again: between connecting and the first byte sent, while an answer is closed, and, where it
is cancelled again a moment later, while an answer is read. So each of these runs in a task of its
own, which is cancelled only where httpcore gets over it, and once.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from typing import Protocol, TypeVar, cast

import httpx

from .background import keep
from .flag import Flag
from .read_ahead import ReadAhead

T = TypeVar("T")

_CONNECTED = (
    "connection.connect_tcp.complete",
    "connection.connect_unix_socket.complete",
    "connection.start_tls.complete",
)
_CONNECTING = ("connection.start_tls.started", "connection.start_tls.failed")

OnHead = Callable[[tuple[int, Sequence[tuple[bytes, bytes]]]], None]
"""Is told of an answer's status and headers."""

_CLOSING_SECONDS = 0.25
"""How long a connection is waited for that is to be closed: it goes on closing, and nobody waits."""


class _Closable(Protocol):
    """A connection, as far as it matters who closes it."""

    async def aclose(self) -> None:
        """Close it."""


class _Sent(Protocol):
    """A request, as httpcore shows it."""

    method: bytes


class Handover:
    """Who closes a new connection, as httpcore's trace events tell. Other transports send none.

    Args:
        connect_timeout: Seconds for a proxy to open a tunnel; the transport itself bounds only
            the connection to the proxy.

    Attributes:
        on_head: Is told of the status and the headers as soon as they come, where the transport tells.
        is_settled: Set where that is clear.
        stream: A connection that is not the pool's yet, which nobody closes but who made it.
        give_up: Ends the request.
    """

    def __init__(self, on_head: OnHead, connect_timeout: float | None) -> None:
        self.on_head = on_head
        self._connect_timeout = connect_timeout
        self.give_up: Callable[[], object] = lambda: None
        self.is_settled = Flag()
        self.is_settled.set()
        self.stream: _Closable | None = None
        self._is_of_tunnel = False
        self._patience: asyncio.TimerHandle | None = None

    async def trace(self, event: str, info: Mapping[str, object]) -> None:
        """Note an event."""
        if event in _CONNECTED:
            self.stream = cast(_Closable, info["return_value"])
            self.is_settled.clear()
            return
        self.is_settled.set()
        if event not in _CONNECTING:
            self.stream = None
        # A tunnel through a proxy begins with a request and an answer of its own (RFC 9110, section 9.3.6).
        if event == "http11.send_request_headers.started" and cast("_Sent", info["request"]).method == b"CONNECT":
            self._is_of_tunnel = True
            if self._connect_timeout is not None:
                self._patience = asyncio.get_running_loop().call_later(self._connect_timeout, self.give_up)
        elif event == "http11.receive_response_headers.complete":
            if not self._is_of_tunnel:
                self._note_head(info)
            self._is_of_tunnel = False
            self._be_patient()

    def is_over(self) -> None:
        """Say that the request has its answer, or gets none."""
        self.is_settled.set()
        self._be_patient()
        # It leads to the response: a transport that keeps both it and the request's extensions would never let go.
        self.give_up = lambda: None

    def _be_patient(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _note_head(self, info: Mapping[str, object]) -> None:
        _, status_code, _, headers, *_ = cast(
            "tuple[bytes, int, bytes, list[tuple[bytes, bytes]]]", info["return_value"]
        )
        self.on_head((status_code, headers))


async def send(http: httpx.AsyncClient, request: httpx.Request, handover: Handover) -> httpx.Response:
    """Send a request, without authentication and redirects, and return its answer with the body still to come.

    The request's extension `trace` is the handover's.
    """
    sending, is_over = _begin(http.send(request, stream=True, auth=None, follow_redirects=False))
    handover.give_up = sending.cancel
    sending.add_done_callback(lambda _: handover.is_over())
    try:
        await is_over.wait()
    except asyncio.CancelledError:
        await _finished(_abandon(sending, handover))
        raise
    if sending.cancelled():
        raise ConnectionAbortedError("the transport gave up the request")  # nobody cancelled this task
    return sending.result()


class ResponseReader:
    """The body of an answer, which is read, and closed at its end, in a task of its own, ahead of who asks for it."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._ahead = ReadAhead()
        self._reading: asyncio.Task[None] | None = None
        self._is_over = Flag()
        self._is_read = False
        self._is_closing = False

    def begin(self, stream: httpx.AsyncByteStream) -> None:
        """Begin to read."""
        self._reading, self._is_over = _begin(self._read(stream))

    async def chunks(self) -> AsyncGenerator[bytes]:
        """What was read so far, and what follows; raises what the transport raises."""
        while (chunk := await self._ahead.take()) is not None:
            yield chunk

    async def aclose(self) -> None:
        """Close the answer, also if its task is cancelled meanwhile. How its connection ends is not an error."""
        if self._is_read:
            await _wait(self._is_over)
        else:
            await _finished(self._close())

    async def _close(self) -> None:
        self._is_closing = True
        if self._reading is not None:
            if not self._is_read:  # else it is closing the answer, which is not to be disturbed
                self._reading.cancel()
            await asyncio.wait((self._reading,))
        await self.response.aclose()

    async def _read(self, stream: httpx.AsyncByteStream) -> None:
        end: BaseException | None = None
        try:
            async for chunk in stream:
                await self._ahead.put(chunk)
        except asyncio.CancelledError:
            if self._is_closing:
                raise
            end = ConnectionAbortedError("the transport gave up the response")  # nobody cancelled this task
        except BaseException as error:  # who reads must hear of it, or waits for ever
            end = error
        self._ahead.end(end)
        self._is_read = True
        await _quietly(self.response.aclose())


async def _abandon(sending: "asyncio.Task[httpx.Response]", handover: Handover) -> None:
    await handover.is_settled.wait()
    sending.cancel()
    await asyncio.wait((sending,))
    if handover.stream is not None:
        await handover.stream.aclose()
    if not sending.cancelled() and sending.exception() is None:
        await sending.result().aclose()


async def _finished(work: Coroutine[object, object, None]) -> None:
    """Wait for work that goes on if the wait is cancelled. What it raises is dropped."""
    _, is_over = _begin(_quietly(work))
    await _wait(is_over)


async def _wait(is_over: Flag) -> None:
    """Wait for the end of closing, but not for long."""
    patience = asyncio.get_running_loop().call_later(_CLOSING_SECONDS, is_over.set)
    try:
        await is_over.wait()
    finally:
        patience.cancel()


def _begin(work: Coroutine[object, object, T]) -> "tuple[asyncio.Task[T], Flag]":
    """Begin work in a task of its own; the flag says that it is over, a turn of the loop before the task can."""
    is_over = Flag()

    async def run() -> T:
        try:
            return await work
        finally:
            is_over.set()

    task = asyncio.create_task(run())
    keep(task)
    return task, is_over


async def _quietly(work: Coroutine[object, object, None]) -> None:
    with suppress(Exception):
        await work
