"""The manifest of a package: one form for what is generated and for copies, and the form before it."""

import json
import shutil
from pathlib import Path

import pytest

from tests.support.copies import current, older, run_check, run_vendor
from tools.check.files import files_in
from tools.package.errors import EditedError
from tools.package.manifest import MANIFEST, parse_manifest, sha256
from tools.paths import ROOT
from tools.vendor.vendor import vendor


def test_the_manifest_of_a_copy_is_that_of_the_generated_package_and_more(tmp_path: Path) -> None:
    """The copy adds where it is from and what it needs, and the hashes of its licence, its pin and .gitattributes."""
    generated = json.loads((ROOT / "generated" / "image_variations" / MANIFEST).read_bytes())
    vendor(current(), tmp_path / "otters")
    copied = json.loads((tmp_path / "otters" / MANIFEST).read_bytes())
    assert copied.keys() - generated.keys() == {"purl", "requires-python", "dependencies"}
    assert copied["files"].keys() - generated["files"].keys() == {"LICENSE", "openapi.yaml", ".gitattributes"}
    for name in ("format", "version", "generator"):
        assert copied[name] == generated[name]
    assert copied["files"].items() >= generated["files"].items()
    assert copied["pin"] == {"file": "openapi.yaml", **generated["pin"]}


def test_a_manifest_is_read_as_it_was_written() -> None:
    """Reading and writing it gives the same bytes, for a generated package and for a copy."""
    for content in ((ROOT / "generated" / "image_variations" / MANIFEST).read_bytes(), current().files[MANIFEST]):
        assert parse_manifest(content).rendered() == content


def test_a_copy_of_the_format_before_is_checked_and_brought_up_to_date(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its manifest is of format image-variations-vendored/1, in the spelling of that time, and proves what it did."""
    old = tmp_path / "otters"
    vendor(older(), old)
    files = files_in(old)
    data = json.loads(files[MANIFEST])
    del data["sha256"]
    data["format"] = "image-variations-vendored/1"
    data["sha256"] = sha256(json.dumps(data, indent=2).encode() + b"\n")
    (old / MANIFEST).write_bytes(json.dumps(data, indent=2).encode() + b"\n")
    assert run_check(old) == 0
    assert capsys.readouterr().out == f"vendor-check: {old}: {older().manifest}, as it was vendored\n"
    (old / "types.py").write_bytes(files["types.py"] + b"# mine\n")
    assert run_check(old) == 1
    with pytest.raises(EditedError):
        vendor(current(), old)
    (old / "types.py").write_bytes(files["types.py"])
    vendor(current(), old)
    assert files_in(old) == dict(current().files)


def test_a_generated_package_is_no_copy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its manifest is of the same form and names no distribution; nothing is vendored over it."""
    package = tmp_path / "package"
    shutil.copytree(ROOT / "generated" / "image_variations", package)
    before = files_in(package)
    for command, options in ((run_vendor, ["--force"]), (run_check, [])):
        assert command(package, *options) != 0
        assert "is that of a generated package, which is not a vendored copy" in capsys.readouterr().err
    assert files_in(package) == before
