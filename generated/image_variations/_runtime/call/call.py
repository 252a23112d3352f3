# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""One call: its attempts in a row, under one timeout, until one succeeds or none may follow."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, nullcontext, suppress
from typing import Generic, TypeAlias, TypeVar

from attrs import define, field

from ..api_key import current_key
from ..attempt import Attempt, Facts, billed_by
from ..clock import Clock
from ..connection.exchange import BrokenBodyError, OpenResponse, Progress, send
from ..connection.messages import Head
from ..errors import (
    CallTimeoutError,
    ClientStateError,
    GatewayError,
    ImageVariationsError,
    QuotaExceededError,
    ResponseError,
)
from ..redaction import Redactor
from ..request.build import Arguments, build_request
from ..request.operation import Operation, UnusableBodyError
from ..request.request import Request
from ..response.response import Response
from ..response.status_errors import advise, is_exhausted, response_error, status_error
from ..settings import Settings
from ..tasks import MIN_THREAD_SIZE
from .observer import BeforeAttempt, OnAttempt, tell
from .policy import MAX_WAIT, Retry, RetryPolicy, Stop
from .retry_after import read_retry_after
from .shared import Connections

T = TypeVar("T")

ErrorT = TypeVar("ErrorT", bound=ImageVariationsError)

Begin: TypeAlias = Callable[[OpenResponse], Awaitable[ResponseError | None]]

_logger = logging.getLogger(__name__.removesuffix("._runtime.call.call"))


@define(eq=False)
class Call(Generic[T]):
    """One call of an operation, and all that is known of it while it goes on."""

    operation: Operation[T]
    arguments: Arguments
    settings: Settings
    connections: Connections
    clock: Clock
    user_agent: str
    retired: str | None
    on_attempt: OnAttempt | None
    before_attempt: BeforeAttempt | None = None
    attempts: list[Attempt] = field(factory=list[Attempt], init=False)
    _start: float = field(init=False)
    _wall_start: float = field(init=False)
    _progress: Progress | None = field(default=None, init=False)
    _attempt_start: float | None = field(default=None, init=False)
    _is_in_line: bool = field(default=False, init=False)
    _has_room: bool = field(default=False, init=False)
    _scope: asyncio.Timeout | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._start = self.clock.monotonic()
        self._wall_start = self.clock.wall()

    async def run(self) -> Response[T]:
        """Make the attempts, and return the response of the one that succeeds.

        Raises:
            ImageVariationsError: None did, or its response cannot be used.
        """
        async with self.open() as response:
            content = await self._read(response)
            await response.aclose()  # its slot and its connection are free while the body is parsed
            return await self._parse(response, content)

    @asynccontextmanager
    async def open(self, begin: Begin | None = None) -> AsyncGenerator[OpenResponse]:
        """Make the attempts, and keep the response of the one that succeeds open while the context lasts.

        Args:
            begin: Reads the beginning of a success. What it raises ends the call; the error that it returns is one
                that the server sent in place of a result, after which the call may be repeated.

        Raises:
            ImageVariationsError: None did.
        """
        try:
            async with (
                self.connections.time_limit(self.settings.timeout, self._late) as self._scope,
                aclosing(await self._make_attempts(begin)) as response,
            ):
                yield response
                self._succeed()
        finally:
            self._scope = None  # it leads to the task, and the task's error to this call
            self._end_attempt()
            if self._has_room:  # for a retry that was not made after all
                self.connections.budget.refill()

    def fail(self, error: ErrorT) -> ErrorT:
        """Complete an error with the attempts, the cost and the response of the call, and return it, to be raised.

        There may be several, one for each image that cannot be had.
        """
        self._end_attempt()
        if self._progress is not None and self._progress.head is not None and self._progress.head.is_success:
            error.content = self._progress.redactor.content(self._progress.body.getvalue())
        error.attempts = tuple(self.attempts)
        error.billed = billed_by(self.attempts)
        error.elapsed = self.clock.monotonic() - self._start
        if self.attempts:
            error.request_id = error.request_id or self.attempts[-1].request_id
            error.retry_after = self.attempts[-1].retry_after
        return error

    def unusable(self, response: OpenResponse, reason: str) -> ImageVariationsError:
        """Return the error of a success that turned out to be of no use."""
        return self.fail(response_error(response.head, response.received, reason, response.redactor))

    async def _make_attempts(self, begin: Begin | None) -> OpenResponse:
        """Make attempts until one brings a success. That one is never repeated, whatever becomes of it.

        Raises:
            ImageVariationsError: None did.
        """
        slots = self.connections.limits.slots
        request: Request | None = None
        while True:
            response: OpenResponse | None = None
            await slots.acquire()
            try:
                if request is None:
                    request = await build_request(self.operation, self.settings, self.arguments, self.user_agent)
                response = await self._attempt(request)
                response.on_closed = slots.release
                if begin is not None:
                    await self._begin(response, begin)
                return response
            except ImageVariationsError as error:
                wait = self._wait_after(error)
                if wait is None:
                    raise self.fail(error)  # noqa: B904  # the same error
            finally:
                if response is None:
                    slots.release()
            await self.clock.sleep(wait)

    async def _attempt(self, request: Request) -> OpenResponse:
        """Send the request once, and return its response if that is a success.

        Raises:
            ImageVariationsError: It is not, or none came.
        """
        limits = self.connections.limits
        self._is_in_line = limits.max_per_minute is not None
        async with limits.line:
            await limits.wait()
            self._is_in_line = False
            keyed, redactor = await self._with_key(request)  # in its turn, so that it is not stale when that comes
            await limits.wait()  # for a pause that began while the key was asked for
            start = limits.start()
        if self.before_attempt is not None:
            await self.before_attempt()
        self.connections.check_usable()  # its transport may have been closed while this call waited
        if self.before_attempt is not None:
            start = self._give_back_time(start)
        self._has_room = False
        self._progress = progress = Progress(redactor, len(self.attempts) + 1)
        self._attempt_start = start
        with redactor.over_logs():
            response = await send(self.connections.http, keyed, progress)
            if progress.peer is not None:
                self.connections.addresses.setdefault(request.url.host, set()).add(progress.peer)
            if response.head.is_success:
                return response
            progress.facts.retry_after = read_retry_after(response.head.headers, self.clock.wall())
            async with aclosing(response):
                with suppress(BrokenBodyError):  # what came of it says enough
                    await response.read(self.settings.max_response_bytes)
        raise self._refusal(response, progress.facts, str(request.url.copy_with(query=None)))

    def _give_back_time(self, since: float) -> float:
        """Put the end of the call's time off, by what has passed since then. Return the time."""
        now = self.clock.monotonic()
        if self._scope is not None and (end := self._scope.when()) is not None:
            self._scope.reschedule(end + now - since)
        return now

    async def _begin(self, response: OpenResponse, begin: Begin) -> None:
        """Read the beginning of a success, which is closed if it is none after all.

        Raises:
            ImageVariationsError: It is none.
        """
        async with AsyncExitStack() as stack:
            stack.push_async_callback(response.aclose)
            refusal = await begin(response)
            if refusal is None:
                stack.pop_all()
                return
        assert self._progress is not None  # noqa: S101  # there is a response
        facts = self._progress.facts
        facts.begins_with_error = True
        facts.retry_after = read_retry_after(response.head.headers, self.clock.wall())
        facts.is_final = is_exhausted(refusal) or _forbids_retry(response.head)
        raise refusal

    async def _with_key(self, request: Request) -> tuple[Request, Redactor]:
        """Return the request with the key of the moment.

        The key is a local of this frame alone, which no error keeps: tools that report errors show locals.
        """
        key = await current_key(self.settings.api_key)
        self.connections.note_key(key)
        # With the keys that were sent before: what a server says of an earlier attempt may hold that one's.
        return request.with_key(key), self.connections.redactor.with_secrets(request.secrets)

    def _refusal(self, response: OpenResponse, facts: Facts, url: str) -> ImageVariationsError:
        """Return the error of a response that is not a success, and note what it says of the attempt."""
        content, redactor, has_key = response.received, response.redactor, self.settings.api_key is not None
        advice = advise(response.head, content, url, redactor, retired=self.retired, has_key=has_key)
        error = status_error(response.head, content, advice, redactor)
        facts.is_api_error = not isinstance(error, GatewayError)
        facts.is_final = isinstance(error, QuotaExceededError) or _forbids_retry(response.head)
        return error

    def _wait_after(self, error: ImageVariationsError) -> float | None:
        """Return the seconds to wait before the next attempt; `None`, with a note of the reason, if none may follow."""
        if self._attempt_start is None or self._progress is None:
            return None  # nothing was sent, and nothing would be the next time
        decision = self._decide(self._progress.facts)
        if isinstance(decision, Retry):
            self._end_attempt(decision.wait)
            return decision.wait
        if decision.reason:
            error.add_note(f"Not sent again: {decision.reason}.")
        return None

    def _decide(self, facts: Facts) -> Retry | Stop:
        """Decide what follows an attempt that failed, and hold back the client's other calls if the server says so."""
        settings = self.settings
        decision = RetryPolicy(settings.max_retries, settings.retry_unknown, self.operation.is_idempotent).decide(
            facts,
            retries=len(self.attempts),
            time_left=settings.timeout - (self.clock.monotonic() - self._start),
            uniform=self.clock.uniform,
        )
        if isinstance(decision, Retry):
            self._has_room = self.connections.budget.take()
            if not self._has_room:
                decision = Stop("the client's budget for retries is used up")
        if facts.status_code == 429 and facts.retry_after is not None and facts.retry_after <= MAX_WAIT:
            pause = decision.wait if isinstance(decision, Retry) else facts.retry_after
            self.connections.limits.pause(pause)
        return decision

    async def _read(self, response: OpenResponse) -> bytes:
        try:
            with response.redactor.over_logs():
                return await response.read(self.settings.max_response_bytes)
        except BrokenBodyError as error:
            broken = error
        # Not raised above, where what the transport says would stay behind it.
        try:
            raise self.unusable(response, str(broken)) from response.redactor.cause(broken)
        finally:  # by its traceback the error would lead to itself, and stay until a collection
            del broken

    async def _parse(self, response: OpenResponse, content: bytes) -> Response[T]:
        head = response.head
        # Long ones one after the other: what one has freed, the next can use.
        turn = nullcontext() if len(content) <= MIN_THREAD_SIZE else self.connections.parsing
        try:
            async with turn:
                parsed = await self.operation.reader_for(head.status_code).read(content)
        except UnusableBodyError as reason:
            raise self.unusable(response, f"the body {reason}") from None
        self._succeed()
        return Response(
            status_code=head.status_code,
            headers=response.redactor.headers(head.headers),
            request_id=self.attempts[-1].request_id,
            content=content,
            attempts=tuple(self.attempts),
            elapsed=self.clock.monotonic() - self._start,
            parsed=parsed,
        )

    def _succeed(self) -> None:
        """End the attempt, unless an error has ended it before. Only a success makes room for a retry."""
        if self._attempt_start is not None:
            self.connections.budget.refill()
            self._end_attempt()

    def _end_attempt(self, wait: float | None = None) -> None:
        """End the attempt that is going on, if one is, and tell the observer of it."""
        progress, began = self._progress, self._attempt_start
        if progress is None or began is None:
            return
        self._attempt_start = None
        facts, start = progress.facts, self._wall_start + (began - self._start)
        attempt = Attempt(
            number=len(self.attempts) + 1,
            start=start,
            end=start + self.clock.monotonic() - began,
            outcome=facts.outcome,
            status_code=facts.status_code,
            wait=wait,
            request_id=progress.head.request_id(progress.redactor) if progress.head else None,
            retry_after=facts.retry_after,
            is_billed=self.operation.is_billed,
            is_final=facts.is_final,
        )
        self.attempts.append(attempt)
        _log(self.operation.name, attempt)
        if self.on_attempt is not None:
            tell(self.on_attempt, attempt)

    def _late(self) -> ImageVariationsError:
        """Return the error for a timeout or for a closed client. It keeps the part of a success that has come."""
        progress = None if self._attempt_start is None else self._progress
        if not self.connections.is_closed:
            number, limit = len(self.attempts) + 1, self.connections.limits.max_per_minute
            where = f"in attempt {number}" if progress else "while waiting"
            if self._is_in_line:
                where += f" for its turn (max_per_minute={limit}), so attempt {number} was not sent"
            name, timeout = self.operation.name, self.settings.timeout
            return self.fail(CallTimeoutError(f"{name} took longer than {timeout:g} s; its time ran out {where}"))
        reason = "the client was closed before the call was over"
        if progress and progress.head and progress.head.is_success:
            return self.fail(response_error(progress.head, progress.body.getvalue(), reason, progress.redactor))
        return self.fail(ClientStateError(reason))


def _forbids_retry(head: Head) -> bool:
    should_retry = head.headers.get("x-should-retry", "").lower()
    return "false" in map(str.strip, should_retry.split(","))


def _log(operation: str, attempt: Attempt) -> None:
    again = "" if attempt.wait is None else f", again in {attempt.wait:.2f} s"
    said = (operation, attempt.number, attempt.outcome.value, attempt.status_code, attempt.request_id, again)
    _logger.info("%s: attempt %d: %s, status %s, request id %s%s", *said)
