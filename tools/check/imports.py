"""Imports that run the wrong way, by the contracts that `pyproject.toml` has for import-linter."""

import os
import subprocess
import sys
from pathlib import Path

_LINT = "from importlinter.cli import import_linter; import_linter()"


def broken_contracts(root: Path) -> list[str]:
    """Return what import-linter says of the checkout `root` if one of its contracts is broken."""
    command = [sys.executable, "-c", _LINT, "lint", "--no-logo", "--no-cache"]
    # The packages of this checkout, which need not be those that are installed.
    path = os.pathsep.join([str(root), str(root / "generated"), str(root / "cli")])
    environment = {**os.environ, "PYTHONPATH": path}
    result = subprocess.run(command, cwd=root, env=environment, check=False, capture_output=True, text=True)
    return [] if result.returncode == 0 else [f"{root / 'pyproject.toml'}: {result.stdout}{result.stderr}"]
