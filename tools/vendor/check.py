"""`make vendor-check`: hold a copy of the client against its own manifest.

It reads the copy alone, unless it is asked whether this checkout has a newer one.
"""

import argparse
import re
import sys
from collections.abc import Sequence

from tools.package.errors import ManifestError, PlaceError, reason, show
from tools.paths import ROOT
from tools.vendor.copies import Copy, place_of, read_copy
from tools.vendor.release import Release, read_release


def lag(copy: Copy, release: Release) -> str | None:
    """Return how a copy lags behind a release, or None if it does not."""
    if copy.manifest == release.manifest or _number(copy.manifest.version) > _number(release.manifest.version):
        return None
    others = copy.manifest.files, release.manifest.files
    changed = [path for path in others[0].keys() | others[1].keys() if others[0].get(path) != others[1].get(path)]
    return f"is {copy.manifest}, this checkout is {release.manifest}; {len(changed)} files differ"


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 1 if the copy, its manifest included, is not as it was vendored, or if it is older than this
        checkout and `--latest` asks for that; 2 if there is no copy, or it cannot be read.
    """
    parser = argparse.ArgumentParser(prog="vendor-check", description="Hold a copy of the client against its manifest.")
    parser.add_argument("--dest", default="", help="the folder that the copy is in")
    parser.add_argument("--name", default="image_variations", help="the copy's package name")
    parser.add_argument("--latest", action="store_true", help="complain of a copy that is older than this checkout")
    options = parser.parse_args(arguments)
    try:
        copy = read_copy(place_of(options.dest, options.name))
        complaints = copy.complaints()
        rewritten = [] if complaints else copy.rewritten()
        if options.latest and (behind := lag(copy, read_release(ROOT))):
            complaints.append(f"{show(copy.folder)}: {behind}")
    except (PlaceError, OSError) as error:
        print(f"vendor-check: {reason(error) if isinstance(error, OSError) else error}", file=sys.stderr)
        return 1 if isinstance(error, ManifestError) else 2
    for complaint in complaints:
        print(f"vendor-check: {complaint}", file=sys.stderr)
    if not complaints:
        but = f", but for the line ends of {_files(len(rewritten))}" if rewritten else ""
        print(f"vendor-check: {show(copy.folder)}: {copy.manifest}, as it was vendored{but}")
    return 1 if complaints else 0
