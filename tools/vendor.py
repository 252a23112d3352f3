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
from pathlib import Path

from tools.checkout import PACKAGE, ROOT
from tools.vendoring.copies import Copy, place_of, read_copy
from tools.vendoring.errors import BlockedError, EditedError, PlaceError, reason, shown
from tools.vendoring.history import find_version
from tools.vendoring.line_ends import without_rewriting
from tools.vendoring.manifest import LICENSE, MANIFEST, PIN, sha256
from tools.vendoring.patches import Edit, patch_of, save_beside
from tools.vendoring.plan import plan_of
from tools.vendoring.release import Release, read_release
from tools.vendoring.replacement import locked, recover, replace


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
        PlaceError: What is there is no copy, or another run is at work.
        OSError: The copy cannot be written. What was there is as it was.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(folder.parent):
        recover(folder)
        if not os.path.lexists(folder):
            replace(folder, release.files)
            return [f"{shown(folder)}: {release.manifest}, {len(release.files)} files"]
        copy = read_copy(folder)
        plan = plan_of(folder, copy.paths, copy.owned(release.files), release.files)
        if plan.blocked:
            raise BlockedError(
                f"{shown(folder / path)}: stands in the way of the copy; move it" for path in plan.blocked
            )
        edited = sorted((*plan.edited, *plan.taken, *copy.edited_manifest))
        if edited and not force:
            raise EditedError(f"{shown(folder / path)}: has been edited" for path in edited)
        notes = [f"{shown(folder / path)}: is not of the copy, and stays" for path in plan.kept]
        if not plan.removed and _is_as(folder, release):
            return [f"{shown(folder)}: {release.manifest}, up to date", *notes]
        patch = save_beside(folder, _patch(copy, edited, release)) if edited else None
        try:
            replace(folder, release.files, plan.kept, dropped=copy.paths - {*plan.kept} | {MANIFEST})
        except BaseException:
            if patch:
                patch.unlink()
            raise
    notes = [*(f"{shown(folder / path)}: removed" for path in plan.removed), *notes]
    if patch:
        again = f"patch -p1 -d {shlex.quote(str(folder.parent))} -i {shlex.quote(str(patch.resolve()))}"
        notes += [f"{shown(patch)}: has the edits; to make them again: {shown(again)}"]
    return [f"{shown(folder)}: {release.manifest}, {len(release.files)} files; was {copy.manifest}", *notes]


def _is_as(folder: Path, release: Release) -> bool:
    """Whether a copy has every file of a release, to the byte."""
    places = ((folder / path, content) for path, content in release.files.items())
    return all(place.is_file() and place.read_bytes() == content for place, content in places)


def _patch(copy: Copy, edited: Sequence[str], release: Release) -> bytes:
    edits: list[Edit] = []
    for path in edited:
        before, content = _original(copy, path, release), (copy.folder / path).read_bytes()
        edits.append(Edit(f"{copy.folder.name}/{path}", before, without_rewriting(content, before)))
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
    except PlaceError as error:
        print(f"vendor: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"vendor: {reason(error)}; nothing was changed", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
