"""Servers are installed once, as they are locked, or it is said why not."""

import os
import re
import sys
from pathlib import Path

import pytest

from tests.interop.installs import LOCKS, Debian, LockError, NotInstalledError, Npm, PyPI, install_once
from tests.interop.servers import RECIPES

ADD = "open('installed', 'a').write('x')"


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """A lock."""
    path = tmp_path / "lock.txt"
    path.write_text("otter==1\n", encoding="utf-8")
    return path


@pytest.fixture
def newer_lock(tmp_path: Path) -> Path:
    """What a lock became."""
    path = tmp_path / "newer.txt"
    path.write_text("otter==2\n", encoding="utf-8")
    return path


async def install(folder: Path, lock: Path, code: str = ADD) -> str:
    """Install by a program, and return what it wrote."""
    await install_once(folder, [lock], [[sys.executable, "-c", code]], os.environ)
    return read_written(folder)


def read_written(folder: Path) -> str:
    """What the program wrote."""
    return (folder / "installed").read_text(encoding="utf-8")


async def test_a_server_is_installed_once(tmp_path: Path, lock: Path, newer_lock: Path) -> None:
    """It is installed anew if its lock changes."""
    folder = tmp_path / "otter"
    assert [await install(folder, lock), await install(folder, lock, "raise SystemExit")] == ["x", "x"]
    assert await install(folder, newer_lock) == "x"


async def test_what_was_half_installed_is_installed_anew(tmp_path: Path, lock: Path) -> None:
    """A failing run leaves nothing that the next one takes for whole."""
    folder = tmp_path / "otter"
    with pytest.raises(NotInstalledError):
        await install(folder, lock, f"{ADD}; raise SystemExit('no')")
    assert await install(folder, lock) == "x"


@pytest.mark.parametrize(
    ("said", "kind", "reason"),
    [
        (
            "npm error code ENOTFOUND\nnpm error A complete log is in /tmp",
            NotInstalledError,
            "npm error code ENOTFOUND",
        ),
        ("error: Request failed\n  hint: try again", NotInstalledError, "error: Request failed"),
        ("no space left", NotInstalledError, "ended with status 1; it said last: no space left"),
        ("npm error code EINTEGRITY", LockError, "npm error code EINTEGRITY"),
        ("error: Hash mismatch for `otter==1`", LockError, "error: Hash mismatch for `otter==1`"),
    ],
)
async def test_a_failing_install_says_why(
    tmp_path: Path, lock: Path, said: str, kind: type[Exception], reason: str
) -> None:
    """A network that refuses is told from a package that is not what the lock has."""
    with pytest.raises(kind, match=re.escape(reason)):
        await install(tmp_path / "otter", lock, f"raise SystemExit({said!r})")


async def test_a_debian_package_is_not_installed_by_just_anybody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who may not change the machine is told what to type."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(NotInstalledError, match="otterd is not installed: sudo apt-get install otter-light"):
        await Debian("otter-light", "otterd").install(tmp_path / "otter", {"CI": "false"})


def test_every_lock_is_read_and_exact() -> None:
    """Each package that is locked has a hash, no host of a registry is named, and no lock is left over."""
    read = {install.lock for recipe in RECIPES if isinstance(install := recipe.install, Npm | PyPI) and install.version}
    assert read == {path.stem if path.is_file() else path.name for path in LOCKS.iterdir()}
    for path in LOCKS.rglob("package-lock.json"):
        text = path.read_text(encoding="utf-8")
        assert "resolved" not in text
        assert text.count('"integrity"') == text.count('"node_modules/')
    for path in LOCKS.glob("*.txt"):
        text = path.read_text(encoding="utf-8")
        assert "://" not in text
        assert all("--hash=sha256:" in block for block in re.findall(r"^\S+==[^#]*", text, re.MULTILINE))
