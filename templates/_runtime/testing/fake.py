"""The fake itself: a transport that responds as the document says, unless its script says otherwise."""

import asyncio
import sys
from collections.abc import AsyncGenerator, AsyncIterable, Generator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import ClassVar, Self, cast

import httpx

from ..connection.stand_in import StandIn
from ..errors import ConfigurationError, format_value
from ..request.headers import merged
from ..settings import check_count
from .clock import FakeClock
from .faults import Fault, Response, Script
from .operations import FakeOperation
from .requests import FakeRequest
from .server import serve
from .service import DOWNLOADS, Service

_BASE_PATH = "/v1"

_FOREVER = 1e6
"""Seconds: a timer keeps alive whoever waits for it, and uvloop has none for infinity."""


class Downloads(Script):
    """The downloads of images that a fake has linked to, with a script of their own.

    Attributes:
        requests: The downloads that arrived, in order.
    """

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[FakeRequest] = []


class BaseFake(Script, StandIn):
    """What a fake is, whatever the document.

    Attributes:
        operations: The operations of the document.
        requests: The requests that arrived, in order, but for downloads.
        downloads: The downloads of linked images.
        base_url: Where the fake is, for a client that has to be told.
    """

    operations: ClassVar[Sequence[FakeOperation]]

    def __init__(
        self,
        *,
        api_key: str | None = None,
        idempotent: bool = False,
        validate: bool = True,
        clock: FakeClock | None = None,
        max_requests: int | None = None,
        allow_unused: bool = False,
        allow_unknown: bool = False,
    ) -> None:
        """Make a fake.

        Args:
            api_key: The key that requests must show. By default they may show any, or none.
            idempotent: Whether a request with an `Idempotency-Key` that was seen before gets the
                same response, is not billed, and is refused if its body is another one.
            validate: Whether a request that breaks a rule of the document is refused. A compatible
                server may take values of its own.
            clock: The time that the fake and its clients live in. By default a wait takes its time.
            max_requests: How many requests are expected at most, downloads aside.
            allow_unused: Whether a fault of the script may be left over.
            allow_unknown: Whether requests may arrive that the document does not have.

        Raises:
            ConfigurationError: An argument is not of its type.
        """
        super().__init__()
        if not isinstance(cast(object, clock), FakeClock | None):
            raise ConfigurationError(f"clock must be a FakeClock, not {format_value(clock)}")
        if api_key is not None and (not isinstance(cast(object, api_key), str) or not api_key):
            raise ConfigurationError("api_key must be a string that is not empty")
        if max_requests is not None:
            check_count("max_requests", max_requests, 0)
        self.requests: list[FakeRequest] = []
        self.downloads = Downloads()
        self.base_url = f"http://fake.test{_BASE_PATH}"
        self.clock = None if clock is None else clock.clock
        self._sleep = _sleep if clock is None else clock.sleep
        self._service = Service(self.operations, api_key, idempotent, validate)
        self._max_requests = max_requests
        self._allow_unused = allow_unused
        self._allow_unknown = allow_unknown
        self._failed: list[bytes] = []
        self._unexpected: list[str] = []
        self._is_entered = False

    def __enter__(self) -> Self:
        self._is_entered = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.check()

    def check(self) -> None:
        """See that all went as the script has it.

        A `with` block does so at its end, and so does a client that is closed outside of one.

        Raises:
            AssertionError: A fault was not used, or a request arrived that was not expected.
        """
        __tracebackhide__ = True
        complaints = list(self._unexpected)
        unused = [*self.unused, *(f"downloads.{words}" for words in self.downloads.unused)]
        if unused and not self._allow_unused:
            arrived = ", ".join(map(str, self.requests)) or "none"
            complaints.append(f"no request met {', '.join(unused)}; requests that arrived: {arrived}")
        if complaints:
            raise AssertionError("; ".join(complaints))

    @contextmanager
    def serving(self) -> Generator[Self]:
        """Serve over a socket of this machine while the context lasts; `base_url` says where.

        The server is a thread of its own. It cannot refuse connections, because it sees no request then.

        Raises:
            ConfigurationError: The script has it refuse some.
        """
        base_url = self.base_url
        with self, self.served(), self.downloads.served(), serve(self.handle_async_request) as port:
            self.base_url = f"http://127.0.0.1:{port}{_BASE_PATH}"
            try:
                yield self
            finally:
                self.base_url = base_url

    async def aclose(self) -> None:
        """See that all went as the script has it, unless a `with` block will, or an error is on its way already."""
        if not self._is_entered and sys.exception() is None:
            self.check()

    @property
    def billed(self) -> int:
        """The number of images that were billed, and of calls of operations that make none."""
        return self._service.billed

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Play the next fault of the script, or respond as the document says.

        Raises:
            httpx.TransportError: The fault is that no response comes.
        """
        is_download = request.method == "GET" and DOWNLOADS in request.url.path
        fault = (self.downloads if is_download else self).next_fault()
        if fault.refusal is not None:
            raise httpx.ConnectError(str(fault.refusal), request=request) from fault.refusal
        arrived = await self._receive(request)
        response = self._download(arrived, fault) if is_download else self._respond(arrived, fault)
        if fault.seconds:
            await self._wait(fault.seconds, request)
        if fault.is_lost:
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)
        return _written(response, fault, f"req_{len(self.requests)}")

    async def _receive(self, request: httpx.Request) -> FakeRequest:
        content = b"".join([piece async for piece in cast("AsyncIterable[bytes]", request.stream)])
        attempt = cast("int | None", request.extensions.get("attempt")) or 1 + self._failed.count(content)
        return FakeRequest(request.method, request.url, request.headers, content, attempt)

    def _download(self, arrived: FakeRequest, fault: Fault) -> Response:
        self.downloads.requests.append(arrived)
        return fault.response or self._service.download(arrived)

    def _respond(self, arrived: FakeRequest, fault: Fault) -> Response:
        visit = self._service.read(arrived)
        self.requests.append(visit.request)
        if visit.operation is None and visit.refusal is not None and not self._allow_unknown:
            self._unexpected.append(str(visit.refusal))
        if self._max_requests is not None and len(self.requests) > self._max_requests:
            self._unexpected.append(f"{arrived} is request {len(self.requests)}, but max_requests={self._max_requests}")
        response = fault.response
        if response is None or response.is_success:
            response = self._service.respond(visit, response)
        is_over = response.is_success and not fault.is_lost
        self._failed = [] if is_over else [*self._failed, arrived.content]
        return response

    async def _wait(self, seconds: float, request: httpx.Request) -> None:
        """Wait, but no longer than httpx's own timeout for a response, which this client does not set."""
        timeouts = cast("Mapping[str, float | None]", request.extensions.get("timeout", {}))
        limit = timeouts.get("read")
        if limit is not None and limit < seconds:
            await self._sleep(limit)
            raise httpx.ReadTimeout("the response is late", request=request)
        await self._sleep(seconds)


async def _sleep(seconds: float) -> None:
    await asyncio.sleep(min(seconds, _FOREVER))


class _Stream(httpx.AsyncByteStream):
    """A body as it comes over the wire, which may break off."""

    def __init__(self, content: bytes, breaks_off: bool) -> None:
        self._content = content
        self._breaks_off = breaks_off

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        yield self._content
        if self._breaks_off:
            raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")


def _written(response: Response, fault: Fault, request_id: str) -> httpx.Response:
    content = response.content
    headers = merged({"x-request-id": request_id, "Content-Length": str(len(content))}, response.headers)
    if fault.breaks_off:
        content = content[: len(content) // 2 if fault.cut is None else min(fault.cut, len(content) - 1)]
    return httpx.Response(response.status, headers=headers, stream=_Stream(content, fault.breaks_off))
