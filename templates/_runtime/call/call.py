"""One call: its attempts in a row, under one timeout, until one succeeds or none may follow."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Generic, TypeVar

from attrs import define, field

from ..api_key import current_key
from ..attempt import Attempt, Facts, billed_by
from ..clock import Clock
from ..connection.exchange import BrokenBodyError, OpenResponse, Progress, send
from ..errors import CallTimeoutError, ClientStateError, ImageVariationsError, QuotaExceededError
from ..redaction import Redactor
from ..request.build import Arguments, build_request
from ..request.operation import Operation, UnusableBodyError
from ..request.request import Request
from ..response.error_bodies import read_details
from ..response.json_text import parses_quickly
from ..response.response import Response
from ..response.status_errors import ErrorContext, response_error, status_error
from ..settings import Settings, bounded
from .observer import Observer
from .policy import LONGEST_WAIT, Retry, RetryPolicy, Stop
from .retry_after import read_retry_after
from .shared import Connections

T = TypeVar("T")

ErrorT = TypeVar("ErrorT", bound=ImageVariationsError)

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
    is_to_pins_host: bool
    observer: Observer
    attempts: list[Attempt] = field(factory=list[Attempt], init=False)
    _start: float = field(init=False)
    _wall_start: float = field(init=False)
    _progress: Progress | None = field(default=None, init=False)
    _attempt_start: float | None = field(default=None, init=False)
    _unobserved: Attempt | None = field(default=None, init=False)
    _unused_retry: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self._start = self.clock.monotonic()
        self._wall_start = self.clock.wall()

    async def run(self) -> Response[T]:
        """Make the attempts, and return the response of the one that succeeds.

        Raises:
            ImageVariationsError: None did, or its response cannot be used.
        """
        async with self.opened() as response:
            content = await self._read(response)
            await response.aclose()  # its slot and its connection are free while the body is parsed
            return await self._result(response, content)

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[OpenResponse]:
        """Make the attempts, and keep the response of the one that succeeds open while the context lasts.

        Raises:
            ImageVariationsError: None did.
        """
        async with self._bounded():
            async with aclosing(await self._open()) as response:
                yield response
            self._succeed()

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
            self._end_attempt()
            if self._unobserved is not None:
                self.observer.tell(self._unobserved)
            raise
        except TimeoutError as error:
            if not scope.expired() or isinstance(error, ImageVariationsError):
                await self._observe_last()
                raise
            ended = self._cut_short() if self.connections.is_closed else self._timed_out()
            await self._observe_last()
            try:
                raise ended from None
            finally:  # as in `_read`
                del ended
        except BaseException:
            await self._observe_last()
            raise
        finally:
            if self._unused_retry:
                self.connections.budget.refill()
        await self._observe_last()

    async def _open(self) -> OpenResponse:
        """Make attempts until one brings a success. That one is never repeated, whatever becomes of it.

        Raises:
            ImageVariationsError: None did.
        """
        slots = self.connections.gate.slots
        request: Request | None = None
        while True:
            response: OpenResponse | None = None
            await slots.acquire()
            try:
                if request is None:
                    request = await build_request(self.operation, self.settings, self.arguments, self.user_agent)
                response = await self._attempt(request)
                response.on_closed = slots.release
                return response
            except ImageVariationsError as error:
                decision = self._decide()
                if isinstance(decision, Stop):
                    if decision.reason:
                        error.add_note(f"Not sent again: {decision.reason}.")
                    raise self.fail(error)  # noqa: B904  # the same error
            finally:
                if response is None:
                    slots.release()
            await self._wait(decision.wait)

    async def _attempt(self, request: Request) -> OpenResponse:
        """Send the request once, and return its response if that is a success.

        Raises:
            ImageVariationsError: It is not, or none came.
        """
        keyed, redactor = await self._keyed(request)
        self.connections.check_usable()  # its transport may have been closed while this call waited
        self._unused_retry = False
        self._progress = progress = Progress(redactor)
        self._attempt_start = self.clock.monotonic()
        with redactor.over_logs():
            response = await send(self.connections.http, keyed, progress)
            if progress.peer is not None:
                self.connections.addresses.setdefault(request.url.host, set()).add(progress.peer)
            if response.head.is_success:
                return response
            async with aclosing(response):
                with suppress(BrokenBodyError):  # what came of it says enough
                    await response.read(self.settings.max_response_bytes)
        raise self._refusal(response, str(request.url.copy_with(query=None)))

    def _refusal(self, response: OpenResponse, url: str) -> ImageVariationsError:
        """Return the error of a response that is not a success, and note what it says of the attempt."""
        redactor, content = response.redactor, response.received
        details = read_details(content, redactor)
        where = ErrorContext(url, self.is_to_pins_host, self.settings.api_key is not None, redactor)
        error = status_error(response.head, content, details, where)
        facts = self._facts()
        facts.is_api_error = details.is_api_error
        facts.is_final = isinstance(error, QuotaExceededError) or _says_false(
            response.head.headers.get("x-should-retry", "")
        )
        return error

    def _facts(self) -> Facts:
        """Return what is known of the attempt so far."""
        assert self._progress is not None  # noqa: S101  # it has begun
        facts, head = self._progress.facts, self._progress.head
        if head is not None and not head.is_success:
            facts.retry_after = read_retry_after(head.headers, self.clock.wall())
        return facts

    def _decide(self) -> Retry | Stop:
        """Decide what follows after an error."""
        if self._attempt_start is None:  # nothing was sent, and nothing would be the next time
            return Stop()
        facts, budget = self._facts(), self.connections.budget
        policy = RetryPolicy(self.settings.max_retries, self.settings.retry_unknown, self.operation.is_idempotent)
        decision = policy.decide(
            facts,
            retries=len(self.attempts),
            time_left=self._time_left(),
            uniform=self.clock.uniform,
        )
        if isinstance(decision, Retry):
            self._unused_retry = budget.take()
            if not self._unused_retry:
                decision = Stop("the client's budget for retries is used up")
        self._hold_back_others(facts, decision)
        return decision

    async def _wait(self, seconds: float) -> None:
        """Wait before the next attempt."""
        self._end_attempt(wait=seconds)
        await self._observe_last()
        await self.clock.sleep(seconds)

    def _time_left(self) -> float:
        return self.settings.timeout - (self.clock.monotonic() - self._start)

    def _hold_back_others(self, facts: Facts, decision: Retry | Stop) -> None:
        if facts.status_code == 429 and facts.retry_after is not None and facts.retry_after <= LONGEST_WAIT:
            self.connections.gate.pause(decision.wait if isinstance(decision, Retry) else facts.retry_after)

    async def _keyed(self, request: Request) -> tuple[Request, Redactor]:
        """Return the request with the key of the moment, once no pause holds it back."""
        gate = self.connections.gate
        waited_for = await gate.wait_for_pause()
        while True:
            keyed = await self._with_key(request)
            end = await gate.wait_for_pause(waited_for)  # of a pause that began while the key was asked for
            if end == waited_for:
                return keyed
            waited_for = end

    async def _with_key(self, request: Request) -> tuple[Request, Redactor]:
        """Return the request with the key.

        The key is a local of this frame alone, which no error keeps: tools that report errors show locals.
        """
        key = await current_key(self.settings.api_key)
        self.connections.note_key(key)
        return request.with_key(key), Redactor(key, *request.secrets)

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

    async def _result(self, response: OpenResponse, content: bytes) -> Response[T]:
        head, redactor = response.head, response.redactor
        reader = self.operation.reader_for(head.status_code)
        try:
            parsed = reader.read(content) if parses_quickly(content) else await asyncio.to_thread(reader.read, content)
        except UnusableBodyError as reason:
            raise self.unusable(response, f"the body {reason}") from None
        self._succeed()
        return Response(
            status_code=head.status_code,
            headers=redactor.headers(head.headers),
            request_id=self.attempts[-1].request_id,
            content=content,
            attempts=tuple(self.attempts),
            elapsed=self.clock.monotonic() - self._start,
            parsed=parsed,
        )

    def _succeed(self) -> None:
        """End the attempt, unless an error has ended it before."""
        if self._attempt_start is not None:
            self.connections.budget.refill()
            self._end_attempt()

    def _end_attempt(self, *, wait: float | None = None) -> None:
        """End the attempt that is going on, if one is."""
        if self._attempt_start is None or self._progress is None:
            return
        facts, head = self._facts(), self._progress.head
        start = self._wall_start + (self._attempt_start - self._start)
        attempt = Attempt(
            number=len(self.attempts) + 1,
            start=start,
            end=start + self.clock.monotonic() - self._attempt_start,
            outcome=facts.outcome,
            status_code=facts.status_code,
            wait=wait,
            request_id=head.request_id(self._progress.redactor) if head else None,
            retry_after=facts.retry_after,
            is_billed=self.operation.is_billed,
        )
        self.attempts.append(attempt)
        self._attempt_start = None
        self._unobserved = attempt
        _log(self.operation.name, attempt)

    def _timed_out(self) -> ImageVariationsError:
        self._end_attempt()
        where = f"in attempt {len(self.attempts)}" if self._unobserved else "while waiting"
        name, timeout = self.operation.name, self.settings.timeout
        return self.fail(CallTimeoutError(f"{name} took longer than {timeout:g} s; its time ran out {where}"))

    def _cut_short(self) -> ImageVariationsError:
        """Return the error of a call whose client was closed meanwhile. What had come of a success is kept."""
        reason = "the client was closed before the call was over"
        progress = self._progress
        if self._attempt_start is not None and progress and progress.head and progress.head.is_success:
            content = progress.body.getvalue()
            return self.fail(response_error(progress.head, content, reason, progress.redactor))
        return self.fail(ClientStateError(reason))

    async def _observe_last(self) -> None:
        self._end_attempt()
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
