"""Measures cases round by round, each in a process of its own, against one server process on another CPU core."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

from benchmarks.cases import period
from benchmarks.figures import Case, Results, Sample, described, in_turn
from benchmarks.imports import program
from benchmarks.places import ROOT
from benchmarks.sample import SMALL
from benchmarks.steering import answering, base_url, hold
from benchmarks.stock import generate_stock

_LONGEST = 300.0
"""Seconds for one measurement; one that takes longer hangs."""


# PYTHON...: also PYTHONDONTWRITEBYTECODE, with which each process would compile its modules again.
_BIASED = re.compile(r".*_proxy$|OPENAI_|SSL|PYTHON", re.IGNORECASE)


class MeasurementError(Exception):
    """A measurement failed; says whose, and what the process that measured said."""


@frozen
class Conductor:
    """Where and how measurements are made.

    Attributes:
        server: The answer server's URL.
        core: The CPU core of whoever is measured.
        seconds: For how long calls are begun, in each measurement of calls.
        without: Modules that are hidden from the ways to get pictures, separated by commas.
        environment: The environment variables of whoever is measured.
    """

    server: str
    core: int
    seconds: float
    without: str
    environment: dict[str, str]

    def run(self, cases: Sequence[Case], rounds: int) -> Results:
        """Measure each case once in each round in which it is due; those that are compared take turns."""
        samples: dict[Case, list[Sample]] = {}
        for case in cases:
            if case.axis == "imports":
                self.measure(case)  # compiles what nobody has compiled yet, and is not a figure
        for number in range(rounds):
            due = [case for case in cases if number % period(case) == 0]
            for group in in_turn(due, number):
                started = time.monotonic()
                for case in group:
                    samples.setdefault(case, []).append(self.measure(case))
                elapsed = time.monotonic() - started
                print(f"round {number + 1} of {rounds}: {described(group[0])}: {elapsed:.1f} s", file=sys.stderr)
        return Results(samples)

    def measure(self, case: Case) -> Sample:
        """Measure one case, once.

        Raises:
            MeasurementError: The process that measures failed, or hangs.
        """
        if case.axis == "imports":
            hold(self.server, 1)  # measurements of waiting calls leave it at more
        sample: Sample = json.loads(self.run_alone(self._command(case), case).stdout)
        return sample

    def import_program(self, case: Case) -> str:
        """The program that measures a case of imports."""
        return program(case.subject, base_url(self.server, 1, SMALL))

    def run_alone(self, command: Sequence[str], case: Case) -> subprocess.CompletedProcess[str]:
        """Run what measures a case in a process of its own.

        Raises:
            MeasurementError: It failed, or hangs.
        """
        try:
            return subprocess.run(
                command, check=True, capture_output=True, text=True, timeout=_LONGEST, env=self.environment, cwd=ROOT
            )
        except subprocess.CalledProcessError as error:
            raise MeasurementError(f"{case.subject}, {described(case)}: {error.stderr.strip()}") from None
        except subprocess.TimeoutExpired:
            raise MeasurementError(f"{case.subject}, {described(case)}: not over after {_LONGEST:g} s") from None

    def _command(self, case: Case) -> list[str]:
        if case.axis == "imports":
            pinned = f"import os\nos.sched_setaffinity(0, {{{self.core}}})\n"
            return [sys.executable, "-P", "-c", pinned + self.import_program(case)]
        python = [sys.executable, "-m"]
        common = [case.subject, self.server, str(self.core), str(case.at_once)]
        if case.axis == "calls":
            return [*python, "benchmarks.calls", *common, str(case.size), str(self.seconds)]
        if case.axis == "waiting":
            return [*python, "benchmarks.waiting", *common, str(case.size)]
        return [*python, "benchmarks.image_ways", *common, str(case.count), str(case.size), self.without]


@contextmanager
def conducting(*, seconds: float = 1.0, without: str = "", stock: bool = True) -> Generator[Conductor]:
    """A conductor with its server on the first CPU core that may be used; the last is for who is measured.

    Args:
        seconds: For how long calls are begun, in each measurement of calls.
        without: Modules that are hidden from the ways to get pictures, separated by commas.
        stock: Whether to generate the stock generator's output, which is a peer.

    Raises:
        MeasurementError: There is one CPU core only, which both would have to share.
    """
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise MeasurementError("the server and who is measured need a CPU core each, and there is one")
    with tempfile.TemporaryDirectory() as scratch, answering(cores[0]) as server:
        if stock:
            generate_stock(Path(scratch))
        path = os.pathsep.join((str(ROOT), str(ROOT / "generated"), scratch))
        yield Conductor(server, cores[-1], seconds, without, {**neutral(os.environ), "PYTHONPATH": path})


def neutral(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment without what would change how somebody is measured: proxies, certificates, keys, debug modes."""
    return {name: value for name, value in environment.items() if not _BIASED.match(name)}
