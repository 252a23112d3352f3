"""Ten pictures from a call onto the disk: CPU, memory and the longest stall of the event loop, against other ways.

    python -m benchmarks.images [--rounds 5] [--without pybase64,orjson]

Every measurement is a process of its own; the ways take turns, round by round, and medians are printed. Linux only.
"""

import argparse

from benchmarks.cases import IMAGES, LARGE_IMAGES, OFFICIAL, ONE_IMAGE, PICTURE, PICTURES
from benchmarks.conductor import conducting
from benchmarks.figures import Case, Results
from benchmarks.image_ways import WAYS
from benchmarks.options import at_least
from benchmarks.tables import target_lines
from benchmarks.targets import IMAGE_TARGETS


def _table(results: Results, at_once: int) -> list[str]:
    rows = [f"{PICTURES} pictures of {PICTURE / 1e6} MB, {at_once} at once:"]
    rows += [f"  {'':46}{'CPU/call':>11}{'memory':>13}{'stall':>12}   ratios to {OFFICIAL}"]
    official = Case("images", OFFICIAL, at_once, PICTURE, PICTURES)
    for way in WAYS:
        case = Case("images", way, at_once, PICTURE, PICTURES)
        figures = [results.median(case, figure) for figure in ("cpu_ms", "memory_kb", "stall_ms")]
        theirs = [results.median(official, figure) for figure in ("cpu_ms", "memory_kb", "stall_ms")]
        cpu, memory, stall = figures
        ratios = "".join(f"{one / other:8.3f}" for one, other in zip(figures, theirs, strict=True))
        rows += [f"  {way:46}{cpu:8.1f} ms{memory / 1024:9.1f} MiB{stall:9.1f} ms{ratios}"]
    return rows


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.images", description="Pictures onto the disk, in several ways."
    )
    parser.add_argument(
        "--rounds", type=at_least(1), default=5, help="how often each way is measured (default: %(default)s)"
    )
    parser.add_argument("--without", default="", help="modules that cannot be imported, such as pybase64,orjson")
    options = parser.parse_args()
    print(f"Medians of {options.rounds} rounds; without {options.without or 'nothing'}.")
    with conducting(without=options.without, stock=False) as conductor:
        results = conductor.run([*IMAGES, ONE_IMAGE, LARGE_IMAGES], options.rounds)
    for at_once in (1, 8):
        print(*_table(results, at_once), sep="\n")
    print(*target_lines(results, IMAGE_TARGETS), sep="\n")


if __name__ == "__main__":
    main()
