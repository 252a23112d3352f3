"""What this client costs, beside others: `make bench` and `make bench-check`.

    python -m benchmarks run [--rounds 5] [--seconds 1]        measure everybody, and write the report
    python -m benchmarks check [--rounds 5] [--axis events]    measure what the targets compare, and say which hold
    python -m benchmarks profile [SUBJECT] [--axis imports]    show where the time of a call or an import goes

Who is measured stands in `peers`, `ways` and `imports`; what is measured, in `cases` and `measure`, and `conductor`
starts a process for each measurement; what is said, in `targets`, `tables`, `profile` and `report`.

The exit status is 2 if something could not be measured, and that of `check` 1 if a target is missed.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import get_args

from benchmarks.cases import ALL, UPLOAD, Axis, Case
from benchmarks.conductor import MeasurementError, start_conductor
from benchmarks.imports import IMPORTS
from benchmarks.peers import PEERS
from benchmarks.report import describe_run, head_profile, write_report
from benchmarks.tables import target_lines
from benchmarks.targets import TARGETS, Results, Target, cases_of


def _run(options: argparse.Namespace) -> int:
    """Measure everybody, and write the report."""
    facts = describe_run(options.rounds, options.seconds)
    with start_conductor(options.seconds) as conductor:
        results = conductor.run(ALL, options.rounds)
        write_report(facts, results, {})  # whatever comes, the figures are kept
        write_report(facts, results, conductor.profile_missed(results))
    print(*target_lines(results), sep="\n")
    return 0


def _check(options: argparse.Namespace) -> int:
    """Measure what the targets compare, and say which hold, with a profile of those that do not."""
    targets = [target for target in TARGETS if options.axis in (None, target.ours.axis)]
    with start_conductor(options.seconds, stock=False) as conductor:
        results = conductor.run(cases_of(targets), options.rounds)
        print(*target_lines(results, targets), sep="\n")
        for case, profile in conductor.profile_missed(results, targets).items():
            print("", head_profile(case), "", profile, sep="\n")
    return judge(results, targets)


def judge(results: Results, targets: Sequence[Target] = TARGETS) -> int:
    """Say how many targets hold, and return the exit status."""
    held = sum(target.holds(results) for target in targets)
    print(f"\n{held} of {len(targets)} targets hold.")
    return 0 if held == len(targets) else 1


def _profile(options: argparse.Namespace) -> int:
    """Show where the time of a call or an import goes."""
    subjects = IMPORTS if options.axis == "imports" else PEERS
    if options.subject not in subjects:
        raise MeasurementError(f"{options.subject} is not measured; these are: {'; '.join(subjects)}")
    case = Case(options.axis, options.subject, options.at_once, options.size)
    with start_conductor(options.seconds, stock=case.subject == "stock generator") as conductor:
        if case.axis == "imports":
            conductor.measure(case)  # compiles what nobody has compiled yet
        print(conductor.profile(case))
    return 0


def _read_rounds(text: str) -> int:
    rounds = int(text)
    if rounds < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return rounds


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="What this client costs, beside others.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=command.__doc__, description=command.__doc__)
        added.set_defaults(command=command)
        added.add_argument(
            "--seconds", type=float, default=1, help="for how long calls are begun (default: %(default)s)"
        )
        return added

    run, check = add("run", _run), add("check", _check)
    for measured in (run, check):
        measured.add_argument(
            "--rounds", type=_read_rounds, default=5, help="how often each is measured (default: %(default)s)"
        )
    check.add_argument("--axis", choices=get_args(Axis), help="measure this alone (default: everything)")
    profile = add("profile", _profile)
    profile.add_argument("subject", nargs="?", default="ours", help="as the report calls it (default: %(default)s)")
    profile.add_argument("--axis", choices=("calls", "imports"), default="calls", help="(default: %(default)s)")
    profile.add_argument("--at-once", type=int, default=1, help="calls at once (default: %(default)s)")
    profile.add_argument("--size", type=int, default=UPLOAD, help="bytes of the image (default: %(default)s)")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    options = _make_parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except MeasurementError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
