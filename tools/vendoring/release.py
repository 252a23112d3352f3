"""What a checkout offers: the files of a copy, and their manifest."""

import ast
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, cast

from tools.vendoring.errors import VendorError, shown
from tools.vendoring.manifest import LICENSE, MANIFEST, PIN, Manifest, sha256

GENERATOR = "openapi-python-client=="

_Project = TypedDict("_Project", {"name": str, "requires-python": str, "dependencies": list[str]})


class _Groups(TypedDict):
    dev: list[str]


_Settings = TypedDict("_Settings", {"project": _Project, "dependency-groups": _Groups})


@dataclass(frozen=True)
class Release:
    """A version of the client, ready to be copied.

    Attributes:
        manifest: What it is.
        files: The contents of its files by their paths, the manifest's own included.
    """

    manifest: Manifest
    files: Mapping[str, bytes]


def read_release(root: Path) -> Release:
    """Read what a checkout offers.

    Raises:
        VendorError: Its generated files are not made from its document.
    """
    package = root / "generated" / "image_variations"
    files = {
        path.relative_to(package).as_posix(): path.read_bytes()
        for path in sorted(package.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    files |= {name: (root / name).read_bytes() for name in (LICENSE, PIN)}
    settings = cast(_Settings, tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8")))
    project = settings["project"]
    pin = _assigned(files["client.py"], "PIN")
    if not isinstance(pin, ast.Call):
        raise VendorError(f"{shown(package / 'client.py')}: PIN is not there; run `make generate`")
    pinned = {keyword.arg: ast.literal_eval(keyword.value) for keyword in pin.keywords}
    if pinned["sha256"] != sha256(files[PIN]):
        raise VendorError(f"{shown(package)}: is not generated from {PIN} as it is now; run `make generate`")
    version = str(ast.literal_eval(_assigned(files["__init__.py"], "__version__")))
    manifest = Manifest(
        version=version,
        purl=f"pkg:pypi/{project['name']}@{version}",
        pin_sha256=pinned["sha256"],
        pin_commit=pinned["commit"],
        generator=next(entry for entry in settings["dependency-groups"]["dev"] if entry.startswith(GENERATOR)),
        requires_python=project["requires-python"],
        dependencies=tuple(project["dependencies"]),
        files={path: sha256(content) for path, content in files.items()},
    )
    return Release(manifest, {**files, MANIFEST: manifest.rendered()})


def _assigned(module: bytes, name: str) -> ast.expr:
    """What a module assigns to a name. The module is not run: that would need its dependencies."""
    for statement in ast.parse(module).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == name:
            return statement.value
    return ast.Constant(None)
