"""Pyright over the modules that changed since it last found nothing, and over those that import them.

It remembers nothing, and takes longer for all modules than the other checks together. mypy, which remembers, checks
whatever depends on a change, however indirectly. Without a record, and if the environment says `CI=true`, pyright
checks all modules.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tools.paths import ROOT

_RECORD = Path(".pyright_cache", "checked.json")

_SETTINGS = ("pyproject.toml", "requirements-dev.txt")
"""What decides how every module is checked."""

_IMPORT = re.compile(r"^\s*(?:from\s+(\S+)\s+import\s+(\([^)]*\)|.*)|import\s+(.*))", re.MULTILINE)


def check(root: Path, run: Callable[[list[str]], int], *, everything: bool = False) -> int:
    """Have a checkout's stale modules checked, and record all modules if nothing was found.

    Args:
        root: The checkout.
        run: Checks modules, all if none are given; returns the exit status.
        everything: Whether to pay no attention to the record.
    """
    digests = _digests_of(root)
    before = {} if everything else _read_record(root)
    if any(before.get(name) != digests[name] for name in _SETTINGS):
        status = run([])
    else:
        stale = sorted(_stale(root, before, digests))
        status = run(stale) if stale else 0
    if status == 0:
        record = root / _RECORD
        record.parent.mkdir(exist_ok=True)
        record.write_text(json.dumps(digests), encoding="utf-8")
    return status


def _stale(root: Path, before: Mapping[str, str], now: Mapping[str, str]) -> set[str]:
    """Return the modules that changed or are new, and those that import one of that name."""
    changed = {name for name in before.keys() | now.keys() if before.get(name) != now.get(name)}
    names = {path.parent.name if path.stem == "__init__" else path.stem for path in map(Path, changed)}
    modules = now.keys() - {*_SETTINGS}
    return {name for name in modules if name in changed or not names.isdisjoint(_imported(root / name))}


def _imported(module: Path) -> Iterator[str]:
    """Give each word of a module's imports: too many, as pyright would rather check too much."""
    for match in _IMPORT.finditer(module.read_text(encoding="utf-8")):
        yield from re.findall(r"\w+", " ".join(filter(None, match.groups())))


def _digests_of(root: Path) -> dict[str, str]:
    """Return the hash of each module that pyright checks, and of what decides how."""
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pyright"]
    found = (path for folder in settings["include"] for path in (root / folder).rglob("*.py*"))
    names = {path.relative_to(root).as_posix() for path in found if path.suffix in (".py", ".pyi")}
    return {
        name: hashlib.sha256((root / name).read_bytes()).hexdigest()
        for name in {*names, *_SETTINGS} - {*settings["exclude"]}
    }


def _read_record(root: Path) -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads((root / _RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _run(modules: list[str]) -> int:
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, *modules]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(check(ROOT, _run, everything=os.environ.get("CI") == "true"))
