"""One call: its attempts in a row, under one timeout, until one succeeds or none may follow."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Generic, TypeVar

from attrs import define, field, frozen

from .attempt import Attempt
from .clock import Clock
from .configuration import Settings, bounded
from .connections import Connections
from .credentials import current_key
from .errors import (
    CallTimeoutError,
    ClientStateError,
    ImageVariationsError,
    QuotaExceededError,
    TransportError,
)
from .exchange import BrokenAnswerError, Head, OpenAnswer, Outgoing, Progress, exchange
from .failures import Circumstances, read_details, response_error, status_error
from .observer import Observer
from .off_loop import OFF_LOOP_SIZE
from .operation import Operation, UnusableAnswerError
from .policy import LONGEST_WAIT, Facts, Retry, RetryPolicy, Stop, billed_by
from .preparation import Arguments, Prepared, prepare
from .response import Response
from .retry_after import read_retry_after
from .secrets import Redactor

T = TypeVar("T")

_logger = logging.getLogger(__name__.removesuffix("._runtime.call"))


@frozen
class Failure:
    """An attempt that ended without a success: its error, and what the policy goes by."""

    error: ImageVariationsError
    facts: Facts


@frozen
class Success:
    """A success whose body is still on the wire, with the slot and the connection that it keeps."""

    answer: OpenAnswer
    redactor: Redactor
    kept: AsyncExitStack


@frozen
class _CurrentAttempt:
    """The attempt that is going on."""

    start: float
    monotonic_start: float
    progress: Progress
    redactor: Redactor


@define(eq=False)
class Call(Generic[T]):
    """One call of an operation, and all that is known of it while it goes on."""

    operation: Operation[T]
    arguments: Arguments
    settings: Settings
    connections: Connections
    clock: Clock
    user_agent: str
    is_to_pins_host: bool
    observer: Observer
    attempts: list[Attempt] = field(factory=list[Attempt], init=False)
    _start: float = field(init=False)
    _current: _CurrentAttempt | None = field(default=None, init=False)
    _unobserved: Attempt | None = field(default=None, init=False)
    _unused_retry: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self._start = self.clock.monotonic()

    async def run(self) -> Response[T]:
        """Make the attempts, and return the answer of the one that succeeds.

        Raises:
            ImageVariationsError: None did, or its answer cannot be used.
        """
        async with self._bounded():
            success = await self._open()
            async with success.kept:
                with success.redactor.over_logs():
                    content = await self._read(success)
            return await self._response(success, content)

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[Success]:
        """Make the attempts, and keep the answer of the one that succeeds open while the context lasts.

        Raises:
            ImageVariationsError: None did.
        """
        async with self._bounded():
            success = await self._open()
            async with success.kept:
                yield success
            if self._current is not None:
                self._succeeded(success.answer.head)

    def unusable(self, success: Success, content: bytes, reason: str) -> ImageVariationsError:
        """End the attempt whose answer turned out to be of no use; returns the error to raise."""
        head = success.answer.head
        error = response_error(head, content, reason, success.redactor)
        return self.settled(success, error)

    def settled(self, success: Success, error: ImageVariationsError) -> ImageVariationsError:
        """Complete an error raised while a success was used with the call's attempts, cost and response, and return it.

        There may be several, one for each image that cannot be had.
        """
        if self._current is not None:
            self._end_attempt(self._facts(success.answer.head))
        error.content = success.redactor.content(success.answer.received)
        return self._settled(error)

    @asynccontextmanager
    async def _bounded(self) -> AsyncGenerator[None]:
        """Bound the call by its timeout, and tell the observer of its last attempt, however it ends."""
        scope = asyncio.timeout(bounded(self.settings.timeout))
        try:
            async with scope:
                self.connections.begin(scope)
                try:
                    yield
                finally:
                    self.connections.end(scope)
        except asyncio.CancelledError:
            self._interrupt()
            if self._unobserved is not None:
                self.observer.tell(self._unobserved)
            raise
        except TimeoutError as error:
            if not scope.expired() or isinstance(error, ImageVariationsError):
                self._interrupt()
                await self._observe_last()
                raise
            ended = self._cut_short() if self.connections.is_closed else self._timed_out()
            await self._observe_last()
            raise ended from None
        except BaseException:
            self._interrupt()
            await self._observe_last()
            raise
        finally:
            if self._unused_retry:
                self.connections.budget.refill()
        await self._observe_last()

    async def _open(self) -> Success:
        """Make attempts until one is answered with a success. That one is never repeated, whatever becomes of it.

        Raises:
            ImageVariationsError: None was.
        """
        settings, connections = self.settings, self.connections
        policy = RetryPolicy(settings.max_retries, settings.retry_unknown)
        prepared: Prepared | None = None
        while True:
            try:
                async with AsyncExitStack() as kept:
                    await kept.enter_async_context(connections.gate.slots)
                    if prepared is None:
                        prepared = await prepare(self.operation, settings, self.arguments, self.user_agent)
                    result = await self._attempt(prepared, kept)
                    if isinstance(result, Success):
                        return result
            except ImageVariationsError as error:
                self._settled(error)
                raise
            decision = policy.decide(
                result.facts,
                retries=len(self.attempts),
                time_left=self._time_left(),
                uniform=self.clock.uniform,
            )
            if isinstance(decision, Retry):
                self._unused_retry = connections.budget.take()
                if not self._unused_retry:
                    decision = Stop("the client's budget for retries is used up")
            self._hold_back_others(result.facts, decision)
            if isinstance(decision, Stop):
                if decision.reason:
                    result.error.add_note(f"Not sent again: {decision.reason}.")
                try:
                    raise self._failed(result)
                finally:  # by its traceback the error would lead to itself, and stay until a collection
                    del result
            await self.observer.observe(self._end_attempt(result.facts, wait=decision.wait), self._time_left())
            await self.clock.sleep(decision.wait)

    def _time_left(self) -> float:
        return self.settings.timeout - (self.clock.monotonic() - self._start)

    def _hold_back_others(self, facts: Facts, decision: Retry | Stop) -> None:
        if facts.status_code == 429 and facts.retry_after is not None and facts.retry_after <= LONGEST_WAIT:
            self.connections.gate.pause(decision.wait if isinstance(decision, Retry) else facts.retry_after)

    async def _attempt(self, prepared: Prepared, kept: AsyncExitStack) -> Success | Failure:
        """Send the request once. What a success needs further is taken out of `kept`."""
        outgoing, redactor = await self._keyed(prepared)
        self.connections.check_usable()  # its transport may have been closed while this call waited
        self._unused_retry = False
        progress = Progress()
        self._current = _CurrentAttempt(self.clock.wall(), self.clock.monotonic(), progress, redactor)
        with redactor.over_logs():
            try:
                answer = await kept.enter_async_context(exchange(self.connections.http, outgoing, progress, redactor))
                if progress.peer is not None:
                    self.connections.addresses.setdefault(prepared.url.host, set()).add(progress.peer)
                if answer.head.is_success:
                    return Success(answer, redactor, kept.pop_all())
                content = await answer.read(self.settings.max_response_bytes)
            except TransportError as error:
                facts = Facts(
                    progress.tail_handed_over,
                    is_final=progress.is_final,
                    is_refused_by_tls=progress.is_refused_by_tls,
                )
                return Failure(error, facts)
            except BrokenAnswerError:
                content = progress.body.getvalue()
        assert progress.head is not None  # noqa: S101  # an answer has one
        url, has_key = str(prepared.url.copy_with(query=None)), self.settings.api_key is not None
        where = Circumstances(url, self.is_to_pins_host, has_key=has_key, redactor=redactor)
        return self._refused(progress.head, content, where)

    async def _keyed(self, prepared: Prepared) -> tuple[Outgoing, Redactor]:
        """The request with the key of the moment, once no pause holds it back."""
        gate = self.connections.gate
        waited_for = await gate.wait_for_pause()
        while True:
            keyed = await self._with_key(prepared)
            end = await gate.wait_for_pause(waited_for)  # of a pause that began while the key was asked for
            if end == waited_for:
                return keyed
            waited_for = end

    async def _with_key(self, prepared: Prepared) -> tuple[Outgoing, Redactor]:
        """The request with the key of the moment, which is in no frame that stays with an error: tools show locals."""
        key = await current_key(self.settings.api_key)
        self.connections.note_key(key)
        return prepared.with_key(key), Redactor(key, *prepared.secrets)

    def _refused(self, head: Head, content: bytes, where: Circumstances) -> Failure:
        details = read_details(content, where.redactor)
        error = status_error(head, content, details, where)
        is_final = isinstance(error, QuotaExceededError) or _says_false(head.headers.get("x-should-retry", ""))
        return Failure(error, self._facts(head, is_api_error=details.is_api_error, is_final=is_final))

    async def _read(self, success: Success) -> bytes:
        head, redactor = success.answer.head, success.redactor
        try:
            return await success.answer.read(self.settings.max_response_bytes)
        except BrokenAnswerError as error:
            broken = error
        # Not raised above, where what the transport says would stay behind it.
        lost = response_error(head, success.answer.received, str(broken), redactor)
        raise self._failed(Failure(lost, self._facts(head))) from redactor.cause(broken)

    async def _response(self, success: Success, content: bytes) -> Response[T]:
        head, redactor = success.answer.head, success.redactor
        reader = self.operation.reader_for(head.status_code)
        is_long = len(content) > OFF_LOOP_SIZE
        try:
            parsed = await asyncio.to_thread(reader.read, content) if is_long else reader.read(content)
        except UnusableAnswerError as reason:
            error = response_error(head, content, f"the body {reason}", redactor)
            raise self._failed(Failure(error, self._facts(head))) from None
        attempt = self._succeeded(head)
        return Response(
            status_code=head.status_code,
            headers=redactor.headers(head.headers),
            request_id=attempt.request_id,
            content=content,
            attempts=tuple(self.attempts),
            elapsed=self.clock.monotonic() - self._start,
            parsed=parsed,
        )

    def _succeeded(self, head: Head) -> Attempt:
        self.connections.budget.refill()
        return self._end_attempt(self._facts(head))

    def _failed(self, failure: Failure) -> ImageVariationsError:
        """End the attempt, and tell its error what the whole call was."""
        self._end_attempt(failure.facts)
        return self._settled(failure.error)

    def _settled(self, error: ImageVariationsError) -> ImageVariationsError:
        error.attempts = tuple(self.attempts)
        error.billed = billed_by(attempt.outcome for attempt in self.attempts)
        error.elapsed = self.clock.monotonic() - self._start
        if self.attempts:
            error.request_id = error.request_id or self.attempts[-1].request_id
            error.retry_after = self.attempts[-1].retry_after
        return error

    def _facts(self, head: Head, *, is_api_error: bool = False, is_final: bool = False) -> Facts:
        assert self._current is not None  # noqa: S101  # an answer belongs to an attempt
        return Facts(
            tail_handed_over=self._current.progress.tail_handed_over,
            status_code=head.status_code,
            is_api_error=is_api_error,
            retry_after=None if head.is_success else read_retry_after(head.headers, self.clock.wall()),
            is_final=is_final,
        )

    def _end_attempt(self, facts: Facts, *, wait: float | None = None) -> Attempt:
        current = self._current
        assert current is not None  # noqa: S101  # what ends has begun
        head = current.progress.head
        attempt = Attempt(
            number=len(self.attempts) + 1,
            start=current.start,
            end=current.start + self.clock.monotonic() - current.monotonic_start,
            outcome=facts.outcome,
            status_code=facts.status_code,
            wait=wait,
            request_id=head.request_id(current.redactor) if head else None,
            retry_after=facts.retry_after,
        )
        self.attempts.append(attempt)
        self._current = None
        self._unobserved = attempt if wait is None else None
        _log(self.operation.name, attempt)
        return attempt

    def _interrupt(self) -> bytes:
        """End the attempt that is going on, if one is; returns what had come of a success."""
        if self._current is None:
            return b""
        progress, redactor = self._current.progress, self._current.redactor
        head = progress.head
        self._end_attempt(self._facts(head) if head else Facts(progress.tail_handed_over))
        return redactor.content(progress.body.getvalue()) if head and head.is_success else b""

    def _timed_out(self) -> ImageVariationsError:
        content = self._interrupt()
        where = f"in attempt {len(self.attempts)}" if self._unobserved else "while waiting"
        name, timeout = self.operation.name, self.settings.timeout
        return self._settled(
            CallTimeoutError(f"{name} took longer than {timeout:g} s; its time ran out {where}", content=content)
        )

    def _cut_short(self) -> ImageVariationsError:
        """The error of a call whose client was closed meanwhile. What had come of a success is kept."""
        current = self._current
        content = self._interrupt()
        head = current.progress.head if current else None
        if current and head and head.is_success:
            reason = "the client was closed before the call was over"
            return self._settled(response_error(head, content, reason, current.redactor))
        return self._settled(ClientStateError("the client was closed before the call was over"))

    async def _observe_last(self) -> None:
        if self._unobserved is not None:
            attempt, self._unobserved = self._unobserved, None
            await self.observer.observe(attempt, self._time_left())


def _says_false(header: str) -> bool:
    return "false" in (value.strip().lower() for value in header.split(","))


def _log(operation: str, attempt: Attempt) -> None:
    _logger.info(
        "%s: attempt %d: %s, status %s, request id %s%s",
        operation,
        attempt.number,
        attempt.outcome.value,
        attempt.status_code,
        attempt.request_id,
        "" if attempt.wait is None else f", again in {attempt.wait:.2f} s",
    )
