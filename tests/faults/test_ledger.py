"""What calls say of their bill, held against what the server has in its books."""

import pytest

from tests.faults.covering import at_length_over_each_transport
from tests.faults.ledger import audit
from tests.faults.ours import Ours


@pytest.fixture(autouse=True)
def secret_watch() -> None:
    """Do not look for the key in all that a thousand calls say; that of each kind of call is looked at elsewhere."""


@at_length_over_each_transport
async def test_the_bill_is_what_the_server_has_in_its_books(caller: Ours) -> None:
    """Of 1,000 calls, those that say "yes" had one image made, those that say "no" none, and nobody had two."""
    books = await audit(caller)
    yes, no, unknown = (books.billed(billed) for billed in ("yes", "no", "unknown"))
    assert yes.keys() == {1}
    assert no.keys() == {0}
    assert unknown.keys() == {0, 1}
    assert yes.total() + no.total() + unknown.total() == 1000
