"""The stages of a survey, in processes of their own for each core."""

import importlib
import multiprocessing
import os
import pkgutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from attrs import evolve, frozen

from tools.generate.format import format_modules
from tools.openapi.choice import Found
from tools.openapi.document import Node
from tools.survey import packages
from tools.survey.event_types import write_event_check
from tools.survey.findings import Finding, refusal_of
from tools.survey.making import Made, make
from tools.survey.trips import trip

T = TypeVar("T")
Argument = TypeVar("Argument")

Progress = Callable[[str, int, int], None]
"""Called with a stage, how many operations are through with it, and how many there are."""

_FORK = multiprocessing.get_context("fork")
"""Processes that have the parsed document from their parent."""


@frozen
class Survey:
    """One survey: a document, some of its operations, and the folder that their packages are written to."""

    document: Node
    operations: Sequence[Found]
    folder: Path

    def make(self, index: int) -> Made:
        """Pin and generate one operation."""
        return make(self.document, self.operations[index], self.folder / packages.SHARED, f"op_{index:04}")

    def load(self, made: Made) -> Made:
        """Import every module of one operation's package, and make its calls."""
        name = f"{packages.SHARED}.{made.package}"
        sys.path.insert(0, str(self.folder))
        try:
            root = importlib.import_module(name)
            for module in pkgutil.walk_packages(root.__path__, f"{name}."):
                importlib.import_module(module.name)
            complaint = trip(name, made)
        except Exception as error:  # whatever importing a module raises
            return _refused(made, "import", f"{type(error).__name__}: {error}")
        finally:
            sys.path.remove(str(self.folder))
        made = evolve(made, finding=evolve(made.finding, is_tried=True))
        return made if complaint is None else _refused(made, "round_trip", complaint)


def survey(document: Node, operations: Sequence[Found], progress: Progress) -> list[Finding]:
    """Find out how far each operation comes.

    Args:
        document: The whole document.
        operations: Those that are surveyed.
        progress: Called while it goes on.

    Raises:
        OSError: A tool cannot be run, or a file not written.
    """
    with tempfile.TemporaryDirectory() as scratch:
        task = Survey(document, operations, Path(scratch).resolve())
        made = _each("generate", task.make, range(len(operations)), progress)
        there = [one for one in made if not one.finding.refusals]
        if there:
            shared = task.folder / packages.SHARED
            packages.write_runtime(shared)
            for one in there:
                packages.share_runtime(shared / one.package)
                write_event_check(shared / one.package, one)
            format_modules(shared)
            loaded = {one.package: one for one in _each("import", task.load, there, progress)}
            made = [loaded.get(one.package, one) for one in made]
            made = _type_checked(task.folder, made, [one.package for one in there], progress)
    return [one.finding for one in made]


def _type_checked(folder: Path, made: Sequence[Made], there: Sequence[str], progress: Progress) -> list[Made]:
    progress("type", 0, len(there))
    with ThreadPoolExecutor() as pool:  # each is a process of its own, and has one core's worth to do
        checks = {
            "mypy": pool.submit(packages.mypy_errors, folder, there),
            "pyright": pool.submit(packages.pyright_errors, folder, there),
        }
    errors = {f"{tool}: {package}": text for tool, found in checks.items() for package, text in found.result().items()}
    progress("type", len(there), len(there))
    found: list[Made] = []
    for one in made:
        said = next((name for name in (f"mypy: {one.package}", f"pyright: {one.package}") if name in errors), None)
        found.append(_refused(one, "type", f"{said.partition(':')[0]}: {errors[said]}") if said else one)
    return found


def _refused(made: Made, stage: str, message: str) -> Made:
    refusal = refusal_of(made.finding.operation, stage, message, "")
    place = refusal.place or made.place
    finding = evolve(made.finding, refusals=(*made.finding.refusals, evolve(refusal, place=place)))
    return evolve(made, finding=finding)


def _each(stage: str, work: Callable[[Argument], T], arguments: Sequence[Argument], progress: Progress) -> list[T]:
    """Do work for each argument in processes, in their order."""
    with ProcessPoolExecutor(os.cpu_count(), mp_context=_FORK) as pool:
        return list(_counted(stage, pool.map(work, arguments, chunksize=4), len(arguments), progress))


def _counted(stage: str, results: Iterable[T], total: int, progress: Progress) -> Iterator[T]:
    for count, result in enumerate(results, start=1):
        progress(stage, count, total)
        yield result
