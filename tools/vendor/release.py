"""What a checkout offers: the files of a copy, and their manifest."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypedDict, cast

from tools.package.errors import ManifestError, PlaceError, show
from tools.package.line_ends import original, unix_lines
from tools.package.manifest import LICENSE, MANIFEST, PIN, Distribution, Manifest, sha256
from tools.package.ownership import read_manifest

ATTRIBUTES = ".gitattributes"

_LINE_ENDS_STAY = b"""\
# Of the vendored copy. git must not rewrite the line ends of these files, or they are not those of the manifest.
* -text
"""

_Project = TypedDict("_Project", {"name": str, "requires-python": str, "dependencies": list[str]})


class _Settings(TypedDict):
    project: _Project


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
        PlaceError: Its generated files are not those of the manifest, or are not made from its document.
    """
    package = root / "generated" / "image_variations"
    try:
        generated, is_edited = read_manifest(package / MANIFEST)
    except (ManifestError, FileNotFoundError):
        is_edited, generated = True, None
    if generated is None or is_edited:
        raise PlaceError(f"{show(package / MANIFEST)}: is not as it was generated; run `make generate`")
    files = {path: _generated(package / path, digest) for path, digest in generated.files.items()}
    pin = original((root / PIN).read_bytes(), generated.pin_sha256)
    if pin is None:
        raise PlaceError(f"{show(package)}: is not generated from {PIN} as it is now; run `make generate`")
    files |= {LICENSE: unix_lines((root / LICENSE).read_bytes()), PIN: pin, ATTRIBUTES: _LINE_ENDS_STAY}
    settings = cast(_Settings, tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8")))
    project = settings["project"]
    manifest = replace(
        generated,
        distribution=Distribution(
            purl=f"pkg:pypi/{project['name']}@{generated.version}",
            requires_python=project["requires-python"],
            dependencies=tuple(project["dependencies"]),
        ),
        files={path: sha256(content) for path, content in files.items()},
    )
    return Release(manifest, {**files, MANIFEST: manifest.rendered()})


def _generated(place: Path, digest: str) -> bytes:
    """Return a generated file, in a checkout in which git may have rewritten its line ends."""
    content = original(place.read_bytes(), digest) if place.is_file() else None
    if content is None:
        raise PlaceError(f"{show(place)}: is not as it was generated; run `make generate`")
    return content
