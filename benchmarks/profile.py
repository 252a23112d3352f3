"""Where time goes, as a profiler has seen it: packages, then what is in them, by their share of the time.

A profiler makes every Python function and every import dearer, and code in C not: shares are hints, not measurements.
"""

import cProfile
import re
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import PurePath

_ROWS = 15

_IMPORT = re.compile(r"^import time: +(?P<itself>\d+) \| +\d+ \| *(?P<module>\S+)$", re.MULTILINE)

Entries = Mapping[tuple[str, int, str], float]
"""Seconds spent in a function itself, by file, line and name."""


def describe_calls(profiler: cProfile.Profile) -> list[str]:
    """Rank packages and functions, but for waiting for the server, which is no work."""
    entries: defaultdict[tuple[str, int, str], float] = defaultdict(float)
    for entry in profiler.getstats():
        code = entry.code
        place = ("~", 0, code) if isinstance(code, str) else (code.co_filename, code.co_firstlineno, code.co_name)
        if "select.epoll" not in place[2]:
            entries[place] += entry.inlinetime
    return rank_functions(entries)


def rank_functions(entries: Entries) -> list[str]:
    """Rank packages, then functions, by the time spent in themselves."""
    packages: defaultdict[str, float] = defaultdict(float)
    functions: defaultdict[str, float] = defaultdict(float)
    for (file, _, name), seconds in entries.items():
        package = package_of(file)
        packages[package] += seconds
        functions[f"{package}: {PurePath(file).name}: {name}" if package != "C" else f"C: {name}"] += seconds
    return [*_rank(packages), "", *_rank(functions)]


def package_of(file: str) -> str:
    """Return the package of a file: below site-packages its first folder, or this client, or Python itself."""
    if file.startswith(("~", "<")):
        return "C"
    parts = PurePath(file).parts
    if "site-packages" in parts:
        return parts[parts.index("site-packages") + 1]
    known = [name for name in ("image_variations", "stock_image_variations", "benchmarks", "examples") if name in parts]
    return known[0] if known else "Python's library"


def describe_import(trace: str) -> list[str]:
    """Rank packages, then modules, by the time of their own code, from what Python's `-X importtime` prints."""
    modules: defaultdict[str, float] = defaultdict(float)
    packages: defaultdict[str, float] = defaultdict(float)
    for module in _IMPORT.finditer(trace):
        package, seconds = module["module"].partition(".")[0], int(module["itself"]) / 1e6
        modules[module["module"]] += seconds
        packages["Python's library" if package in sys.stdlib_module_names else package] += seconds
    return [*_rank(packages), "", *_rank(modules)]


def _rank(seconds: Mapping[str, float]) -> list[str]:
    """Return what took most of the time, with its share, the greatest first, and nothing of less than 0.1 %."""
    total = sum(seconds.values())
    greatest = sorted(seconds.items(), key=lambda item: -item[1])[:_ROWS]
    return [f"{one / total:6.1%}  {name}" for name, one in greatest if one >= total / 1000]
