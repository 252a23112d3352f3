"""What stops `make docs`."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import cast

import pytest

from tests.docs.blocks import ROOT

PYTHON = ROOT / ".venv-docs" / "bin" / "python"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (ROOT / "site" / ".buildinfo").exists(), reason="`make docs` builds the site"),
]


def build(folder: Path) -> str:
    """Build the site of a copy of the checkout, and return what Sphinx complains of."""
    command = [str(PYTHON), "-P", "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet", "docs", "site"]
    path = os.pathsep.join([str(folder / "generated"), str(folder / "cli")])
    ended = subprocess.run(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    return ended.stderr


def test_a_fault_of_the_documentation_stops_the_build(tmp_path: Path) -> None:
    """A page that no menu lists, a link or anchor that is not there, and a name without a docstring or a place."""
    for name in ("docs", "examples", "generated", "cli", "benchmarks", "CHANGELOG.md"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    (tmp_path / "docs" / "lonely.md").write_text("# Alone\n")
    with (tmp_path / "docs" / "security.md").open("a") as page:
        page.write("\n[a page](nowhere.md) and [an anchor](httpx.md#nowhere)\n")
        page.write("\n| a |\n|---|\n| [t](nowhere-in-a-table.md) |\n\n- [l](guides/errors.md#nowhere-in-a-list)\n")
        page.write('\n<a href="nowhere.html">HTML</a>, [no target][anywhere]\n')
    images = tmp_path / "generated" / "image_variations" / "images.py"
    images.write_text(images.read_text().replace('"""Return an image', 'f"""Return an image'))
    fake = tmp_path / "generated" / "image_variations" / "_runtime" / "testing" / "fake.py"
    fake.write_text(fake.read_text().replace('"""The number of images that were', 'f"""The number of images'))
    faults = tmp_path / "generated" / "image_variations" / "_runtime" / "testing" / "faults.py"
    faults.write_text(faults.read_text().replace('"""Do what the request asks for, and never', 'f"""Do'))
    requests = tmp_path / "generated" / "image_variations" / "_runtime" / "testing" / "requests.py"
    requests.write_text(requests.read_text().replace("        method: The method.\n", ""))
    reference = tmp_path / "docs" / "reference" / "images.md"
    reference.write_text(reference.read_text().replace(".. autofunction:: save_images\n", ""))
    complaints = build(tmp_path)
    for complaint in (
        "lonely.md: WARNING: document isn't included in any toctree",
        "cross-reference target not found: 'nowhere.md'",
        "nowhere",
        "image_variations.fetch_image needs a docstring",
        "image_variations.save_images is public, and no page of the reference describes it",
        "'nowhere-in-a-table.md'",
        "'nowhere-in-a-list'",
        "a link in HTML leads anywhere",
        "[no target][anywhere] has no target",
        "image_variations.testing.FakeImages.billed needs a docstring",
        "image_variations.testing.FakeImages.hangs needs a docstring",
        "image_variations.testing.FakeRequest.method is not among the attributes of its docstring",
    ):
        assert complaint in complaints


@pytest.mark.parametrize("stem", ["certif", "413", "mypi", "azur", "uploadfil"])
def test_the_search_knows_what_people_look_for(stem: str) -> None:
    """The stem of a word that people use is in the index that the browser searches."""
    script = (ROOT / "site" / "searchindex.js").read_text(encoding="utf-8")
    index = cast("dict[str, dict[str, object]]", json.loads(script[script.index("(") + 1 : script.rindex(")")]))
    assert stem in index["terms"] or stem in index["titleterms"]
