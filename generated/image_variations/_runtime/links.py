# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Which links are followed: a server must not send its clients into their own network."""

import ipaddress
from collections.abc import Collection

import httpx
from attrs import frozen

from .urls import is_address

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""Addresses that hold an IPv4 address in their last 32 bits (RFC 6052, section 2.1)."""

_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
"""The only IPv6 addresses that are given to anybody for the whole internet (RFC 4291, section 2.4)."""

_UNSPECIFIED = frozenset({"0.0.0.0", "::"})  # noqa: S104  # not to be bound to
"""What a server calls itself if it was told to listen everywhere."""


@frozen
class LinkPolicy:
    """Where links may lead: to the server itself, to public addresses, and to hosts that the caller names.

    Attributes:
        base_url: The server, as the client knows it.
        download_hosts: Names and addresses that are allowed whatever they are.
    """

    base_url: httpx.URL
    download_hosts: frozenset[str]

    def meant_by(self, url: httpx.URL) -> httpx.URL:
        """Return what a server means that calls itself by the address at which it listens everywhere."""
        return url.copy_with(host=self.base_url.host) if url.host in _UNSPECIFIED else url

    def names(self, url: httpx.URL) -> bool:
        """Whether a URL leads to a host that links may lead to, whatever its address."""
        host = url.raw_host.decode().rstrip(".")
        return host == self.base_url.raw_host.decode().rstrip(".") or host in self.download_hosts

    def is_allowed(self, address: str, server_addresses: Collection[str]) -> bool:
        """Whether links may lead to an address, if the server was reached at some."""
        known = {_parse(text) for text in (*server_addresses, *filter(is_address, self.download_hosts))}
        return _parse(address) in known or _is_public(_parse(address))


def _parse(address: str) -> _Address:
    """Parse an address. One that only wraps an IPv4 address is that address."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv4Address):
        return parsed
    if parsed in _NAT64:
        return ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
    return parsed.ipv4_mapped or parsed.sixtofour or parsed


def _is_public(address: _Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return address.is_global and not address.is_multicast
