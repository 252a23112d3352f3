"""Where the time of a call goes: one who is measured, under a profiler, against the answer server.

    python -m benchmarks.profile [PEER] [--at-once 1] [--size 262144] [--seconds 2]

The profiler makes every Python function dearer, and code in C not: shares are hints, not measurements.
"""

import argparse
import asyncio
import cProfile
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import PurePath

from benchmarks.calls import measured
from benchmarks.cases import UPLOAD
from benchmarks.conductor import Conductor, conducting
from benchmarks.figures import Case
from benchmarks.peers import PEERS
from benchmarks.process import hide, settle

_ROWS = 15

Entries = Mapping[tuple[str, int, str], float]
"""Seconds spent in a function itself, by file, line and name."""


def shares(entries: Entries) -> list[str]:
    """Packages, then functions, by their share of the time spent in themselves."""
    total = sum(entries.values())
    packages: defaultdict[str, float] = defaultdict(float)
    functions: defaultdict[str, float] = defaultdict(float)
    for (file, _, name), seconds in entries.items():
        package = package_of(file)
        packages[package] += seconds
        functions[f"{package}: {PurePath(file).name}: {name}" if package != "C" else f"C: {name}"] += seconds
    return [*ranked(packages, total), "", *ranked(functions, total)]


def ranked(seconds: Mapping[str, float], total: float) -> list[str]:
    """What took most of some time, with its share, the greatest first; less than 0.1 % is not told."""
    greatest = sorted(seconds.items(), key=lambda item: -item[1])[:_ROWS]
    return [f"{one / total:6.1%}  {name}" for name, one in greatest if one >= total / 1000]


def package_of(file: str) -> str:
    """The package that a file belongs to: below site-packages its first folder, or this client, or Python itself."""
    if file.startswith(("~", "<")):
        return "C"
    parts = PurePath(file).parts
    if "site-packages" in parts:
        return parts[parts.index("site-packages") + 1]
    known = [name for name in ("image_variations", "stock_image_variations", "benchmarks", "examples") if name in parts]
    return known[0] if known else "Python's library"


def profile_of(conductor: Conductor, case: Case) -> str:
    """The profile of a case of calls, from a process of its own."""
    command = [sys.executable, "-m", "benchmarks.profile", case.subject, "--server", conductor.server]
    command += ["--at-once", str(case.at_once), "--size", str(case.size), "--core", str(conductor.core)]
    return conductor.run_alone(command, case).stdout.rstrip()


def _profiled(name: str, server: str, core: int, at_once: int, size: int, seconds: float) -> list[str]:
    settle(core)
    hide(PEERS[name].hidden)
    profiler = cProfile.Profile()
    asyncio.run(measured(name, server, at_once, size, seconds, during=profiler))
    return shares(entries_of(profiler))


def entries_of(profiler: cProfile.Profile) -> Entries:
    """What a profiler has seen, but for waiting for the server, which is not a work."""
    entries: defaultdict[tuple[str, int, str], float] = defaultdict(float)
    for entry in profiler.getstats():
        code = entry.code
        place = ("~", 0, code) if isinstance(code, str) else (code.co_filename, code.co_firstlineno, code.co_name)
        if "select.epoll" not in place[2]:
            entries[place] += entry.inlinetime
    return entries


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile", description="Where the time of a call goes.")
    parser.add_argument("peer", nargs="?", default="ours", choices=PEERS, help="(default: %(default)s)")
    parser.add_argument("--at-once", type=int, default=1, help="(default: %(default)s)")
    parser.add_argument("--size", type=int, default=UPLOAD, help="bytes of the picture (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=2, help="(default: %(default)s)")
    parser.add_argument("--server", help="an answer server that runs already")
    parser.add_argument("--core", type=int, default=0, help="the CPU core, with --server")
    chosen = parser.parse_args()
    if chosen.server:
        work = (chosen.peer, chosen.server, chosen.core, chosen.at_once, chosen.size, chosen.seconds)
        print(*_profiled(*work), sep="\n")
        return
    with conducting(stock=chosen.peer == "stock generator") as conductor:
        print(profile_of(conductor, Case("calls", chosen.peer, chosen.at_once, chosen.size)))


if __name__ == "__main__":
    main()
