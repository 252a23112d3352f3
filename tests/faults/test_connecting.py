"""Rows 1 to 5 and 42: connections that do not come about, or do not last."""

import pytest
from image_variations import ConnectionLostError

from tests.faults.cases import Case
from tests.faults.covering import cases_of, over_each_transport
from tests.faults.ours import Ours
from tests.faults.responses import made
from tests.faults.scenes.calls import SMALL
from tests.faults.scenes.connecting import server_tls
from tests.support.server import ScriptedServer
from tests.support.turns import break_tls, close


@cases_of(1)
async def test_a_refused_connection_is_tried_again(case: Case, caller: Ours) -> None:
    """Nothing was sent to a port that nobody listens on, so the call waits, tries again and succeeds."""
    seen = await case.holds(caller)
    assert seen.waits == (0.3,)


@cases_of(2)
async def test_connecting_to_nowhere_ends_in_time(case: Case, caller: Ours) -> None:
    """Where connecting goes nowhere, `connect_timeout` ends each attempt and `timeout` the call; nothing is billed."""
    await case.holds(caller)


@cases_of(3)
async def test_an_untrusted_certificate_is_not_tried_again(case: Case, caller: Ours) -> None:
    """A certificate that nobody vouches for is a `TLSError` after one connection, and the request stays here."""
    await case.holds(caller)


@cases_of(4)
async def test_only_a_resolver_that_fails_for_now_is_asked_again(case: Case, caller: Ours) -> None:
    """A host that does not exist ends the call at once; a resolver that is out of order is asked once more."""
    await case.holds(caller)


@cases_of(5)
async def test_a_stale_connection_costs_nothing_or_is_told(case: Case, caller: Ours) -> None:
    """A kept connection that closes is replaced until the request's tail is handed over; then the call is lost."""
    await case.holds(caller)


@cases_of(42)
async def test_a_server_that_closes_idle_connections_loses_no_call(case: Case, caller: Ours) -> None:
    """Calls that come when the server's idle time is up meet no connection that is just being closed."""
    await case.holds(caller)


@pytest.mark.usefixtures("trusted")
@over_each_transport
async def test_tls_that_breaks_after_the_upload_leaves_the_outcome_unknown(caller: Ours) -> None:
    """TLS can fail long after it was agreed on, when the server has the request: that is not a `TLSError`."""
    async with (
        ScriptedServer(made(break_tls, close), tls=server_tls()) as server,
        caller.open(server.base_url) as session,
    ):
        outcome = await session.call(SMALL)
    assert type(outcome.error) is ConnectionLostError
    assert outcome.billed == "unknown"
    assert server.posts == 1
