"""Generating a client from a document within a test, and importing it."""

import importlib
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from tools.generate.generate import generate
from tools.paths import ROOT

PIN = ROOT / "openapi.yaml"
COMMITTED = ROOT / "generated" / "image_variations"


def edited_pin(folder: Path, *edits: tuple[str, str]) -> Path:
    """A copy of the pin with texts replaced, each of which must stand in it exactly once."""
    text = PIN.read_text(encoding="utf-8")
    for old, new in edits:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the pin"
        text = text.replace(old, new)
    path = folder / "openapi.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@contextmanager
def importable(folder: Path, package: str) -> Generator[ModuleType]:
    """A package of a folder, imported while the context lasts."""
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module(package)
    finally:
        sys.path.remove(str(folder))
        top = package.partition(".")[0]
        for module in [module for module in sys.modules if module == top or module.startswith(f"{top}.")]:
            del sys.modules[module]


@contextmanager
def generated(spec: Path, folder: Path, name: str, config: Path | None = None) -> Generator[ModuleType]:
    """The client of a document, imported as the package `name` while the context lasts."""
    generate(spec, folder / name, config=config)
    with importable(folder, name) as package:
        yield package
