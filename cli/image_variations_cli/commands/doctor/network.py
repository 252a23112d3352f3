"""The way to the server: proxy, name, connection and TLS."""

import asyncio
import ipaddress
import socket
import ssl
import time
from collections.abc import AsyncGenerator

import httpx
from image_variations._runtime.connection.proxies import rules_of_environment

from ..options import TransportName
from .check import Check

TIMEOUT = 10.0
"""Seconds for each step."""

_DEFAULT_PORTS = {"http": 80, "https": 443}


def find_proxy(url: httpx.URL, transport: TransportName) -> httpx.URL | None:
    """Return the proxy that a request goes through, by the client's own rules.

    Raises:
        ValueError: The environment's proxies cannot be read.
    """
    if transport == "httpx":  # `over_httpx` uses none of the environment's
        return None
    proxy = rules_of_environment().url_for(url.scheme, url.host, url.port)
    return None if proxy is None else httpx.URL(proxy)


def check_proxy(proxy: httpx.URL | None) -> Check:
    """Say which proxy requests go through, without its password."""
    if proxy is None:
        return Check("proxy", "ok", "none: requests go to the server itself")
    return Check("proxy", "ok", f"{proxy.copy_with(userinfo=b'')}, named by the environment")


async def check_way(url: httpx.URL, proxy: httpx.URL | None) -> AsyncGenerator[Check]:
    """Look up the name of the server, or of the proxy; connect there, and shake hands if that is over TLS.

    It ends after the first check that fails: what follows cannot be looked at.
    """
    first = url if proxy is None else proxy
    whose = "" if proxy is None else "the proxy's "
    port = first.port or _DEFAULT_PORTS.get(first.scheme, 1080)
    name = await _resolve(first.host, port, whose)
    yield name
    if name.result == "failed":
        return
    connection = await _connect(first.host, port, whose)
    yield connection
    if connection.result == "failed":
        return
    if proxy is not None:
        yield Check("TLS", "skipped", "it is made through the proxy, with the request that follows")
    elif url.scheme == "https":
        yield await _shake_hands(url.host, port)
    else:
        local = url.host == "localhost" or _is_private(url.host)
        message = "none: the key and the images go unencrypted" + (", to a host nearby" if local else "; use https://")
        yield Check("TLS", "ok" if local else "warning", message)


async def _resolve(host: str, port: int, whose: str) -> Check:
    start = time.monotonic()
    try:
        async with asyncio.timeout(TIMEOUT):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except TimeoutError:
        return Check("name", "failed", f"{whose}name {host} was not resolved within {TIMEOUT:.0f} s; see your DNS")
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        return Check("name", "failed", f"{whose}name {host} is not resolved: {reason}; is it spelled right?")
    addresses = ", ".join(dict.fromkeys(str(address[0]) for *_, address in found))
    return Check("name", "ok", f"{whose}{host} is {addresses} ({_since(start)})")


async def _connect(host: str, port: int, whose: str) -> Check:
    start = time.monotonic()
    try:
        async with asyncio.timeout(TIMEOUT):
            _, writer = await asyncio.open_connection(host, port)
    except TimeoutError:
        message = f"{whose}port {port} of {host} does not answer within {TIMEOUT:.0f} s; is a firewall between?"
        return Check("connection", "failed", message)
    except OSError as error:
        return Check("connection", "failed", f"{whose}port {port} of {host}: {_reason(error)}; does the server run?")
    writer.close()
    return Check("connection", "ok", f"{whose}port {port} of {host} is open ({_since(start)})")


async def _shake_hands(host: str, port: int) -> Check:
    start = time.monotonic()
    try:
        context = httpx.create_ssl_context()  # the client's own
        async with asyncio.timeout(TIMEOUT):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
    except ssl.SSLCertVerificationError as error:
        advice = "name its authority in SSL_CERT_FILE, if you trust it"
        return Check("TLS", "failed", f"the certificate is not trusted: {error.verify_message}; {advice}")
    except TimeoutError:
        return Check("TLS", "failed", f"no handshake within {TIMEOUT:.0f} s; does port {port} speak TLS?")
    except OSError as error:
        return Check("TLS", "failed", f"no handshake: {_reason(error)}; does port {port} speak TLS?")
    session: ssl.SSLObject = writer.get_extra_info("ssl_object")
    certificate = session.getpeercert() or {}
    protocol = session.version()
    writer.close()
    return Check("TLS", "ok", f"{protocol}, certificate valid until {certificate.get('notAfter')} ({_since(start)})")


def _reason(error: OSError) -> str:
    return " ".join(str(error.strerror or error).split())


def _since(start: float) -> str:
    return f"{(time.monotonic() - start) * 1000:.0f} ms"


def _is_private(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False
