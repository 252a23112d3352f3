"""Rows 45 to 53: the response is an event stream, which breaks, is odd, or is none."""

from tests.faults.callers import Caller
from tests.faults.cases import Case
from tests.faults.covering import cases_of


@cases_of(45)
async def test_stream_that_is_cut(case: Case, caller: Caller) -> None:
    """What came is given, the call is billed, and nothing is sent again."""
    await case.holds(caller)


@cases_of(46)
async def test_stream_that_stalls(case: Case, caller: Caller) -> None:
    """The timeout ends it, and what came is billed."""
    await case.holds(caller)


@cases_of(47)
async def test_stream_that_drips(case: Case, caller: Caller) -> None:
    """Events are given as soon as they are whole, within the timeout."""
    await case.holds(caller)


@cases_of(48)
async def test_large_event(case: Case, caller: Caller) -> None:
    """It is read, up to the limit of the client."""
    await case.holds(caller)


@cases_of(49)
async def test_unknown_event(case: Case, caller: Caller) -> None:
    """It is given as it came."""
    await case.holds(caller)


@cases_of(50)
async def test_malformed_event(case: Case, caller: Caller) -> None:
    """It ends the stream, after those before it."""
    await case.holds(caller)


@cases_of(51)
async def test_stream_without_done(case: Case, caller: Caller) -> None:
    """It ends where the body does."""
    await case.holds(caller)


@cases_of(52)
async def test_page_in_place_of_events(case: Case, caller: Caller) -> None:
    """It is an error, and never asked for again."""
    await case.holds(caller)


@cases_of(53)
async def test_error_as_the_first_event(case: Case, caller: Caller) -> None:
    """It is unknown what it costs: only the caller has it repeated."""
    await case.holds(caller)
