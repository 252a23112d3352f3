"""`make dist`: what it refuses, and the program that it runs. The trials themselves need a package index."""

import io
import sys
import tarfile
import zipfile
from email import message_from_string
from pathlib import Path

import pytest
from PIL import Image

from tools.dist.build import DistributionError, build
from tools.dist.contents import faults_of, metadata_of, oldest_of
from tools.dist.trial import program_of, reference_server, square_png
from tools.paths import ROOT


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A wheel and a source distribution of this checkout."""
    return build(ROOT, tmp_path_factory.mktemp("dist") / "dist")


def with_file(wheel: Path, folder: Path, name: str, content: str) -> Path:
    """A copy of a wheel with another file, or another content of one."""
    path = folder / wheel.name
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(path, "w") as new:
        for member in old.namelist():
            if member != name:
                new.writestr(member, old.read(member))
        new.writestr(name, content)
    return path


def test_the_distributions_of_this_checkout_have_no_fault(built: tuple[Path, Path]) -> None:
    """Two builds gave the same bytes, and what is in them is what has to be there."""
    assert faults_of(*built, ROOT) == []


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("image_variations/notes.txt", "image_variations/notes.txt: does not belong there"),
        ("stray.py", "stray.py: does not belong there"),
        ("image_variations/py.typed", "image_variations/py.typed: is another file"),
        ("image_variations-0.1.0.dist-info/extra", "extra: does not belong into the metadata"),
        ("image_variations-0.1.0.dist-info/licenses/LICENSE", "is not the licence"),
    ],
)
def test_a_stray_or_altered_file_of_the_wheel_is_named(
    built: tuple[Path, Path], tmp_path: Path, name: str, fault: str
) -> None:
    """A file that the package does not have, or has with other content, is a fault."""
    [found] = faults_of(with_file(built[0], tmp_path, name, "anything"), built[1], ROOT)
    assert found.startswith(f"{built[0].name}: ")
    assert found.endswith(fault)


def test_a_stray_file_of_the_source_distribution_is_named(built: tuple[Path, Path], tmp_path: Path) -> None:
    """What is neither the package nor needed to build it is a fault."""
    path = tmp_path / built[1].name
    with tarfile.open(built[1]) as old, tarfile.open(path, "w:gz") as new:
        for member in old.getmembers():
            new.addfile(member, old.extractfile(member))
        new.addfile(tarfile.TarInfo("image_variations-0.1.0/secret.env"), io.BytesIO())
    assert faults_of(built[0], path, ROOT) == [f"{path.name}: secret.env: does not belong there"]


def test_metadata_of_another_version_are_named(built: tuple[Path, Path], tmp_path: Path) -> None:
    """The version of the metadata has to be the package's own."""
    text = metadata_of(built[0]).as_string().replace("Version: 0.1.0", "Version: 0.2.0", 1)
    wheel = with_file(built[0], tmp_path, "image_variations-0.1.0.dist-info/METADATA", text)
    assert faults_of(wheel, built[1], ROOT) == [f"{wheel.name}: Version: is 0.2.0, and has to be 0.1.0"]


def test_what_cannot_be_built_is_said(tmp_path: Path) -> None:
    """The message is the build's own, and nothing is written."""
    with pytest.raises(DistributionError, match="hatchling: "):
        build(tmp_path, tmp_path / "dist")
    assert not (tmp_path / "dist").exists()


def test_the_oldest_dependencies_are_those_of_the_metadata() -> None:
    """Each requirement becomes its lower bound; those of extras are left out."""
    metadata = message_from_string(
        "Requires-Dist: attrs>=23.2\nRequires-Dist: httpx>=0.27,<2\nRequires-Dist: orjson>=3; extra == 'speed'\n\n"
    )
    assert oldest_of(metadata) == ["attrs==23.2", "httpx==0.27"]


def test_the_program_of_the_readme_is_run_against_the_reference_server() -> None:
    """Its address and key are replaced, and nothing else."""
    readme = (ROOT / "README.md").read_text()
    program = program_of(readme, "http://127.0.0.1:1/v1", "a-key")
    assert 'base_url="http://127.0.0.1:1/v1", api_key="a-key"' in program
    compile(program, "program.py", "exec")
    original = program.replace("http://127.0.0.1:1/v1", "http://127.0.0.1:9997/v1").replace("a-key", "test-key")
    assert original in readme


@pytest.mark.parametrize("readme", ["", "## The program\n\nNone.\n", "## The program\n\n```python\nprint()\n```\n"])
def test_a_readme_without_the_program_is_refused(readme: str) -> None:
    """There is nothing to try out."""
    with pytest.raises(DistributionError, match="The program"):
        program_of(readme, "http://127.0.0.1:1/v1", "a-key")


def test_the_image_of_the_trial_is_a_square_png() -> None:
    """Pillow reads it."""
    with Image.open(io.BytesIO(square_png(64))) as image:
        image.load()
        assert (image.format, image.size) == ("PNG", (64, 64))


@pytest.mark.skipif(sys.platform == "win32", reason="signals end the server in another way")
def test_the_reference_server_ends_with_the_trial() -> None:
    """Its address and key are known while it runs."""
    with reference_server(ROOT) as (base_url, api_key):
        assert base_url.startswith("http://127.0.0.1:")
        assert api_key
