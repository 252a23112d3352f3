"""Copies from before generated files had a mark: their manifest proves what they are."""

from functools import cache
from pathlib import Path

import pytest

from tests.support.copies import current, released, run_check
from tests.support.generation import importable
from tools.check.files import files_in
from tools.package.errors import EditedError
from tools.package.manifest import MANIFEST
from tools.package.marks import is_marked
from tools.vendor.release import Release
from tools.vendor.vendor import vendor

MARK_LINES = 2


@cache
def unmarked() -> Release:
    """An older version, no file of which has a mark."""
    modules = {path: content for path, content in current().files.items() if path.endswith(".py")}
    plain = {path: content.split(b"\n", MARK_LINES)[MARK_LINES] for path, content in modules.items()}
    assert not any(map(is_marked, plain.values()))
    return released(current(), "0.0.9", {**current().files, **plain})


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy without marks."""
    vendor(unmarked(), tmp_path / "otters")
    return tmp_path / "otters"


def test_a_copy_without_marks_is_brought_up_to_date(copy: Path) -> None:
    """It passes its check before and after; then every module has the mark, and no file is left over."""
    assert run_check(copy) == 0
    vendor(current(), copy)
    assert files_in(copy) == dict(current().files)
    assert all(is_marked(path.read_bytes()) for path in copy.rglob("*.py"))
    assert run_check(copy) == 0


def test_an_edit_of_a_file_without_a_mark_is_carried_as_a_patch(copy: Path) -> None:
    """It stops the update; with FORCE=1 the edit is saved, and the new file has its mark."""
    clock = copy / "_runtime" / "clock.py"
    clock.write_bytes(clock.read_bytes() + b"# mine\n")
    with pytest.raises(EditedError, match="has been edited"):
        vendor(current(), copy)
    vendor(current(), copy, force=True)
    assert b"+# mine\n" in (copy.parent / "otters.patch").read_bytes()
    assert clock.read_bytes() == current().files["_runtime/clock.py"]


def test_a_copy_without_marks_and_one_with_marks_work_side_by_side(copy: Path) -> None:
    """Each has classes of its own, in one process."""
    vendor(current(), copy.parent / "seals")
    with importable(copy.parent, "otters") as old, importable(copy.parent, "seals") as new:
        assert old.ImageVariationsError is not new.ImageVariationsError
        assert repr(old.Client(base_url="http://127.0.0.1:9")) == repr(new.Client(base_url="http://127.0.0.1:9"))


def test_a_copy_without_marks_whose_manifest_was_edited_is_not_taken_for_ours(copy: Path) -> None:
    """Nothing proves then what its files are: every one that differs is named, and nothing is changed."""
    manifest = copy / MANIFEST
    manifest.write_bytes(manifest.read_bytes().replace(b'"version": "0.0.9"', b'"version": "0.0.8"'))
    before = files_in(copy)
    with pytest.raises(EditedError) as refusal:
        vendor(current(), copy)
    assert f"{copy / 'types.py'}: has been edited" in refusal.value.complaints
    assert files_in(copy) == before
