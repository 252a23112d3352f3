"""Tables of a run's figures, in Markdown."""

import re
from collections.abc import Iterable, Mapping, Sequence

from attrs import evolve

from benchmarks.cases import AT_ONCE, UPLOAD, Case
from benchmarks.targets import TARGETS, Results, Target

_UNITS = {"cpu_ms": "ms of CPU", "per_second": "calls/s", "memory_kb": "MiB", "stall_ms": "ms of stall"}


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]], *, texts: int = 1) -> list[str]:
    """Lay out a table. So many of its first columns are texts, and the others numbers."""
    rule = [*["---"] * texts, *["--:"] * (len(head) - texts)]
    return [f"| {' | '.join(row)} |" for row in (head, rule, *rows)]


def format_number(value: float) -> str:
    """Write a number with as many digits as anybody looks at."""
    magnitude = abs(value)
    return f"{value:,.0f}" if magnitude >= 100 else f"{value:.1f}" if magnitude >= 10 else f"{value:.2f}"


def _format_figure(figure: str, value: float) -> str:
    return format_number(value / 1024 if figure == "memory_kb" else value)


def spread_table(results: Results, subjects: Iterable[str], columns: Mapping[str, tuple[str, Case]]) -> list[str]:
    """Write median (least-most) of each subject. A column is a figure and a case; what was not measured is blank."""

    def cell(figure: str, case: Case) -> str:
        if case not in results.samples:
            return ""
        median, least, most = (_format_figure(figure, value) for value in results.spread(case, figure))
        return f"{median} ({least}–{most})"  # noqa: RUF001  # an en dash is what ranges are written with

    rows = [
        [subject, *(cell(figure, evolve(case, subject=subject)) for figure, case in columns.values())]
        for subject in subjects
    ]
    return markdown(["", *columns], rows)


def target_table(results: Results) -> list[str]:
    """Write each target, both medians, their ratio, and whether it holds."""

    def median(target: Target, case: Case) -> str:
        return f"{case.subject}: {_format_figure(target.figure, results.median(case, target.figure))}"

    rows = [
        [
            f"{target.ours}: {_UNITS[target.figure]}",
            median(target, target.ours),
            median(target, target.peer),
            target.rule,
            f"{target.ratio(results):.2f}",
            "held" if target.holds(results) else "**MISSED**",
        ]
        for target in TARGETS
    ]
    return markdown(["", "ours", "peer", "target", "ratio", ""], rows, texts=6)


def target_lines(results: Results, targets: Iterable[Target] = TARGETS) -> list[str]:
    """Write each target in a line of plain text."""
    return [
        f"{'held' if target.holds(results) else 'MISSED':8} {target.ratio(results):8.3f}  {target.rule:18}"
        f" {target.ours.subject} / {target.peer.subject}, {target.ours}: {_UNITS[target.figure]}"
        for target in targets
    ]


# Peers that "ours" is compared with by their imports as well.
_IMPORTED = ("httpx", "openai", "openai[aiohttp]", "stock generator")

_PAIRS = (
    *(("ours", peer) for peer in (*_IMPORTED, "aiohttp", "raw sockets")),
    ("ours over aiohttp", "aiohttp"),
    ("ours over reqwest", "openai[aiohttp]"),
)


def ratio_table(results: Results) -> list[str]:
    """Divide ours by each peer's: what the README shows."""
    head = ["ours / peer", "import: CPU", "import: memory", "CPU per call", "calls/s: 1"]
    head += [f"{n:,}" for n in AT_ONCE[1:]]
    return markdown(head, [_ratios(results, *pair) for pair in _PAIRS])


def _ratios(results: Results, ours: str, peer: str) -> list[str]:
    cells = ["", ""]
    if ours == "ours" and peer in _IMPORTED:
        imports = Case("imports", "ours, names used"), Case("imports", peer)
        cells = [_ratio(results, figure, *imports) for figure in ("cpu_ms", "memory_kb")]
    calls = [(Case("calls", ours, n, UPLOAD), Case("calls", peer, n, UPLOAD)) for n in AT_ONCE]
    cells += [_ratio(results, "cpu_ms", *calls[0])]
    cells += [_ratio(results, "per_second", *both) for both in calls]
    return [f"{ours} / {peer}", *cells]


def _ratio(results: Results, figure: str, ours: Case, peer: Case) -> str:
    return f"{results.median(ours, figure) / results.median(peer, figure):.2f}"


def find_ratios(text: str) -> list[str]:
    """Return the table of ratios in a text, if one is there."""
    found = re.search(r"^\| ours / peer \|.*(?:\n\|.*)*", text, re.MULTILINE)
    return found[0].splitlines() if found else []
