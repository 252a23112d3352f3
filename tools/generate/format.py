"""Format: rendered modules as ruff lays them out."""

import subprocess
import sysconfig
from pathlib import Path

_OPTIONS = ("--line-length=120", "--target-version=py311", "--quiet", "--isolated", "--no-cache")


def format_modules(package: Path) -> None:
    """Drop unused imports, sort the others, and lay the code out."""
    # One after the other: an import that is sorted first stays in several lines, though one would do.
    drop_unused_imports(package)
    lay_out(package)


def drop_unused_imports(package: Path) -> None:
    """Drop the imports that a module turned out not to need."""
    _run("check --fix --select=F401", package)


def lay_out(package: Path) -> None:
    """Sort imports, and lay the code out."""
    _run("check --fix --select=I,RUF022", package)
    _run("format", package)


def _run(command: str, package: Path) -> None:
    # The program itself: `python -m ruff` takes most of its time to start an interpreter.
    ruff = Path(sysconfig.get_path("scripts")) / "ruff"
    subprocess.run([ruff, *command.split(), *_OPTIONS, package], check=True)
