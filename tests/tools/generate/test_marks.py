"""The mark of generated files: whoever opens one learns what it is of, and where an edit belongs."""

import re
from pathlib import Path

import image_variations
import pytest

from tests.support.copies import current
from tests.support.generation import COMMITTED, edited_pin
from tests.support.packages import pins_files
from tools.check.files import files_in
from tools.generate.generate import generate
from tools.package.marks import is_generated, is_marked, mark
from tools.paths import ROOT
from tools.vendor.vendor import vendor

MARK = mark("image-variations", image_variations.__version__)


def test_every_generated_module_begins_with_the_mark(tmp_path: Path) -> None:
    """In the package, in a vendored copy, and in the client of another document; `_runtime/` is no exception."""
    vendor(current(), tmp_path / "otters")
    generate(edited_pin(tmp_path, ("maximum: 10", "maximum: 9")), tmp_path / "nine")
    for package in (COMMITTED, tmp_path / "otters", tmp_path / "nine"):
        modules = {name: content for name, content in files_in(package).items() if name.endswith((".py", ".pyi"))}
        assert len(modules) > 60
        for name, content in modules.items():
            assert content.startswith(MARK.encode()), name
            assert is_marked(content), name


def test_the_mark_says_project_and_version_and_what_to_do_with_an_edit() -> None:
    """Its version is the one of the package, and each line fits."""
    assert f"image-variations {image_variations.__version__}. An edit belongs in that project" in MARK
    for command in ("make generate", "make vendor", "FORCE=1"):
        assert command in MARK
    assert all(line.startswith("# ") and len(line) <= 120 for line in MARK.splitlines())
    assert mark("two\nlines", "1\r\n2").count("\n") == 2, "a name from a document cannot end the comment"


def test_the_runtime_is_copied_as_it_is_but_for_the_mark_and_the_base_error() -> None:
    """What is behind the mark is what stands in templates/_runtime/; the base error may change the order of imports."""
    copied = {
        name.removeprefix("_runtime/"): content.removeprefix(MARK.encode())
        for name, content in pins_files().items()
        if name.startswith("_runtime/")
    }
    written = files_in(ROOT / "templates" / "_runtime")
    assert copied.keys() <= written.keys()
    for name in copied:
        content = written[name]
        if b"BaseError" in content:
            renamed = content.replace(b"BaseError", b"ImageVariationsError")
            assert sorted(re.findall(rb"\w+", copied[name])) == sorted(re.findall(rb"\w+", renamed)), name
        else:
            assert copied[name] == content, name


@pytest.mark.parametrize(
    ("content", "is_ours"),
    [
        (MARK + "x = 1\n", True),
        (MARK.replace("\n", "\r\n") + "x = 1\r\n", True),
        (mark("acme images", "2.0.1rc1"), True),
        ("# Generated from the OpenAPI document by `make generate`, which discards edits.\nx = 1\n", True),
        ("\n" + MARK, False),
        (MARK.partition("\n")[0] + "\n", False),
        ("# Generated: my own. Do not edit.\n", False),
        ("", False),
    ],
)
def test_a_mark_of_any_version_is_recognised_and_no_other_comment(content: str, *, is_ours: bool) -> None:
    """It has to be what a file begins with, and whole."""
    assert is_marked(content.encode()) is is_ours


def test_no_file_of_a_package_that_has_no_mark_can_be_taken_for_somebodys() -> None:
    """Beside the marked modules there are py.typed, which is empty, and the manifest."""
    files = pins_files()
    assert [name for name in files if not is_generated(name, files[name])] == ["manifest.json"]
    assert not is_generated("py.typed", b"partial\n")
    assert not is_generated("models/py.typed", b"")
