"""Rows 35 and 36: the task of a call is cancelled."""

import httpx
import pytest
from attrs import evolve
from httpx_aiohttp import AiohttpTransport

from tests.faults.callers import Options
from tests.faults.cases import Case
from tests.faults.covering import at_length_over_each_transport, cases_of, over_each_of
from tests.faults.ours import AIOHTTP, HTTPX, Ours
from tests.faults.scenes.cancelling import cancelled_everywhere
from tests.faults.scenes.connecting import server_tls

ONE = httpx.Limits(max_connections=1)


def over_httpcore(options: Options) -> httpx.AsyncBaseTransport:
    """The transport that httpx has, which may open one connection."""
    return httpx.AsyncHTTPTransport(limits=ONE)


def over_aiohttp(options: Options) -> httpx.AsyncBaseTransport:
    """The same over aiohttp."""
    return AiohttpTransport(limits=ONE)


over_each_limited_pool = over_each_of(
    evolve(HTTPX, make=over_httpcore),
    evolve(AIOHTTP, make=over_aiohttp),
)


@cases_of(35)
async def test_cancelling_loses_neither_slot_nor_connection(case: Case, caller: Ours) -> None:
    """Cancelled at any await point, a call ends as cancelled, and its only slot and its connection are free again."""
    await case.holds(caller)


@cases_of(36)
async def test_cancelling_during_back_off_is_heard_at_once(case: Case, caller: Ours) -> None:
    """A call that is cancelled between two attempts ends there, and makes no further one."""
    await case.holds(caller)


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("is_warm", [False, True], ids=["cold", "warm"])
@at_length_over_each_transport
async def test_cancelling_loses_no_connection_over_tls(
    caller: Ours, request: pytest.FixtureRequest, *, is_warm: bool
) -> None:
    """The same holds while TLS is agreed on."""
    if reason := caller.transport.unmet.get((35, "warm" if is_warm else "cold")):
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True))
    seen = await cancelled_everywhere(is_warm=is_warm, tls=server_tls())(caller)
    assert seen.problems == ()


@pytest.mark.parametrize("is_warm", [False, True], ids=["cold", "warm"])
@over_each_limited_pool
async def test_cancelling_loses_no_place_in_a_limited_pool(
    caller: Ours, request: pytest.FixtureRequest, *, is_warm: bool
) -> None:
    """A transport of the caller's own may keep one connection only: it is free again too."""
    if reason := caller.transport.unmet.get((35, "warm" if is_warm else "cold")):
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True))
    seen = await cancelled_everywhere(is_warm=is_warm)(caller)
    assert seen.problems == ()
