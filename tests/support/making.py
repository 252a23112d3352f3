"""Runs of make, and a checkout in which no target does anything but note how its programs are called."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

from tools.paths import ROOT

_OF_AN_OUTER_MAKE = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MAKEFILES")
"""What `make test` tells a make below it, its own variables among them."""

_END = "\1"

_RECORDER = f"""#!/bin/sh
printf '%s\\0' "$0" "$PWD" "${{IMAGE-}}" "$@" '{_END}' >> "$RECORD"
[ "$1 $2" != "-m venv" ] || {{ mkdir -p -- "$3/bin" && cp -- "$0" "$3/bin/python"; }}
"""
"""Stands in for a Python: notes how it is called, and makes an environment of itself."""


def run_make(
    *arguments: str, cwd: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run make as from a shell of its own."""
    inherited = {name: value for name, value in os.environ.items() if name not in _OF_AN_OUTER_MAKE}
    process = ["make", "--no-print-directory", *arguments]
    return subprocess.run(
        process, cwd=cwd, env={**inherited, **(environment or {})}, check=False, capture_output=True, text=True
    )


@frozen
class Call:
    """How a program was called.

    Attributes:
        python: The interpreter.
        folder: Where it was called.
        image: The environment's `IMAGE`.
        arguments: What follows the interpreter.
    """

    python: str
    folder: str
    image: str
    arguments: tuple[str, ...]


@frozen
class Checkout:
    """A checkout whose programs only note how they are called."""

    root: Path

    @property
    def python(self) -> Path:
        """What stands in for the system's interpreter."""
        return self.root.parent / "python"

    def make(
        self, *arguments: str, cwd: Path | None = None, environment: Mapping[str, str] | None = None
    ) -> tuple[subprocess.CompletedProcess[str], list[Call]]:
        """Run make, in the checkout unless it is told otherwise; returns what was called too."""
        record = self.root.parent / "record"
        record.unlink(missing_ok=True)
        # A HOME of its own: a path that is expanded should name nothing of this machine.
        own = {"RECORD": str(record), "PYTHON": str(self.python), "HOME": str(self.root.parent / "home")}
        result = run_make(*arguments, cwd=cwd or self.root, environment={**own, **(environment or {})})
        return result, _calls_in(record.read_text(encoding="utf-8") if record.exists() else "")


def stub_checkout(root: Path) -> Checkout:
    """Make such a checkout, with its environments."""
    checkout = Checkout(root)
    for name in ("benchmarks", "docs", "tests/machines"):
        (root / name).mkdir(parents=True)
    for name in (
        "Makefile",
        "pyproject.toml",
        "requirements-dev.txt",
        "benchmarks/requirements.txt",
        "docs/requirements.txt",
        "tests/machines/requirements.txt",
    ):
        shutil.copy(ROOT / name, root / name)
    checkout.python.write_text(_RECORDER)
    checkout.python.chmod(0o755)
    for name in (".venv", ".venv-bench", ".venv-docs", ".venv-machines"):
        stub_environment(checkout, root / name)
    return checkout


def stub_environment(checkout: Checkout, folder: Path) -> None:
    """Make an environment that is newer than what it is made from."""
    (folder / "bin").mkdir(parents=True)
    shutil.copy(checkout.python, folder / "bin" / "python")
    (folder / "ready").touch()


def _calls_in(record: str) -> list[Call]:
    calls: list[Call] = []
    words: list[str] = []
    for word in record.split("\0")[:-1]:
        if word != _END:
            words.append(word)
            continue
        python, folder, image, *arguments = words
        calls.append(Call(python, folder, image, tuple(arguments)))
        words = []
    return calls
