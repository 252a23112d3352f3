"""`make clean`: remove what make made in this checkout, and nothing else."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.clean.clean import clean
from tools.paths import ROOT


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit status is 1 if something cannot be removed."""
    parser = argparse.ArgumentParser(prog="clean", description="Remove what make made in this checkout.")
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv", help="the virtual environment")
    options = parser.parse_args(arguments)
    try:
        for line in clean(ROOT, options.venv):
            print(f"clean: {line}")
    except OSError as error:
        print(f"clean: {error.filename}: {error.strerror}; not everything was removed", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
