"""The packages of a survey, side by side over one runtime, and what type checkers say of them."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

from tools.openapi.document import node, nodes
from tools.paths import ROOT, TEMPLATES

SHARED = "surveyed"
"""The package that holds all others, and the runtime that they share."""

_OWN_RUNTIME = re.compile(rb"^( *from \.+)(?=_runtime\b)", re.MULTILINE)
_MYPY_LINE = re.compile(r"(?P<path>[^:]+):(?P<line>\d+): error: (?P<text>.*)")


def write_runtime(folder: Path) -> None:
    """Write the runtime that the packages of a folder share."""
    for module in (TEMPLATES / "_runtime").rglob("*.py"):
        target = folder / module.relative_to(TEMPLATES)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(module.read_bytes())
    (folder / "__init__.py").write_text('"""Clients."""\n', encoding="utf-8")
    (folder / "py.typed").write_bytes(b"")


def share_runtime(package: Path) -> None:
    """Have a package import the runtime from beside it, in place of its own."""
    for module in package.rglob("*.py"):
        module.write_bytes(_OWN_RUNTIME.sub(rb"\1.", module.read_bytes()))


def mypy_errors(folder: Path, packages: Sequence[str]) -> dict[str, str]:
    """Return the first error of each package by mypy, strict as this project's own code."""
    command = "--strict --disallow-any-explicit --no-error-summary --hide-error-context --no-color-output --no-pretty"
    places = [f"{SHARED}/{package}" for package in packages]
    run = [sys.executable, "-m", "mypy", *command.split(), "--no-incremental", "--config-file=", *places]
    said = subprocess.run(run, cwd=folder, capture_output=True, text=True, check=False)
    if said.returncode not in (0, 1) or (said.returncode and not said.stdout.strip()):
        raise OSError(f"mypy failed: {(said.stderr or said.stdout).strip()[-300:]}")
    matches = (_MYPY_LINE.match(line) for line in said.stdout.splitlines())
    return _first((match["path"], int(match["line"]), match["text"]) for match in matches if match)


def pyright_errors(folder: Path, packages: Sequence[str]) -> dict[str, str]:
    """Return the first error of each package by pyright, strict."""
    settings = {"typeCheckingMode": "strict", "pythonVersion": "3.11", "include": [f"{SHARED}/{p}" for p in packages]}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    run = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, "--project", str(folder)]
    said = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
    try:
        report: object = json.loads(said.stdout)
    except ValueError as error:
        raise OSError(f"pyright failed: {(said.stderr or said.stdout).strip()[-300:]}") from error
    found = [entry for entry in nodes(node(report).get("generalDiagnostics")) if entry.get("severity") == "error"]
    return _first((_relative(entry, folder), _line(entry), str(entry.get("message"))) for entry in found)


def _relative(entry: Mapping[str, object], folder: Path) -> str:
    return Path(str(entry["file"])).relative_to(folder.resolve()).as_posix()


def _line(entry: Mapping[str, object]) -> int:
    return cast(int, node(node(entry.get("range")).get("start")).get("line", -1)) + 1


def _first(errors: Iterator[tuple[str, int, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path, line, text in errors:
        _, package, *rest = path.split("/")
        found.setdefault(package, f"{'/'.join(rest)}:{line}: {text}")
    return found
