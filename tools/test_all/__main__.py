"""`make test-all`: the tests on each supported interpreter of this machine, and with the lowest dependencies.

Every interpreter gets a virtual environment of its own beside `.venv`, from the same locked requirements.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from tools.paths import ROOT

VERSIONS = ("3.11", "3.12", "3.13")
LOWEST = ROOT / "tests" / "requirements-lowest.txt"


def find_interpreter(version: str) -> Path | None:
    """Find the interpreter of a version: on PATH, or where pyenv keeps it."""
    candidates = [Path(found)] if (found := shutil.which(f"python{version}")) else []
    candidates += sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}"))
    return next((path for path in candidates if _runs(path)), None)


def _runs(path: Path) -> bool:
    # pyenv puts a python3.12 on PATH that only says which version would have one.
    return subprocess.run([path, "-c", ""], check=False, capture_output=True).returncode == 0


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
    found = {version: path for version in VERSIONS if (path := find_interpreter(version))}
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
