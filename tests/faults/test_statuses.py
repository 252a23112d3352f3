"""Rows 24, 26, 30, 32 and 34: the server refuses, or something in front of it does."""

from tests.faults.cases import Case
from tests.faults.covering import cases_of
from tests.faults.ours import Ours


@cases_of(24)
async def test_a_refusal_is_free_and_final(case: Case, caller: Ours) -> None:
    """A request that the server faults is an error of its own class, sent once, and not billed."""
    await case.holds(caller)


@cases_of(26)
async def test_a_quota_that_is_used_up_is_not_waited_for(case: Case, caller: Ours) -> None:
    """A 429 that says `insufficient_quota` is a `QuotaExceededError` after one POST."""
    await case.holds(caller)


@cases_of(30)
async def test_a_gateways_failure_leaves_the_outcome_unknown(case: Case, caller: Ours) -> None:
    """A 408, and a 5xx without the API's own error body, can follow an image that was made: nothing is repeated."""
    await case.holds(caller)


@cases_of(32)
async def test_an_error_says_what_the_server_says_in_few_words(case: Case, caller: Ours) -> None:
    """Whatever shape its error body has, the server's words are in the error, and never more than a few lines."""
    seen = await case.holds(caller)
    assert len(str(seen.outcome.error)) < 600


@cases_of(34)
async def test_a_redirect_is_not_followed(case: Case, caller: Ours) -> None:
    """A redirect, elsewhere or in a loop, is a `RedirectError` after one POST; picture and key go nowhere else."""
    await case.holds(caller)
