# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Proxies: which one a request goes through, and how (RFC 9110, section 9.3.6; RFC 9112, section 3.2.2)."""

import ipaddress
import re
import ssl
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import unquote_to_bytes
from urllib.request import getproxies

import httpx

from ..urls import is_address, parse_url
from .messages import RequestHead
from .protocol import Connection, Timeouts

_SCHEMES = ("http", "https", "all")
"""The schemes for which a proxy may be named; the last is for those that have none of their own."""

DEFAULT_PORTS = {"http": 80, "https": 443}

_Exception = Callable[[str, str, int | None], bool]
"""Whether a scheme, a host and a port that is not the scheme's own are called without a proxy."""


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
        if port == DEFAULT_PORTS.get(scheme):
            port = None  # as in the URLs of httpx, so that an exception for that port is for no other
        proxy = self.by_scheme.get(scheme) or self.by_scheme.get("all")
        if proxy is None or any(excepts(scheme, host, port) for excepts in self.exceptions):
            return None
        return proxy


def read_rules(proxy: str | None) -> tuple[ProxyRules, str | None]:
    """Return the rules for a given proxy, or else for those of the environment, and what is wrong with them.

    That is returned and not raised, because tools show the locals of each function that an error came
    through, and here these are URLs that may hold a password.
    """
    if proxy is not None:
        complaint = complaint_about(proxy)
        return ProxyRules({"all": proxy}), complaint and f"proxy cannot be used: {complaint}"
    try:
        rules = rules_of_environment()
    except (httpx.InvalidURL, ValueError) as error:
        return ProxyRules({}), f"NO_PROXY has an entry that cannot be used ({error})"
    for scheme, url in rules.by_scheme.items():
        if complaint := complaint_about(url):
            return rules, f"the environment's proxy for {scheme}:// cannot be used: {complaint}"
    return rules, None


def complaint_about(proxy: str) -> str | None:
    """Return what is wrong with a proxy's URL, without showing it."""
    try:
        if read_proxy(proxy) is None:
            httpx.AsyncHTTPTransport(proxy=proxy, verify=False)  # sees whether what it needs is installed
    except (ValueError, ImportError) as error:
        return str(error)
    return None


def proxy_for_httpx(url: str, ssl_context: Callable[[], ssl.SSLContext]) -> httpx.Proxy:
    """Return a proxy as httpx takes it."""
    # Without a context httpx trusts no certificates but its own list, whatever the client trusts.
    return httpx.Proxy(url, ssl_context=ssl_context() if httpx.URL(url).scheme == "https" else None)


def rules_of_environment() -> ProxyRules:
    """Read `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` as httpx does, and networks in `NO_PROXY`.

    On macOS and Windows these are the system's settings if the environment has none.

    Raises:
        ValueError: An exception cannot be read.
    """
    named = getproxies()
    by_scheme = {
        scheme: address if "://" in address else f"http://{address}"
        for scheme in _SCHEMES
        if (address := named.get(scheme))
    }
    entries = [entry for entry in map(str.strip, named.get("no", "").split(",")) if entry]
    if not by_scheme or "*" in entries:
        return ProxyRules({})
    return ProxyRules(by_scheme, [_exception(entry) for entry in entries])


def _exception(entry: str) -> _Exception:
    """Read an entry of `NO_PROXY`: an address is meant as it is, a name with all below it."""
    if "/" in entry and "://" not in entry:
        network = ipaddress.ip_network(re.sub(r"[\[\]]", "", entry), strict=False)
        return lambda scheme, host, port: is_address(host) and ipaddress.ip_address(host) in network
    only_scheme, separator, domain = entry.rpartition("://")
    is_exact = separator or is_address(domain.strip("[]")) or domain.lower() == "localhost"
    above = ""
    if domain.startswith("*") or not is_exact:
        domain = domain.removeprefix("*")
        above = r".+\." if domain.startswith(".") else r"(?:.+\.)?"
        domain = domain.removeprefix(".")
    if ":" in domain and is_address(domain):
        domain = f"[{domain}]"
    only = httpx.URL(f"{only_scheme or 'all'}://{domain}")
    matches = re.compile(above + (re.escape(only.raw_host.decode()) or ".*"), re.IGNORECASE).fullmatch
    return lambda scheme, host, port: (
        only.scheme in ("all", scheme) and only.port in (None, port) and matches(host) is not None
    )


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
    credentials = _credentials(parsed)
    headers = [(b"Proxy-Authorization", b"Basic " + credentials)] if credentials else []
    public = f"http://{parsed.netloc.decode()}"
    return Proxy(public, parsed.raw_host.decode(), parsed.port or DEFAULT_PORTS["http"], headers)


def secrets_of_proxy(url: str) -> list[str]:
    """Return what must not be shown if a proxy sends it back."""
    parsed = httpx.URL(url)
    return [parsed.password or parsed.username, _credentials(parsed).decode()]


def _credentials(url: httpx.URL) -> bytes:
    return b64encode(unquote_to_bytes(url.userinfo))


def _authority(host: str, port: int) -> bytes:
    return (f"[{host}]:{port}" if ":" in host else f"{host}:{port}").encode()


async def open_tunnel(connection: Connection, proxy: Proxy, host: str, port: int) -> None:
    """Have a proxy connect to a server.

    Raises:
        httpx.ProxyError: The proxy refuses.
        httpx.TransportError: The proxy does not respond. The connection is closed.
    """
    authority = _authority(host, port)
    head = RequestHead(b"CONNECT", authority, [(b"Host", authority), *proxy.headers])
    response = await connection.send(head, httpx.ByteStream(b""), Timeouts())
    if not 200 <= response.status_code < 300:
        connection.abort()
        words = f"{response.status_code} {response.reason.decode('ascii', 'replace')}".strip()
        raise httpx.ProxyError(f"the proxy {proxy.url} refused to connect to the server: {words}")
