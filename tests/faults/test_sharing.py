"""Row 37: more calls than slots."""

from tests.faults.cases import Case
from tests.faults.covering import cases_of
from tests.faults.ours import Ours


@cases_of(37)
async def test_calls_queue_for_slots_within_their_timeout(case: Case, caller: Ours) -> None:
    """A call without a slot waits for one; one whose timeout ends in the queue sent nothing, and says so."""
    await case.holds(caller)
