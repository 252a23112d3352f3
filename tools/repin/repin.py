"""Read, pin, diff, generate, check, test: in a copy, and then into the working tree."""

import signal
import sys
import tempfile
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from attrs import evolve

from tools.compare.comparison import compare
from tools.generate.write import write
from tools.openapi.document import DocumentError, load
from tools.openapi.provenance import Provenance, provenance_of
from tools.openapi.read import Source
from tools.package.errors import PlaceError
from tools.package.manifest import MANIFEST
from tools.package.ownership import read_manifest
from tools.paths import OVERLAY, PACKAGE, PIN, ROOT
from tools.pin.pin import RefusedError, pin, write_files
from tools.repin.checkout import copy_checkout
from tools.repin.outcome import Outcome, Proof
from tools.repin.tests import run_tests
from tools.repin.trial import FailedError, Trial

_PINNED = (PIN.name, "CHANGELOG.md")
"""What `make pin` writes."""


def repin(root: Path, source: Source, checks: str | None, say: Callable[[str], None]) -> Outcome:
    """Renew the pin and the package of a checkout from a document, once they are proven.

    Args:
        root: The checkout.
        source: The whole document.
        checks: A shell command in place of `make check` and the survey.
        say: Called with a line for each step.

    Raises:
        FailedError: Pinning, generating or a check failed. The working tree is as it was.
        DocumentError: Likewise: a document cannot be used, or a file cannot be written.
        OSError: Likewise: the copy cannot be made.
    """
    with tempfile.TemporaryDirectory(prefix="repin-") as scratch:
        copy = Path(scratch).resolve() / "new" / root.name
        originals = {path: _content(root / path) for path in _PINNED}
        copy_checkout(root, copy)
        trial = Trial(copy)
        notes = _notes(_pin(copy, source))
        old, new = load(root / PIN.name), load(copy / PIN.name)
        provenances = (_provenance(root / PIN.name), _provenance(copy / PIN.name))
        if old == new:
            return Outcome(source, *provenances, is_new=False)
        changes = compare(old, new)
        say(f"generate from {source.name}")
        notes += _notes(trial.program("generate").splitlines())
        proofs = _prove(trial, checks, say)
        tests, failures = run_tests(trial, lambda: _copied(root, copy.parents[1] / "old" / root.name), say)
        if any(_content(root / path) != content for path, content in originals.items()):
            raise FailedError(f"{' or '.join(_PINNED)} was edited in the meantime")
        with _undisturbed():
            _take_over(copy, root)
        return Outcome(source, *provenances, True, changes, notes, [*proofs, tests], failures)


def _pin(copy: Path, source: Source) -> list[str]:
    overlay = copy / OVERLAY.relative_to(ROOT)
    try:
        return pin(copy / PIN.name, evolve(source, label=source.label or source.name), "", str(overlay), accept=True)
    except RefusedError as refusal:
        raise FailedError(f"{PIN.name} cannot be written", str(refusal)) from refusal


def _prove(trial: Trial, checks: str | None, say: Callable[[str], None]) -> list[Proof]:
    """Run what proves the new package, and return the commands."""
    # The environment of this run serves: the copy needs none of its own.
    make = ["make", "--no-print-directory", "check", f"VENV={sys.prefix}", f"PYTHON={sys.executable}"]
    survey = [sys.executable, "-m", "tools.survey", "--spec", PIN.name]
    by_default = {"make check": make, f"make survey SPEC={PIN.name}": survey}
    proofs: list[Proof] = []
    for typed, command in (by_default if checks is None else {checks: ["sh", "-c", checks]}).items():
        say(typed)
        proofs.append(trial.proof(command, typed))
    return proofs


def _copied(root: Path, folder: Path) -> Trial:
    copy_checkout(root, folder)
    return Trial(folder)


@contextmanager
def _undisturbed() -> Generator[None]:
    """Ignore the signals that end a run: what is left of it takes a moment, and has to be whole."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    handlers = [signal.signal(number, signal.SIG_IGN) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, handlers, strict=True):
            signal.signal(number, handler)


def _take_over(copy: Path, root: Path) -> None:
    """Put the new package and pin into the working tree, or neither.

    The pin comes last. If this run is killed between the two, the next one finds the pin as it was,
    and does the rest.
    """
    package = PACKAGE.relative_to(ROOT)
    proven = {root / name: copy / name for name in reversed(_PINNED)}
    try:
        before = _files_of(root / package)
        write(root / package, _files_of(copy / package), force=False)
        try:
            write_files({path: new.read_text(encoding="utf-8") for path, new in proven.items() if new.is_file()})
        except (DocumentError, OSError):
            write(root / package, before, force=False)
            raise
    except PlaceError as error:
        raise FailedError(str(error)) from error


def _files_of(package: Path) -> dict[str, bytes]:
    manifest, _ = read_manifest(package / MANIFEST)
    return {path: (package / path).read_bytes() for path in (*manifest.files, MANIFEST)}


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _provenance(path: Path) -> Provenance | None:
    return provenance_of(path.read_text(encoding="utf-8"))


def _notes(lines: Sequence[str]) -> list[str]:
    parts = (line.partition(": note: ") for line in lines)
    return [note for _, separator, note in parts if separator]
