"""What type checkers make of the functions for files."""

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

USE = """
from pathlib import Path
from typing import assert_type

from files_client import Client, StreamedFile, create_speech_file, create_speech_stream, get_video_stream


async def use(client: Client) -> None:
    async with create_speech_stream(client, input="otters") as file:
        assert_type(file, StreamedFile)
        assert_type([piece async for piece in file], list[bytes])
        assert_type(await anext(file), bytes)
        await file.aclose()
    async with get_video_stream(client, id="1") as video:
        assert_type(video, StreamedFile)
    assert_type(await create_speech_file(client, Path("a"), input="otters", overwrite=True), Path)
"""


@pytest.mark.slow
@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_files_have_types(package: ModuleType, checker: str, tmp_path: Path) -> None:
    """The iterator and its pieces, the path, and the package itself, in the strict modes."""
    folder = Path(str(package.__file__)).parent.parent
    (folder / "use.py").write_text(USE)
    (folder / "pyrightconfig.json").write_text(json.dumps({"typeCheckingMode": "strict", "pythonVersion": "3.11"}))
    options = {
        "mypy": ["--strict", "--disallow-any-explicit", f"--cache-dir={tmp_path}", "use.py", package.__name__],
        "pyright": ["--pythonpath", sys.executable],
    }
    command = [sys.executable, "-m", checker, *options[checker]]
    result = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout
