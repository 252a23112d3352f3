"""Rows 25, 27 to 29, 31, 38, 43 and 44: what is sent again, when, and how often."""

from tests.faults.cases import Case
from tests.faults.covering import cases_of
from tests.faults.ours import Ours


@cases_of(25)
async def test_a_busy_server_is_asked_again(case: Case, caller: Ours) -> None:
    """Two 429 and then a success are three POSTs and one image, after waits that grow."""
    seen = await case.holds(caller)
    assert seen.waits == (0.3, 0.55)


@cases_of(27)
async def test_retry_after_is_honoured_in_all_its_forms(case: Case, caller: Ours) -> None:
    """Milliseconds, seconds and three kinds of dates are waited for; what is not a time ahead is ignored."""
    await case.holds(caller)


@cases_of(28)
async def test_a_wait_beyond_the_timeout_is_not_begun(case: Case, caller: Ours) -> None:
    """Where the server asks for more time than is left the error comes at once, and says how long to wait."""
    seen = await case.holds(caller)
    assert seen.waits == ()


@cases_of(29)
async def test_what_the_server_rejects_for_now_is_sent_again(case: Case, caller: Ours) -> None:
    """The API's own 5xx, a 503 with Retry-After, 529 and 521 say that nothing was done."""
    await case.holds(caller)


@cases_of(31)
async def test_retry_unknown_repeats_all_but_a_success(case: Case, caller: Ours) -> None:
    """With `retry_unknown` the caller risks a second image where the outcome is unknown, and never after a 2xx."""
    await case.holds(caller)


@cases_of(38)
async def test_many_calls_into_a_wall_share_few_retries(case: Case, caller: Ours) -> None:
    """Fifty calls to a server that is down make at most 70 POSTs, however many go at once."""
    await case.holds(caller)


@cases_of(43)
async def test_an_idempotent_operation_is_repeated_if_its_outcome_is_unknown(case: Case, caller: Ours) -> None:
    """An unknown outcome is sent again within the attempts and the time, and a 2xx never."""
    await case.holds(caller)


@cases_of(44)
async def test_an_operation_that_is_not_billed_costs_nothing(case: Case, caller: Ours) -> None:
    """Its bill is "no" whatever comes, and an unknown outcome is still not sent again."""
    await case.holds(caller)
