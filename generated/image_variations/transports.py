# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Transports to pass to a client, such as `Client(transport=over_aiohttp())`.

- `default`: the connections that a client has by itself, for a wrapper that sees requests.
- `over_aiohttp`: aiohttp's connections.
- `over_httpx`: httpx's pool of connections, for HTTP/2.

What one of them needs is imported when it is called.
"""

from ._runtime.transports import default, over_aiohttp, over_httpx

__all__ = ["default", "over_aiohttp", "over_httpx"]
