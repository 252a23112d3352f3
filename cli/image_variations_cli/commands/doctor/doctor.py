"""The checks in their order: each is shown as it is made."""

import asyncio
import os
from collections.abc import AsyncGenerator

import httpx
from image_variations import Client
from image_variations.errors import ImageVariationsError

from ...errors import BatchError
from .. import exits
from ..connect import API_KEY, make_transport, open_client, read_api_key
from ..options import Server
from ..output import Output
from .check import Check
from .installed import check_installation
from .network import TIMEOUT, check_proxy, check_way, find_proxy
from .path import check_key, check_path


def doctor(server: Server, output: Output) -> int:
    """Look at everything that a request needs. Return the exit status."""
    checks = asyncio.run(_show_checks(server, output))
    failed = sum(check.result == "failed" for check in checks)
    warnings = sum(check.result == "warning" for check in checks)
    output.print()
    output.print(f"{failed} failed, {warnings} to look at" if failed or warnings else "Requests should get through.")
    output.summary(checks=len(checks), failed=failed, warnings=warnings, images=0, requests=0)
    return exits.FAILED if failed else exits.OK


async def _show_checks(server: Server, output: Output) -> list[Check]:
    shown = list[Check]()
    async for check in _run_checks(server):
        output.print(f"{check.result:8} {check.name:13} {check.message}")
        output.event("check", name=check.name, result=check.result, message=check.message)
        shown.append(check)
    return shown


async def _run_checks(server: Server) -> AsyncGenerator[Check]:
    for check in check_installation():
        yield check
    try:
        key = read_api_key(server)
        async with open_client(server):  # refuses what cannot be used
            pass
        url = _base_url(server)
        proxy = find_proxy(url, server.transport)
    except (BatchError, ImageVariationsError, ValueError) as error:
        yield Check("settings", "failed", str(error))
        return
    yield Check("base URL", "ok", f"{url} (from {_source_of_url(server)})")
    yield _describe_key(server, has_key=key is not None)
    yield check_proxy(proxy)
    async for check in check_way(url, proxy):
        yield check
        if check.result == "failed":
            return
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    headers["User-Agent"] = Client.user_agent
    async with httpx.AsyncClient(transport=make_transport(server.transport), headers=headers, timeout=TIMEOUT) as http:
        path = await check_path(http, url)
        yield path
        if path.result != "failed":
            yield await check_key(http, url, has_key=key is not None)


def _base_url(server: Server) -> httpx.URL:
    text = server.base_url or os.environ.get(Client.base_url_variable) or Client.server
    return httpx.URL(text.rstrip("/") + "/")


def _source_of_url(server: Server) -> str:
    if server.base_url:
        return "--base-url"
    variable = Client.base_url_variable
    return variable if os.environ.get(variable) else "the document; --base-url names another"


def _describe_key(server: Server, *, has_key: bool) -> Check:
    if not has_key:
        return Check("key", "warning", f"none: {API_KEY} is not set; requests carry no key")
    return Check("key", "ok", f"present, from {server.api_key_file or API_KEY}; it is never shown")
