"""A copy as it is on disk, held against its manifest. Links are not followed."""

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from keyword import iskeyword
from pathlib import Path

from tools.vendoring.errors import ManifestError, VendorError, shown
from tools.vendoring.manifest import MANIFEST, Manifest, parsed, sha256


@dataclass(frozen=True)
class Copy:
    """A vendored copy.

    Attributes:
        folder: Where it is.
        manifest: What it was when it was written.
        is_manifest_edited: Whether somebody has written the manifest since; then it proves nothing.
        entries: What is there, by path, the manifest and what Python caches left out: the hash of a
            file, and `None` for what is not a file.
    """

    folder: Path
    manifest: Manifest
    is_manifest_edited: bool
    entries: Mapping[str, str | None]

    @property
    def recorded(self) -> Mapping[str, str]:
        """The hashes of the files as they were vendored, as far as that can be known."""
        return {} if self.is_manifest_edited else self.manifest.files

    def complaints(self) -> list[str]:
        """What is other than the manifest says, each in a line that begins with the path."""
        if self.is_manifest_edited:
            return [f"{shown(self.folder / MANIFEST)}: has been edited, so that it proves nothing of the other files"]
        recorded = self.recorded
        found = {
            path: self._complaint(path)
            for path in recorded.keys() | self.entries.keys()
            if path not in recorded or self.entries.get(path) != recorded[path]
        }
        return [f"{shown(self.folder / path)}: {complaint}" for path, complaint in sorted(found.items())]

    def _complaint(self, path: str) -> str:
        if path not in self.entries:
            return "is missing"
        if path not in self.recorded:
            return "is not of the copy"
        return "has been edited" if self.entries[path] else "is not a regular file"


def place_of(dest: str, name: str) -> Path:
    """The folder of a copy.

    Raises:
        VendorError: The destination is not given, or no package can have the name.
    """
    if not dest:
        raise VendorError("DEST is needed, the folder that the copy goes into: DEST=../service/src/service")
    if not (name.isidentifier() and name.isascii()) or iskeyword(name):
        raise VendorError(f"NAME={shown(name)}: is not a name for a package")
    return Path(dest) / name


def read_copy(folder: Path) -> Copy:
    """Read the copy in a folder.

    Raises:
        ManifestError: Its manifest is missing, or cannot be read.
        VendorError: There is no folder.
    """
    if folder.is_symlink():
        raise VendorError(f"{shown(folder)}: is a symbolic link, which is not followed")
    if not folder.is_dir():
        raise VendorError(f"{shown(folder)}: {'is not a folder' if folder.exists() else 'there is no copy here'}")
    place = folder / MANIFEST
    if place.is_symlink() or not place.is_file():
        raise ManifestError(f"{shown(place)}: is missing: this is not a vendored copy, or no longer a whole one")
    content = place.read_bytes()
    try:
        manifest = parsed(content)
    except ManifestError as error:
        raise ManifestError(
            f"{shown(place)}: {error}; restore it from your version control, or remove the folder and vendor anew"
        ) from error
    entries = {path: _hash(folder / path) for path in _paths(folder) if path != MANIFEST}
    return Copy(folder, manifest, manifest.rendered() != content, entries)


def _paths(folder: Path) -> Iterator[str]:
    """Everything below a folder that is not a folder itself."""
    waiting = [folder]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(Path(entry))
                elif not _is_cached(Path(entry)):
                    yield Path(entry).relative_to(folder).as_posix()


def _is_cached(path: Path) -> bool:
    # `module.cpython-311.pyc.139895` is one that an interpreter is writing.
    return path.parent.name == "__pycache__" and ".pyc" in path.suffixes


def _hash(path: Path) -> str | None:
    return sha256(path.read_bytes()) if stat.S_ISREG(path.lstat().st_mode) else None
