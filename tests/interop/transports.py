"""The transports that a server is tried over, each made as an environment says."""

import os
import secrets
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager

import httpx
from image_variations import Client
from image_variations.transports import over_aiohttp, over_httpx

from examples.transports import over_reqwest
from tests.interop.scenes import Options, Place

HTTP2 = "over_httpx(http2=True)"

TRANSPORTS: Mapping[str, Callable[[str], httpx.AsyncBaseTransport | None]] = {
    "default": lambda scheme: None,
    "over_httpx": lambda scheme: over_httpx(proxy=os.environ.get(f"{scheme}_proxy".upper())),
    "over_aiohttp": lambda scheme: over_aiohttp(trust_env=True),
    "pyreqwest": lambda scheme: over_reqwest(),
    HTTP2: lambda scheme: over_httpx(http2=True),
}
"""By their names in the README. httpx's own takes no proxy from the environment; it is passed."""


def open_client(transport: str, place: Place, options: Options) -> Client:
    """Make a client that sends over a transport to a place."""
    given: Options = {"timeout": 60.0, **place.options, **options}
    own = {"x-caller": secrets.token_hex(8)}  # by which a server can tell callers apart
    given["headers"] = {**own, **place.options.get("headers", {}), **options.get("headers", {})}
    made = TRANSPORTS[transport](httpx.URL(place.base_url).scheme)
    return Client(base_url=place.base_url, transport=made, **given)


@contextmanager
def environment_variables(variables: Mapping[str, str]) -> Generator[None]:
    """Set environment variables for a while."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
