"""`make bench-check`: measure afresh what the targets compare, and say which of them hold.

    python -m benchmarks.check [--rounds 5] [--seconds 1]

A profile of those that do not is printed. The exit status is 1 if one is missed, and 2 if something could not be
measured.
"""

import argparse
import sys
from collections.abc import Sequence

from benchmarks.conductor import MeasurementError, conducting
from benchmarks.figures import Results
from benchmarks.missed import heading, profiles_of_missed
from benchmarks.options import at_least
from benchmarks.tables import target_lines
from benchmarks.targets import TARGETS, cases_of


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.check", description="Which targets hold.")
    parser.add_argument(
        "--rounds", type=at_least(1), default=5, help="how often each is measured (default: %(default)s)"
    )
    parser.add_argument("--seconds", type=float, default=1, help="for how long calls are begun (default: %(default)s)")
    options = parser.parse_args(arguments)
    try:
        with conducting(seconds=options.seconds, stock=False) as conductor:
            results = conductor.run(cases_of(), options.rounds)
            print(*target_lines(results, TARGETS), sep="\n")
            for case, profile in profiles_of_missed(conductor, results).items():
                print("", heading(case), "", profile, sep="\n")
    except MeasurementError as error:
        print(f"bench-check: {error}", file=sys.stderr)
        return 2
    return verdict(results)


def verdict(results: Results) -> int:
    """Say how many targets hold; returns the exit status."""
    held = sum(target.holds(results) for target in TARGETS)
    print(f"\n{held} of {len(TARGETS)} targets hold.")
    return 0 if held == len(TARGETS) else 1


if __name__ == "__main__":
    sys.exit(main())
