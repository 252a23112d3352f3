"""`make generate` into a folder that holds a package: what is replaced, what stays, and what stops it."""

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.support.commands import run_main
from tests.support.copies import current
from tests.support.generation import PIN, edited_pin
from tests.support.packages import pins_files, put, tree
from tools.check.files import files_in
from tools.generate.__main__ import main
from tools.generate.generate import generate
from tools.package.errors import BlockedError, EditedError
from tools.package.manifest import MANIFEST, parse_manifest, sha256
from tools.paths import SETTINGS
from tools.vendor.vendor import vendor


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package that is what the pin generates."""
    put(tmp_path / "package")
    return tmp_path / "package"


@pytest.fixture(scope="module")
def varied(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    """The files of another document's package, whose operation is called `vary`."""
    folder = tmp_path_factory.mktemp("varied")
    spec = edited_pin(folder, ("operationId: createImageVariation", "operationId: vary"))
    generate(spec, folder / "package")
    return files_in(folder / "package")


def run(*options: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The command, called in a folder."""
    return run_main(main, *options, cwd=cwd)


# What is replaced


def test_a_package_lists_its_files_in_a_manifest(package: Path) -> None:
    """The manifest has the hash of each file, and says from what and by what they were made."""
    files = files_in(package)
    manifest = parse_manifest(files.pop(MANIFEST))
    assert manifest.files == {path: sha256(content) for path, content in files.items()}
    assert manifest.pin_sha256 == sha256(PIN.read_bytes())
    assert (manifest.version, manifest.generator) == ("0.1.0", "openapi-python-client==0.29.1")


@pytest.mark.parametrize("before", ["new", "empty", "caches", "below folders that are not there"])
def test_a_folder_that_is_new_or_empty_is_filled(tmp_path: Path, before: str) -> None:
    """What Python caches counts for nothing."""
    out = tmp_path / ("a/b/package" if before.startswith("below") else "package")
    if before in ("empty", "caches"):
        out.mkdir()
    if before == "caches":
        (out / "__pycache__").mkdir()
        (out / "__pycache__" / "client.cpython-311.pyc").write_bytes(b"cached")
    assert put(out) == ()
    assert files_in(out) == pins_files()
    assert [path.name for path in out.parent.iterdir()] == ["package"]


def test_an_unchanged_package_of_another_document_is_replaced(package: Path, varied: Mapping[str, bytes]) -> None:
    """Its files that the new package does not have are removed, and named."""
    (package / "models" / "__pycache__").mkdir()
    (package / "models" / "__pycache__" / "image.cpython-311.pyc").write_bytes(b"cached")
    (package / "client.py").chmod(0o400)
    (package / "models").chmod(0o555)
    [note] = put(package, varied)
    gone = "api/images/create_image_variation.py"
    assert note == f"{package}: removed what the new package does not have: {gone}"
    assert files_in(package) == varied
    assert not (package / "models" / "__pycache__").exists()


@pytest.mark.parametrize("end", [b"\r\n", b"\r"])
def test_other_line_ends_are_no_edit(package: Path, end: bytes) -> None:
    """What git makes of the files, the manifest included, does not stop the command."""
    for path in package.rglob("*.*"):
        path.write_bytes(path.read_bytes().replace(b"\n", end))
    assert put(package) == ()
    assert files_in(package) == pins_files()


def test_a_missing_file_is_put_back(package: Path) -> None:
    """Nothing of anybody's is lost by that."""
    (package / "types.py").unlink()
    shutil.rmtree(package / "models")
    put(package)
    assert files_in(package) == pins_files()


def test_an_unchanged_vendored_copy_is_replaced_but_for_what_is_not_of_it(tmp_path: Path) -> None:
    """Its manifest is of the same form; a file that somebody has put into it stays."""
    copy = tmp_path / "otters"
    vendor(current(), copy)
    (copy / "mine.py").write_text("MINE = 1\n")
    assert put(copy) == (
        f"{copy}: removed what the new package does not have: .gitattributes, LICENSE, openapi.yaml",
        f"{copy}/mine.py: is not of the package, and stays",
    )
    assert files_in(copy) == {**pins_files(), "mine.py": b"MINE = 1\n"}


def test_a_link_to_a_package_stays_a_link(tmp_path: Path, package: Path) -> None:
    """The package that it leads to is replaced."""
    (tmp_path / "link").symlink_to("package")
    generate(PIN, tmp_path / "link", config=SETTINGS)
    assert (tmp_path / "link").readlink() == Path("package")
    assert files_in(package) == pins_files()


# Edits


EDITS: Mapping[str, Callable[[bytes], bytes]] = {
    "a line": lambda content: content + b"# mine\n",
    "nothing left": lambda content: b"",
    "its mark gone": lambda content: content.partition(b"\n")[2],
    "bytes": lambda content: b"\xff\x00" + content,
    "a space for a line end": lambda content: content.replace(b"\n", b" ", 1),
    "an empty line": lambda content: content + b"\r\n",
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_stops_the_command_and_force_discards_it(package: Path, edit: str) -> None:
    """The edited files are named, and nothing is written."""
    for name in ("types.py", "_runtime/clock.py"):
        (package / name).write_bytes(EDITS[edit]((package / name).read_bytes()))
    before = tree(package.parent)
    with pytest.raises(EditedError) as refusal:
        put(package)
    assert refusal.value.complaints == (
        f"{package}/_runtime/clock.py: has been edited",
        f"{package}/types.py: has been edited",
    )
    assert tree(package.parent) == before
    put(package, force=True)
    assert files_in(package) == pins_files()


def test_the_command_names_the_edits_and_the_way_out(package: Path) -> None:
    """Each in a line; the exit status is 2, and 0 with FORCE=1, which names what stays."""
    (package / "types.py").write_text("mine\n")
    (package / "mine.py").write_text("mine\n")
    result = run("--out", "package", cwd=package.parent)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [
        f"generate: {package}/types.py: has been edited",
        "generate: nothing was changed; FORCE=1 discards edits of listed files",
    ]
    result = run("--out", "package", "--config", str(SETTINGS), "--force", cwd=package.parent)
    assert (result.returncode, result.stdout) == (0, "generate: wrote package\n")
    assert result.stderr == f"generate: note: {package}/mine.py: is not of the package, and stays\n"
    assert files_in(package) == {**pins_files(), "mine.py": b"mine\n"}


def test_an_edited_file_that_the_new_package_lacks_is_not_removed(package: Path, varied: Mapping[str, bytes]) -> None:
    """A document without the operation would remove its module, and the edit with it."""
    module = package / "api" / "images" / "create_image_variation.py"
    module.write_text("MINE = 1\n")
    with pytest.raises(EditedError, match=f"{module}: has been edited"):
        put(package, varied)
    assert module.read_text() == "MINE = 1\n"


# What is not listed


def test_what_is_not_listed_stays_and_is_named(package: Path) -> None:
    """Files, folders, links, pipes and what is in folders of the package; a folder is named as one."""
    (package / ".git" / "objects").mkdir(parents=True)
    (package / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (package / ".git").chmod(0o700)
    (package / "main.py").write_text("print()\n")
    (package / "main.py").chmod(0o751)
    (package / "_runtime" / "mine.py").write_text("MINE = 1\n")
    (package / "data").mkdir()
    (package / "link").symlink_to("/nowhere")
    (package / "models" / "__pycache__").mkdir()
    (package / "models" / "__pycache__" / "mine.txt").touch()
    os.mkfifo(package / "pipe")
    before = tree(package)
    inode = (package / "main.py").stat().st_ino
    for force in (False, True):
        assert put(package, force=force) == tuple(
            f"{package}/{name}: is not of the package, and stays"
            for name in (".git", "_runtime/mine.py", "data", "link", "main.py", "models/__pycache__", "pipe")
        )
        assert tree(package) == before
        assert (package / "main.py").stat().st_ino == inode, "who has it open goes on writing to it"
    assert [path.name for path in package.parent.iterdir()] == ["package"]


STANDING: Mapping[str, tuple[Callable[[Path], object], str]] = {
    "a file": (lambda package: (package / "api" / "images" / "vary.py").write_text("mine"), "api/images/vary.py"),
    "a folder": (lambda package: (package / "api" / "images" / "vary.py").mkdir(), "api/images/vary.py"),
    "a full folder": (
        lambda package: _filled(package / "api" / "images" / "vary.py"),
        "api/images/vary.py/mine",
    ),
    "a link": (lambda package: (package / "api" / "images" / "vary.py").symlink_to("/x"), "api/images/vary.py"),
    "a pipe": (lambda package: os.mkfifo(package / "api" / "images" / "vary.py"), "api/images/vary.py"),
    "a link for a folder": (lambda package: _linked(package / "models"), "models"),
    "a file for a folder": (lambda package: _a_file(package / "models"), "models"),
    "a link for a listed file": (lambda package: _linked(package / "types.py"), "types.py"),
}


def _filled(folder: Path) -> None:
    folder.mkdir()
    (folder / "mine").write_text("mine")


def _linked(path: Path) -> None:
    path.rename(path.parent.parent / "moved")
    path.symlink_to(path.parent.parent / "moved")


def _a_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("mine")


@pytest.mark.parametrize("standing", STANDING)
def test_what_has_the_name_of_a_generated_file_stops_the_command(
    tmp_path: Path, package: Path, varied: Mapping[str, bytes], standing: str
) -> None:
    """It is named, with FORCE too, and nothing is changed."""
    stand, named = STANDING[standing]
    stand(package)
    before = tree(tmp_path)
    for force in (False, True):
        with pytest.raises(BlockedError) as refusal:
            put(package, varied, force=force)
        assert refusal.value.complaints == (f"{package}/{named}: stands in the way of the package; move it",)
        assert not isinstance(refusal.value, EditedError)
        assert tree(tmp_path) == before
