# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Which links are followed: a server must not send its clients into their own network."""

import ipaddress
from collections.abc import Collection, Sequence

import httpx
from attrs import frozen

from ..urls import is_address

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""Addresses that hold an IPv4 address in their last 32 bits (RFC 6052, section 2.1)."""

_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
"""The only IPv6 addresses that are given to anybody for the whole internet (RFC 4291, section 2.4)."""

_SPECIAL = (ipaddress.ip_network("192.0.0.0/24"), ipaddress.ip_network("3fff::/20"))
"""Networks for no host of the internet (RFC 6890, RFC 9637) that older versions of Python take for public."""

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
        """Tell whether the caller names the host of a URL."""
        return _host_of(url) in self.download_hosts

    def allowed(self, url: httpx.URL, addresses: Sequence[str], server_addresses: Collection[str]) -> Sequence[str]:
        """Return which addresses of its host a link may lead to, if the server was reached at some.

        If a name has an address of the server and others, it stands for the server. A name that has
        both public and private addresses stands for nothing that is trusted.
        """
        servers = set(map(_parse, server_addresses))
        known = servers.union(map(_parse, filter(is_address, self.download_hosts)))
        if own := [address for address in addresses if _parse(address) in known]:
            return own
        # A server in a private network may move within it, but a public one does not move into it.
        is_free = _host_of(url) == _host_of(self.base_url) and not (servers and all(map(_is_public, servers)))
        return addresses if is_free or all(_is_public(_parse(address)) for address in addresses) else []


def _host_of(url: httpx.URL) -> str:
    return url.raw_host.decode().rstrip(".")


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
    return address.is_global and not address.is_multicast and not any(address in network for network in _SPECIAL)
