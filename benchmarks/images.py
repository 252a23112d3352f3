"""Ten pictures from a call onto the disk: CPU, memory and the longest stall of the event loop, against other ways.

    python -m benchmarks.images [--rounds 5] [--without pybase64,orjson]

One server process on one core answers with a precomputed body. Every measurement is a process of its own on another
core; the ways take turns, round by round, and medians are printed. Linux only: it reads /proc.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager

from attrs import frozen

from benchmarks.measure import WAYS, Figures

_OURS, _WHOLE, _OFFICIAL, _ = WAYS
_COUNT = 10
_SIZE = 1_500_000
_LARGE = 8_000_000
_TARGETS = {"cpu_ms": 0.5, "memory_kb": 0.05, "stall_ms": 0.1}


@frozen
class Setting:
    """Where and how measurements are made."""

    core: int
    rounds: int
    without: str

    def median(self, ways: Iterable[str], url: str, at_once: int) -> dict[str, Figures]:
        """The median figures of each way; the ways alternate."""
        ways = tuple(ways)
        taken: dict[str, list[Figures]] = {way: [] for way in ways}
        for number in range(self.rounds):
            for way in ways[number % len(ways) :] + ways[: number % len(ways)]:
                taken[way].append(self._measure(way, url, at_once))
        return {way: _median(figures) for way, figures in taken.items()}

    def _measure(self, way: str, url: str, at_once: int) -> Figures:
        command = [sys.executable, "-m", "benchmarks.measure", way, url, str(at_once), str(self.core), self.without]
        result = subprocess.run(command, check=True, capture_output=True, text=True)
        return Figures(**json.loads(result.stdout))


def _median(figures: list[Figures]) -> Figures:
    return Figures(
        cpu_ms=statistics.median(one.cpu_ms for one in figures),
        memory_kb=int(statistics.median(one.memory_kb for one in figures)),
        stall_ms=statistics.median(one.stall_ms for one in figures),
        files=figures[0].files,
    )


@contextmanager
def answering(core: int, count: int, size: int) -> Generator[str]:
    """A server process, by its URL."""
    command = [sys.executable, "-m", "benchmarks.answer_server", str(core), str(count), str(size)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            port = server.stdout.readline().strip() if server.stdout else ""
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.kill()


def _print_table(figures: dict[str, Figures]) -> None:
    official = figures[_OFFICIAL]
    for way, one in figures.items():
        ratios = (one.cpu_ms / official.cpu_ms, one.memory_kb / official.memory_kb, one.stall_ms / official.stall_ms)
        print(
            f"  {way:38}{one.cpu_ms:8.1f} ms{one.memory_kb / 1024:9.1f} MiB{one.stall_ms:9.1f} ms"
            + "".join(f"{ratio:8.3f}" for ratio in ratios)
        )
    ours = figures[_OURS]
    for name, target in _TARGETS.items():
        ratio = getattr(ours, name) / getattr(official, name)
        print(f"  {name}: {ratio:.3f} of the official SDK's, target {target}: {'met' if ratio <= target else 'MISSED'}")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.images", description="Pictures onto the disk, in several ways."
    )
    parser.add_argument("--rounds", type=int, default=5, help="how often each way is measured (default: %(default)s)")
    parser.add_argument("--without", default="", help="modules that cannot be imported, such as pybase64,orjson")
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    setting = Setting(cores[-1], options.rounds, options.without)
    print(f"Medians of {options.rounds} rounds; without {options.without or 'nothing'}; ratios to {_OFFICIAL}.")
    with answering(cores[0], _COUNT, _SIZE) as url:
        for at_once in (1, 8):
            print(f"{_COUNT} pictures of {_SIZE / 1e6} MB, {at_once} calls at once:")
            print(f"  {'':38}{'CPU/call':>11}{'memory':>13}{'stall':>12}{'ratios':>16}")
            _print_table(setting.median(WAYS, url, at_once))
        small_ten = setting.median([_OURS], url, 1)[_OURS].memory_kb
    with answering(cores[0], 1, _SIZE) as url:
        one = setting.median([_OURS], url, 1)[_OURS].memory_kb
    with answering(cores[0], _COUNT, _LARGE) as url:
        ten = setting.median([_OURS], url, 1)[_OURS].memory_kb
    more = (ten - one) / 1024
    print(f"Memory of {_OURS}: {one / 1024:.1f} MiB for one picture of {_SIZE / 1e6} MB,")
    print(f"  {small_ten / 1024:.1f} MiB for ten, {ten / 1024:.1f} MiB for ten of {_LARGE / 1e6} MB:")
    print(f"  {more:.1f} MiB more, target 4: {'met' if more <= 4 else 'MISSED'}")


if __name__ == "__main__":
    main()
