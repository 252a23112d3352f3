"""The distributions: what is in them, and that the wheel needs httpx, attrs and h11, and nothing else."""

import re
import subprocess
import sys
import tarfile
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest

from tools.paths import ROOT


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with a wheel and a source distribution of this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


def test_the_wheel_holds_the_package_and_its_licence_and_nothing_else(dist: Path) -> None:
    """Beside the client and the command there is only the metadata that a wheel must have."""
    [wheel] = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    packages = ("image_variations/", "image_variations_cli/")
    beside = sorted(name.split("/", 1)[1] for name in names if not name.startswith(packages))
    assert beside == ["METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"]
    assert "image_variations/py.typed" in names
    assert "image_variations/_runtime/client.py" in names
    assert not [name for name in names if "__pycache__" in name]


def test_the_wheel_asks_for_httpx_attrs_and_h11_only(dist: Path) -> None:
    """Its metadata name three runtime dependencies, and the version is the package's own."""
    [wheel] = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        [metadata] = [archive.read(name).decode() for name in archive.namelist() if name.endswith("METADATA")]
    required = re.findall(r"^Requires-Dist: ([a-z0-9]+)[^;\n]*$", metadata, re.MULTILINE)
    assert sorted(required) == ["attrs", "h11", "httpx"]


def test_the_wheel_works_with_its_dependencies_alone(dist: Path, tmp_path: Path) -> None:
    """An interpreter that sees the wheel, httpx, attrs, h11 and what they need can import it and make a client.

    The command says there how to get what it needs.
    """
    [wheel] = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)  # noqa: S202  # our own wheel
    for name in sorted(_closure({"httpx", "attrs", "h11"})):
        _link(name, tmp_path)
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from image_variations import Client\n"
        "print(repr(Client(base_url='http://127.0.0.1:9/v1')))\n"
    )
    # -I and -S: neither the environment nor site-packages lends a module.
    command = [sys.executable, "-I", "-S", "-c", program, str(tmp_path)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert output == "<Client http://127.0.0.1:9/v1/>\n"
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from image_variations_cli.__main__ import main; sys.exit(main())"
    )
    command = [sys.executable, "-I", "-S", "-c", program, str(tmp_path)]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (1, "")
    [line] = result.stderr.splitlines()
    assert line.endswith('; run: pip install "image-variations[cli]"')


def _closure(names: set[str]) -> set[str]:
    """The distributions that these need, themselves included."""
    found: set[str] = set()
    waiting = set(names)
    while waiting:
        name = waiting.pop()
        found.add(name)
        # Extras are not needed, and what only other Pythons need may not be installed.
        plain = [text for text in distribution(name).requires or [] if ";" not in text]
        waiting |= {re.split(r"[^A-Za-z0-9._-]", text)[0] for text in plain} - found
        if name == "anyio":
            waiting |= {"typing_extensions"} - found
    return found


def _link(name: str, folder: Path) -> None:
    files = distribution(name).files or []
    for top in {file.parts[0] for file in files if not file.parts[0].endswith((".dist-info", "..")) and file.parts}:
        source = Path(str(distribution(name).locate_file(top)))
        if source.exists() and not (folder / top).exists():
            (folder / top).symlink_to(source)


def test_the_source_distribution_builds_the_same_wheel(dist: Path, tmp_path: Path) -> None:
    """The sdist is whole: a wheel built from it has the same files."""
    [sdist] = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    [source] = tmp_path.iterdir()
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "again")]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    [first], [second] = dist.glob("*.whl"), (tmp_path / "again").glob("*.whl")
    with zipfile.ZipFile(first) as one, zipfile.ZipFile(second) as other:
        assert one.namelist() == other.namelist()
        assert {name: one.read(name) for name in one.namelist()} == {name: other.read(name) for name in one.namelist()}
