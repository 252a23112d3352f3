"""Opening a connection: from a name to addresses, from addresses to a socket, and TLS over it."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence
from itertools import chain, zip_longest

from ..urls import is_address
from .protocol import Connection

_STAGGER = 0.25
"""Seconds before the next address is tried beside the one before (RFC 8305, section 5)."""

_MAX_UNSENT = 128 * 1024
"""Bytes that the kernel takes beyond what is in flight.

Without this limit it takes megabytes for a server that reads nothing, and a request that broke off
would count as sent whole.
"""

_NOTSENT_LOWAT: int | None = getattr(socket, "TCP_NOTSENT_LOWAT", None)

_HANDSHAKE_TIMEOUT = 24 * 3600.0
"""Seconds for a handshake. asyncio has to be told; what bounds it is the connect timeout."""

CheckAddress = Callable[[Sequence[str]], Sequence[str]]
"""Called with the addresses of a host. It returns those that may be connected to, and raises if none may."""

_Address = tuple[socket.AddressFamily, tuple[object, ...]]


async def connect(host: str, port: int, check: CheckAddress | None = None) -> Connection:
    """Open a connection.

    Raises:
        OSError: The name does not resolve, or none of its addresses accepts.
    """
    addresses = await _resolve(host, port)
    if check is not None:
        allowed = check([str(address[0]) for _, address in addresses])
        addresses = [found for found in addresses if found[1][0] in allowed]
    sock = await _race(addresses) if len(addresses) > 1 else await _open_socket(*addresses[0])
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if _NOTSENT_LOWAT is not None:
            sock.setsockopt(socket.IPPROTO_TCP, _NOTSENT_LOWAT, _MAX_UNSENT)
        connection = Connection(sock)
        await asyncio.get_running_loop().create_connection(lambda: connection, sock=sock)
    except BaseException:
        sock.close()
        raise
    return connection


async def start_tls(connection: Connection, context: ssl.SSLContext, server_name: str) -> None:
    """Begin TLS on a connection that is open.

    Raises:
        OSError: TLS cannot be agreed on.
    """
    if connection.has_unread:  # not protected by TLS, it would be read as if it were
        raise ConnectionAbortedError("something came before the TLS handshake began")
    context.set_alpn_protocols(["http/1.1"])
    transport = await asyncio.get_running_loop().start_tls(
        connection.transport,
        connection,
        context,
        server_hostname=server_name.rstrip("."),
        ssl_handshake_timeout=_HANDSHAKE_TIMEOUT,
    )
    if transport is None:
        raise ConnectionAbortedError("the connection was closed during the TLS handshake")
    connection.connection_made(transport)


async def check_host(host: str, port: int, check: CheckAddress | None) -> None:
    """Look a host up that somebody else connects to, who may choose any of its addresses, and check each.

    That is weaker than a check on connecting: a name can have another address by then. One that does
    not resolve here is left to whoever connects.
    """
    if check is not None:
        for address in await look_up(host, port):
            check([address])


async def look_up(host: str, port: int = 0) -> set[str]:
    """Return the addresses of a host, or none if it does not resolve here."""
    try:
        return {str(address[0]) for _, address in await _resolve(host, port)}
    except OSError:
        return set()


async def _resolve(host: str, port: int) -> Sequence[_Address]:
    """Look a host up. The families of its addresses take turns (RFC 8305, section 4)."""
    if is_address(host):  # nothing to look up, so nothing to wait for
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    else:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses: list[_Address] = [(family, address) for family, _, _, _, address in found]
    first = [address for address in addresses if address[0] == addresses[0][0]]
    others = [address for address in addresses if address[0] != addresses[0][0]]
    return [address for address in chain.from_iterable(zip_longest(first, others)) if address is not None]


async def _race(addresses: Sequence[_Address]) -> socket.socket:
    """Connect to whichever address accepts first; each has a head start before the next (RFC 8305, section 5)."""
    waiting = list(addresses)
    running: set[asyncio.Task[socket.socket]] = set()
    errors: list[BaseException] = []
    try:
        while waiting or running:
            if waiting:
                running.add(asyncio.create_task(_open_socket(*waiting.pop(0))))
            timeout = _STAGGER if waiting else None
            done, _ = await asyncio.wait(running, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                running.remove(task)
                if (error := task.exception()) is None:
                    running |= done - {task}  # one that was as fast is closed below
                    return task.result()
                errors.append(error)
    finally:
        for task in running:
            task.cancel()
            task.add_done_callback(_close_socket)
    raise OSError(f"none of {len(errors)} addresses accepts; {errors[0]}") from errors[0]


def _close_socket(task: "asyncio.Task[socket.socket]") -> None:
    if not task.cancelled() and task.exception() is None:
        task.result().close()


async def _open_socket(family: socket.AddressFamily, address: tuple[object, ...]) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, address)
    except BaseException:
        sock.close()
        raise
    return sock
