"""What an update of a copy changes for its callers, in the words of `make diff`."""

import os
import subprocess
from pathlib import Path

from tools.package.errors import show
from tools.package.manifest import PIN
from tools.paths import ROOT
from tools.vendor.release import Release


def changes_for_callers(folder: Path, release: Release) -> list[str]:
    """Compare the pin of a copy with that of the release that will replace it.

    Comparing needs more than the standard library, so `make diff` does it in its own environment.

    Returns:
        Lines to print once the copy is updated; none if the copy is new or has the same pin.
    """
    pin = folder / PIN
    if not pin.is_file() or pin.read_bytes() == release.files.get(PIN):
        return []
    python = Path(os.environ.get("VENV") or ROOT / ".venv", "bin", "python")
    if not python.exists():
        return [f"{show(folder)}: its document changes; after `make setup` an update says what that means for callers"]
    command = [str(python), "-P", "-m", "tools.diff", "--against", str(folder)]
    run = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    if run.returncode not in (0, 1):
        return [f"{show(folder)}: what changes for callers is not known: {run.stderr.strip()}"]
    return ["what changes for callers:", *run.stdout.splitlines()]
