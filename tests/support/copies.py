"""Copies of the client, and checkouts of other versions to take them from."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

from tests.support.generation import edited_pin
from tools.generate.generate import generate
from tools.package.manifest import MANIFEST, sha256
from tools.package.ownership import read_manifest
from tools.paths import ROOT, SETTINGS
from tools.vendor import __main__ as vendor
from tools.vendor import check
from tools.vendor.release import Release, read_release


def checkout(folder: Path, *edits: tuple[str, str], version: str = "0.0.9") -> Path:
    """A checkout of another version, whose pin has texts replaced."""
    root = folder / "checkout"
    root.mkdir(parents=True)
    generate(edited_pin(root, *edits), root / "generated" / "image_variations", config=SETTINGS)
    for name in ("LICENSE", "pyproject.toml"):
        shutil.copy(ROOT / name, root)
    package = root / "generated" / "image_variations"
    init = package / "__init__.py"
    init.write_text(init.read_text().replace('__version__ = "0.1.0"', f'__version__ = "{version}"'))
    manifest, _ = read_manifest(package / MANIFEST)
    files = {path: sha256((package / path).read_bytes()) for path in manifest.files}
    (package / MANIFEST).write_bytes(replace(manifest, version=version, files=files).rendered())
    return root


def altered(release: Release, version: str, **files: bytes | None) -> Release:
    """A release with other files, and without those that are `None`; a path has `__` in place of its slashes."""
    changed = {name.replace("__", "/") + ".py": content for name, content in files.items()}
    contents = {path: content for path, content in {**release.files, **changed}.items() if content is not None}
    return released(release, version, contents)


def released(release: Release, version: str, files: Mapping[str, bytes]) -> Release:
    """Another version of a release, with these files."""
    contents = {path: content for path, content in files.items() if path != MANIFEST}
    hashes = {path: sha256(content) for path, content in contents.items()}
    assert release.manifest.distribution
    distribution = replace(release.manifest.distribution, purl=f"pkg:pypi/image-variations@{version}")
    manifest = replace(release.manifest, version=version, distribution=distribution, files=hashes)
    return Release(manifest, {**contents, MANIFEST: manifest.rendered()})


@cache
def current() -> Release:
    """What this checkout offers."""
    return read_release(ROOT)


@cache
def older() -> Release:
    """An older version: it has a file more, and another first line of one."""
    types = b"# old\n" + current().files["types.py"]
    return altered(current(), "0.0.9", models__retired=b"GONE = 1\n", types=types)


def run_vendor(folder: Path, *options: str) -> int:
    """The command, called for a copy in a folder."""
    return vendor.main(["--dest", str(folder.parent), "--name", folder.name, *options])


def run_check(folder: Path, *options: str) -> int:
    """The check, called for a copy in a folder."""
    return check.main(["--dest", str(folder.parent), "--name", folder.name, *options])


def forge(folder: Path, **fields: object) -> None:
    """Write other fields into the manifest of a copy."""
    path = folder / MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **fields}))


def make(target: str, *variables: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A target of the Makefile, called from elsewhere."""
    process = ["make", "--no-print-directory", "-f", str(ROOT / "Makefile"), target, f"PYTHON={sys.executable}"]
    # WSL names the machine so, which must not become the package's name.
    environment = {**os.environ, "NAME": "LAPTOP-1"}
    return subprocess.run([*process, *variables], cwd=cwd, env=environment, check=False, capture_output=True, text=True)


@contextmanager
def without_privileges() -> Generator[None]:
    """Permissions bind root no more than that it stops being root."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
