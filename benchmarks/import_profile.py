"""Where the time of an import goes: the packages that it loads, then their modules.

    python -m benchmarks.import_profile [NAME]

NAME is one of `benchmarks.imports.IMPORTS`. The times are those of Python's `-X importtime`, which makes each import
somewhat dearer: shares are hints, not measurements.
"""

import argparse
import re
import sys
from collections import defaultdict

from benchmarks.conductor import Conductor, conducting
from benchmarks.figures import Case
from benchmarks.imports import IMPORTS
from benchmarks.profile import ranked

_LOADED = re.compile(r"^import time: +(?P<itself>\d+) \| +\d+ \| *(?P<module>\S+)$", re.MULTILINE)


def shares(trace: str) -> list[str]:
    """Packages, then modules, by their share of the time that their own code took, from what `-X importtime` prints."""
    modules: defaultdict[str, float] = defaultdict(float)
    packages: defaultdict[str, float] = defaultdict(float)
    for loaded in _LOADED.finditer(trace):
        package, seconds = loaded["module"].partition(".")[0], int(loaded["itself"]) / 1e6
        modules[loaded["module"]] += seconds
        packages["Python's library" if package in sys.stdlib_module_names else package] += seconds
    total = sum(modules.values())
    return [*ranked(packages, total), "", *ranked(modules, total)]


def import_profile_of(conductor: Conductor, case: Case) -> str:
    """The profile of a case of imports, from a process of its own."""
    command = [sys.executable, "-P", "-X", "importtime", "-c", conductor.import_program(case)]
    done = conductor.run_alone(command, case)
    # The interpreter's own start ends with `site`.
    return "\n".join(shares(done.stderr.partition("| site\n")[2]))


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.import_profile", description="Where the time of an import goes."
    )
    parser.add_argument("name", nargs="?", default="ours, names used", choices=IMPORTS, help="(default: %(default)s)")
    chosen = parser.parse_args()
    with conducting(stock=chosen.name == "stock generator") as conductor:
        case = Case("imports", chosen.name)
        conductor.measure(case)  # compiles what nobody has compiled yet
        print(import_profile_of(conductor, case))


if __name__ == "__main__":
    main()
