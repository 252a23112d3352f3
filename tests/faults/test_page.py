"""The page of the fault matrix."""

from tests.faults.page import PAGE, make_page


def test_the_page_has_the_rows_that_are_played() -> None:
    """A row that is new or changed is on the page: `python -m tests.faults.page` writes it."""
    assert PAGE.read_text(encoding="utf-8") == make_page()
