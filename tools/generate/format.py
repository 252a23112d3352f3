"""Format: rendered modules as ruff lays them out."""

import subprocess
import sys
from pathlib import Path

_OPTIONS = ("--line-length=120", "--target-version=py311", "--quiet", "--isolated", "--no-cache")


def drop_unused_imports(package: Path) -> None:
    """Drop the imports that a module turned out not to need."""
    _run("check --fix --select=F401", package)


def format_modules(package: Path) -> None:
    """Sort imports, and lay the code out."""
    # After `drop_unused_imports`: an import that is sorted before stays in several lines, though one would do.
    _run("check --fix --select=I,RUF022", package)
    _run("format", package)


def _run(command: str, package: Path) -> None:
    subprocess.run([sys.executable, "-m", "ruff", *command.split(), *_OPTIONS, package], check=True)
