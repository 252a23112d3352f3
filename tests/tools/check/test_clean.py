"""`make clean`: what make made goes, and everything else stays."""

from pathlib import Path

import pytest

from tests.support.copies import without_privileges
from tools.clean import __main__ as command
from tools.clean.clean import MADE, clean
from tools.paths import ROOT


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with a file of its own."""
    (tmp_path / "checkout").mkdir()
    (tmp_path / "checkout" / "README.md").touch()
    return tmp_path / "checkout"


def environment(folder: Path) -> Path:
    """Make something like a virtual environment."""
    (folder / "bin").mkdir(parents=True)
    (folder / "pyvenv.cfg").touch()
    return folder


def names_in(folder: Path) -> set[str]:
    """What is directly in a folder."""
    return {path.name for path in folder.iterdir()}


def test_what_make_made_is_removed(root: Path) -> None:
    """Environments, caches and builds go, whether they are files or folders."""
    for name in ("dist", ".mypy_cache", ".pyright_cache", ".pytest_cache", ".ruff_cache", ".hypothesis"):
        (root / name / "inner").mkdir(parents=True)
    (root / ".coverage").touch()
    for name in (".venv", ".venv-bench", ".venv-3.12", ".venv-3.11-lowest"):
        environment(root / name)
    assert clean(root, root / ".venv") == []
    assert names_in(root) == {"README.md"}
    assert clean(root, root / ".venv") == []


@pytest.mark.parametrize("name", ["a b", "build/env", "$(x)"])
def test_an_environment_inside_the_checkout_is_removed(root: Path, name: str) -> None:
    """VENV may be any folder of the checkout that is an environment; the default one is not meant then."""
    environment(root / ".venv")
    environment(root / name)
    assert clean(root, root / name) == []
    assert (root / ".venv").exists()
    assert not (root / name).exists()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../elsewhere", "is not inside the checkout"),
        ("../checkout-2", "is not inside the checkout"),
        ("link/inner", "is not inside the checkout"),
        ("..", "is not inside the checkout"),
        ("../checkout", "is not inside the checkout"),
        (".", "is not inside the checkout"),
        ("tools/..", "is not inside the checkout"),
        ("tools", "is no virtual environment"),
        ("README.md", "is no virtual environment"),
    ],
)
def test_what_is_no_environment_inside_the_checkout_stays(root: Path, name: str, reason: str) -> None:
    """Whatever VENV says, the checkout, its own files and what is outside of it are not removed; a line says so."""
    for inner in ("elsewhere", "elsewhere/inner", "checkout-2"):
        environment(root.parent / inner)
    (root / "tools").mkdir()
    (root / "link").symlink_to(root.parent / "elsewhere")
    before = {*root.parent.rglob("*")}
    assert clean(root, root / name) == [f"{root / name}: {reason}, and stays"]
    assert {*root.parent.rglob("*")} == before


def test_an_environment_that_is_not_there_is_not_spoken_of(root: Path) -> None:
    """Nothing stays, so that there is nothing to say."""
    assert clean(root, root.parent / "elsewhere") == []


@pytest.mark.parametrize("name", [".venv", ".venv-bench", "dist", ".coverage", "env"])
def test_a_link_is_removed_and_not_followed(root: Path, name: str) -> None:
    """A folder elsewhere that is linked to loses nothing."""
    elsewhere = environment(root.parent / "elsewhere")
    (root / name).symlink_to(elsewhere)
    clean(root, root / name)
    assert names_in(root) == {"README.md"}
    assert names_in(elsewhere) == {"bin", "pyvenv.cfg"}


def test_images_of_other_programs_stay(root: Path) -> None:
    """What `make run` draws goes; an image that somebody saved beside it may have been paid for."""
    folder = root / "variations"
    folder.mkdir()
    for name in ("original.png", "contact-sheet.png", "url-1.png", "b64_json-3.webp"):
        (folder / name).touch()
    (folder / "variation-1.png").touch()
    assert clean(root, root / ".venv") == [f"{folder / 'variation-1.png'}: was not made by make, and stays"]
    assert names_in(folder) == {"variation-1.png"}
    (folder / "variation-1.png").unlink()
    assert clean(root, root / ".venv") == []
    assert names_in(root) == {"README.md"}


def test_a_linked_folder_of_images_stays(root: Path) -> None:
    """It is not the one that `make run` made."""
    (root.parent / "images").mkdir()
    (root.parent / "images" / "original.png").touch()
    (root / "variations").symlink_to(root.parent / "images")
    clean(root, root / ".venv")
    assert (root / "variations" / "original.png").exists()


def test_what_cannot_be_removed_is_said(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line names the file and the reason, with exit status 1."""
    monkeypatch.setattr(command, "ROOT", Path())
    (root / ".coverage").touch()
    root.chmod(0o555)
    monkeypatch.chdir(root)  # the folders above are closed to others
    with without_privileges():
        assert command.main([]) == 1
    assert capsys.readouterr().err == "clean: .coverage: Permission denied; not everything was removed\n"


def test_the_command_says_what_stays(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An environment elsewhere is no failure: whoever made it there may use it for more."""
    monkeypatch.setattr(command, "ROOT", root)
    elsewhere = environment(root.parent / "else where")
    assert command.main([f"--venv={elsewhere}"]) == 0
    assert capsys.readouterr().out == f"clean: {elsewhere}: is not inside the checkout, and stays\n"


def test_nothing_that_is_committed_is_named() -> None:
    """The names are those that git ignores."""
    ignored = (ROOT / ".gitignore").read_text().split()
    assert {name.rstrip("*-") for name in MADE} <= {name.rstrip("/*").lstrip("/") for name in ignored}
