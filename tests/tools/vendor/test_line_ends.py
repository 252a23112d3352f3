"""Copies whose line ends git has rewritten: other line ends are no edit, and are said to be that."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.copies import altered, current, older, run_check, run_vendor
from tools.check.files import files_in
from tools.package.line_ends import original
from tools.package.manifest import MANIFEST, sha256
from tools.paths import ROOT
from tools.vendor.copies import read_copy
from tools.vendor.release import ATTRIBUTES, Release, read_release
from tools.vendor.vendor import vendor


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """The repository of a service, empty."""
    git(tmp_path, "init", "--quiet", "service")
    return tmp_path / "service"


def git(folder: Path, *arguments: str) -> str:
    """Run git, without anybody's settings."""
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    command = ["git", "-C", str(folder), "-c", "user.name=x", "-c", "user.email=x@example.com", *arguments]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def cloned(service: Path, *settings: str) -> Path:
    """A clone of what the service has, as git makes it with these settings; returns the copy in it."""
    git(service, "add", "--all")
    git(service, "commit", "--quiet", "--message", "Vendor")
    clone = service.with_name("clone")
    git(service, "clone", "--quiet", *(f"--config={setting}" for setting in settings), str(service), str(clone))
    assert git(clone, "status", "--porcelain") == ""
    return clone / "otters"


def bare(release: Release) -> Release:
    """A release as the first version made it: it leaves line ends to git."""
    kept = {path: content for path, content in release.files.items() if path != ATTRIBUTES}
    return altered(Release(release.manifest, kept), release.manifest.version)


@pytest.mark.parametrize("setting", ["core.autocrlf=true", "core.autocrlf=input", "core.eol=crlf"])
@pytest.mark.parametrize("attributes", [None, "* text=auto\n", "*.py text eol=crlf\n", "* text\n"])
def test_git_leaves_the_line_ends_of_a_copy_alone(
    service: Path, setting: str, attributes: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """The copy brings a .gitattributes of its own, which counts for more than those of the service."""
    if attributes:
        (service / ATTRIBUTES).write_text(attributes)
    vendor(current(), service / "otters")
    copy = cloned(service, setting)
    assert files_in(copy) == dict(current().files)
    assert run_check(copy, "--latest") == 0
    assert capsys.readouterr().out == f"vendor-check: {copy}: {current().manifest}, as it was vendored\n"


def test_line_ends_alone_are_no_edit(service: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A copy without a .gitattributes passes the check, which says what differs, and is updated without FORCE."""
    vendor(bare(older()), service / "otters")
    copy = cloned(service, "core.autocrlf=true")
    rewritten = sum(b"\r\n" in content for content in files_in(copy).values())
    assert rewritten > 60
    assert run_check(copy) == 0
    said = f"vendor-check: {copy}: {older().manifest}, as it was vendored, but for the line ends of {rewritten} files\n"
    assert capsys.readouterr().out == said
    vendor(current(), copy)
    assert files_in(copy) == dict(current().files)
    assert [path.name for path in copy.parent.glob("*.patch")] == []


def test_an_edit_is_told_from_line_ends(service: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a copy with other line ends only the edited file is named, and the patch has only the edit."""
    vendor(bare(current()), service / "otters")
    copy = cloned(service, "core.autocrlf=true")
    (copy / "types.py").write_bytes((copy / "types.py").read_bytes() + b"# mine\r\n")
    assert run_check(copy) == 1
    assert capsys.readouterr().err == f"vendor-check: {copy}/types.py: has been edited\n"
    assert run_vendor(copy) == 1
    assert f"{copy}/types.py: has been edited\nvendor: nothing" in capsys.readouterr().err
    assert run_vendor(copy, "--force") == 0
    changed = [line for line in (copy.parent / "otters.patch").read_bytes().splitlines() if line[:1] in b"+-"]
    assert changed == [b"--- a/otters/types.py", b"+++ b/otters/types.py", b"+# mine"]
    git(copy.parent, "apply", "otters.patch")
    assert (copy / "types.py").read_bytes() == current().files["types.py"] + b"# mine\n"


@pytest.mark.parametrize("end", [b"\r\n", b"\r"])
def test_other_line_ends_in_the_manifest_do_not_hide_an_edit(tmp_path: Path, end: bytes) -> None:
    """It proves what it proved; a changed letter in it is an edit as ever."""
    copy = tmp_path / "otters"
    vendor(current(), copy)
    content = (copy / MANIFEST).read_bytes().replace(b"\n", end)
    (copy / MANIFEST).write_bytes(content)
    assert not read_copy(copy).is_manifest_edited
    (copy / MANIFEST).write_bytes(content.replace(b"0.1.0", b"0.1.1", 1))
    assert read_copy(copy).is_manifest_edited


@pytest.mark.parametrize("recorded", [b"a\nb\n", b"a\r\nb\r\n", b"a\rb", b"", b"a\r\nb\nc"])
def test_a_file_is_recognised_by_its_lines(recorded: bytes) -> None:
    """Whichever line ends it was recorded with, with CRLF it is itself; with another letter it is not."""
    digest = sha256(recorded)
    assert original(recorded, digest) == recorded
    plain = recorded.replace(b"\r\n", b"\n")
    if b"\r" not in plain and recorded in (plain, plain.replace(b"\n", b"\r\n")):
        assert original(plain, digest) == recorded
        assert original(plain.replace(b"\n", b"\r\n"), digest) == recorded
    assert original(recorded + b"\n", digest) is None
    assert original(recorded + b"x", digest) is None


def test_a_checkout_with_other_line_ends_offers_the_same_copy(tmp_path: Path) -> None:
    """What git has made of the generated files, the pin and the licence does not get into copies."""
    for name in ("generated", "LICENSE", "openapi.yaml", "pyproject.toml"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    for path in tmp_path.rglob("*.*"):
        if path.is_file() and path.suffix != ".pyc":
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    (tmp_path / "LICENSE").write_bytes((ROOT / "LICENSE").read_bytes().replace(b"\n", b"\r\n"))
    assert read_release(tmp_path) == current()


def test_git_leaves_the_line_ends_of_this_checkout_alone(tmp_path: Path) -> None:
    """Its generated files are compared byte for byte."""
    names = ("generated/image_variations/client.py", "openapi.yaml", "templates/_runtime/clock.py", "Makefile")
    said = git(ROOT, "check-attr", "text", "--", *names)
    assert said.splitlines() == [f"{name}: text: unset" for name in names]
