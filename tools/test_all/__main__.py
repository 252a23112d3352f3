"""`make test-all`: the tests on each supported interpreter of this machine, and with the lowest dependencies.

Every interpreter gets a virtual environment of its own beside `.venv`, from the same locked requirements.
"""

import subprocess
import sys
from pathlib import Path

from tools.paths import ROOT
from tools.pythons import VERSIONS, find_interpreters

LOWEST = ROOT / "tests" / "requirements-lowest.txt"


def make_environment(interpreter: Path, folder: Path, *, lowest: bool) -> Path:
    """Make a virtual environment with the locked requirements, and return its interpreter."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([interpreter, "-m", "venv", folder], check=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--no-deps", "--require-hashes", "-r", str(ROOT / "requirements-dev.txt")], check=True)
    subprocess.run([*pip, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)], check=True)
    if lowest:
        subprocess.run([*pip, "--no-deps", "--require-hashes", "-r", str(LOWEST)], check=True)
    return python


def main() -> int:
    """Run the tests everywhere; the exit status is 1 if some failed, or nothing could be run."""
    outcomes: dict[str, str] = {}
    found = find_interpreters()
    runs = [(version, path, False) for version, path in found.items()]
    runs += [(version, path, True) for version, path in list(found.items())[:1]]
    for version, path, lowest in runs:
        name = f"{version}-lowest" if lowest else version
        python = make_environment(path, ROOT / f".venv-{name}", lowest=lowest)
        print(f"--- {name}", flush=True)
        tests = subprocess.run(
            [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "auto"], cwd=ROOT, check=False
        )
        outcomes[name] = "passed" if tests.returncode == 0 else "FAILED"
    for version in VERSIONS:
        outcomes.setdefault(version, "not on this machine")
    for name, outcome in sorted(outcomes.items()):
        print(f"{name:12} {outcome}")
    return 0 if found and "FAILED" not in outcomes.values() else 1


if __name__ == "__main__":
    sys.exit(main())
