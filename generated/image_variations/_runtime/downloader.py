# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Fetching images that an answer links to: GETs that carry nothing of ours, and cost nothing."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import TypeVar

import httpx
from attrs import frozen

from .clock import Clock
from .configuration import Settings, bounded
from .connections import Connections
from .decoding import ACCEPT_ENCODING
from .errors import (
    CallTimeoutError,
    ClientStateError,
    ImageVariationsError,
    InvalidRequestError,
    RedirectError,
    ResponseError,
    StatusError,
    TransportError,
)
from .exchange import BrokenAnswerError, Head, OpenAnswer, Outgoing, Progress, exchange
from .failures import Circumstances, read_details, status_error
from .policy import LONGEST_WAIT, back_off
from .retry_after import read_retry_after
from .secrets import Redactor, secrets_in

T = TypeVar("T")

_MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_LONGEST_LOCATION = 200
_TRANSIENT = frozenset({408, 425, 429})


@frozen
class Downloader:
    """Downloads under a client's settings and over its connections."""

    settings: Settings
    connections: Connections
    clock: Clock
    user_agent: str

    async def whole(self, link: str) -> bytes:
        """A linked image.

        Raises:
            ImageVariationsError: As `delivered`.
        """

        async def joined(pieces: AsyncIterator[bytes]) -> bytes:
            return b"".join([piece async for piece in pieces])

        return await self.delivered(link, joined)

    async def delivered(self, link: str, consume: Callable[[AsyncIterator[bytes]], Awaitable[T]]) -> T:
        """Download an image, and give it to `consume` in pieces.

        The GET is repeated freely, whatever became of it: `consume` then begins anew.

        Raises:
            ImageVariationsError: As `pieces`.
            CallTimeoutError: It took longer than the client's timeout.
            ClientStateError: The client was closed meanwhile.
        """
        timeout = self.settings.timeout
        scope = asyncio.timeout(bounded(timeout))
        start = self.clock.monotonic()
        try:
            async with scope:
                self.connections.begin(scope)
                try:
                    return await self._repeated(link, consume)
                finally:
                    self.connections.end(scope)
        except ImageVariationsError as error:  # before TimeoutError, of which some are
            error.elapsed = self.clock.monotonic() - start
            raise
        except TimeoutError:
            if not scope.expired():
                raise
            late: ImageVariationsError = CallTimeoutError(f"the download took longer than {timeout:g} s")
            if self.connections.is_closed:
                late = ClientStateError("the client was closed before the download was over")
            late.elapsed = self.clock.monotonic() - start
            raise late from None

    async def _repeated(self, link: str, consume: Callable[[AsyncIterator[bytes]], Awaitable[T]]) -> T:
        retries = 0
        while True:
            try:
                async with aclosing(self._once(link)) as pieces:
                    return await consume(pieces)
            except ImageVariationsError as error:
                await self._before_next(error, retries)
            retries += 1

    async def pieces(self, link: str) -> AsyncGenerator[bytes]:
        """A linked image in pieces. The GET is repeated freely until the first piece.

        Raises:
            InvalidRequestError: The link is not an http(s) URL.
            StatusError: The server refuses it.
            TransportError: No answer came.
            ClientStateError: The connections are closed.
            ResponseError: The image breaks off, is empty, or is longer than `max_response_bytes`.
        """
        has_begun = False
        retries = 0
        while True:
            try:
                async with aclosing(self._once(link)) as pieces:
                    async for piece in pieces:
                        has_begun = True
                        yield piece
                return
            except ImageVariationsError as error:
                if has_begun:
                    raise
                await self._before_next(error, retries)
            retries += 1

    async def _before_next(self, error: ImageVariationsError, retries: int) -> None:
        """Wait before the download is tried again, or raise its error where that would not help."""
        if retries >= self.settings.max_retries or not _is_transient(error):
            raise error
        wait = back_off(retries, self.clock.uniform) if error.retry_after is None else error.retry_after
        if wait > min(LONGEST_WAIT, self.settings.timeout):
            raise error
        await self.clock.sleep(wait)

    async def _once(self, link: str) -> AsyncGenerator[bytes]:
        """A linked image in pieces, by one GET."""
        self.connections.check_usable()
        url = resolved(link, self.settings.base_url)
        limit = self.settings.max_response_bytes
        size = 0
        async with self._opened(url) as answer:
            status_code = answer.head.status_code
            try:
                async for piece in answer.pieces():
                    size += len(piece)
                    if size > limit:
                        raise ResponseError(
                            f"the image is longer than max_response_bytes ({limit})", status_code=status_code
                        )
                    if piece:
                        yield piece
            except BrokenAnswerError as error:
                raise ResponseError(f"the image broke off: {error}", status_code=status_code) from error
            if not size:
                raise ResponseError("the link leads to an empty file", status_code=status_code)

    @asynccontextmanager
    async def _opened(self, url: httpx.URL) -> AsyncGenerator[OpenAnswer]:
        """GET, following redirects that keep the scheme."""
        redactor = self._redactor()
        for redirects_left in range(_MAX_REDIRECTS, -1, -1):
            async with AsyncExitStack() as kept:
                with redactor.over_logs():
                    answer = await kept.enter_async_context(
                        exchange(self.connections.http, self._request(url), Progress(), redactor)
                    )
                if answer.head.is_success:
                    yield answer
                    return
                if answer.head.status_code not in _REDIRECTS:
                    raise await self._refused(answer, url, redactor)
            url = _redirected(url, answer.head)
            if not redirects_left:
                raise RedirectError(
                    f"the link was redirected more than {_MAX_REDIRECTS} times", status_code=answer.head.status_code
                )

    def _request(self, url: httpx.URL) -> Outgoing:
        headers = {"User-Agent": self.user_agent, "Accept": "image/*, */*;q=0.1", "Accept-Encoding": ACCEPT_ENCODING}
        return Outgoing("GET", url, headers, None, bounded(self.settings.connect_timeout))

    def _redactor(self) -> Redactor:
        """What keeps the client's key out of what is shown: a download carries it not, but its server may know it."""
        key = self.settings.api_key
        return Redactor(key if isinstance(key, str) else None, *secrets_in(self.settings.headers))

    async def _refused(self, answer: OpenAnswer, url: httpx.URL, redactor: Redactor) -> StatusError:
        try:
            content = await answer.read(self.settings.max_response_bytes)
        except BrokenAnswerError:
            content = answer.received
        where = Circumstances(
            str(url.copy_with(query=None)), is_pins_host=False, has_key=True, redactor=redactor, is_download=True
        )
        error = status_error(answer.head, content, read_details(content, redactor), where)
        error.retry_after = read_retry_after(answer.head.headers, self.clock.wall())
        return error


def _redirected(url: httpx.URL, head: Head) -> httpx.URL:
    """Where a redirect leads.

    Raises:
        RedirectError: Nowhere, or to another scheme.
    """
    location: str = head.headers.get("location", "")
    try:
        target = url.join(location) if location else None
    except httpx.InvalidURL:
        target = None
    if target is None or not target.host or target.scheme != url.scheme:
        raise RedirectError(
            f"HTTP {head.status_code}: the link leads to {location[:_LONGEST_LOCATION]!r}, and a redirect is followed "
            f"only to another {url.scheme} address",
            status_code=head.status_code,
        )
    return target


def resolved(link: str, base_url: httpx.URL) -> httpx.URL:
    """Where a link leads; a relative one is the server's.

    Raises:
        InvalidRequestError: It is not an http(s) URL.
    """
    try:
        url = base_url.join(link)
    except httpx.InvalidURL as error:
        raise InvalidRequestError("url", link, f"must be a URL ({error})") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise InvalidRequestError("url", link, "must be an http(s) URL: ask for b64_json if it is a path on the server")
    return url


def _is_transient(error: ImageVariationsError) -> bool:
    if isinstance(error, StatusError):
        return error.status_code >= 500 or error.status_code in _TRANSIENT
    # Of what a success brought, only what broke off can come whole the next time.
    return isinstance(error, TransportError) or isinstance(error.__cause__, BrokenAnswerError)
