"""`make check`: what it catches, and that it says where."""

import subprocess
from pathlib import Path

import pytest

from tests.generation import COMMITTED, PIN
from tools.check import bare_ignores, drift, stray_entries
from tools.generate import generate


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package that is what the pin generates."""
    generate(PIN, tmp_path / "image_variations")
    return tmp_path / "image_variations"


def test_an_edited_line_is_named(package: Path) -> None:
    """One changed line of a generated file gives its path and its number."""
    client = package / "client.py"
    lines = client.read_text().splitlines()
    client.write_text("\n".join(["", *lines[1:]]) + "\n")
    assert drift(PIN, package) == [
        f"{client}:1: differs from what is generated; edit openapi.yaml or templates/, then run `make generate`"
    ]


def test_a_missing_and_an_extra_file_are_named(package: Path) -> None:
    """A file that is gone and one that nothing generates are both drift."""
    (package / "types.py").unlink()
    (package / "models" / "mine.py").touch()
    assert drift(PIN, package) == [
        f"{package / 'models' / 'mine.py'}: is not generated; remove it",
        f"{package / 'types.py'}: is missing; run `make generate`",
    ]


def test_a_line_cut_off_at_the_end_is_drift(package: Path) -> None:
    """A file that ends early differs where it ends."""
    client = package / "client.py"
    client.write_bytes(client.read_bytes()[:-1])
    assert len(drift(PIN, package)) == 1


def test_the_committed_package_has_not_drifted() -> None:
    """What is committed passes its own check."""
    assert drift(PIN, COMMITTED) == []


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with a README whose layout names one file and one folder."""
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)  # noqa: S607  # git from PATH, as the tool runs it
    table = (
        "\n## Layout\n\n| entry | what |\n|---|---|\n| `README.md`, `tools/` | these |\n\n## More\n\n| `other` | x |\n"
    )
    (tmp_path / "README.md").write_text(table)
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "tool.py").touch()
    return tmp_path


def test_a_layout_that_is_as_the_readme_says_passes(checkout: Path) -> None:
    """Every top-level entry is named in the table under "Layout"."""
    assert stray_entries(checkout) == []


def test_a_stray_entry_is_named(checkout: Path) -> None:
    """A file or folder that the layout does not name is reported, unless git ignores it."""
    (checkout / ".gitignore").write_text("ignored\n.gitignore\n")
    (checkout / "ignored").touch()
    (checkout / "other").touch()
    assert stray_entries(checkout) == [f"{checkout / 'other'}: is not named in the README's layout"]


def test_an_entry_that_is_gone_is_named(checkout: Path) -> None:
    """The README does not promise what is not there."""
    (checkout / "tools" / "tool.py").unlink()
    assert stray_entries(checkout) == [f"{checkout / 'tools'}: is named in the README's layout and is not there"]


def test_an_ignore_without_a_reason_is_named(checkout: Path) -> None:
    """Silencing a checker takes a reason beside it, in the same line."""
    code = "a = 1  # {0}\nb = 2  # {0}  # it is two\nc = 3  # no ignore at all\n"
    (checkout / "tools" / "tool.py").write_text(code.format("type: " + "ignore[misc]"))
    assert bare_ignores(checkout) == [
        f"{checkout}/tools/tool.py:1: an ignore needs a reason: `# noqa: S101  # the reason`"
    ]
