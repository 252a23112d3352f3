"""Proxies: which one a request goes through, and how (RFC 9110, section 9.3.6; RFC 9112, section 3.2.2)."""

import ipaddress
import re
from base64 import b64encode
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple
from urllib.parse import unquote_to_bytes
from urllib.request import getproxies

import httpx

from ..urls import is_address, parse_url
from .messages import RequestHead
from .protocol import Connection, Timeouts

_SCHEMES = ("http", "https", "all")
"""The schemes for which a proxy may be named; the last is for those that have none of their own."""

_DEFAULT_PORTS = {"http": 80, "https": 443}

_MAX_PORT = 65535

_Exception = Callable[[str, str, int | None], bool]
"""Whether a scheme, a host and a port that is not the scheme's own are called without a proxy."""


class ProxyError(httpx.ProxyError):
    """A proxy refused a tunnel. No request was sent.

    Attributes:
        status_code: What the proxy said.
    """

    def __init__(self, message: str, status_code: int) -> None:
        super().__init__(message)
        self.status_code = status_code


class Proxy(NamedTuple):
    """A proxy that is spoken to without TLS.

    Attributes:
        url: Its URL without a user part, so that it can be shown.
        headers: What authenticates us to it.
    """

    url: str
    host: str
    port: int
    headers: Sequence[tuple[bytes, bytes]]

    def __repr__(self) -> str:
        return f"<Proxy {self.url}>"

    def absolute(self, head: RequestHead, host: str, port: int) -> RequestHead:
        """Return the head of a request as the proxy takes it: for a whole URL, and with what authenticates us."""
        url = b"http://%b%b" % (_authority(host, port), head.target)
        return RequestHead(head.method, url, [*head.headers, *self.headers])


class ProxyRules(NamedTuple):
    """Which proxy a request goes through.

    Attributes:
        by_scheme: The URL of the proxy for a scheme, or for `all`.
        exceptions: What is called without one.
    """

    by_scheme: Mapping[str, str]
    exceptions: Sequence[_Exception] = ()

    def __repr__(self) -> str:
        return f"<ProxyRules for {', '.join(self.by_scheme) or 'nothing'}>"  # a URL may hold a password

    def url_for(self, scheme: str, host: str, port: int | None) -> str | None:
        """Return the URL of the proxy for a request; `None` if it goes directly."""
        if port == _DEFAULT_PORTS.get(scheme):
            port = None  # as in the URLs of httpx, so that an exception for that port is for no other
        proxy = self.by_scheme.get(scheme) or self.by_scheme.get("all")
        if proxy is None or any(excepts(scheme, host, port) for excepts in self.exceptions):
            return None
        return proxy


def rules_of_environment() -> ProxyRules:
    """Read `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` as httpx does, and networks in `NO_PROXY`.

    On macOS and Windows these are the system's settings if the environment has none.

    Raises:
        ValueError: An exception cannot be read.
    """
    named = getproxies()
    by_scheme = {scheme: _as_url(named[scheme]) for scheme in _SCHEMES if named.get(scheme)}
    entries = [entry for entry in map(str.strip, named.get("no", "").split(",")) if entry]
    if not by_scheme or "*" in entries:
        return ProxyRules({})
    return ProxyRules(by_scheme, [_exception(entry) for entry in entries])


def _as_url(address: str) -> str:
    return address if "://" in address else f"http://{address}"


def _exception(entry: str) -> _Exception:
    """Read an entry of `NO_PROXY`: an address is meant as it is, a name with all below it."""
    if "/" in entry and "://" not in entry:
        return partial(_is_in_network, ipaddress.ip_network(re.sub(r"[\[\]]", "", entry), strict=False))
    scheme, separator, host = entry.rpartition("://")
    is_exact = separator or is_address(host.strip("[]")) or host.lower() == "localhost"
    is_domain = host.startswith("*") or not is_exact
    host = host.removeprefix("*")
    above = ""
    if is_domain:
        above = r".+\." if host.startswith(".") else r"(?:.+\.)?"
        host = host.removeprefix(".")
    url = httpx.URL(f"{scheme or 'all'}://[{host}]" if _is_ipv6(host) else f"{scheme or 'all'}://{host}")
    domain = re.escape(url.raw_host.decode()) or ".*"
    return partial(_matches, re.compile(above + domain, re.IGNORECASE), url.scheme, url.port)


def _matches(
    pattern: re.Pattern[str], only_scheme: str, only_port: int | None, scheme: str, host: str, port: int | None
) -> bool:
    if only_scheme not in ("all", scheme) or only_port not in (None, port):
        return False
    return pattern.fullmatch(host) is not None


def _is_in_network(
    network: ipaddress.IPv4Network | ipaddress.IPv6Network, scheme: str, host: str, port: int | None
) -> bool:
    return is_address(host) and ipaddress.ip_address(host) in network


def _is_ipv6(text: str) -> bool:
    return ":" in text and is_address(text)


def read_proxy(url: str | httpx.URL) -> Proxy | None:
    """Read a proxy's URL; `None` if it is of a kind that is left to httpx: over TLS, or SOCKS.

    Raises:
        ValueError: It is not a URL of a proxy. The message does not show it, as it may hold a password.
    """
    try:
        parsed = parse_url(url, ("http", "https", "socks5", "socks5h"))
    except ValueError as error:
        raise ValueError(f"its URL must be like http://host:port, and {error}") from None
    if parsed.scheme != "http":
        return None
    headers: list[tuple[bytes, bytes]] = []
    if parsed.userinfo:
        headers = [(b"Proxy-Authorization", b"Basic " + b64encode(unquote_to_bytes(parsed.userinfo)))]
    shown = f"http://{parsed.netloc.decode()}"
    return Proxy(shown, parsed.raw_host.decode(), parsed.port or _DEFAULT_PORTS["http"], headers)


def _authority(host: str, port: int) -> bytes:
    return (f"[{host}]:{port}" if ":" in host else f"{host}:{port}").encode()


async def open_tunnel(connection: Connection, proxy: Proxy, host: str, port: int) -> None:
    """Have a proxy connect to a server.

    Raises:
        ProxyError: The proxy refuses.
        httpx.TransportError: The proxy does not respond. The connection is closed.
    """
    authority = _authority(host, port)
    head = RequestHead(b"CONNECT", authority, [(b"Host", authority), *proxy.headers])
    response = await connection.send(head, _nothing(), Timeouts())
    if not 200 <= response.status_code < 300:
        connection.abort()
        words = f"{response.status_code} {response.reason.decode('ascii', 'replace')}".strip()
        raise ProxyError(f"the proxy {proxy.url} refused to connect to the server: {words}", response.status_code)


async def _nothing() -> AsyncGenerator[bytes]:
    return
    yield b""  # makes this a generator
