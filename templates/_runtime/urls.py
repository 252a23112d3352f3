"""Which URLs can be requested."""

import ipaddress
import re
from collections.abc import Collection
from functools import cache

import httpx

_HOST_NAME = re.compile(r"[A-Za-z0-9._-]+")

_NUMBER_AND_DOT = re.compile(r"(?:.*\.)?(?:[0-9]+|0[xX][0-9A-Fa-f]*)\.")
"""A host that ends in a number and a dot: an address to some libraries, a name that does not exist to others."""


def parse_url(text: str | httpx.URL, schemes: Collection[str] = ("http", "https")) -> httpx.URL:
    """Parse an absolute URL.

    Raises:
        ValueError: A request cannot be sent there. The message says why, and does not show the URL.
    """
    try:
        url = httpx.URL(text)
        host, raw_host = url.host, url.raw_host.decode("ascii")
        raw_host.encode("idna")  # as the resolver does, which takes no empty label and none of over 63 characters
    except (httpx.InvalidURL, UnicodeError, TypeError, ValueError) as error:
        raise ValueError(f"it is not a URL ({type(error).__name__})") from None
    if url.scheme not in schemes or not host:
        raise ValueError("it does not begin with http:// or https:// and a host")
    if not (_HOST_NAME.fullmatch(raw_host) or is_address(raw_host)) or _NUMBER_AND_DOT.fullmatch(raw_host):
        raise ValueError("its host is neither a name nor an address")
    if url.port is not None and not 0 < url.port < 65536:
        raise ValueError("its port is not between 1 and 65535")
    return url


@cache
def host_of(url: str) -> str:
    """Return the host of a URL."""
    return httpx.URL(url).host


def is_address(host: str) -> bool:
    """Return whether a host is an IP address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
