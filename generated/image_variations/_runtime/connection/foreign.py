# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Requests over transports that are not ours, which may do with a cancellation what they like.

A transport may swallow a cancellation, make another error of it, cancel itself, or lose its connection if it is
cancelled twice, as httpcore does (encode/httpcore#1093). So whatever it does is done in a task of its own,
which is cancelled once and waited for only briefly.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import suppress
from contextvars import Context, copy_context
from typing import TypeVar, cast

import httpx

from ..tasks import hold_task

T = TypeVar("T")

_CLOSING_TIMEOUT = 0.25
"""Seconds for a transport to end what was cancelled, or to close. After that it goes on alone."""

_MAX_UNREAD = 128 * 1024
"""Bytes of a body that are read ahead of the reader, but for the last piece."""


async def send(http: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    """Send a request, without authentication and redirects, and return the response with its body still to come.

    Raises:
        Exception: Whatever the transport raises.
    """
    sending = _begin(http.send(request, stream=True, auth=None, follow_redirects=False))
    try:
        await asyncio.wait((sending,))
    except asyncio.CancelledError:
        sending.cancel()
        sending.add_done_callback(_close_late)
        await _wait_briefly(sending)
        raise
    try:
        return _result(sending, "request")
    finally:  # by its traceback an error would lead to the task that holds it, and stay until a collection
        del sending


def _close_late(sending: "asyncio.Task[httpx.Response]") -> None:
    """Close a response that came although nobody waits for it any more."""
    if not sending.cancelled() and sending.exception() is None:
        _begin(Body(sending.result()).aclose())


class Body:
    """The undecoded body of a response, read in a task of its own."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._context = copy_context()  # where logs are redacted: the reader may go on in another one
        self._reading: asyncio.Task[None] | None = None
        self._pieces: list[bytes] = []
        self._size = 0
        self._has_news = asyncio.Event()
        self._has_room = asyncio.Event()

    async def read(self) -> bytes:
        """Return what came since the last time, as soon as there is something; nothing at the end.

        Raises:
            Exception: Whatever the transport raises.
        """
        if self._reading is None:
            self._reading = _begin(self._read(), self._context)
            self._reading.add_done_callback(lambda _: self._has_news.set())
        await self._has_news.wait()
        if not self._pieces:
            try:
                _result(self._reading, "response")
            except BaseException:
                self._reading = None  # by its traceback the error would lead to the task that holds it
                raise
            return b""
        taken = b"".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        self._has_room.set()
        if not self._reading.done():
            self._has_news.clear()
        return taken

    async def aclose(self) -> None:
        """Read no more. How the connection ends is not an error."""
        await _wait_briefly(_begin(self._close(), self._context))

    async def _read(self) -> None:
        async for piece in _pieces_of(self._response):
            if not piece:
                continue
            self._pieces.append(piece)
            self._size += len(piece)
            self._has_news.set()
            while self._size >= _MAX_UNREAD:
                self._has_room.clear()
                await self._has_room.wait()

    async def _close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait((self._reading,))
        with suppress(Exception):
            await self._response.aclose()
        # httpx's stream leads to its response, and that to its stream: both would stay until a collection.
        self._response.stream = httpx.ByteStream(b"")


def _pieces_of(response: httpx.Response) -> AsyncIterator[bytes]:
    if response.is_closed:  # a hook of the caller's client has read it, or there never was a wire
        return _at_once(response)
    # Not `aiter_raw`: it refuses a response that a transport such as httpx.MockTransport made from bytes.
    return aiter(cast(httpx.AsyncByteStream, response.stream))


async def _at_once(response: httpx.Response) -> AsyncIterator[bytes]:
    try:
        yield response.content
    except httpx.ResponseNotRead as error:
        raise httpx.ReadError("it was read or closed by a hook of the http_client") from error


def _begin(work: Coroutine[object, object, T], context: Context | None = None) -> "asyncio.Task[T]":
    task = asyncio.create_task(work, context=context)
    hold_task(task)
    return task


async def _wait_briefly(task: "asyncio.Task[T]") -> None:
    await asyncio.wait((task,), timeout=_CLOSING_TIMEOUT)


def _result(task: "asyncio.Task[T]", what: str) -> T:
    if task.cancelled():  # nobody cancelled the call, or it would not be here
        raise ConnectionAbortedError(f"the transport gave up the {what}")
    try:
        return task.result()
    finally:
        del task
