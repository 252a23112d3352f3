"""Scenes in which no connection comes about, or not at once."""

import asyncio
import contextlib
import functools
import select
import socket
import ssl
from collections.abc import Generator
from typing import Unpack
from unittest import mock

import trustme

from tests.faults.callers import Caller, Options
from tests.faults.observation import Observation
from tests.faults.scenes.calls import SMALL, WELL, Scene, in_time, seen_by
from tests.support.server import ScriptedServer, bound_socket


async def refused_then_up(caller: Caller) -> Observation:
    """Nobody listens at the first attempt; then somebody does."""
    async with ScriptedServer(WELL, is_listening=False) as server:
        async with caller.open(server.base_url, holds_back_off=True) as session:
            call = asyncio.create_task(session.call(SMALL))
            await session.backing_off()
            await server.listen()
            session.resume()
            outcome = await call
        return seen_by(server, session, outcome)


def unanswered(**options: Unpack[Options]) -> Scene:
    """The server's queue of connections is full, so what is sent to it is dropped."""

    async def scene(caller: Caller) -> Observation:
        with full_queue() as address:
            async with caller.open(address, **options) as session:
                outcome, problems = await in_time(session, SMALL, options.get("timeout"))
        return Observation(outcome, posts=0, problems=problems)

    return scene


async def untrusted(caller: Caller) -> Observation:
    """The server's certificate is one that nobody vouches for."""
    async with ScriptedServer(WELL, tls=server_tls()) as server:
        async with caller.open(server.base_url) as session:
            outcome, _ = await in_time(session, SMALL)
        return seen_by(server, session, outcome)


def resolved(*answers: int) -> Scene:
    """The resolver says these errors (`socket.EAI_*`), and then that the host is this one."""

    async def scene(caller: Caller) -> Observation:
        async with ScriptedServer(WELL) as server:
            with resolver(*answers) as lookups:
                async with caller.open(f"http://gateway.invalid:{server.port}/v1") as session:
                    outcome, _ = await in_time(session, SMALL)
            return Observation(outcome, server.posts, server.made, len(lookups), tuple(session.waits))

    return scene


@contextlib.contextmanager
def full_queue() -> Generator[str]:
    """The URL of an address where connecting goes nowhere: the queue for `accept` is full (listen(2))."""
    with contextlib.ExitStack() as kept:
        listener = kept.enter_context(bound_socket())
        listener.listen(0)
        address = listener.getsockname()
        is_connected = True
        while is_connected:
            waiting = kept.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(address)
            # On this host a connection is made at once or not at all.
            is_connected = bool(select.select([], [waiting], [], 0.05)[1])
        yield f"http://127.0.0.1:{address[1]}/v1"


@contextlib.contextmanager
def resolver(*answers: int) -> Generator[list[str]]:
    """Stand in for the system's resolver of names below `.invalid` (RFC 6761), and list what it is asked.

    The real one says what the network of the moment makes it say.
    """
    lookups: list[str] = []
    resolve = socket.getaddrinfo

    def look_up(host: str | bytes | None, port: str | int | None, *arguments: int, **named: int) -> object:
        name = host.decode() if isinstance(host, bytes) else host or ""
        if not name.endswith(".invalid"):
            return resolve(host, port, *arguments, **named)
        lookups.append(name)
        if len(lookups) <= len(answers):
            raise socket.gaierror(answers[len(lookups) - 1], "said by the test's resolver")
        return resolve("127.0.0.1", port, *arguments, **named)

    loop = asyncio.get_running_loop()

    async def look_up_in_a_thread(host: str | bytes | None, port: str | int | None, **named: int) -> object:
        return await asyncio.to_thread(look_up, host, port, **named)

    with contextlib.ExitStack() as patches:
        patches.enter_context(mock.patch.object(socket, "getaddrinfo", look_up))
        if not isinstance(loop, asyncio.BaseEventLoop):  # uvloop does not ask Python
            patches.enter_context(mock.patch.object(loop, "getaddrinfo", look_up_in_a_thread))
        yield lookups


@functools.cache
def authority() -> trustme.CA:
    """An authority that no system trusts."""
    return trustme.CA()


@functools.cache
def server_tls() -> ssl.SSLContext:
    """What servers on this host need to speak TLS."""
    return new_server_tls()


def new_server_tls() -> ssl.SSLContext:
    """The same, for one server that agrees on more than the others."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    with authority().issue_cert("127.0.0.1").private_key_and_cert_chain_pem.tempfile() as certificate:
        context.load_cert_chain(certificate)
    return context
