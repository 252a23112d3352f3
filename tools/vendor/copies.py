"""A copy as it is on disk, held against its manifest."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from keyword import iskeyword
from pathlib import Path

from tools.package.contents import is_regular, paths_in
from tools.package.errors import ManifestError, PlaceError, show
from tools.package.line_ends import original
from tools.package.manifest import MANIFEST, Manifest, sha256
from tools.package.ownership import ownership_of, read_manifest


@dataclass(frozen=True)
class Copy:
    """A vendored copy.

    Attributes:
        folder: Where it is.
        manifest: Its version and files when it was written.
        is_manifest_edited: Whether the manifest was edited since; then it proves nothing.
        paths: The paths of its files, without the manifest and what Python caches.
    """

    folder: Path
    manifest: Manifest
    is_manifest_edited: bool
    paths: frozenset[str]

    @property
    def recorded(self) -> Mapping[str, str]:
        """The hashes of the files as they were vendored, as far as that can be known."""
        return {} if self.is_manifest_edited else self.manifest.files

    @property
    def edited_manifest(self) -> tuple[str, ...]:
        """The manifest, if it was edited."""
        return (MANIFEST,) if self.is_manifest_edited else ()

    def owned(self, needed: Collection[str]) -> Mapping[str, str | None]:
        """Return the files of the copy, which is to be replaced by one with files of these names."""
        return ownership_of(self.folder, {*self.paths, MANIFEST}, needed).files

    def complaints(self) -> list[str]:
        """Return a line for each difference from the manifest, which begins with the path."""
        if self.is_manifest_edited:
            return [f"{show(self.folder / MANIFEST)}: has been edited, so that it proves nothing of the other files"]
        files = {path for path in self.paths if not path.endswith("/")}
        found = {path: self._complaint(path) for path in self.recorded.keys() | files}
        return [f"{show(self.folder / path)}: {complaint}" for path, complaint in sorted(found.items()) if complaint]

    def _complaint(self, path: str) -> str | None:
        if path not in self.paths:
            return "is missing"
        if path not in self.recorded:
            return "is not of the copy"
        if not is_regular(self.folder / path):
            return "is not a regular file"
        return None if original(self._content(path), self.recorded[path]) is not None else "has been edited"

    def rewritten(self) -> list[str]:
        """Return the files that are as they were vendored but for their line ends."""
        digests = {**self.recorded, MANIFEST: sha256(self.manifest.rendered())}
        return [
            path
            for path, digest in sorted(digests.items())
            if sha256(content := self._content(path)) != digest and original(content, digest) is not None
        ]

    def _content(self, path: str) -> bytes:
        return (self.folder / path).read_bytes()


def place_of(dest: str, name: str) -> Path:
    """Return the folder of a copy.

    Raises:
        PlaceError: The destination is not given, or no package can have the name.
    """
    if not dest:
        raise PlaceError("DEST is needed, the folder that the copy goes into: DEST=../service/src/service")
    if not (name.isidentifier() and name.isascii()) or iskeyword(name):
        raise PlaceError(f"NAME={show(name)}: is not a name for a package")
    return Path(dest) / name


def read_copy(folder: Path) -> Copy:
    """Read the copy in a folder.

    Raises:
        ManifestError: Its manifest is missing, or cannot be read.
        PlaceError: There is no folder.
    """
    if folder.is_symlink():
        raise PlaceError(f"{show(folder)}: is a symbolic link, which is not followed")
    if not folder.is_dir():
        raise PlaceError(f"{show(folder)}: {'is not a folder' if folder.exists() else 'there is no copy here'}")
    place = folder / MANIFEST
    if place.is_symlink() or not place.is_file():
        raise ManifestError(f"{show(place)}: is missing: this is not a vendored copy, or no longer a whole one")
    try:
        manifest, is_edited = read_manifest(place)
    except ManifestError as error:
        raise ManifestError(
            f"{show(place)}: {error}; restore it from your version control, or remove the folder and vendor anew"
        ) from error
    if manifest.distribution is None:
        raise ManifestError(f"{show(place)}: is that of a generated package, which is not a vendored copy")
    return Copy(folder, manifest, is_edited, frozenset(paths_in(folder)) - {MANIFEST})
