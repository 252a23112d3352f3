"""What type checkers and `import *` see of a vendored copy, whose names are imported when they are first used."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.copies import current
from tools.vendor.vendor import vendor

PROGRAM = """
import asyncio
from typing import assert_type

from catalogue import otters
from catalogue.otters import *

async def draw(client: Client, picture: bytes) -> str:
    try:
        response = await create_image_variation(client, image=picture, n=2)
    except ImageVariationsError as error:
        return error.billed
    assert_type(response, ImagesResponse)
    return assert_type(otters.__version__, str)

client = Client(base_url="http://127.0.0.1:9/v1", connect_timeout=0.1, max_retries=0)
assert {*otters.__all__} <= {*globals()}  # type: ignore[attr-defined]  # pyright: ignore  # the stub has no need of it
"""


@pytest.mark.slow
def test_every_public_name_of_a_copy_is_typed_and_imported(tmp_path: Path) -> None:
    """Also by `from ... import *`, which Python, mypy and pyright in their strict modes read alike."""
    vendor(current(), tmp_path / "catalogue" / "otters")
    (tmp_path / "catalogue" / "__init__.py").touch()
    (tmp_path / "program.py").write_text(PROGRAM)
    lenient = {
        "reportWildcardImportFromLibrary": "none",
        "reportUnusedImport": "none",
        "reportMissingModuleSource": "none",
    }
    settings = {"typeCheckingMode": "strict", "include": ["program.py"], "pythonVersion": "3.11", **lenient}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    mypy = ["-m", "mypy", "--strict", f"--cache-dir={tmp_path / 'cache'}", "program.py"]
    for command in (["program.py"], mypy, ["-m", "pyright", "--pythonpath", sys.executable]):
        result = subprocess.run([sys.executable, *command], cwd=tmp_path, check=False, capture_output=True, text=True)
        assert result.returncode == 0, result.stdout + result.stderr
