"""Which files of a folder are of the package in it. A name proves nothing: the manifest does, or else a file's mark."""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.package.contents import is_regular, paths_in
from tools.package.errors import ManifestError, PlaceError, show
from tools.package.line_ends import unix_lines
from tools.package.manifest import MANIFEST, Manifest, is_ours, parse_manifest
from tools.package.marks import PARTS, is_generated

_MAX_NAMED = 10


@dataclass(frozen=True)
class Ownership:
    """The files of a package, and what says so.

    Attributes:
        files: Their hashes by their paths; None if nothing proves what a file was.
        complaint: Why no manifest proves anything, to follow its path; None if one does.
    """

    files: Mapping[str, str | None]
    complaint: str | None = None


def read_manifest(place: Path) -> tuple[Manifest, bool]:
    """Read a manifest, and whether it was edited: then it proves nothing.

    Raises:
        ManifestError: It is none. The message goes on from the manifest's path.
    """
    content = unix_lines(place.read_bytes())
    manifest = parse_manifest(content)
    return manifest, manifest.rendered() != content


def check_package(folder: Path) -> None:
    """Refuse a folder that holds something and no package. It is not read further: it may be anything, such as `/`.

    Raises:
        PlaceError: Nothing says that there is a package.
    """
    place = folder / MANIFEST
    if os.path.lexists(place):
        if not is_regular(place) or not is_ours(place.read_bytes()):
            raise PlaceError(f"{show(place)}: is not the manifest of a generated package; name another folder")
    elif (names := {*os.listdir(folder)} - {"__pycache__"}) and not all((folder / part).is_file() for part in PARTS):
        raise _foreign(folder, names)


def ownership_of(folder: Path, paths: Collection[str], needed: Collection[str]) -> Ownership:
    """Find out what the package in a folder consists of.

    Args:
        folder: The folder of a package.
        paths: What it holds.
        needed: The names of the files of the package that is to replace it.

    Raises:
        PlaceError: There is no manifest, and something that is not of a package.
    """
    if MANIFEST not in paths:
        if others := {path for path in paths if not _is_generated(folder, path)}:
            raise _foreign(folder, others)
        return Ownership(dict.fromkeys(paths), "is missing")
    try:
        manifest, is_edited = read_manifest(folder / MANIFEST)
    except ManifestError as error:
        complaint = str(error)
    else:
        if not is_edited:
            return Ownership(manifest.files)
        complaint = "has been edited"
    # What the new package does not have may be somebody's copy of a generated file.
    marked = {path for path in paths if path in needed and _is_generated(folder, path)}
    return Ownership(dict.fromkeys(marked), complaint)


def _foreign(folder: Path, names: Collection[str]) -> PlaceError:
    named = ", ".join(sorted(names)[:_MAX_NAMED])
    more = f" and {len(names) - _MAX_NAMED} more" if len(names) > _MAX_NAMED else ""
    return PlaceError(
        f"{show(folder)}: has no {MANIFEST} that lists {show(named)}{more}; nothing was changed; name a folder of "
        "its own (FORCE=1 discards edits of listed files, and nothing is listed here)"
    )


def generated_in(folder: Path) -> set[str]:
    """Return the files of a package, or of its remains: those that its manifest lists, else those with a mark."""
    paths = {*paths_in(folder)}
    try:
        manifest, is_edited = read_manifest(folder / MANIFEST)
    except (ManifestError, OSError):
        is_edited, manifest = True, None
    if manifest is not None and not is_edited:
        return {path for path in paths if path in manifest.files or path == MANIFEST}
    ours = {path for path in paths if path != MANIFEST and _is_generated(folder, path)}
    return ours | {path for path in paths if path == MANIFEST and is_ours((folder / path).read_bytes())}


def _is_generated(folder: Path, path: str) -> bool:
    place = folder / path
    return is_regular(place) and is_generated(path, place.read_bytes())
