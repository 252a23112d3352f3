"""`make vendor` over a copy that was edited: the edits are never lost."""

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.support.copies import current, forge, older, run_vendor
from tools.check.files import files_in
from tools.package.errors import EditedError, ManifestError
from tools.package.manifest import MANIFEST, sha256
from tools.paths import ROOT
from tools.vendor.history import find_version
from tools.vendor.vendor import vendor


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the copy goes: below folders that are not there."""
    return tmp_path / "service" / "vendor" / "otters"


@pytest.fixture
def old(folder: Path) -> Path:
    """An older copy."""
    vendor(older(), folder)
    return folder


def test_an_edited_file_is_not_overwritten(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command names the files, changes nothing, and says what FORCE=1 would do."""
    (old / "types.py").write_text("# mine\n")
    (old / "models" / "retired.py").write_text("GONE = 2\n")
    before = files_in(old)
    assert run_vendor(old) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"vendor: {old / 'models' / 'retired.py'}: has been edited",
        f"vendor: {old / 'types.py'}: has been edited",
        "vendor: nothing was changed; FORCE=1 overwrites edits, and saves them as a patch",
    ]
    assert files_in(old) == before


def test_an_edit_that_the_new_version_has_too_is_no_edit(old: Path) -> None:
    """A file that already is what it is to become is not in the way."""
    (old / "types.py").write_bytes(current().files["types.py"])
    vendor(current(), old)
    assert files_in(old) == dict(current().files)


EDITS: Mapping[str, Callable[[bytes], bytes]] = {
    "a line": lambda content: content.replace(b"\n", b"\n# mine\n", 1),
    "no line end": lambda content: content + b"# mine",
    "CRLF here and there": lambda content: content.replace(b"\n", b"\r\n", 9) + b"# mine\n",
    "bytes": lambda content: content + b"\xff\xfe\x00\r\x0c\x1c\n\x00",
    "nothing": lambda content: b"",
    "a patch": lambda content: b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n" + content,
}


@pytest.mark.parametrize("tool", ["git apply", "patch -s -p1 -i"])
@pytest.mark.parametrize("edit", EDITS)
def test_force_saves_edits_as_a_patch_that_can_be_applied(folder: Path, tool: str, edit: str) -> None:
    """The copy is the release's again; `git apply` and `patch` make the edits anew, byte for byte."""
    vendor(current(), folder)
    subprocess.run(["git", "init", "--quiet", folder.parent.parent], check=True)  # noqa: S607  # git from PATH
    edited = {name: EDITS[edit](current().files[name]) for name in ("types.py", "_runtime/clock.py")}
    for name, content in edited.items():
        (folder / name).write_bytes(content)
    (folder / "py.typed").write_text("partial\n")
    vendor(current(), folder, force=True)
    assert files_in(folder) == dict(current().files)
    subprocess.run([*tool.split(), "otters.patch"], cwd=folder.parent, check=True)
    assert files_in(folder) == {**current().files, **edited, "py.typed": b"partial\n"}


def test_a_second_force_keeps_the_first_patch(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each run saves its edits under a name that is free, and says which and how to make them again."""
    for text in ("one", "two", "three"):
        vendor(current(), folder)
        (folder / "types.py").write_text(f"# {text}\n")
        assert run_vendor(folder, "--force") == 0
    saved = [folder.parent / name for name in ("otters.patch", "otters.2.patch", "otters.3.patch")]
    assert [path.read_text().splitlines()[-1] for path in saved] == ["+# one", "+# two", "+# three"]
    said = capsys.readouterr().out.splitlines()[-1]
    assert said == (
        f"vendor: {saved[2]}: has the edits; to make them again: patch -p1 -d {folder.parent} -i {saved[2]}"
    )


def test_a_patch_over_a_new_version_holds_the_edit_alone(old: Path) -> None:
    """Where git has the file as it was vendored, the patch does not undo what the new version changed."""
    git = ["git", "-C", str(old), "-c", "user.name=x", "-c", "user.email=x"]
    subprocess.run(["git", "init", "--quiet", old.parent], check=True)  # noqa: S607  # git from PATH
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "--quiet", "-m", "Vendor"], check=True)
    content = (old / "types.py").read_bytes()
    (old / "types.py").write_bytes(content + b"# mine\n")
    vendor(current(), old, force=True)
    changed = [line for line in (old.parent / "otters.patch").read_bytes().splitlines() if line[:1] in b"+-"]
    assert changed == [b"--- a/otters/types.py", b"+++ b/otters/types.py", b"+# mine"]
    subprocess.run(["git", "apply", "otters.patch"], cwd=old.parent, check=True)  # noqa: S607  # git from PATH
    assert (old / "types.py").read_bytes() == current().files["types.py"] + b"# mine\n"


def test_a_patch_over_a_new_version_can_be_applied_without_a_history(old: Path) -> None:
    """Where nothing knows the file as it was vendored, the patch leads from the new one to the edited one."""
    (old / "types.py").write_text("# mine\n")
    (old / "models" / "retired.py").write_text("GONE = 2\n")
    vendor(current(), old, force=True)
    assert b"--- /dev/null\n+++ b/otters/models/retired.py\n" in (old.parent / "otters.patch").read_bytes()
    subprocess.run(["git", "apply", "otters.patch"], cwd=old.parent, check=True)  # noqa: S607  # git from PATH
    assert (old / "types.py").read_text() == "# mine\n"
    assert (old / "models" / "retired.py").read_text() == "GONE = 2\n"


def test_an_earlier_version_is_found_by_its_hash(tmp_path: Path) -> None:
    """A file that git never had, and a folder that is not a repository, give nothing."""
    committed = subprocess.run(
        ["git", "-C", str(ROOT), "show", "HEAD:LICENSE"],  # noqa: S607  # git from PATH
        check=True,
        capture_output=True,
    ).stdout
    assert find_version(ROOT / "LICENSE", sha256(committed)) == committed
    assert find_version(ROOT / "LICENSE", sha256(b"never")) is None
    assert find_version(tmp_path / "LICENSE", sha256(committed)) is None


def test_an_edited_manifest_stops_the_update_and_force_keeps_what_it_hides(old: Path) -> None:
    """A manifest that was made to fit an edit proves nothing: the edit is in the patch all the same."""
    (old / "types.py").write_text("# mine\n")
    forge(old, files={**older().manifest.files, "types.py": sha256(b"# mine\n")})
    with pytest.raises(EditedError) as refusal:
        vendor(current(), old)
    assert refusal.value.complaints == (
        f"{old / MANIFEST}: has been edited",
        f"{old / 'types.py'}: has been edited",
    )
    vendor(current(), old, force=True)
    assert b"+# mine\n" in (old.parent / "otters.patch").read_bytes()
    # What only the old version had cannot be told from somebody's own file any more.
    assert files_in(old) == {**current().files, "models/retired.py": b"GONE = 1\n"}


def test_a_copy_with_an_unreadable_manifest_is_left_alone(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Conflict markers of a merge are no JSON: the command says so, and what to do, with FORCE too."""
    (old / MANIFEST).write_text("<<<<<<< HEAD\n")
    before = files_in(old)
    assert run_vendor(old, "--force") == 2
    assert f"{old / MANIFEST}: is not JSON" in (line := capsys.readouterr().err)
    assert "remove the folder and vendor anew" in line
    assert line.count("\n") == 1
    assert files_in(old) == before


@pytest.mark.parametrize("path", ["../../escaped.py", "/escaped.py", "models/../../x", "a//b", "a\\b", "", "..", "./a"])
def test_a_path_that_leads_out_of_the_copy_is_refused(old: Path, path: str) -> None:
    """Paths of a manifest are below its folder, else the manifest is none."""
    (old.parent.parent / "escaped.py").write_text("mine\n")
    forge(old, files={**older().manifest.files, path: sha256(b"mine\n")})
    with pytest.raises(ManifestError, match="cannot be a file of a package"):
        vendor(current(), old, force=True)
    assert (old.parent.parent / "escaped.py").exists()
