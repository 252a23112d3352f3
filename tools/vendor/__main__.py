"""`make vendor` and `make vendor-check`: put a copy of the client into another service, and check it."""

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from tools.package.errors import BlockedError, EditedError, PlaceError, reason
from tools.paths import ROOT
from tools.vendor import check
from tools.vendor.changes import changes_for_callers
from tools.vendor.copies import place_of
from tools.vendor.release import read_release
from tools.vendor.vendor import vendor


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 1 if changes in the copy would be lost, 2 if it cannot be written. `check` has its own.
    """
    given = sys.argv[1:] if arguments is None else arguments
    if given[:1] == ["check"]:
        return check.main(given[1:])
    parser = argparse.ArgumentParser(prog="vendor", description="Put a copy of the client into another service.")
    parser.add_argument("--dest", default="", help="the folder that the copy goes into")
    parser.add_argument("--name", default="image_variations", help="the copy's package name")
    parser.add_argument("--force", action="store_true", help="overwrite edited files, and save the edits as a patch")
    options = parser.parse_args(given)
    return report(lambda: _put(place_of(options.dest, options.name), force=options.force))


def _put(folder: Path, *, force: bool) -> Sequence[str]:
    release = read_release(ROOT)
    told = changes_for_callers(folder, release)  # the copy that is there is gone afterwards
    return [*vendor(release, folder, force=force), *told]


def report(work: Callable[[], Iterable[str]]) -> int:
    """Do the work, print its lines, and return the exit status."""
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
