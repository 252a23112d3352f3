"""`make bench-check`: measure afresh what the targets compare, and say which of them hold.

    python -m benchmarks.check [--rounds 5] [--seconds 1]

Of those that do not, a profile is printed. The exit status is 1 where one is missed that is not known to be, and 2
where something could not be measured.
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
    missed = [target for target in TARGETS if not target.holds(results)]
    news = [target for target in missed if not target.is_known_to_miss]
    known = f"; {len(missed) - len(news)} of the others are known to be missed" if len(news) < len(missed) else ""
    print(f"\n{len(TARGETS) - len(missed)} of {len(TARGETS)} targets hold{known}.")
    return 1 if news else 0


if __name__ == "__main__":
    sys.exit(main())
