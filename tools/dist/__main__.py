"""`make dist`: a wheel and a source distribution in `dist/`, checked, and tried out on each Python of this machine."""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.dist.build import DistributionError, build
from tools.dist.contents import faults_of, metadata_of, oldest_of
from tools.dist.trial import program_of, reference_server, try_command, try_out
from tools.paths import ROOT
from tools.pythons import VERSIONS, find_interpreters


def make(root: Path, folder: Path) -> Iterator[str]:
    """Build the distributions of a checkout and try them out; yield a line for each thing that was done.

    Args:
        root: The checkout.
        folder: The folder that they are written to.

    Raises:
        DistributionError: A distribution is not as it has to be.
    """
    wheel, source = build(root, folder)
    if faults := faults_of(wheel, source, root):
        raise DistributionError("\n".join(faults))
    for path in (wheel, source):
        yield f"{path}: built twice with the same bytes, and has what it has to have"
    found = find_interpreters()
    yield from (f"Python {version}: is not on this machine" for version in VERSIONS if version not in found)
    if not found:
        raise DistributionError(f"no Python of {', '.join(VERSIONS)} was found to try the distributions out")
    yield from _try_out(root, (wheel, source), found, oldest_of(metadata_of(wheel)))


def _try_out(root: Path, distributions: Sequence[Path], found: dict[str, Path], oldest: Sequence[str]) -> Iterator[str]:
    readme = (root / "README.md").read_text(encoding="utf-8")
    with reference_server(root) as (base_url, api_key):
        program = program_of(readme, base_url, api_key)
        for version, interpreter in found.items():
            for name, constraints in (("newest", ()), ("oldest", oldest)):
                for path in distributions:
                    trial = f"Python {version}, {name} dependencies, {path.name}"
                    with tempfile.TemporaryDirectory() as scratch:
                        try:
                            try_out(interpreter, path, constraints, program, Path(scratch))
                            if path.suffix == ".whl" and not constraints:
                                try_command(path, base_url, api_key, Path(scratch))
                        except DistributionError as error:
                            raise DistributionError(f"{trial}: {error}") from error
                    yield f"{trial}: the program of the README runs"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, and return its exit status: 1 if a distribution is not as it has to be."""
    parser = argparse.ArgumentParser(prog="dist", description="Build the distributions, and try them out.")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="the folder that they are written to")
    options = parser.parse_args(arguments)
    try:
        for line in make(ROOT, options.out.resolve()):
            print(f"dist: {line}", flush=True)
    except DistributionError as error:
        for line in str(error).splitlines():
            print(f"dist: {line}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
