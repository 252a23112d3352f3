"""A copy of the client in another service: write it, or bring the one that is there up to date.

The copy appears whole or not at all. Nothing that was changed in it is lost: without `FORCE=1` an edited
file stops the command, with it the edits are saved as a patch beside the copy. Files that are not of the
copy stay where they are.
"""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from tools.package.effects import plan_of
from tools.package.errors import BlockedError, EditedError, show
from tools.package.line_ends import without_rewriting
from tools.package.manifest import LICENSE, MANIFEST, PIN, sha256
from tools.package.replacement import locked, recover, replace
from tools.paths import PACKAGE, ROOT
from tools.vendor.copies import Copy, read_copy
from tools.vendor.history import find_version
from tools.vendor.patches import Edit, patch_of, save_beside
from tools.vendor.release import Release


def vendor(release: Release, folder: Path, *, force: bool = False) -> list[str]:
    """Put a release into a folder.

    Args:
        release: What to copy.
        folder: The copy; the folders above it are made if they are not there.
        force: Whether edited files may be overwritten, once they are saved in a patch.

    Returns:
        A line for each thing that was done.

    Raises:
        EditedError: Files of the copy were edited, and `force` is not given.
        BlockedError: Something else stands in the way.
        PlaceError: What is there is no copy, or another run is at work.
        OSError: The copy cannot be written. What was there is as it was.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(folder.parent):
        recover(folder)
        if not os.path.lexists(folder):
            replace(folder, release.files)
            return [f"{show(folder)}: {release.manifest}, {len(release.files)} files"]
        copy = read_copy(folder)
        plan = plan_of(folder, copy.paths, copy.owned(release.files), release.files)
        if plan.blocked:
            raise BlockedError(
                f"{show(folder / path)}: stands in the way of the copy; move it" for path in plan.blocked
            )
        edited = sorted((*plan.edited, *plan.taken, *copy.edited_manifest))
        if edited and not force:
            raise EditedError(f"{show(folder / path)}: has been edited" for path in edited)
        notes = [f"{show(folder / path)}: is not of the copy, and stays" for path in plan.kept]
        if not plan.removed and _is_as(folder, release):
            return [f"{show(folder)}: {release.manifest}, up to date", *notes]
        patch = save_beside(folder, _patch(copy, edited, release)) if edited else None
        try:
            replace(folder, release.files, plan.kept, dropped=copy.paths - {*plan.kept} | {MANIFEST})
        except BaseException:
            if patch:
                patch.unlink()
            raise
    notes = [*(f"{show(folder / path)}: removed" for path in plan.removed), *notes]
    if patch:
        again = f"patch -p1 -d {shlex.quote(str(folder.parent))} -i {shlex.quote(str(patch.resolve()))}"
        notes += [f"{show(patch)}: has the edits; to make them again: {show(again)}"]
    return [f"{show(folder)}: {release.manifest}, {len(release.files)} files; was {copy.manifest}", *notes]


def _is_as(folder: Path, release: Release) -> bool:
    """Return whether a copy has every file of a release, to the byte."""
    places = ((folder / path, content) for path, content in release.files.items())
    return all(place.is_file() and place.read_bytes() == content for place, content in places)


def _patch(copy: Copy, edited: Sequence[str], release: Release) -> bytes:
    edits: list[Edit] = []
    for path in edited:
        before, content = _original(copy, path, release), (copy.folder / path).read_bytes()
        edits.append(Edit(f"{copy.folder.name}/{path}", before, without_rewriting(content, before)))
    return patch_of(edits)


def _original(copy: Copy, path: str, release: Release) -> bytes | None:
    """Return what an edit is compared with: the file as it was vendored if it can be found, else as it is now.

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
