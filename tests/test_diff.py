"""`make diff`: what another document would change for the client's users, and whom it breaks."""

import pytest

from tests.diff_rows import ROWS, Row
from tests.edits import edited
from tools.changes import KINDS
from tools.diff import compare
from tools.document import load
from tools.generate import ROOT

GALLERY = load(ROOT / "tests" / "documents" / "gallery.yaml")


@pytest.mark.parametrize("row", ROWS, ids=[row.id for row in ROWS])
def test_each_kind_of_change_has_its_id_its_class_and_its_sentence(row: Row) -> None:
    """An edit makes the changes that its row names, and no other."""
    changes = compare(edited(GALLERY, *row.before), edited(GALLERY, *row.edits))
    assert {change.id for change in changes} == {row.id, *row.also}
    found = next(change for change in changes if change.id == row.id)
    assert (found.breaks, found.text) == (row.breaks, row.text)


def test_every_kind_of_change_has_a_row() -> None:
    """Ids are stable: the rows are the list of them, and each is there once."""
    assert [row.id for row in ROWS] == list(dict.fromkeys(row.id for row in ROWS))
    assert {row.id: row.breaks for row in ROWS} == {name: kind.breaks for name, kind in KINDS.items()}
