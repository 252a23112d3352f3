"""Putting a generated package into its folder, without losing what is somebody's own there.

The manifest of the package that is there says which of its files are to be replaced. What was edited stops the command,
and what it does not list stays.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from tools.package.contents import paths_in
from tools.package.effects import Plan, plan_of
from tools.package.errors import BlockedError, EditedError, PlaceError, show
from tools.package.manifest import MANIFEST
from tools.package.ownership import Ownership, check_package, ownership_of
from tools.package.replacement import locked, recover, replace
from tools.paths import ROOT

_MAX_NAMED = 10


def check_place(out: Path) -> None:
    """Refuse what cannot be a package's folder.

    Raises:
        PlaceError: It is a file, or holds this checkout.
    """
    if ROOT.is_relative_to(out):
        raise PlaceError(f"{show(out)}: holds this checkout; name a folder of its own")
    if os.path.lexists(out) and not out.is_dir():
        raise PlaceError(f"{show(out)}: is not a folder")


def write(out: Path, files: Mapping[str, bytes], *, force: bool) -> list[str]:
    """Put a package into a folder, wholly or not at all.

    Args:
        out: The folder, without links in its path; it need not be there.
        files: The contents of the package by their paths, the manifest included.
        force: Whether edits of the package that is there are discarded.

    Returns:
        What stayed and what was removed, a line each.

    Raises:
        EditedError: Files were edited, and `force` is not given.
        BlockedError: Something else stands in the way.
        PlaceError: The folder is not that of a package.
        OSError: The package cannot be written. What was there is as it was.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with locked(out.parent, wait=True):
        recover(out)
        if not out.exists():
            replace(out, files)
            return []
        check_package(out)
        paths = frozenset(paths_in(out))
        ownership = ownership_of(out, paths, files)
        plan = plan_of(out, paths, ownership.files, files)
        _check(out, plan, ownership, is_edited=MANIFEST in paths and bool(ownership.complaint), force=force)
        replace(out, files, plan.kept, dropped=paths - {*plan.kept})
    return [*_removed(out, plan.removed), *_kept(out, plan.kept, {*files, *ownership.files})]


def _check(out: Path, plan: Plan, ownership: Ownership, *, is_edited: bool, force: bool) -> None:
    if blocked := sorted((*plan.blocked, *plan.taken)):
        raise BlockedError(f"{show(out / path)}: stands in the way of the package; move it" for path in blocked)
    if (plan.edited or is_edited) and not force:
        raise EditedError(_complaints(out, plan.edited, ownership.complaint, is_there=is_edited))


def _complaints(out: Path, edited: Iterable[str], complaint: str | None, *, is_there: bool) -> Iterator[str]:
    if complaint is None:
        yield from (f"{show(out / path)}: has been edited" for path in edited)
        return
    yield f"{show(out / MANIFEST)}: {complaint}, so that nothing proves that the files were not edited"
    if is_there:
        yield from (f"{show(out / path)}: is not as it is generated now" for path in edited)


def _removed(out: Path, paths: Sequence[str]) -> Iterator[str]:
    if paths:
        more = f" and {len(paths) - _MAX_NAMED} more" if len(paths) > _MAX_NAMED else ""
        yield f"{show(out)}: removed what the new package does not have: {', '.join(paths[:_MAX_NAMED])}{more}"


def _kept(out: Path, paths: Iterable[str], package: Iterable[str]) -> Iterator[str]:
    """Name what stays: of a folder that the package does not have, the folder."""
    folders = {folder for name in package for folder in PurePosixPath(name).parents}
    ways = ([*reversed(PurePosixPath(path).parents), PurePosixPath(path)] for path in paths)
    named = {next(step for step in way if step not in folders) for way in ways}
    yield from (f"{show(out / path)}: is not of the package, and stays" for path in sorted(named))
