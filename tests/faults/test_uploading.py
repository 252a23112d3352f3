"""Rows 6, 8 and 33: what goes wrong while the body is on its way."""

from tests.faults.cases import Case
from tests.faults.covering import cases_of
from tests.faults.ours import Ours


@cases_of(6)
async def test_a_reset_while_the_body_is_written_is_sent_again(case: Case, caller: Ours) -> None:
    """No server has the request before its tail, so a reset until then is repeated, and costs nothing when it stays."""
    await case.holds(caller)


@cases_of(8)
async def test_a_server_that_never_reads_ends_with_the_timeout(case: Case, caller: Ours) -> None:
    """A body that nobody reads is given up in time, and as its tail was not handed over nothing is billed."""
    await case.holds(caller)


@cases_of(33)
async def test_an_early_refusal_is_read_although_the_body_is_not(case: Case, caller: Ours) -> None:
    """A 413 during the upload is a `PayloadTooLargeError`; where a reset overtakes it, no complete request was sent."""
    await case.holds(caller)
