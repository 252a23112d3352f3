"""`make generate` over a package whose manifest proves nothing, or that has none."""

import json
import shutil
from pathlib import Path

import pytest

from tests.support.copies import forge
from tests.support.packages import pins_files, put, tree
from tools.check.files import files_in
from tools.package.errors import BlockedError, EditedError, PlaceError
from tools.package.manifest import MANIFEST, parse_manifest, sha256

OLD_HEADER = b"# Generated from the OpenAPI document by `make generate`, which discards edits.\n"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package that is what the pin generates."""
    put(tmp_path / "package")
    return tmp_path / "package"


def _with_own_hash(package: Path, **fields: object) -> None:
    """Write other fields into the manifest, with the hash that fits them."""
    data = {**json.loads((package / MANIFEST).read_bytes()), **fields}
    del data["sha256"]
    data["sha256"] = sha256(json.dumps(data, indent=2).encode() + b"\n")
    (package / MANIFEST).write_bytes(json.dumps(data, indent=2).encode() + b"\n")


def test_an_edited_manifest_proves_nothing(package: Path) -> None:
    """A file that it was made to list is not removed, nor one that was made to fit. FORCE discards what has a mark."""
    (package / "main.py").write_text("mine\n")
    (package / "types.py").write_bytes((package / "types.py").read_bytes() + b"# mine\n")
    listed = {**parse_manifest((package / MANIFEST).read_bytes()).files, "main.py": sha256(b"mine\n")}
    forge(package, files={**listed, "types.py": sha256((package / "types.py").read_bytes())})
    before = tree(package)
    with pytest.raises(EditedError) as refusal:
        put(package)
    assert refusal.value.complaints == (
        f"{package}/{MANIFEST}: has been edited, so that nothing proves that the files were not edited",
        f"{package}/types.py: is not as it is generated now",
    )
    assert tree(package) == before
    assert put(package, force=True) == (f"{package}/main.py: is not of the package, and stays",)
    assert files_in(package) == {**pins_files(), "main.py": b"mine\n"}


@pytest.mark.parametrize(
    "path", ["../precious.txt", "/precious.txt", "models/../../precious.txt", "a//b", "..", "", "."]
)
def test_a_manifest_that_names_what_is_outside_is_none(package: Path, path: str) -> None:
    """Though its own hash fits: nothing outside of the folder is read or removed, with FORCE too."""
    (package.parent / "precious.txt").write_text("mine")
    _with_own_hash(package, files={**parse_manifest((package / MANIFEST).read_bytes()).files, path: sha256(b"mine")})
    with pytest.raises(EditedError, match="cannot be a file of a package, so that nothing proves"):
        put(package)
    put(package, force=True)
    assert (package.parent / "precious.txt").read_text() == "mine"
    assert files_in(package) == pins_files()


def test_a_merge_conflict_in_the_manifest_is_cleared_by_force(package: Path) -> None:
    """It is no JSON, and is replaced with what has a mark; a copy that somebody made of a generated file stays."""
    text = (package / MANIFEST).read_text()
    (package / MANIFEST).write_text(text.replace('  "files"', '<<<<<<< ours\n  "files"'))
    shutil.copy(package / "types.py", package / "my_types.py")
    with pytest.raises(EditedError, match=f"{MANIFEST}: is not JSON"):
        put(package)
    put(package, force=True)
    mine = files_in(package)
    assert mine.pop("my_types.py") == mine["types.py"]
    assert mine == pins_files()


def test_without_its_manifest_somebodys_file_at_a_generated_name_is_not_overwritten(package: Path) -> None:
    """A file without a mark may be anybody's, whatever its name."""
    forge(package, version="2")
    (package / "types.py").write_text("mine\n")
    before = tree(package)
    with pytest.raises(BlockedError, match=r"types\.py: stands in the way of the package; move it"):
        put(package, force=True)
    assert tree(package) == before


# Packages from before the manifest


@pytest.fixture
def old(package: Path) -> Path:
    """A package as the version before wrote it: no manifest, a header of its own, and none in `_runtime/`."""
    (package / MANIFEST).unlink()
    shutil.rmtree(package / "_runtime")
    for path in package.rglob("*.py"):
        path.write_bytes(OLD_HEADER + path.read_bytes().split(b"\n", 2)[2])
    (package / "_runtime").mkdir()
    for name in ("__init__.py", "leftovers.py", "pictures.py"):
        (package / "_runtime" / name).write_text("# without a mark\n")
    return package


def test_a_package_from_before_the_manifest_is_replaced_with_force(old: Path) -> None:
    """Nothing proves that it was not edited, so it takes FORCE=1."""
    before = tree(old)
    with pytest.raises(EditedError) as refusal:
        put(old)
    assert refusal.value.complaints == (
        f"{old}/{MANIFEST}: is missing, so that nothing proves that the files were not edited",
    )
    assert tree(old) == before
    put(old, force=True)
    assert files_in(old) == pins_files()


@pytest.mark.parametrize("name", ["main.py", ".git/HEAD", "_runtime/mine.py", "_runtime/client.txt", "models/mine.py"])
def test_a_package_from_before_the_manifest_with_something_else_in_it_is_left_alone(old: Path, name: str) -> None:
    """What has no header, or in `_runtime/` a name that it never had, is somebody's own, and named."""
    (old / name).parent.mkdir(exist_ok=True)
    (old / name).write_text("mine\n")
    before = tree(old)
    with pytest.raises(PlaceError, match=f"{old}: has no {MANIFEST} that lists {name};"):
        put(old, force=True)
    assert tree(old) == before


def test_a_file_that_lost_its_header_is_somebodys_own(old: Path) -> None:
    """Nothing tells that it was generated."""
    (old / "types.py").write_text("MINE = 1\n")
    with pytest.raises(PlaceError, match=r"that lists types\.py;"):
        put(old, force=True)


def test_a_package_that_lost_its_manifest_and_nothing_else_gets_it_back(package: Path) -> None:
    """Each file is what it is to be, so nothing can be lost."""
    (package / MANIFEST).unlink()
    put(package)
    assert files_in(package) == pins_files()
