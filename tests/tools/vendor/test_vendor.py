"""`make vendor`: a copy in another service, brought up to date without losing what was changed in it."""

import errno
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.support.copies import altered, checkout, current, make, older, run_vendor, without_privileges
from tests.support.disks import largest_file
from tools.check.files import files_in
from tools.package.errors import BlockedError, EditedError, PlaceError
from tools.package.manifest import MANIFEST, sha256
from tools.package.replacement import locked, replace, swap
from tools.paths import ROOT
from tools.vendor import __main__ as command
from tools.vendor.copies import read_copy
from tools.vendor.release import Release, read_release
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


# What a copy is


def test_a_copy_is_the_client_with_its_licence_its_pin_and_a_manifest(folder: Path) -> None:
    """Beside the generated files there are LICENSE, openapi.yaml, .gitattributes and a manifest of them all."""
    vendor(current(), folder)
    generated = files_in(ROOT / "generated" / "image_variations")
    beside = {name: (ROOT / name).read_bytes() for name in ("LICENSE", "openapi.yaml")}
    copied = files_in(folder)
    manifest = copied.pop(MANIFEST)
    del generated[MANIFEST]
    assert copied.keys() - generated.keys() == {*beside, ".gitattributes"}
    assert copied == {**generated, **beside, ".gitattributes": copied[".gitattributes"]}
    assert json.loads(manifest)["files"] == {path: sha256(content) for path, content in copied.items()}


def test_the_manifest_says_what_the_copy_is(folder: Path) -> None:
    """It has version, package URL, pin, generator and dependencies, as pyproject.toml and the pin have them."""
    vendor(current(), folder)
    manifest = json.loads((folder / MANIFEST).read_bytes())
    del manifest["files"], manifest["sha256"]
    assert manifest == {
        "format": "image-variations/2",
        "version": "0.1.0",
        "purl": "pkg:pypi/image-variations@0.1.0",
        "pin": {
            "file": "openapi.yaml",
            "sha256": sha256((ROOT / "openapi.yaml").read_bytes()),
            "commit": "f85dbe223d40e1a31cba812ab2d755c7e98a92a3",
        },
        "generator": "openapi-python-client==0.29.1",
        "requires-python": ">=3.11",
        "dependencies": ["attrs>=23.2", "h11>=0.16", "httpx>=0.27"],
    }


def test_make_vendor_takes_a_folder_and_a_name(tmp_path: Path) -> None:
    """The Makefile's target copies under the name that it is given, else as image_variations."""
    assert make("vendor", "DEST=a folder", "NAME=otters", cwd=tmp_path).returncode == 0
    assert make("vendor", "DEST=a folder", cwd=tmp_path).returncode == 0
    assert files_in(tmp_path / "a folder" / "otters") == files_in(tmp_path / "a folder" / "image_variations")
    (tmp_path / "a folder" / "otters" / "types.py").write_text("# edited\n")
    assert make("vendor", "DEST=a folder", "NAME=otters", cwd=tmp_path).returncode == 2
    assert make("vendor", "DEST=a folder", "NAME=otters", "FORCE=1", cwd=tmp_path).returncode == 0
    assert (tmp_path / "a folder" / "otters.patch").exists()


def test_the_command_says_what_it_did(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line names the folder, the version and the pin."""
    assert run_vendor(folder) == 0
    assert capsys.readouterr().out == f"vendor: {folder}: {current().manifest}, {len(current().files)} files\n"


@pytest.mark.parametrize("name", ["", "my-client", "class", "a.b", "../up", "1st", "bär", "a/b", "a\nb"])
def test_a_name_that_cannot_be_imported_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """The name is one Python identifier in ASCII; depth comes with the folder."""
    assert command.main(["--dest", str(tmp_path), "--name", name]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    """Without DEST nothing is copied to wherever make was called."""
    assert command.main([]) == 2
    assert capsys.readouterr().err.startswith("vendor: DEST is needed")


def test_a_checkout_that_was_not_regenerated_is_refused(tmp_path: Path) -> None:
    """Generated files that another document made are no release."""
    root = checkout(tmp_path)
    with (root / "openapi.yaml").open("a") as document:
        document.write("# edited\n")
    with pytest.raises(PlaceError, match=r"not generated from openapi\.yaml as it is now; run `make generate`"):
        read_release(root)
    package = root / "generated" / "image_variations"
    (package / "client.py").write_text("")
    with pytest.raises(PlaceError, match=r"client\.py: is not as it was generated; run `make generate`"):
        read_release(root)
    for edit in ((package / MANIFEST).read_text().replace("0.0.9", "0.1.0"), "<<<<<<<"):
        (package / MANIFEST).write_text(edit)
        with pytest.raises(PlaceError, match=r"manifest\.json: is not as it was generated; run `make generate`"):
            read_release(root)


# Bringing a copy up to date


def test_an_older_copy_is_brought_up_to_date(old: Path) -> None:
    """Files that are gone are removed, and all others are those of the new version."""
    lines = vendor(current(), old)
    assert files_in(old) == dict(current().files)
    assert lines == [
        f"{old}: {current().manifest}, {len(current().files)} files; was {older().manifest}",
        f"{old / 'models' / 'retired.py'}: removed",
    ]
    assert [path.name for path in old.parent.iterdir()] == ["otters"]


def test_a_copy_that_is_up_to_date_is_not_touched(folder: Path) -> None:
    """A second run writes nothing."""
    vendor(current(), folder)
    before = folder.stat().st_ino, (folder / MANIFEST).stat().st_mtime_ns
    assert vendor(current(), folder) == [f"{folder}: {current().manifest}, up to date"]
    assert (folder.stat().st_ino, (folder / MANIFEST).stat().st_mtime_ns) == before


def test_a_missing_file_is_put_back(folder: Path) -> None:
    """Nothing of anybody's is overwritten by that, so it needs no FORCE."""
    vendor(current(), folder)
    (folder / "types.py").unlink()
    vendor(current(), folder)
    assert files_in(folder) == dict(current().files)


def test_files_that_are_not_of_the_copy_stay_and_are_named(old: Path) -> None:
    """Somebody's own file, in a folder of the copy or in one of its own, a link and a pipe survive an update."""
    (old / "models" / "mine.py").write_text("MINE = 1\n")
    (old / "notes").mkdir()
    (old / "notes" / "why.txt").write_text("because\n")
    (old / "link").symlink_to("../../elsewhere")
    os.mkfifo(old / "pipe")
    (old / "__pycache__").mkdir()
    (old / "__pycache__" / "types.cpython-311.pyc").write_bytes(b"old")
    lines = vendor(current(), old)
    assert lines[2:] == [
        f"{old / path}: is not of the copy, and stays" for path in ("link", "models/mine.py", "notes/why.txt", "pipe")
    ]
    assert (old / "models" / "mine.py").read_text() == "MINE = 1\n"
    assert (old / "notes" / "why.txt").read_text() == "because\n"
    assert (old / "link").readlink() == Path("../../elsewhere")
    assert (old / "pipe").is_fifo()
    assert not (old / "__pycache__").exists()


@pytest.mark.parametrize("stands", ["a file where a folder goes", "a folder where a file goes", "a link"])
def test_what_stands_in_the_way_stops_the_update(folder: Path, stands: str) -> None:
    """It is named, FORCE or not, and nothing is changed, for no patch could save it."""
    lean = altered(current(), "0.0.9", images=None)
    kept = {path: content for path, content in lean.files.items() if not path.startswith("api/")}
    lean = altered(Release(lean.manifest, kept), "0.0.9")
    vendor(lean, folder)
    match stands:
        case "a file where a folder goes":
            (folder / "api").write_text("mine\n")
            named = "api"
        case "a folder where a file goes":
            (folder / "images.py").mkdir()
            (folder / "images.py" / "mine.py").write_text("mine\n")
            named = "images.py/mine.py"
        case _:
            (folder / "types.py").rename(folder.parent / "types.py")
            (folder / "types.py").symlink_to("../types.py")
            named = "types.py"
    for force in (False, True):
        with pytest.raises(BlockedError) as refusal:
            vendor(current(), folder, force=force)
        assert refusal.value.complaints == (f"{folder / named}: stands in the way of the copy; move it",)
    assert read_copy(folder).manifest == lean.manifest


def test_a_folder_that_is_no_copy_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder without a manifest, a file and a link to a copy are refused, with FORCE too."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "app.py").write_text("app = 1\n")
    (tmp_path / "file").write_text("")
    vendor(current(), tmp_path / "copy")
    (tmp_path / "link").symlink_to("copy")
    for name, complaint in (("mine", "manifest.json: is missing"), ("file", "not a folder"), ("link", "symbolic link")):
        assert run_vendor(tmp_path / name, "--force") == 2
        assert complaint in capsys.readouterr().err
    assert files_in(tmp_path / "mine") == {"app.py": b"app = 1\n"}
    assert (tmp_path / "link").is_symlink()


# All or nothing


class Interrupted(Mapping[str, bytes]):
    """Files of which one cannot be had, as if the program were stopped there."""

    def __init__(self, files: Mapping[str, bytes], at: str, error: BaseException) -> None:
        self._files, self._at, self._error = files, at, error

    def __getitem__(self, path: str) -> bytes:
        if path == self._at:
            raise self._error
        return self._files[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left on device")])
def test_an_interrupted_update_leaves_the_old_copy(old: Path, error: BaseException) -> None:
    """Stopped in the middle, it leaves every file as it was, and nothing beside the copy."""
    before = files_in(old)
    with pytest.raises(type(error)):
        replace(old, Interrupted(current().files, "types.py", error))
    assert files_in(old) == before
    assert [path.name for path in old.parent.iterdir()] == ["otters"]


def test_a_write_that_fails_loses_neither_the_copy_nor_the_edits(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line says which file and why; the edits are where they were, and no patch pretends to hold them."""
    (old / "types.py").write_text("# mine\n")
    before = files_in(old)
    with largest_file(4096):
        assert run_vendor(old, "--force") == 2
    line = capsys.readouterr().err
    assert line.endswith("nothing was changed\n")
    assert line.count("\n") == 1
    assert files_in(old) == before
    assert [path.name for path in old.parent.iterdir()] == ["otters"]


def test_a_patch_that_cannot_be_written_stops_the_update(old: Path) -> None:
    """Edits that could not be saved are not overwritten."""
    (old / "types.py").write_text("# mine\n" * 1000)
    with largest_file(4096), pytest.raises(OSError, match="too large"):
        vendor(current(), old, force=True)
    assert (old / "types.py").read_text() == "# mine\n" * 1000
    assert [path.name for path in old.parent.iterdir()] == ["otters"]


def test_a_copy_that_cannot_be_put_in_place_leaves_the_old_one(old: Path, tmp_path: Path) -> None:
    """Where the second of the two renames fails, the first is undone."""
    before = files_in(old)
    with pytest.raises(FileNotFoundError):
        swap(tmp_path / "nothing", old)
    assert files_in(old) == before
    assert [path.name for path in old.parent.iterdir()] == ["otters"]


def test_a_run_that_was_killed_is_mended_by_the_next(old: Path) -> None:
    """The old copy comes back if it was moved away, with its edits; leftovers are removed."""
    (old / "types.py").write_text("# mine\n")
    half_written = old.with_name(".otters.vendor-new")
    old.rename(old.with_name(".otters.vendor-old"))
    half_written.mkdir()
    with pytest.raises(EditedError):
        vendor(current(), old)
    assert (old / "types.py").read_text() == "# mine\n"
    shutil.copytree(old, old.with_name(".otters.vendor-old"))
    vendor(current(), old, force=True)
    assert sorted(path.name for path in old.parent.iterdir()) == ["otters", "otters.patch"]


def test_two_runs_do_not_write_one_folder(old: Path) -> None:
    """The second says that another is at work, and changes nothing."""
    with locked(old.parent), pytest.raises(PlaceError, match="another `make vendor` or `make generate` is at work"):
        vendor(current(), old)
    assert read_copy(old).manifest == older().manifest


def test_a_folder_that_cannot_be_written_is_one_clear_line(
    old: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line names it, and the copy there is as it was."""
    before = files_in(old)
    monkeypatch.chdir(old.parent)  # the folders above are closed to others
    old.parent.chmod(0o555)
    try:
        with without_privileges():
            assert command.report(lambda: vendor(current(), Path("otters"))) == 2
    finally:
        old.parent.chmod(0o755)
    assert capsys.readouterr().err == ("vendor: .otters.vendor-new: Permission denied; nothing was changed\n")
    assert files_in(old) == before
