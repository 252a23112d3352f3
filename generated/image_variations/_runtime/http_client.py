"""The `httpx.AsyncClient` that a client makes where it is given none."""

from urllib.request import getproxies

import httpx

from .default_transport import LIMITS, DefaultTransport

_PROXIED = {"http", "https", "all"}
"""What httpx takes proxies from the environment for."""


class _NoCookies(httpx.Cookies):
    """Takes none from an answer: they go along with no request here, and looking for them takes its time."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Leave them."""


_NO_COOKIES = _NoCookies()


class _HttpClient(httpx.AsyncClient):
    @property
    def cookies(self) -> httpx.Cookies:
        """None, and none can be set."""
        return _NO_COOKIES

    @cookies.setter
    def cookies(self, cookies: object) -> None: ...


def make_http_client(transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    """Make one that sends over a transport; where none is given over httpx's own, and proxies of the environment."""
    if transport is None and not getproxies().keys() & _PROXIED:
        transport = DefaultTransport()
    return _HttpClient(limits=LIMITS, transport=transport)
