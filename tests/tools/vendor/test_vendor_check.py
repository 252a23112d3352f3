"""`make vendor-check`: a copy held against its own manifest, and against this checkout where that is asked for."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.copies import altered, current, forge, make, older, run_check, without_privileges
from tools.package.manifest import MANIFEST
from tools.paths import ROOT
from tools.vendor import check as command
from tools.vendor.copies import read_copy
from tools.vendor.vendor import vendor


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of what this checkout offers."""
    vendor(current(), tmp_path / "otters")
    return tmp_path / "otters"


def said(capsys: pytest.CaptureFixture[str], folder: Path) -> list[str]:
    """What the command complained of, from the copy's folder on."""
    return [line.removeprefix(f"vendor-check: {folder}") for line in capsys.readouterr().err.splitlines()]


def test_a_copy_as_it_was_vendored_passes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The exit status is 0, and a line says which version and pin it is; what Python caches does not count."""
    (folder / "models" / "__pycache__").mkdir()
    (folder / "models" / "__pycache__" / "image.cpython-311.pyc").write_bytes(b"cached")
    (folder / "models" / "__pycache__" / "image.cpython-311.pyc.140241").write_bytes(b"being written")
    assert run_check(folder, "--latest") == 0
    assert capsys.readouterr().out == f"vendor-check: {folder}: {current().manifest}, as it was vendored\n"


def test_one_edited_byte_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In each file of the copy, the manifest included, one changed byte fails the check with that file's name."""
    for path, content in current().files.items():
        middle = len(content) // 2
        (folder / path).write_bytes(content[:middle] + b"\0" + content[middle + 1 :])
        assert run_check(folder) == 1, path
        [line] = said(capsys, folder)
        assert line.startswith(f"/{path}: ")
        (folder / path).write_bytes(content)
    assert run_check(folder) == 0


def test_each_byte_of_the_manifest_counts(folder: Path) -> None:
    """White space too: the manifest has one spelling."""
    content = (folder / MANIFEST).read_bytes()
    for index in range(0, len(content), 97):
        (folder / MANIFEST).write_bytes(content[:index] + bytes([content[index] ^ 1]) + content[index + 1 :])
        assert run_check(folder) == 1, index
    (folder / MANIFEST).write_bytes(content + b"\n")
    assert run_check(folder) == 1
    (folder / MANIFEST).write_bytes(content)
    assert run_check(folder) == 0


def test_a_missing_file_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each file of the copy, the manifest included, is missed."""
    for path, content in current().files.items():
        (folder / path).unlink()
        assert run_check(folder) == 1, path
        [line] = said(capsys, folder)
        assert line.startswith(f"/{path}: is missing")
        (folder / path).write_bytes(content)


def test_what_is_not_of_the_copy_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Extra files, links in place of files or folders, and pipes are found, and links are not followed."""
    (folder / "mine.pyc").touch()  # outside __pycache__ it can be imported without a source
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "mine.py").touch()
    (folder / "a\nb").touch()
    shutil.copy(folder / "types.py", folder.parent)
    (folder / "types.py").unlink()
    (folder / "types.py").symlink_to("../types.py")
    (folder / "api" / "images").rename(folder.parent / "images")
    (folder / "api" / "images").symlink_to("../../images")
    os.mkfifo(folder / "pipe")
    assert run_check(folder) == 1
    assert [line.replace(f"'{folder}", "'") for line in said(capsys, folder)] == [
        "/__pycache__/mine.py: is not of the copy",
        "vendor-check: '/a\\nb': is not of the copy",
        "/api/images: is not of the copy",
        "/api/images/__init__.py: is missing",
        "/api/images/create_image_variation.py: is missing",
        "/mine.pyc: is not of the copy",
        "/pipe: is not of the copy",
        "/types.py: is not a regular file",
    ]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is not JSON"),
        (b"\xff\xfe\x00", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[]", "is not a manifest of the format image-variations/2"),
        (b'{"format": "image-variations/3"}', "is not a manifest of the format image-variations/2"),
        (b'{"format": "image-variations/2"}', "has no version"),
        (b'{"format": "image-variations-vendored/1"}', "has no version"),
    ],
)
def test_a_manifest_that_cannot_be_read_is_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], content: bytes, complaint: str
) -> None:
    """The line says what is wrong with it and what to do; the exit status is that of an edit."""
    (folder / MANIFEST).write_bytes(content)
    assert run_check(folder) == 1
    [line] = said(capsys, folder)
    assert line.startswith(f"/{MANIFEST}: {complaint}")
    assert line.endswith("; restore it from your version control, or remove the folder and vendor anew")


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("version", "1\n2", "has no version"),
        ("pin", None, "has no sha256"),
        ("pin", {"sha256": "0", "commit": 1}, "has no commit"),
        ("dependencies", "httpx", "has no dependency"),
        ("files", [], "names no files"),
        ("files", {"../x": "0" * 64}, "names '../x', which cannot be a file of a package"),
        ("files", {MANIFEST: "0" * 64}, "names 'manifest.json', which cannot be a file of a package"),
        ("files", {"x": "0"}, "has no SHA-256 for x"),
    ],
)
def test_a_manifest_with_a_field_that_is_none_is_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], field: str, value: object, complaint: str
) -> None:
    """The line names the field or the file."""
    forge(folder, **{field: value})
    assert run_check(folder) == 1
    [line] = said(capsys, folder)
    assert line.startswith(f"/{MANIFEST}: {complaint};")


def test_a_manifest_made_to_fit_an_edit_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A hash that somebody put in place of another does not agree with the manifest's own."""
    forge(folder, files={**current().manifest.files, "types.py": "0" * 64})
    assert run_check(folder) == 1
    [line] = said(capsys, folder)
    assert line == f"/{MANIFEST}: has been edited, so that it proves nothing of the other files"


def test_where_there_is_no_copy_the_status_is_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that is not there is a mistake of the caller's, not of the copy."""
    assert run_check(tmp_path / "otters") == 2
    assert said(capsys, tmp_path) == ["/otters: there is no copy here"]
    assert command.main(["--dest", str(tmp_path), "--name", "a-b"]) == 2
    assert said(capsys, tmp_path) == ["vendor-check: NAME=a-b: is not a name for a package"]


def test_a_copy_that_cannot_be_read_is_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line names the file, and what the system says."""
    monkeypatch.chdir(folder.parent)  # the folders above are closed to others
    folder.parent.chmod(0o755)
    (folder / "types.py").chmod(0)
    with without_privileges():
        assert command.main(["--dest", ".", "--name", "otters"]) == 2
    assert capsys.readouterr().err == "vendor-check: otters/types.py: Permission denied\n"


# With LATEST=1


def test_a_copy_of_an_older_version_fails_where_the_latest_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line says both versions and pins; without LATEST=1 the copy passes."""
    vendor(older(), tmp_path / "otters")
    assert run_check(tmp_path / "otters") == 0
    assert run_check(tmp_path / "otters", "--latest") == 1
    assert said(capsys, tmp_path / "otters") == [
        f": is {older().manifest}, this checkout is {current().manifest}; 2 files differ"
    ]


def test_a_copy_of_the_same_version_with_other_files_is_not_the_latest(tmp_path: Path) -> None:
    """Between two versions it is the files that tell."""
    vendor(altered(current(), "0.1.0", types=b"# old\n"), tmp_path / "otters")
    assert run_check(tmp_path / "otters", "--latest") == 1


def test_a_copy_of_a_newer_version_passes(tmp_path: Path) -> None:
    """It is not older than this checkout: 0.10.0 is newer than 0.9.0."""
    vendor(altered(current(), "0.10.0", types=b"# new\n"), tmp_path / "otters")
    assert run_check(tmp_path / "otters", "--latest") == 0
    copy = read_copy(tmp_path / "otters")
    assert command.lag(copy, altered(current(), "0.9.0")) is None
    assert command.lag(copy, altered(current(), "0.11.0")) is not None


# Without anything else


def test_make_vendor_check_fails_on_an_edit(folder: Path) -> None:
    """The Makefile's target passes DEST, NAME and LATEST on."""
    assert make("vendor-check", "DEST=.", "NAME=otters", "LATEST=1", cwd=folder.parent).returncode == 0
    (folder / "types.py").write_text("# edited\n")
    failed = make("vendor-check", "DEST=.", "NAME=otters", cwd=folder.parent)
    assert failed.returncode == 2
    assert "otters/types.py: has been edited" in failed.stderr


def run_bare(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A bare interpreter with nothing of the checkout but what copies need; -S: no site-packages."""
    for part in ("__init__.py", "paths.py", "vendor_check.py", "package", "vendor"):
        source = ROOT / "tools" / part
        (shutil.copytree if source.is_dir() else shutil.copy)(source, _in(root / "tools") / part)
    return subprocess.run(
        [sys.executable, "-S", "-m", *words], cwd=root, check=False, capture_output=True, text=True, timeout=60
    )


def test_the_check_needs_neither_packages_nor_generated_files(folder: Path, tmp_path: Path) -> None:
    """A bare interpreter with nothing of the checkout but tools/ can check a copy."""
    checked = run_bare(tmp_path / "bare", "tools.vendor", "check", "--dest", str(folder.parent), "--name", "otters")
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize("is_edited", [False, True])
def test_the_former_name_of_the_check_says_the_new_one(folder: Path, tmp_path: Path, is_edited: bool) -> None:
    """It does the same, with the same exit status."""
    if is_edited:
        (folder / "types.py").write_text("# edited\n")
    checked = run_bare(tmp_path / "bare", "tools.vendor_check", "--dest", str(folder.parent), "--name", "otters")
    assert checked.returncode == is_edited
    first, *rest = checked.stderr.splitlines()
    assert first == "vendor-check: this command is now `python -m tools.vendor check`"
    assert rest == ([f"vendor-check: {folder / 'types.py'}: has been edited"] if is_edited else [])


def _in(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
