"""Measures cases round by round, each in a process of its own, against one server process on another CPU core."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from attrs import asdict, frozen

from benchmarks.cases import Case, group_cases
from benchmarks.imports import make_program
from benchmarks.peers import EVENTS, STOCK
from benchmarks.profile import describe_import
from benchmarks.sample import SMALL
from benchmarks.server import base_url, hold, start_server
from benchmarks.targets import TARGETS, Results, Sample, Target
from tools.generate.generate import generate

ROOT = Path(__file__).resolve().parent.parent
"""The repository."""

_TIMEOUT = 300.0
"""Seconds for one measurement; one that takes longer hangs."""

# PYTHON...: also PYTHONDONTWRITEBYTECODE, with which each process would compile its modules again.
_BIASED = re.compile(r".*_proxy$|OPENAI_|SSL|PYTHON", re.IGNORECASE)


class MeasurementError(Exception):
    """A measurement failed; says whose, and what the process that measured said."""


@frozen
class Conductor:
    """Where and how measurements are made.

    Attributes:
        server: The server's URL.
        core: The CPU core of whoever is measured.
        seconds: For how long calls are begun, in each measurement of calls.
        environment: The environment variables of whoever is measured.
    """

    server: str
    core: int
    seconds: float
    environment: Mapping[str, str]

    def run(self, cases: Sequence[Case], rounds: int) -> Results:
        """Measure each case once in each round in which it is due; those that are compared take turns."""
        samples: dict[Case, list[Sample]] = {}
        for case in cases:
            if case.axis == "imports":
                self.measure(case)  # compiles what nobody has compiled yet, and is not a figure
        for number in range(rounds):
            for group in group_cases(cases, number):
                start = time.monotonic()
                for case in group:
                    samples.setdefault(case, []).append(self.measure(case))
                elapsed = time.monotonic() - start
                print(f"round {number + 1} of {rounds}: {group[0]}: {elapsed:.1f} s", file=sys.stderr)
        return Results(samples)

    def measure(self, case: Case) -> Sample:
        """Measure one case, once.

        Raises:
            MeasurementError: The process that measures failed, or hangs.
        """
        command = self._program(case) if case.axis == "imports" else self._measure(case)
        sample: Sample = json.loads(self._run_alone(command, case).stdout)
        return sample

    def profile(self, case: Case) -> str:
        """Return what a profile shows of a case of calls or imports.

        Raises:
            MeasurementError: The process that is profiled failed, or hangs.
        """
        if case.axis == "imports":
            trace = self._run_alone(self._program(case, "-X", "importtime"), case).stderr
            return "\n".join(describe_import(trace.partition("| site\n")[2]))  # the interpreter's own start ends there
        return self._run_alone([*self._measure(case), "profile"], case).stdout.rstrip()

    def profile_missed(self, results: Results, targets: Iterable[Target] = TARGETS) -> dict[Case, str]:
        """Return what a profile shows of each case of calls, and of imports, that misses a target."""
        missed = dict.fromkeys(target.ours for target in targets if not target.holds(results))
        return {case: self.profile(case) for case in missed if case.axis in ("calls", "imports")}

    def _program(self, case: Case, *options: str) -> list[str]:
        hold(self.server, 1)  # measurements of waiting calls leave it at more
        pin = f"import os\nos.sched_setaffinity(0, {{{self.core}}})\n"
        return [sys.executable, "-P", *options, "-c", pin + make_program(case.subject, base_url(self.server, 1, SMALL))]

    def _measure(self, case: Case) -> list[str]:
        arguments = (self.server, str(self.core), str(self.seconds), json.dumps(asdict(case)))
        return [sys.executable, "-m", "benchmarks.measure", *arguments]

    def _run_alone(self, command: Sequence[str], case: Case) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                command, check=True, capture_output=True, text=True, timeout=_TIMEOUT, env=self.environment, cwd=ROOT
            )
        except subprocess.CalledProcessError as error:
            raise MeasurementError(f"{case.subject}, {case}: {error.stderr.strip()}") from None
        except subprocess.TimeoutExpired:
            raise MeasurementError(f"{case.subject}, {case}: not over after {_TIMEOUT:g} s") from None


@contextmanager
def start_conductor(seconds: float, *, stock: bool = True) -> Generator[Conductor]:
    """Start a server on the first CPU core that may be used, and give a conductor that measures on the last.

    Args:
        seconds: For how long calls are begun, in each measurement of calls.
        stock: Whether to generate the stock generator's output, which is a peer.

    Raises:
        MeasurementError: There is one CPU core only, which both would have to share.
    """
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise MeasurementError("the server and who is measured need a CPU core each, and there is one")
    with tempfile.TemporaryDirectory() as scratch, start_server(cores[0]) as server:
        if stock:
            generate_stock(Path(scratch))
        generate(ROOT / "tests" / "documents" / "image_events.yaml", Path(scratch, EVENTS))
        path = os.pathsep.join((str(ROOT), str(ROOT / "generated"), str(ROOT / "cli"), scratch))
        yield Conductor(server, cores[-1], seconds, {**neutral_environment(os.environ), "PYTHONPATH": path})


def neutral_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Leave out what would change how somebody is measured: proxies, certificates, keys, debug modes."""
    return {name: value for name, value in environment.items() if not _BIASED.match(name)}


def generate_stock(folder: Path) -> None:
    """Write into a folder what openapi-python-client's own templates make of the pin, untouched."""
    settings = folder / "settings.yml"
    settings.write_text(f"package_name_override: {STOCK}\npost_hooks: []\n", encoding="utf-8")
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none", "--fail-on-warning"]
    command += ["--path", str(ROOT / "openapi.yaml"), "--config", str(settings), "--output-path", str(folder / STOCK)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
