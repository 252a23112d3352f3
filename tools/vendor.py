"""`make vendor`: put a copy of the client into another service, or bring the one that is there up to date.

The copy appears whole or not at all. Nothing that was changed in it is lost: without `FORCE=1` an edited
file stops the command, with it the edits are saved as a patch beside the copy. Files that are not of the
copy stay where they are.
"""

import argparse
import os
import shlex
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.checkout import PACKAGE, ROOT
from tools.vendoring.copies import Copy, place_of, read_copy
from tools.vendoring.errors import BlockedError, EditedError, VendorError, reason, shown
from tools.vendoring.history import find_version
from tools.vendoring.manifest import LICENSE, MANIFEST, PIN, sha256
from tools.vendoring.patches import Edit, patch_of, save_beside
from tools.vendoring.release import Release, read_release
from tools.vendoring.replacement import locked, recover, replace


@dataclass(frozen=True)
class Plan:
    """What bringing a copy up to date means for what is there.

    Attributes:
        edited: The files that were edited, and would be overwritten or removed.
        removed: The files of the old copy that the new one does not have.
        kept: What is not of the copy, and stays.
        changes_nothing: Whether the copy is as it is to be.
    """

    edited: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    changes_nothing: bool = False


def plan_of(release: Release, copy: Copy) -> Plan:
    """Decide what happens to what is there.

    Raises:
        BlockedError: Something stands in the way that is not an edit of a file.
    """
    # Where the manifest was edited, whatever differs from the new copy may be somebody's work.
    recorded, entries = copy.recorded, copy.entries
    fresh = {path: sha256(content) for path, content in release.files.items()}
    known = recorded.keys() | fresh.keys()
    kept = sorted(entries.keys() - known)
    blocked = [
        *(path for path in sorted(entries.keys() & known) if entries[path] is None),
        *(path for path in kept if _clashes(path, release) or not _can_be_kept(copy.folder / path)),
    ]
    if blocked:
        raise BlockedError(f"{shown(copy.folder / path)}: stands in the way of the copy; move it" for path in blocked)
    edited = [path for path in entries.keys() & known if entries[path] not in (recorded.get(path), fresh.get(path))]
    if copy.is_manifest_edited:
        edited.append(MANIFEST)
    is_whole = all(entries.get(path) == digest for path, digest in fresh.items() if path != MANIFEST)
    return Plan(
        edited=tuple(sorted(edited)),
        removed=tuple(sorted(recorded.keys() - fresh.keys())),
        kept=tuple(kept),
        changes_nothing=is_whole and not copy.is_manifest_edited and copy.manifest == release.manifest,
    )


def _clashes(path: str, release: Release) -> bool:
    """Whether a path is a folder of the release, or below one of its files."""
    return any(name.startswith(f"{path}/") or path.startswith(f"{name}/") for name in release.files)


def _can_be_kept(path: Path) -> bool:
    return path.is_symlink() or path.is_file()


def vendor(release: Release, folder: Path, *, force: bool = False) -> list[str]:
    """Put a release into a folder.

    Args:
        release: What to copy.
        folder: The copy; what is above it is made where it is not there.
        force: Whether edited files may be overwritten, once they are saved in a patch.

    Returns:
        What was done, a line each.

    Raises:
        EditedError: Files of the copy were edited, and `force` is not given.
        BlockedError: Something else stands in the way.
        VendorError: What is there is no copy, or another run is at work.
        OSError: The copy cannot be written. What was there is as it was.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(folder.parent):
        recover(folder)
        if not os.path.lexists(folder):
            replace(folder, release.files)
            return [f"{shown(folder)}: {release.manifest}, {len(release.files)} files"]
        copy = read_copy(folder)
        plan = plan_of(release, copy)
        if plan.edited and not force:
            raise EditedError(f"{shown(folder / path)}: has been edited" for path in plan.edited)
        notes = [f"{shown(folder / path)}: is not of the copy, and stays" for path in plan.kept]
        if plan.changes_nothing:
            return [f"{shown(folder)}: {release.manifest}, up to date", *notes]
        patch = save_beside(folder, _patch(copy, plan.edited, release)) if plan.edited else None
        try:
            replace(folder, release.files, plan.kept)
        except BaseException:
            if patch:
                patch.unlink()
            raise
    notes = [*(f"{shown(folder / path)}: removed" for path in plan.removed), *notes]
    if patch:
        again = f"patch -p1 -d {shlex.quote(str(folder.parent))} -i {shlex.quote(str(patch.resolve()))}"
        notes += [f"{shown(patch)}: has the edits; to make them again: {shown(again)}"]
    return [f"{shown(folder)}: {release.manifest}, {len(release.files)} files; was {copy.manifest}", *notes]


def _patch(copy: Copy, edited: Sequence[str], release: Release) -> bytes:
    edits = [
        Edit(f"{copy.folder.name}/{path}", _original(copy, path, release), (copy.folder / path).read_bytes())
        for path in edited
    ]
    return patch_of(edits)


def _original(copy: Copy, path: str, release: Release) -> bytes | None:
    """What an edit is told against: the file as it was vendored, if it can be found, else as it is now.

    A file that the new copy does not have is told whole, so that the patch can be applied to it.
    """
    if (now := release.files.get(path)) is None:
        return None
    digest = copy.recorded.get(path)
    if digest is None or sha256(now) == digest:
        return now
    source = ROOT / path if path in (LICENSE, PIN) else PACKAGE / path
    found = (find_version(place, digest) for place in (copy.folder / path, source))
    return next((content for content in found if content is not None), now)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 1 where changes in the copy would be lost, 2 where it cannot be written.
    """
    parser = argparse.ArgumentParser(prog="vendor", description="Put a copy of the client into another service.")
    parser.add_argument("--dest", default="", help="the folder that the copy goes into")
    parser.add_argument("--name", default="image_variations", help="the copy's package name")
    parser.add_argument("--force", action="store_true", help="overwrite edited files, and save the edits as a patch")
    options = parser.parse_args(arguments)
    return reported(
        lambda: vendor(read_release(ROOT), place_of(options.dest, options.name), force=options.force),
    )


def reported(work: Callable[[], Iterable[str]]) -> int:
    """Do the work, and print what came of it; returns the exit status."""
    try:
        for line in work():
            print(f"vendor: {line}")
    except BlockedError as error:
        way_out = "; FORCE=1 overwrites edits, and saves them as a patch" if isinstance(error, EditedError) else ""
        for line in (*error.complaints, f"nothing was changed{way_out}"):
            print(f"vendor: {line}", file=sys.stderr)
        return 1
    except VendorError as error:
        print(f"vendor: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"vendor: {reason(error)}; nothing was changed", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
