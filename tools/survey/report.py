"""What a survey found, as text, Markdown and JSON."""

import json
from collections.abc import Iterator, Sequence

from tools.survey.findings import REACHED, STAGES, Finding, Refusal, grouped

_MOST_NAMED = 5
"""How many operations of a kind the text names."""

_NO_EVENTS = "can be asked for events, and no response has text/event-stream; an overlay can give them one"


def counts(findings: Sequence[Finding]) -> dict[str, int]:
    """Return how many operations there are, how many came how far, and how many members are read as any value."""
    reached = {REACHED[stage]: sum(finding.passes(stage) for finding in findings) for stage in STAGES}
    untyped = {member for finding in findings for member in finding.untyped_members}
    return {"operations": len(findings), **reached, "untyped_members": len(untyped)}


def as_json(findings: Sequence[Finding]) -> str:
    """Return one object: the counts, a list of refusals, and fields that ask for undescribed events, if any."""
    refusals = [
        {"operation": found.operation, "stage": found.stage, "place": found.place, "reason": found.reason}
        for found in _refusals(findings)
    ]
    fields = _stream_fields(findings)
    events = {"undescribed_events": fields} if fields else {}
    return json.dumps({**counts(findings), "refusals": refusals, **events}, indent=2, ensure_ascii=False) + "\n"


def as_text(findings: Sequence[Finding]) -> str:
    """Return what a terminal shows: a line for each count, then what stops operations, by kind."""
    found = counts(findings)
    width = max(map(len, found))
    lines = [f"{name.replace('_', ' '):<{width}}  {count:>5}" for name, count in found.items()]
    for (stage, kind), refusals in grouped(_refusals(findings)).items():
        lines += ["", f"{stage.replace('_', ' ')}: {len(refusals)} operations: {kind}"]
        lines += [f"    {line}" for line in _named(refusals)]
    if untyped := _untyped(findings):
        lines += ["", f"read as any value: {', '.join(untyped)}"]
    if fields := _stream_fields(findings):
        names = ", ".join(f"{operation} ({field})" for operation, field in fields.items())
        lines += ["", f"{_NO_EVENTS}: {names}"]
    return "\n".join(lines)


def as_markdown(findings: Sequence[Finding], title: str) -> str:
    """Return what a page shows: a table of counts, and a table of what stops operations."""
    found = counts(findings)
    lines = [f"# {_cell(title)}", "", f"| {' | '.join(name.replace('_', ' ') for name in found)} |"]
    lines += [f"|{' --: |' * len(found)}", f"| {' | '.join(map(str, found.values()))} |"]
    if refusals := _refusals(findings):
        lines += ["", "## What falls short", "", "| stage | operations | why | place |", "|---|--:|---|---|"]
    for (stage, kind), members in grouped(refusals).items():
        first = members[0]
        lines.append(f"| {stage.replace('_', ' ')} | {len(members)} | {_cell(kind)} | {_cell(first.place)} |")
    if untyped := _untyped(findings):
        lines += ["", "## Members read as any value", "", *(f"- `{_cell(member)}`" for member in untyped)]
    if fields := _stream_fields(findings):
        lines += ["", "## Events that are not described", "", f"{_NO_EVENTS[0].upper()}{_NO_EVENTS[1:]}:", ""]
        lines += [f"- `{_cell(operation)}`, by `{_cell(field)}`" for operation, field in fields.items()]
    return "\n".join(lines) + "\n"


def _refusals(findings: Sequence[Finding]) -> list[Refusal]:
    return [refusal for finding in findings for refusal in finding.refusals]


def _untyped(findings: Sequence[Finding]) -> list[str]:
    return sorted({member for finding in findings for member in finding.untyped_members})


def _stream_fields(findings: Sequence[Finding]) -> dict[str, str]:
    return {finding.operation: finding.stream_field for finding in findings if finding.stream_field}


def _named(refusals: Sequence[Refusal]) -> Iterator[str]:
    for refusal in refusals[:_MOST_NAMED]:
        yield f"{refusal.operation}: {refusal.place}: {refusal.reason}"
    if len(refusals) > _MOST_NAMED:
        yield f"and {len(refusals) - _MOST_NAMED} more"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
