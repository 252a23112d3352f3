"""The events of a response, typed, as they arrive."""

import json
import re
import sys
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Generic, TypeVar, cast

from attrs import define, evolve, field

from ..call.call import Call
from ..client import BaseClient
from ..connection.exchange import BrokenBodyError, OpenResponse
from ..errors import BaseError, ResponseError
from ..redaction import Redactor
from ..request.build import Arguments
from ..request.operation import Operation
from ..response.error_bodies import ErrorBody, read_details
from ..response.json_text import UnreadableJsonError, read_json
from ..response.status_errors import response_error
from ..response.values import read_any
from .parser import EventParser, LongEventError, ServerSentEvent
from .reader import EventReader

R = TypeVar("R")
T = TypeVar("T")

MEDIA_TYPE = "text/event-stream"

_DONE = "[DONE]"
"""The data of an event after which there is no more, by the habit of the APIs that speak so."""

_ERROR = "error"
"""The name of an event, or the type of its data, that says that the server failed."""

_END_TIMEOUT = 0.05
"""Seconds for the end of the body after `[DONE]`. With it the connection serves the next call."""

_NO_CONTENT = 204

_TAIL_SIZE = 16 * 1024
"""Bytes of a stream that are kept for its errors: the last ones. Each of many streams at once holds so many."""

_MAX_QUICK = 64 * 1024
"""Characters of JSON that are parsed at once: they cannot hold more values than any response has."""

_MAX_START = 64
"""Bytes of a body that are looked at to see whether it is a stream."""

_STREAM = re.compile(rb"(?:\xef\xbb\xbf)?[\r\n]*(?:data|event|id|retry)?[:\r\n]")
"""The beginning of a stream: a field, a comment or a blank line."""

_OTHER = re.compile(rb"(?:\xef\xbb\xbf)?\s*[{\[<]")
"""The beginning of JSON or of HTML, with which no line of a stream begins."""


@asynccontextmanager
async def open_events(
    client: BaseClient, operation: Operation[R], arguments: Arguments, reader: EventReader[T]
) -> AsyncGenerator[AsyncGenerator[T | ServerSentEvent]]:
    """Call an operation, and give its events as they arrive while the context lasts.

    The first event is waited for: if it is an error, the call may be repeated.

    Raises:
        BaseError: Whatever went wrong; entering the context, or asking for the next event.
    """
    call = client.call(evolve(operation, accept=MEDIA_TYPE), arguments)
    stream = EventStream(call, reader)
    async with call.open(stream.begin), aclosing(stream):
        yield stream.events


@define(eq=False)
class EventStream(Generic[R, T]):
    """The events of a call.

    Attributes:
        events: The events, as they arrive; there are some once the stream has begun.
    """

    _call: Call[R]
    _reader: EventReader[T]
    events: AsyncGenerator[T | ServerSentEvent] = field(init=False)
    _source: AsyncGenerator[T | ServerSentEvent] = field(init=False)
    _tail: bytearray = field(factory=bytearray, init=False)
    _count: int = field(default=0, init=False)
    _is_body: bool = field(default=False, init=False)
    _is_refused: bool = field(default=False, init=False)

    async def begin(self, response: OpenResponse) -> ResponseError | None:
        """Read on to the first event. Return the error that it is, if it is one.

        Raises:
            ResponseError: The body is no stream, or breaks off.
        """
        self._count, self._is_body = 0, False
        self._source = self._read(response)
        try:
            first = [await anext(self._source)]
        except StopAsyncIteration:
            first = []
        except ResponseError as error:
            if self._is_refused:
                return error
            raise
        self.events = self._give(first)
        return None

    async def aclose(self) -> None:
        """Read no more."""
        for generator in (self.events, self._source):
            with suppress(RuntimeError):  # another task is at it still; it finds the response closed
                await generator.aclose()

    async def _give(self, first: list[T | ServerSentEvent]) -> AsyncGenerator[T | ServerSentEvent]:
        try:
            for event in first:
                yield event
            async for event in self._source:
                yield event
        except BaseError as error:
            raise self._call.fail(error)  # noqa: B904  # the same error

    async def _read(self, response: OpenResponse) -> AsyncGenerator[T | ServerSentEvent]:
        """Give the events of a response.

        Raises:
            ResponseError: It has none, one of them is an error or cannot be read, or it breaks off.
        """
        try:
            async with aclosing(self._batches(response)) as batches:
                async for batch in batches:
                    for event in batch:
                        if event.data == _DONE:
                            await self._wait_for_end(batches)
                            return
                        found = self._typed(response, event, await self._value_of(response, event))
                        self._count += 1
                        yield found
            if not self._count and response.head.status_code != _NO_CONTENT:
                raise self._error(response, "the stream ends without an event")
        except (BrokenBodyError, LongEventError) as error:
            raise self._error(response, f"{error}, {self._place}") from None
        finally:
            self._keep_tail(response)

    async def _wait_for_end(self, batches: AsyncGenerator[Iterable[ServerSentEvent]]) -> None:
        """Give the server a moment to end the body. What it sends besides, or breaks, concerns nobody."""
        with suppress(TimeoutError, BrokenBodyError, LongEventError):
            async with self._call.clock.timeout(_END_TIMEOUT):
                async for _ in batches:
                    pass

    async def _batches(self, response: OpenResponse) -> AsyncGenerator[Iterable[ServerSentEvent]]:
        """Give the events of each piece of the body; of a body that is no stream, the only one that it makes."""
        parser = EventParser(self._call.settings.max_response_bytes)
        async with aclosing(response.pieces()) as pieces:
            start = await _start_of(pieces)
            if not is_stream(response, start):
                yield [await self._whole(response, start, pieces)]
                return
            piece, start = start, b""  # nothing is held of a piece while the next one is waited for
            self._note(piece)
            yield parser.feed(piece)
            piece = b""
            async for piece in pieces:
                self._note(piece)
                yield parser.feed(piece)
                piece = b""  # likewise
        yield parser.finish()

    async def _whole(self, response: OpenResponse, start: bytes, pieces: AsyncGenerator[bytes]) -> ServerSentEvent:
        """Read a body that is no stream to its end, and return it as an event if it is JSON.

        Raises:
            ResponseError: It is not, or it is an error.
        """
        limit, self._is_body = self._call.settings.max_response_bytes, True
        self._tail += start
        async for piece in pieces:
            self._tail += piece
            if len(self._tail) > limit:
                del self._tail[_TAIL_SIZE:]
                raise BrokenBodyError(f"the body is longer than max_response_bytes ({limit})")
        return ServerSentEvent(self._tail.decode(errors="replace"))

    def _note(self, piece: bytes) -> None:
        self._tail += piece[-_TAIL_SIZE:]
        del self._tail[:-_TAIL_SIZE]

    def _keep_tail(self, response: OpenResponse) -> None:
        """Put what is kept of the body where errors have it from."""
        response.keep(bytes(self._tail), sys.maxsize)
        self._tail.clear()

    async def _value_of(self, response: OpenResponse, event: ServerSentEvent) -> object:
        """Return the JSON value of an event, or its data as they are if they are not meant to be JSON.

        Raises:
            ResponseError: They are not JSON.
        """
        data, reader = event.data, self._reader
        if not reader.is_json and not data.startswith("{"):
            return data
        if len(data) <= _MAX_QUICK:
            with suppress(ValueError, RecursionError):
                return cast(object, json.loads(data))
        content = data.encode()
        try:
            return await read_json(content, read_any)
        except UnreadableJsonError as error:
            reason = f"the body {error}" if self._is_body else f"the data of an event {error}, {self._place}"
        if not self._is_body and (event.event == _ERROR or not reader.asks_for_json(event)):
            return data
        raise self._error(response, reason)

    def _typed(self, response: OpenResponse, event: ServerSentEvent, value: object) -> T | ServerSentEvent:
        """Return the document's event of an event.

        Raises:
            ResponseError: It is an error.
        """
        if self._is_error(event, value):
            self._is_refused = not self._count and not self._is_body
            details = read_words(event, value, response.redactor)
            raise self._error(response, f"the server sent an error, {self._place}", details)
        if self._is_body and not self._reader.reading_of(event, value):
            return event
        return self._reader.read_event(event, value)

    def _is_error(self, event: ServerSentEvent, value: object) -> bool:
        if event.event == _ERROR:
            return True
        if not isinstance(value, dict):
            return False
        members = cast("dict[str, object]", value)
        # An event that the document knows may have a member of that name.
        has_error = bool(members.get(_ERROR)) and self._reader.reading_of(event, members) is None
        return has_error or members.get("type") == _ERROR

    @property
    def _place(self) -> str:
        return "before any event" if not self._count else f"after {self._count} event{'s'[: self._count - 1]}"

    def _error(self, response: OpenResponse, reason: str, details: ErrorBody | None = None) -> ResponseError:
        self._keep_tail(response)
        return response_error(response.head, response.received, reason, response.redactor, details=details)


async def _start_of(pieces: AsyncGenerator[bytes]) -> bytes:
    """Return as much of a body as tells what it is."""
    start = b""
    async for piece in pieces:
        start += piece
        if b":" in start or len(start) >= _MAX_START:
            break
    return start


def is_stream(response: OpenResponse, start: bytes) -> bool:
    """Tell whether a body is an event stream. Its beginning says more than its media type, if that is another."""
    if response.head.headers.get("content-type", "").partition(";")[0].strip().lower() == MEDIA_TYPE:
        return not _OTHER.match(start)
    return not start or _STREAM.match(start) is not None


def read_words(event: ServerSentEvent, value: object, redactor: Redactor) -> ErrorBody:
    """Read what an error says: the API's `{"error": {...}}`, or the members of that alone."""
    if not isinstance(value, dict):
        return read_details(event.data.encode(), redactor)
    members = cast("dict[str, object]", value)
    error = members.get("error") or {name: part for name, part in members.items() if part != _ERROR}
    return read_details(json.dumps({"error": error}).encode(), redactor)
