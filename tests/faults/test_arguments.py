"""Rows 39 to 41: files, values and keys that cause trouble by what they are."""

from tests.faults.cases import Case
from tests.faults.covering import cases_of
from tests.faults.ours import Ours


@cases_of(39)
async def test_a_file_arrives_whole_or_not_at_all(case: Case, caller: Ours) -> None:
    """Shared, reused, piped or begun in the middle, the right bytes arrive; what cannot be read is never sent."""
    await case.holds(caller)


@cases_of(40)
async def test_no_value_is_more_than_a_value(case: Case, caller: Ours) -> None:
    """Line ends and quotes in a key, a media type, a file name or a field forge nothing that a parser sees."""
    await case.holds(caller)


@cases_of(41)
async def test_the_key_is_nowhere_to_be_seen(case: Case, caller: Ours) -> None:
    """No log at any level, no repr, message, pickle or traceback has the key, not even where servers repeat it."""
    await case.holds(caller)
