"""The manifest of a copy: what it is, and the SHA-256 of each of its files.

It ends with its own SHA-256, so that an edit of it is seen. That is not a signature: whoever can write
the copy can write a manifest for it.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from tools.vendoring.errors import ManifestError

MANIFEST = "manifest.json"
PIN = "openapi.yaml"
LICENSE = "LICENSE"

_FORMAT = "image-variations-vendored/1"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PATH = re.compile(r"(?!\.\.?(?:/|$))[\w.-]+(?:/(?!\.\.?(?:/|$))[\w.-]+)*")
"""Relative, below its folder, and in the same spelling on every system."""


def sha256(content: bytes) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class Manifest:
    """What a copy is made of.

    Attributes:
        version: The client's version.
        purl: The package URL of that version (https://github.com/package-url/purl-spec).
        pin_sha256: The hash of the document that it was generated from.
        pin_commit: Upstream's commit of that document, if one is known.
        generator: The generator and its version, as a requirement.
        requires_python: The Pythons that it runs on, as a version specifier.
        dependencies: What it needs, as requirements.
        files: The hashes of the copy's files by their paths, the manifest left out.
    """

    version: str
    purl: str
    pin_sha256: str
    pin_commit: str | None
    generator: str
    requires_python: str
    dependencies: tuple[str, ...]
    files: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.version} (pin {self.pin_sha256[:12]})"

    def rendered(self) -> bytes:
        """The manifest as a file: the same bytes for the same manifest."""
        data: dict[str, object] = {
            "format": _FORMAT,
            "purl": self.purl,
            "version": self.version,
            "pin": {"file": PIN, "sha256": self.pin_sha256, "commit": self.pin_commit},
            "generator": self.generator,
            "requires-python": self.requires_python,
            "dependencies": [*self.dependencies],
            "files": dict(sorted(self.files.items())),
        }
        data["sha256"] = sha256(_json(data))
        return _json(data)


def parsed(content: bytes) -> Manifest:
    """Read a manifest, which may have been edited: then `rendered` gives other bytes.

    Raises:
        ManifestError: It is none. The message goes on from the manifest's path.
    """
    try:
        data: object = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ManifestError(f"is not JSON ({' '.join(str(error).split())})") from error
    if not isinstance(data, dict) or (fields := cast("dict[str, object]", data)).get("format") != _FORMAT:
        raise ManifestError(f"is not a manifest of the format {_FORMAT}")
    pin = fields.get("pin")
    pinned = cast("dict[str, object]", pin) if isinstance(pin, dict) else {}
    commit = pinned.get("commit")
    return Manifest(
        version=_text(fields, "version"),
        purl=_text(fields, "purl"),
        pin_sha256=_text(pinned, "sha256"),
        pin_commit=None if commit is None else _text(pinned, "commit"),
        generator=_text(fields, "generator"),
        requires_python=_text(fields, "requires-python"),
        dependencies=_texts(fields.get("dependencies")),
        files=_files(fields.get("files")),
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
            raise ManifestError(f"names {path!a}, which cannot be a file of a copy")
        if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
            raise ManifestError(f"has no SHA-256 for {path}")
    return cast("dict[str, str]", files)
