"""Whether the server has the operation's path, and takes the key, asked by requests that create nothing."""

from typing import Literal, TypeAlias

import httpx
from attrs import frozen
from image_variations import Client

from .check import Check

PATH = "images/variations"

_TRANSPORT_ERRORS = (httpx.TransportError, OSError)

Method: TypeAlias = Literal["OPTIONS", "GET"]


@frozen
class _Reply:
    """The part of a response that says whether a path exists."""

    method: Method
    status: int
    allowed: str

    @property
    def shows_path(self) -> bool:
        """Whether the path is there: another method is not allowed on it, or POST is named as one that is."""
        return self.status == 405 or "POST" in self.allowed


async def check_path(client: httpx.AsyncClient, url: httpx.URL) -> Check:
    """Ask for the path with OPTIONS and GET, which RFC 9110 (section 9.2.1) calls safe: nobody bills for them.

    A server that has POST there says 405 to GET, or names POST in `Allow`.
    """
    address = url.join(PATH)
    replies = list[_Reply]()
    for method in ("OPTIONS", "GET"):
        try:
            reply = await _ask(client, method, address)
        except _TRANSPORT_ERRORS as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            return Check("path", "failed", f"{method} {address}: no response: {reason}")
        if reply.shows_path:
            return Check("path", "ok", f"POST {address} exists ({reply.method}: {reply.status})")
        replies.append(reply)
    return _judge(str(address), replies)


def _judge(address: str, replies: list[_Reply]) -> Check:
    said = ", ".join(f"{reply.method}: {reply.status}" for reply in replies)
    statuses = {reply.status for reply in replies}
    if statuses & {401, 403}:
        return Check("path", "failed", f"{address} refuses the key ({said}); set OPENAI_API_KEY to one of this server")
    if statuses <= {404, 410, 501}:
        is_retired = Client.retired and address.startswith(Client.server)
        reason = Client.retired if is_retired else "does the base URL lack /v1, or have a path too many?"
        return Check("path", "failed", f"nothing is at {address} ({said}); {reason}")
    if any(status >= 500 for status in statuses):
        return Check("path", "failed", f"the server fails at {address} ({said}); ask its operators")
    return Check("path", "warning", f"whether POST {address} exists is not to be told without a call ({said})")


async def check_key(client: httpx.AsyncClient, url: httpx.URL, *, has_key: bool) -> Check:
    """Ask for the list of models, which many servers have, and which costs nothing."""
    address = url.join("models")
    try:
        reply = await _ask(client, "GET", address)
    except _TRANSPORT_ERRORS as error:
        return Check("key accepted", "skipped", f"GET {address}: no response: {type(error).__name__}")
    if reply.status in (401, 403):
        what = "refuses the key" if has_key else "asks for a key"
        return Check("key accepted", "failed", f"{address} {what} ({reply.status}); set OPENAI_API_KEY")
    if 200 <= reply.status < 300:
        return Check("key accepted", "ok", f"GET {address}: {reply.status}")
    return Check("key accepted", "skipped", f"not to be told without a call (GET {address}: {reply.status})")


async def _ask(client: httpx.AsyncClient, method: Method, url: httpx.URL) -> _Reply:
    async with client.stream(method, url) as response:  # the body is of no use, and may be long
        return _Reply(method, response.status_code, response.headers.get("allow", "").upper())
