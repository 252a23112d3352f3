"""Requests of a plain client of httpx, and what is left of them."""

import asyncio

import httpx

from tests.support.server import ScriptedServer


async def post(http: httpx.AsyncClient, server: ScriptedServer, content: bytes = b"x") -> int:
    """Make a request; return the status of its response."""
    return (await http.post(f"{server.base_url}/images/variations", content=content)).status_code


async def open_connections_fall_to(server: ScriptedServer, number: int) -> None:
    """Wait until no more connections are open."""
    async with asyncio.timeout(5):
        await server.until(lambda: server.open_connections <= number)
