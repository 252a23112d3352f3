"""Format: rendered modules as ruff lays them out."""

import subprocess
import sys
from pathlib import Path

_OPTIONS = ("--line-length=120", "--target-version=py311", "--quiet", "--isolated", "--no-cache")


def format_modules(package: Path) -> None:
    """Drop the imports that a module turned out not to need, then sort the others and lay the code out."""
    # One after the other: an import that is sorted first stays in several lines, though one would do.
    for command in ("check --fix --select=F401", "check --fix --select=I,RUF022", "format"):
        subprocess.run([sys.executable, "-m", "ruff", *command.split(), *_OPTIONS, package], check=True)
