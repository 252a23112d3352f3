"""Copies of the client, and checkouts of other versions to take them from."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

from tests.generation import edited_pin
from tools.generate import ROOT, generate
from tools.vendoring.manifest import MANIFEST, sha256
from tools.vendoring.release import Release, read_release


def checkout(folder: Path, *edits: tuple[str, str], version: str = "0.0.9") -> Path:
    """A checkout of another version, whose pin has texts replaced."""
    root = folder / "checkout"
    root.mkdir(parents=True)
    generate(edited_pin(root, *edits), root / "generated" / "image_variations")
    for name in ("LICENSE", "pyproject.toml"):
        shutil.copy(ROOT / name, root)
    init = root / "generated" / "image_variations" / "__init__.py"
    init.write_text(init.read_text().replace('__version__ = "0.1.0"', f'__version__ = "{version}"'))
    return root


def altered(release: Release, version: str, **files: bytes | None) -> Release:
    """A release with other files, and without those that are `None`; a path has `__` in place of its slashes."""
    changed = {name.replace("__", "/") + ".py": content for name, content in files.items()}
    contents = {path: content for path, content in {**release.files, **changed}.items() if content is not None}
    del contents[MANIFEST]
    hashes = {path: sha256(content) for path, content in contents.items()}
    manifest = replace(release.manifest, version=version, purl=f"pkg:pypi/image-variations@{version}", files=hashes)
    return Release(manifest, {**contents, MANIFEST: manifest.rendered()})


def this_release() -> Release:
    """What this checkout offers."""
    return read_release(ROOT)


def forge(folder: Path, **fields: object) -> None:
    """Write other fields into the manifest of a copy."""
    path = folder / MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **fields}))
