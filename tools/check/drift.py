"""Drift: files of a package that are not what the document generates."""

import tempfile
from pathlib import Path

from tools.check.files import files_in
from tools.generate.generate import generate
from tools.paths import SETTINGS


def drift(spec: Path, package: Path, config: Path = SETTINGS) -> list[str]:
    """Return the files of a package that are not what document and settings generate, and the line that differs."""
    with tempfile.TemporaryDirectory() as scratch:
        generate(spec, Path(scratch) / package.name, config=config)
        fresh = files_in(Path(scratch) / package.name)
    committed = files_in(package)
    return [
        f"{package / name}{_difference(committed.get(name), fresh.get(name))}"
        for name in sorted(fresh.keys() | committed.keys())
        if committed.get(name) != fresh.get(name)
    ]


def _difference(committed: bytes | None, fresh: bytes | None) -> str:
    if committed is None:
        return ": is missing; run `make generate`"
    if fresh is None:
        return ": is not generated; remove it"
    pairs = enumerate(zip(committed.splitlines(), fresh.splitlines(), strict=False), start=1)
    line = next((number for number, (old, new) in pairs if old != new), min(committed.count(b"\n"), fresh.count(b"\n")))
    return f":{line}: differs from what is generated; edit openapi.yaml or templates/, then run `make generate`"
