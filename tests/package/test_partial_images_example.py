"""The example that watches an image appear, run with the client that it says how to generate."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.pictures import make_png
from tools.generate.generate import generate
from tools.paths import ROOT

EXAMPLE = ROOT / "examples" / "partial_images.py"
FILES = ["edit-1.partial-0.png", "edit-1.partial-1.png", "edit-1.partial-2.png", "edit-1.png"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the client, of a document that has the operation."""
    made = tmp_path_factory.mktemp("example")
    generate(ROOT / "tests" / "documents" / "image_events.yaml", made / "image_edits")
    return made


async def test_the_images_appear_one_after_the_other(folder: Path, tmp_path: Path) -> None:
    """Without settings it starts the reference server; each image is shown and saved."""
    search_path = os.pathsep.join([str(ROOT), str(folder)])
    inherited = {name: value for name, value in os.environ.items() if name not in ("IMAGE", "OPENAI_BASE_URL")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "examples.partial_images"),
        cwd=tmp_path,
        env={**inherited, "PYTHONPATH": search_path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert (process.returncode, errors.decode()) == (0, "")
    lines = output.decode().splitlines()
    starts = [line.partition(":")[0] for line in lines[:4]]
    assert starts == ["partial image 0", "partial image 1", "partial image 2", "the whole image"]
    assert lines[4] == f"Written to variations/: {', '.join(FILES)}"
    written = [(tmp_path / "variations" / name).read_bytes() for name in FILES]
    assert len(set(written)) == 4
    assert all(content.startswith(make_png()[:8]) for content in written)


@pytest.mark.slow
@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_its_types_are_right(folder: Path, tmp_path: Path, checker: str) -> None:
    """In the strict modes, once the client is there: what a stream gives is told apart by its class."""
    shutil.copy(EXAMPLE, folder / "program.py")
    settings = {
        "typeCheckingMode": "strict",
        "pythonVersion": "3.11",
        "extraPaths": [str(ROOT), str(ROOT / "generated")],
    }
    (folder / "pyrightconfig.json").write_text(json.dumps({**settings, "include": ["program.py"]}))
    options = {
        "mypy": ["--strict", "--follow-imports=silent", f"--cache-dir={tmp_path}", "program.py"],
        "pyright": ["--pythonpath", sys.executable],
    }
    environment = {**os.environ, "MYPYPATH": os.pathsep.join([str(ROOT), str(ROOT / "generated")])}
    command = [sys.executable, "-m", checker, *options[checker]]
    result = subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
