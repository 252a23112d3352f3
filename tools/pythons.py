"""The interpreters of this machine that the client supports."""

import shutil
import subprocess
from pathlib import Path

VERSIONS = ("3.11", "3.12", "3.13")


def find_interpreters() -> dict[str, Path]:
    """Find an interpreter of each version that this machine has."""
    return {version: path for version in VERSIONS if (path := find_interpreter(version))}


def find_interpreter(version: str) -> Path | None:
    """Find the interpreter of a version: on PATH, or where pyenv keeps it."""
    candidates = [Path(found)] if (found := shutil.which(f"python{version}")) else []
    candidates += sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}"))
    return next((path for path in candidates if _runs(path)), None)


def _runs(path: Path) -> bool:
    # pyenv puts a python3.12 on PATH that only says which version would have one.
    return subprocess.run([path, "-c", ""], check=False, capture_output=True).returncode == 0
