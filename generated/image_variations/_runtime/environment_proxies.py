# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""The proxies that the environment names, as httpx routes requests to them."""

import ipaddress
from urllib.request import getproxies

SCHEMES = ("http", "https", "all")
"""The schemes for which httpx takes a proxy from the environment, the last for whatever has none of its own."""


def environment_proxies() -> dict[str, str | None]:
    """The URL of the proxy for each of httpx's URL patterns; `None` for those that `NO_PROXY` excepts.

    On macOS and Windows these are the system's settings where the environment has none.
    """
    named = getproxies()
    exceptions = [entry for entry in map(str.strip, named.get("no", "").split(",")) if entry]
    addresses = {f"{scheme}://": _as_url(named[scheme]) for scheme in SCHEMES if named.get(scheme)}
    if not addresses or "*" in exceptions:
        return {}
    return {**addresses, **dict.fromkeys(map(_pattern, exceptions))}


def _as_url(address: str) -> str:
    return address if "://" in address else f"http://{address}"


def _pattern(entry: str) -> str:
    """The pattern of URLs for an entry of `NO_PROXY`: an address is meant as it is, a name with all below it."""
    if "://" in entry:
        return entry
    address, _, _ = entry.strip("[]").partition("/")
    try:
        version = ipaddress.ip_address(address).version
    except ValueError:
        return "all://localhost" if entry.lower() == "localhost" else f"all://*{entry}"
    return f"all://[{address}]" if version == 6 else f"all://{address}"
