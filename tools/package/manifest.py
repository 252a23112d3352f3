"""The manifest of a package: what it is, and the SHA-256 of each of its files.

`make generate` writes one, and that of a vendored copy says more. It ends with its own SHA-256, so that an edit of
it is seen. That is not a signature: whoever can write the package can write a manifest for it.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from tools.package.errors import ManifestError

MANIFEST = "manifest.json"
PIN = "openapi.yaml"
LICENSE = "LICENSE"

FORMAT = "image-variations/2"
_VENDORED = "image-variations-vendored/1"
"""The format before, in which only copies had a manifest."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_PATH = re.compile(r"(?!\.\.?(?:/|$))[\w.-]+(?:/(?!\.\.?(?:/|$))[\w.-]+)*")
"""Relative, below its folder, and in the same spelling on every system."""


def sha256(content: bytes) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class Distribution:
    """What a copy says of the distribution that it is taken from.

    Attributes:
        purl: The package URL of its version (https://github.com/package-url/purl-spec).
        requires_python: The Pythons that it runs on, as a version specifier.
        dependencies: What it needs, as requirements.
    """

    purl: str
    requires_python: str
    dependencies: tuple[str, ...]


@dataclass(frozen=True)
class Manifest:
    """What a package is made of.

    Attributes:
        version: The client's version.
        pin_sha256: The hash of the document that it was generated from.
        pin_commit: Upstream's commit of that document, if one is known.
        generator: The generator and its version, as a requirement.
        files: The hashes of the package's files by their paths, the manifest left out.
        distribution: What it was taken from, if it is a vendored copy.
        format: The format of the file.
    """

    version: str
    pin_sha256: str
    pin_commit: str | None
    generator: str
    files: Mapping[str, str]
    distribution: Distribution | None = None
    format: str = FORMAT

    def __str__(self) -> str:
        return f"{self.version} (pin {self.pin_sha256[:12]})"

    def rendered(self) -> bytes:
        """Return the manifest as a file: the same bytes for the same manifest."""
        source = self.distribution
        pin = {"sha256": self.pin_sha256, "commit": self.pin_commit}
        data: dict[str, object] = {
            "format": self.format,
            **({"purl": source.purl} if source else {}),
            "version": self.version,
            "pin": {"file": PIN, **pin} if source else pin,
            "generator": self.generator,
            **({"requires-python": source.requires_python, "dependencies": [*source.dependencies]} if source else {}),
            "files": dict(sorted(self.files.items())),
        }
        data["sha256"] = sha256(_json(data))
        return _json(data)


def is_ours(content: bytes) -> bool:
    """Return whether a file is a manifest of a package, however it was edited since."""
    return any(f'"format": "{name}"'.encode() in content for name in (FORMAT, _VENDORED))


def parse_manifest(content: bytes) -> Manifest:
    """Read a manifest, which may have been edited: then `rendered` gives other bytes.

    Raises:
        ManifestError: It is none. The message goes on from the manifest's path.
    """
    try:
        data: object = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ManifestError(f"is not JSON ({' '.join(str(error).split())})") from error
    fields = cast("dict[str, object]", data) if isinstance(data, dict) else {}
    if (found := fields.get("format")) not in (FORMAT, _VENDORED):
        raise ManifestError(f"is not a manifest of the format {FORMAT}")
    pin = fields.get("pin")
    pinned = cast("dict[str, object]", pin) if isinstance(pin, dict) else {}
    commit = pinned.get("commit")
    return Manifest(
        version=_text(fields, "version"),
        pin_sha256=_text(pinned, "sha256"),
        pin_commit=None if commit is None else _text(pinned, "commit"),
        generator=_text(fields, "generator"),
        files=_files(fields.get("files")),
        distribution=_distribution(fields) if found == _VENDORED or "purl" in fields else None,
        format=str(found),
    )


def _distribution(fields: Mapping[str, object]) -> Distribution:
    return Distribution(
        purl=_text(fields, "purl"),
        requires_python=_text(fields, "requires-python"),
        dependencies=_texts(fields.get("dependencies")),
    )


def _json(data: Mapping[str, object]) -> bytes:
    return json.dumps(data, indent=2).encode() + b"\n"


def _text(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value.isprintable():
        raise ManifestError(f"has no {name}")
    return value


def _texts(value: object) -> tuple[str, ...]:
    items = cast("list[object]", value) if isinstance(value, list) else [None]
    return tuple(_text({"dependency": item}, "dependency") for item in items)


def _files(value: object) -> dict[str, str]:
    files = cast("dict[str, object]", value) if isinstance(value, dict) else {}
    if not files:
        raise ManifestError("names no files")
    for path, digest in files.items():
        if not _PATH.fullmatch(path) or path == MANIFEST:
            raise ManifestError(f"names {path!a}, which cannot be a file of a package")
        if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
            raise ManifestError(f"has no SHA-256 for {path}")
    return cast("dict[str, str]", files)
