"""`make bench`: measure everybody, and write `benchmarks/REPORT.md`, its plot and the README's table of ratios.

python -m benchmarks.run [--rounds 5] [--seconds 1]
"""

import argparse

from attrs import evolve

from benchmarks.cases import ALL
from benchmarks.conductor import conducting
from benchmarks.facts import facts_of_run
from benchmarks.missed import profiles_of_missed
from benchmarks.options import at_least
from benchmarks.places import LAST_RUN
from benchmarks.report import write
from benchmarks.run_record import RunRecord
from benchmarks.tables import target_lines
from benchmarks.targets import TARGETS


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description="Measure everybody.")
    parser.add_argument(
        "--rounds", type=at_least(1), default=5, help="how often each is measured (default: %(default)s)"
    )
    parser.add_argument("--seconds", type=float, default=1, help="for how long calls are begun (default: %(default)s)")
    options = parser.parse_args()
    with conducting(seconds=options.seconds) as conductor:
        results = conductor.run(ALL, options.rounds)
        record = RunRecord(facts_of_run(options.rounds, options.seconds), results, profiles={})
        record.save(LAST_RUN)  # whatever comes, the figures are kept
        record = evolve(record, profiles=profiles_of_missed(conductor, results))
    record.save(LAST_RUN)
    write(record)
    print(*target_lines(results, TARGETS), sep="\n")


if __name__ == "__main__":
    main()
