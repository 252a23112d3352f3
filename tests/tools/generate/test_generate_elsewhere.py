"""`make generate` into a folder that holds something else: it is left alone."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.commands import run_main
from tests.support.copies import without_privileges
from tests.support.generation import PIN
from tests.support.packages import pins_files, put, tree
from tools.generate.__main__ import main
from tools.generate.generate import generate
from tools.generate.write import write
from tools.package.errors import PlaceError
from tools.package.manifest import MANIFEST
from tools.paths import ROOT

OLD_HEADER = b"# Generated from the OpenAPI document by `make generate`, which discards edits.\n"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package that is what the pin generates."""
    put(tmp_path / "package")
    return tmp_path / "package"


def run(*options: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The command, called in a folder."""
    return run_main(main, *options, cwd=cwd)


FOREIGN: Mapping[str, Mapping[str, str]] = {
    "a repository with a folder of that name": {".git/HEAD": "x", "main.py": "mine", "_runtime/mine.py": "mine"},
    "an empty _runtime": {"_runtime/__init__.py": ""},
    "somebody's manifest": {"manifest.json": '{"name": "my app", "files": {"main.py": ""}}', "main.py": "mine"},
    "a manifest that is none": {"manifest.json": "", "main.py": "mine"},
    "a hidden file": {".keep": ""},
    "headers without a package": {"client.py": OLD_HEADER.decode(), "_runtime/client.py": ""},
}


@pytest.mark.parametrize("holding", FOREIGN)
@pytest.mark.parametrize("force", [False, True])
def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, holding: str, *, force: bool) -> None:
    """No name of a folder or a file makes it a package; the error is one line that names the place."""
    out = tmp_path / "mine"
    for name, content in FOREIGN[holding].items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(content)
    before = tree(tmp_path)
    with pytest.raises(PlaceError) as refusal:
        put(out, force=force)
    assert str(refusal.value).startswith(f"{out}")
    assert "\n" not in str(refusal.value)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("place", ["mine/precious.txt", "mine/precious.txt/package", "loop"])
def test_a_file_is_no_place_for_a_package(tmp_path: Path, place: str) -> None:
    """Nor is anything below it, nor a link to itself."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "precious.txt").write_text("mine")
    (tmp_path / "loop").symlink_to("loop")
    before = tree(tmp_path)
    with pytest.raises(PlaceError, match=f"^{tmp_path}/(mine/precious.txt|loop): "):
        generate(PIN, tmp_path / place, force=True)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("part", ["", "..", "templates", "templates/_runtime", "generated", "tools", "tests"])
def test_the_checkout_is_no_place_for_a_package(part: str) -> None:
    """Neither it, nor what it is in, nor a part of it, with FORCE too."""
    with pytest.raises(PlaceError, match=r"name a folder of its own"):
        generate(PIN, ROOT / part, force=True)


@pytest.mark.parametrize("part", ["", "models", "_runtime", "api/images"])
def test_a_part_of_a_package_is_no_package(package: Path, part: str) -> None:
    """All files of a part have the mark, and none a manifest there."""
    (package / MANIFEST).unlink()
    (package / "client.py").unlink()
    before = tree(package)
    with pytest.raises(PlaceError, match=r"name a folder of its own"):
        generate(PIN, package / part, force=True)
    assert tree(package) == before


def test_an_empty_name_is_no_folder(tmp_path: Path) -> None:
    """`OUT=` with nothing behind it is not the folder that make was called in."""
    result = run("--out", "", cwd=tmp_path)
    assert (result.returncode, list(tmp_path.iterdir())) == (2, [])
    assert "argument --out: is empty" in result.stderr


def test_what_cannot_be_read_stops_the_command(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed folder may hold anything: the system's message names it, and nothing is changed."""
    (package / "mine").mkdir()
    (package / "mine" / "precious.txt").write_text("mine")
    before = tree(package)
    monkeypatch.chdir(package.parent)  # the folders above are closed to others
    package.parent.chmod(0o777)
    package.chmod(0o777)
    (package / "mine").chmod(0)
    with without_privileges(), pytest.raises(PermissionError) as refusal:
        write(Path("package"), pins_files(), force=True)
    (package / "mine").chmod(0o755)
    assert refusal.value.filename == "package/mine"
    assert tree(package) == before
    assert [path.name for path in package.parent.iterdir()] == ["package"]
