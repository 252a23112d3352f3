"""`make bench-check`: measure afresh what the targets compare, and say which of them hold.

    python -m benchmarks.check [--rounds 5] [--seconds 1]

Of those that do not, a profile is printed. The exit status is 0 only if all hold.
"""

import argparse
import sys

from benchmarks.conductor import conducting
from benchmarks.missed import heading, profiles_of_missed
from benchmarks.tables import target_lines
from benchmarks.targets import TARGETS, cases_of


def main() -> int:
    """Run the command line; the exit status is 1 where a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.check", description="Which targets hold.")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=1, help="for how long calls are begun (default: %(default)s)")
    options = parser.parse_args()
    with conducting(seconds=options.seconds, stock=False) as conductor:
        results = conductor.run(cases_of(), options.rounds)
        profiles = profiles_of_missed(conductor, results)
    print(*target_lines(results, TARGETS), sep="\n")
    for case, profile in profiles.items():
        print("", heading(case), "", profile, "", sep="\n")
    held = sum(target.holds(results) for target in TARGETS)
    print(f"{held} of {len(TARGETS)} targets hold.")
    return 0 if held == len(TARGETS) else 1


if __name__ == "__main__":
    sys.exit(main())
