"""Reading a file argument: off the event loop, from where it stands, and back to there."""

import asyncio
import contextvars
import inspect
import os
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Protocol, cast
from weakref import WeakValueDictionary

from ..tasks import at_work, follow

_PUTTING_BACK_SECONDS = 0.25
"""How long a cancelled call waits for an async file to be put back. It is put back later if it takes longer."""


class UnreadableError(Exception):
    """A value that is not a file. The message says what is required."""


async def read_payload(payload: object, size: int | None) -> bytes:
    """Return a file's content, of which at most `size` bytes are read.

    Raises:
        UnreadableError: It is not a file.
        Exception: What the file's own methods raise.
    """
    if isinstance(payload, bytes):
        return payload
    if isinstance(payload, bytearray | memoryview):
        return bytes(cast("bytearray | memoryview[int]", payload))
    if isinstance(payload, str):
        path_of = "pathlib.Path(...).expanduser()" if payload.startswith("~") else "pathlib.Path(...)"
        raise UnreadableError(f"must be wrapped as {path_of}, if it is a path")
    if isinstance(payload, os.PathLike):
        payload = Path(cast("os.PathLike[str]", payload))
    elif callable(getattr(payload, "read", None)):
        return await _run_in_own_thread(_read_handle, cast(_File, payload), size)
    if callable(getattr(payload, "open", None)):
        return await _run_in_own_thread(_open_and_read, cast(_File, payload), size)
    raise UnreadableError("must be a path, bytes, or an object opened in binary mode")


class _File(Protocol):
    """A file. Each method returns its result, or an awaitable of that. Few files have all of them."""

    def open(self, mode: str, /) -> object: ...

    def read(self, size: int, /) -> object: ...

    def seek(self, position: object, /) -> object: ...

    def close(self) -> object: ...


class _CallersLoop:
    """The event loop of a call, for the thread that reads its file.

    The awaitables of an async file are awaited there, because such a file can belong to its loop.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._is_given_up = False
        self._has_awaited = False
        self._awaiting: asyncio.Future[object] | None = None
        self.reading: asyncio.Future[bytes]

    def call(self, method: Callable[[], object], *, to_its_end: bool = False) -> object:
        """Call a method of the file, and await what it returns if that is awaitable.

        Args:
            method: The method.
            to_its_end: Whether to go on after `give_up`.
        """
        if self._is_given_up and not to_its_end:
            raise CancelledError
        try:
            result = method()
        except RuntimeError as error:
            if "event loop" not in str(error):
                raise
            # It returns a future, say, which only the loop's own thread can make.
            result = _called(method)
        if not inspect.isawaitable(result):
            return result
        self._has_awaited = True
        return asyncio.run_coroutine_threadsafe(self._wait_for(result, to_its_end), self._loop).result()

    async def give_up(self) -> None:
        """Cancel what is awaited, and wait until the file is put back, but not for long."""
        self._is_given_up = True
        if self._awaiting is not None:
            self._awaiting.cancel()
        if self._has_awaited:
            await asyncio.wait((self.reading,), timeout=_PUTTING_BACK_SECONDS)

    async def _wait_for(self, awaitable: Awaitable[object], to_its_end: bool) -> object:
        at_work.discard(self.reading)  # until the thread goes on
        try:
            if to_its_end:
                return await awaitable
            self._awaiting = asyncio.ensure_future(awaitable)
            if self._is_given_up:
                self._awaiting.cancel()
            return await self._awaiting
        finally:
            follow(self.reading)


async def _called(method: Callable[[], object]) -> object:
    result = method()
    return await result if inspect.isawaitable(result) else result


async def _run_in_own_thread(
    read: Callable[[_File, int | None, _CallersLoop], bytes], file: _File, size: int | None
) -> bytes:
    """Run what can wait for as long as it likes, as reading a pipe or a file of a network does.

    In the event loop's own threads it would keep others from being read and hosts from
    being looked up, and after a timeout the program from ending. And nothing tells whether a
    path or an object that can seek will wait.
    """
    loop = _CallersLoop()
    outcome: Future[bytes] = Future()
    outcome.set_running_or_notify_cancel()  # from now on nobody cancels it

    def run() -> None:
        try:
            outcome.set_result(read(file, size, loop))
        except (StopIteration, CancelledError, asyncio.CancelledError) as error:
            # No future can hold the first. The others would pass for a cancellation of the call.
            why = "it raised StopIteration" if isinstance(error, StopIteration) else "its read was cancelled"
            unreadable = UnreadableError(f"must be a file that can be read ({why})")
            unreadable.__cause__ = error
            outcome.set_exception(unreadable)
        except BaseException as error:  # it belongs to who waits
            outcome.set_exception(error)

    context = contextvars.copy_context()  # an async file may look at the caller's
    threading.Thread(target=context.run, args=(run,), name=f"{__name__}.read", daemon=True).start()
    reading = loop.reading = follow(asyncio.wrap_future(outcome))
    try:
        await asyncio.wait((reading,))
    except asyncio.CancelledError:
        try:
            await loop.give_up()
        finally:
            if not reading.cancel():
                reading.exception()  # seen, and of no interest any more
        raise
    return reading.result()


def _open_and_read(openable: _File, size: int | None, loop: _CallersLoop) -> bytes:
    try:
        handle = cast(_File, loop.call(partial(openable.open, "rb")))
    except FileNotFoundError as error:
        if not str(openable).startswith("~"):
            raise
        rule = "must be a file that can be read (there is none, and `~` is not expanded: pass path.expanduser())"
        raise UnreadableError(rule) from error
    try:
        return _read_all(handle, size, loop)
    finally:
        with suppress(Exception):  # it was read
            loop.call(getattr(handle, "aclose", None) or handle.close, to_its_end=True)


_guard = threading.Lock()

_locks: WeakValueDictionary[int, threading.Lock] = WeakValueDictionary()
"""The lock of each handle that is being read, by the handle's identity: a handle need not be hashable."""


def _read_handle(handle: _File, size: int | None, loop: _CallersLoop) -> bytes:
    """Read up to `size` bytes, and put the handle back to where the caller had it, if that is possible.

    Calls that share a handle read it in turn, each from the same place.
    """
    with _guard:
        lock = _locks.setdefault(id(handle), threading.Lock())
    with lock:
        start: object = None
        with suppress(Exception):  # a pipe, or an object that only reads; reading shows what is amiss
            start = _position(handle, loop)
        try:
            return _read_all(handle, size, loop)
        finally:
            if start is not None:
                with suppress(Exception):
                    loop.call(partial(handle.seek, start), to_its_end=True)


def _position(handle: object, loop: _CallersLoop) -> object:
    # The uploads of Starlette and of Litestar can seek and not tell. The file that they hold can do both.
    for teller in (handle, getattr(handle, "file", None)):
        tell: object = getattr(teller, "tell", None)
        if callable(tell):
            return loop.call(tell)
    return None


def _read_all(handle: _File, size: int | None, loop: _CallersLoop) -> bytes:
    """Read until `size` bytes or the end: a pipe and a raw file may return less than they are asked for."""
    chunks: list[bytes] = []
    left = -1 if size is None else size
    while left:
        chunk = loop.call(partial(handle.read, left))
        if not isinstance(chunk, bytes | bytearray | memoryview):
            raise UnreadableError(_complaint(chunk))
        chunks.append(bytes(cast("bytes | memoryview[int]", chunk)))
        if not chunks[-1]:
            break
        if size is not None:
            left = max(left - len(chunks[-1]), 0)
    return b"".join(chunks)[:size]


def _complaint(chunk: object) -> str:
    """Say why what `read` returned cannot be used."""
    if chunk is None:
        return "must not be in non-blocking mode: its read() returned None"
    if isinstance(chunk, str):
        return "must be opened in binary mode, not in text mode"
    return f"must have a read() that returns bytes, not {type(chunk).__name__}"
