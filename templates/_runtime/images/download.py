"""Fetching images that a response links to: GETs that carry nothing of ours, and cost nothing."""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from typing import TypeVar

import httpx
from attrs import frozen

from ..call.policy import MAX_WAIT, back_off
from ..call.retry_after import read_retry_after
from ..call.shared import Connections
from ..client import BaseClient
from ..clock import Clock
from ..connection.connecting import CheckAddress, look_up
from ..connection.exchange import BrokenBodyError, OpenResponse, Progress, send
from ..errors import (
    BaseError,
    CallTimeoutError,
    ClientStateError,
    InvalidRequestError,
    RedirectError,
    ResponseError,
    StatusError,
    TransportError,
)
from ..redaction import Redactor, public_url, secrets_in, secrets_of
from ..request.request import ACCEPT_ENCODING, Request
from ..response.error_bodies import read_details
from ..response.status_errors import response_error, status_error
from ..settings import Settings, limit
from ..urls import parse_url
from .download_tries import Tries
from .formats import is_text, is_text_type
from .links import LinkPolicy

T = TypeVar("T")

_MAX_REDIRECTS = 5

_REDIRECTS = frozenset({301, 302, 303, 307, 308})

_TRANSIENT = frozenset({408, 425, 429})

_START_SIZE = 64 * 1024
"""Bytes of what calls itself text that are looked at, and kept if it is."""

_EXPIRE = "links expire, often after 60 minutes"

_HELD = 'ask for response_format="b64_json" to have the image itself in the response'

_ABSOLUTE = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)
"""The beginning of a link that names a scheme or a host (RFC 3986, section 4.2)."""


@frozen
class Downloader:
    """Downloads under a client's settings and over its connections."""

    settings: Settings
    connections: Connections
    clock: Clock
    user_agent: str

    @classmethod
    def of(cls, client: BaseClient) -> "Downloader":
        """Return what downloads under the settings of a client.

        Raises:
            ClientStateError: The client is closed, or belongs to another event loop.
        """
        return cls(*client.parts(), client.clock, client.user_agent)

    async def whole(self, link: str) -> bytes:
        """Return a linked image.

        Raises:
            BaseError: As `deliver`.
        """

        async def join(pieces: AsyncIterator[bytes]) -> bytes:
            return b"".join([piece async for piece in pieces])

        return await self.deliver(link, join)

    async def deliver(self, link: str, consume: Callable[[AsyncIterator[bytes]], Awaitable[T]]) -> T:
        """Download an image, and give it to `consume` in pieces.

        The GET is repeated freely, whatever became of it: `consume` then begins anew.

        Raises:
            BaseError: As `pieces`.
            CallTimeoutError: It took longer than the client's timeout.
            ClientStateError: The client was closed meanwhile.
        """
        start = self.clock.monotonic()
        tries = Tries(self.settings.max_response_bytes)
        try:
            async with self.connections.time_limit(self.settings.timeout, self._late):
                while True:
                    async with self._retrying(tries), aclosing(self._once(link, tries)) as pieces:
                        return await consume(pieces)
        except BaseError as error:
            error.elapsed = self.clock.monotonic() - start
            raise

    def _late(self) -> BaseError:
        if self.connections.is_closed:
            return ClientStateError("the client was closed before the download was over")
        return CallTimeoutError(f"the download took longer than {self.settings.timeout:g} s")

    async def pieces(self, link: str) -> AsyncGenerator[bytes]:
        """Give a linked image in pieces. If the GET is repeated, it goes on behind what was given before.

        Raises:
            InvalidRequestError: The link is not an http(s) URL.
            StatusError: The server refuses it.
            TransportError: No response came.
            ClientStateError: The connections are closed.
            ResponseError: What comes is not an image, breaks off, is empty, is longer than
                `max_response_bytes`, or is another image after it broke off.
        """
        tries = Tries(self.settings.max_response_bytes, goes_on=True)
        while True:
            async with self._retrying(tries), aclosing(self._once(link, tries)) as pieces:
                async for piece in pieces:
                    yield piece
                return

    @asynccontextmanager
    async def _retrying(self, tries: Tries) -> AsyncGenerator[None]:
        """Wait, and suppress the error, if a try fails and another one may help."""
        try:
            yield
            return
        except BaseError as error:
            wait = back_off(tries.retries, self.clock.uniform) if error.retry_after is None else error.retry_after
            is_last = tries.retries >= self.settings.max_retries or wait > min(MAX_WAIT, self.settings.timeout)
            if is_last or not _is_transient(error):
                raise
        tries.retries += 1
        await self.clock.sleep(wait)

    async def _once(self, link: str, tries: Tries) -> AsyncGenerator[bytes]:
        """Give a linked image in pieces, by one GET."""
        self.connections.check_usable()
        async with self._get(link) as response, aclosing(response.pieces()) as pieces:
            tries.begin(response.head)
            try:
                if start := tries.feed(await self._start(response, pieces, link)):
                    yield start
                async for piece in pieces:
                    if new := tries.feed(piece):
                        yield new
                tries.finish()
            except BrokenBodyError as error:
                raise ResponseError(f"the image broke off: {error}", status_code=response.head.status_code) from error
            if not tries.size:
                raise _no_image(response, b"", "the link leads to an empty file", link)

    async def _start(self, response: OpenResponse, pieces: AsyncIterator[bytes], link: str) -> bytes:
        """Return the first bytes of a body that calls itself text, and nothing of another.

        Raises:
            ResponseError: It is text by its first bytes too.
        """
        content_type: str = response.head.headers.get("content-type", "").partition(";")[0].strip()
        start = b""
        if is_text_type(content_type):
            async for piece in pieces:
                start += piece
                if len(start) >= min(_START_SIZE, self.settings.max_response_bytes):
                    break
        if start and is_text(start[:_START_SIZE]):
            reason = f"the link leads to no image but to {public_url(content_type)}"
            raise _no_image(response, start[:_START_SIZE], reason, link)
        return start

    @asynccontextmanager
    async def _get(self, link: str) -> AsyncGenerator[OpenResponse]:
        """Send a GET, and follow redirects that keep the scheme."""
        url = self._resolve(link)
        redirect: OpenResponse | None = None
        for redirects_left in range(_MAX_REDIRECTS, -1, -1):
            redactor = self._redactor(url)
            url = self._policy.meant_by(url)
            request = self._request(url, await self._address_check(url, link, redirect, redactor))
            with redactor.over_logs():
                response = await send(self.connections.http, request, Progress(redactor))
            async with aclosing(response):
                if response.head.is_success:
                    yield response
                    return
                if response.head.status_code not in _REDIRECTS:
                    raise await self._refusal(response, url, link)
            url, redirect = _follow(url, response, link), response
            if not redirects_left:
                raise _redirect_error(response, f"the link was redirected more than {_MAX_REDIRECTS} times", link)

    def _resolve(self, link: str) -> httpx.URL:
        """Return where a link leads; a relative one is the server's.

        Raises:
            InvalidRequestError: It is not an http(s) URL.
        """
        if (url := _join(self.settings.base_url, link)) is None:
            rule = 'must be an http(s) URL; ask for response_format="b64_json" if it is a path on the server'
            raise InvalidRequestError("url", public_url(self._redactor().text(link)), rule)
        return url

    @property
    def _policy(self) -> LinkPolicy:
        return LinkPolicy(self.settings.base_url, self.settings.download_hosts)

    async def _address_check(
        self, url: httpx.URL, link: str, redirect: OpenResponse | None, redactor: Redactor
    ) -> CheckAddress | None:
        """Return what tells which addresses of a URL's host may be connected to; nothing if all may."""
        policy = self._policy
        if policy.names(url) or self.connections.http.stand_in is not None:
            return None
        servers = await self._server_addresses()

        def check(addresses: Sequence[str]) -> Sequence[str]:
            if allowed := policy.allowed(url, addresses, servers):
                return allowed
            host = redactor.line(url.host)
            rule = (
                f"must lead to the server's own host or to a public address, and {host} is at "
                f"{', '.join(addresses[:4])}; if you trust it, pass download_hosts=[{host!r}]"
            )
            if redirect is None:
                raise InvalidRequestError("url", public_url(redactor.text(str(url))), rule)
            raise _redirect_error(redirect, f"HTTP {redirect.head.status_code}: the link's redirect {rule}", link)

        return check

    async def _server_addresses(self) -> Collection[str]:
        """Return the addresses that the server was reached at, or those of its name if no call has reached it yet."""
        base_url, addresses = self.settings.base_url, self.connections.addresses
        if base_url.host not in addresses:
            addresses[base_url.host] = await look_up(base_url.raw_host.decode())
        return addresses[base_url.host]

    def _request(self, url: httpx.URL, check: CheckAddress | None) -> Request:
        headers = {
            "Host": url.netloc.decode(),
            "User-Agent": self.user_agent,
            "Accept": "image/*, */*;q=0.1",
            "Accept-Encoding": ACCEPT_ENCODING,
        }
        timeout = limit(self.settings.connect_timeout)
        return Request("GET", url, headers, connect_timeout=timeout, check_address=check, is_safe=True)

    def _redactor(self, url: httpx.URL | None = None) -> Redactor:
        """Hide the client's key, which the server may know, and what a URL keeps secret."""
        key, settings = self.settings.api_key, self.settings
        known = (*secrets_in(settings.headers), *secrets_of(settings.query))
        of_url = (url.query.decode("ascii"), url.password) if url else ()
        own = [key] if isinstance(key, str) else []
        return self.connections.redactor.with_secrets([*own, *known, *of_url])

    async def _refusal(self, response: OpenResponse, url: httpx.URL, link: str) -> StatusError:
        with suppress(BrokenBodyError):  # what came of it says enough
            await response.read(self.settings.max_response_bytes)
        head, redactor = response.head, response.redactor
        advice = _advise_on_path(link, redactor)
        if not advice and head.status_code in (403, 404, 410):
            advice = f"there is no image at {public_url(redactor.text(str(url)))}: {_EXPIRE}; {_HELD}"
        error = status_error(head, response.received, advice, redactor)
        error.retry_after = read_retry_after(head.headers, self.clock.wall())
        return error


def _no_image(response: OpenResponse, content: bytes, reason: str, link: str) -> ResponseError:
    redactor = response.redactor
    details, advice = read_details(content, redactor), _advise_on_path(link, redactor)
    return response_error(response.head, content, reason, redactor, details=details, advice=advice)


def _redirect_error(response: OpenResponse, reason: str, link: str) -> RedirectError:
    advice = _advise_on_path(link, response.redactor)
    return RedirectError(
        f"{reason} ({advice})" if advice else reason,
        status_code=response.head.status_code,
        request_id=response.head.request_id(response.redactor),
    )


def _advise_on_path(link: str, redactor: Redactor) -> str | None:
    """Say what to do if there is no image at a link that is a path."""
    if _ABSOLUTE.match(link):
        return None
    path = public_url(redactor.text(link))
    return (
        f"the server gave a path in place of a URL, '{path}', and has no image there: {_EXPIRE}, and some servers send "
        f"a path on their own disk; {_HELD}"
    )


def _follow(url: httpx.URL, response: OpenResponse, link: str) -> httpx.URL:
    """Return where a redirect leads.

    Raises:
        RedirectError: Nowhere, or to another scheme.
    """
    location: str = response.head.headers.get("location", "")
    target = _join(url, location)
    if target is None or target.scheme != url.scheme:
        reason = (
            f"HTTP {response.head.status_code}: the link leads to '{public_url(response.redactor.text(location))}', "
            f"and a redirect is followed only to another {url.scheme} address"
        )
        raise _redirect_error(response, reason, link)
    return target


def _join(base: httpx.URL, reference: str) -> httpx.URL | None:
    """Return the URL that a reference names; nothing if it is no http(s) URL."""
    try:
        return parse_url(base.join(reference.strip())) if reference.strip() else None
    except (httpx.InvalidURL, ValueError):  # a ValueError of `idna`, of urllib, or for a character that is none
        return None


def _is_transient(error: BaseError) -> bool:
    if isinstance(error, StatusError):
        return error.status_code >= 500 or error.status_code in _TRANSIENT
    # Of what a success brought, only what broke off can come whole the next time.
    return isinstance(error, TransportError) or isinstance(error.__cause__, BrokenBodyError)
