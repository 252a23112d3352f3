"""Requests over transports that are not ours, which may do with a cancellation what they like.

A transport may swallow a cancellation, make another error of it, cancel itself, or lose its connection if it is
cancelled twice, as httpcore does (encode/httpcore#1093). So whatever it does is done in a task of its own,
which is cancelled once and waited for only briefly.
"""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import suppress
from contextvars import Context, copy_context
from typing import TypeVar, cast

import httpx

from ..tasks import hold_task

T = TypeVar("T")

_CLOSING_TIMEOUT = 0.25
"""Seconds for a transport to end what was cancelled, or to close. After that it goes on alone."""


async def send(http: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    """Send a request, without authentication and redirects, and return the response with its body still to come.

    Raises:
        Exception: Whatever the transport raises.
    """
    sending = _begin(http.send(request, stream=True, auth=None, follow_redirects=False))
    try:
        return await _finish(sending, "request")
    except asyncio.CancelledError:
        sending.add_done_callback(_close_late)
        raise
    finally:  # as in `_finish`
        del sending


def _close_late(sending: "asyncio.Task[httpx.Response]") -> None:
    """Close a response that came although nobody waits for it any more."""
    if not sending.cancelled() and sending.exception() is None:
        _begin(_close(sending.result()))


class Body:
    """The undecoded body of a response."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._pieces = _pieces_of(response)
        self._context = copy_context()  # where logs are redacted: who reads may go on in another one

    async def read(self) -> bytes:
        """Return the next piece; it is empty at the end.

        Raises:
            Exception: Whatever the transport raises.
        """
        return await _finish(_begin(self._next(), self._context), "response")

    async def aclose(self) -> None:
        """Read no more. How the connection ends is not an error."""
        await asyncio.wait((_begin(self._close(), self._context),), timeout=_CLOSING_TIMEOUT)

    async def _next(self) -> bytes:
        return await anext(self._pieces, b"")

    async def _close(self) -> None:
        with suppress(Exception):
            await self._pieces.aclose()
        await _close(self._response)


async def _pieces_of(response: httpx.Response) -> AsyncGenerator[bytes]:
    if response.is_closed:  # a hook of the caller's client has read it, or there never was a wire
        try:
            yield response.content
        except httpx.ResponseNotRead as error:
            raise httpx.ReadError("it was read or closed by a hook of the http_client") from error
        return
    # Not `aiter_raw`: it refuses a response that a transport such as httpx.MockTransport made from bytes.
    async for piece in cast(httpx.AsyncByteStream, response.stream):
        if piece:
            yield piece


async def _close(response: httpx.Response) -> None:
    with suppress(Exception):
        await response.aclose()
    # httpx's stream leads to its response, and that to its stream: both would stay until a collection.
    response.stream = httpx.ByteStream(b"")


def _begin(work: Coroutine[object, object, T], context: Context | None = None) -> "asyncio.Task[T]":
    task = asyncio.create_task(work, context=context)
    hold_task(task)
    return task


async def _finish(task: "asyncio.Task[T]", what: str) -> T:
    """Return the result of a task. If the caller is cancelled, cancel the task, and wait for it briefly."""
    try:
        await asyncio.wait((task,))
    except asyncio.CancelledError:
        task.cancel()
        await asyncio.wait((task,), timeout=_CLOSING_TIMEOUT)
        raise
    if task.cancelled():  # nobody cancelled the call, or it would not be here
        raise ConnectionAbortedError(f"the transport gave up the {what}")
    try:
        return task.result()
    finally:  # by its traceback an error would lead to the task that holds it, and stay until a collection
        del task
