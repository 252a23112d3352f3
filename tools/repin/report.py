"""The report of a re-pin, as Markdown for a pull request."""

import re
from collections.abc import Iterator, Sequence

from tools.compare.report import as_code, as_markdown
from tools.openapi.derive import one_line
from tools.openapi.provenance import Provenance
from tools.repin.outcome import Failures, Outcome
from tools.repin.trial import FailedError

_PART = re.compile(r"[\w ]+")


def report_of(outcome: Outcome) -> str:
    """Return the report of a re-pin that went well."""
    if not outcome.is_new:
        return f"# Nothing new\n\nThe pin says what {_code(outcome.source.name)} says. Nothing was changed.\n"
    sections = [
        "# A new version of the pinned document",
        _origins(outcome.before, outcome.after),
        as_markdown(outcome.changes),
        _section("What it touches", _touched(outcome)),
        _section("What ran", _ran(outcome)),
        *(_section(title, [f"- {_code(test)}" for test in tests]) for title, tests in _failures(outcome.failures)),
        _section("Notes", [f"- {_code(note)}" for note in outcome.notes]),
    ]
    return "\n\n".join(filter(None, sections)) + "\n"


def failure_report(error: Exception) -> str:
    """Return the report of a re-pin that failed."""
    lines = ["# The re-pin failed", "", f"{_code(error)}", "", "The pin and the package are as they were."]
    if isinstance(error, FailedError) and error.output:
        # Indented code needs no fence that the output could end.
        lines += ["", *(f"    {line}".rstrip() for line in error.output.splitlines())]
    return "\n".join(lines) + "\n"


def _origins(before: Provenance | None, after: Provenance | None) -> str:
    lines = ["| | before | now |", "|---|---|---|"]
    for title, name in (("document", "source"), ("commit", "commit"), ("version", "version"), ("SHA-256", "sha256")):
        values = [_code(getattr(origin, name, None) or "-") for origin in (before, after)]
        lines.append(f"| {title} | {' | '.join(values)} |")
    return "\n".join(lines)


def _touched(outcome: Outcome) -> list[str]:
    """Return the operations and models that change, each once."""
    parts = {match[0]: None for change in outcome.changes if (match := _PART.match(change.place))}
    return [f"- {_code(part)}" for part in parts]


def _ran(outcome: Outcome) -> Iterator[str]:
    yield "| command | result | seconds |"
    yield "|---|---|--:|"
    for proof in outcome.proofs:
        yield f"| {_code(proof.command)} | {proof.result} | {proof.seconds:.0f} |"


def _failures(failures: Failures) -> Iterator[tuple[str, Sequence[str]]]:
    yield "Tests to adapt: they pass with the old pin, and hold it as it was", failures.to_adapt
    yield "Tests that failed before as well: the old pin does not help them", failures.failed_before
    yield "Tests that passed when they ran again: they depend on chance", failures.failed_once


def _section(title: str, lines: Sequence[str] | Iterator[str]) -> str:
    body = "\n".join(lines)
    return f"## {title}\n\n{body}" if body else ""


def _code(value: object) -> str:
    return as_code(one_line(value).replace("`", "'"))
