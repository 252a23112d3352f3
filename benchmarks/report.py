"""Writes `benchmarks/REPORT.md`, its plot, and the README's table of ratios, from the figures of the last run.

    python -m benchmarks.report

`make bench` does so after it has measured.
"""

import argparse
from collections.abc import Iterable

from attrs import evolve

from benchmarks.cases import (
    AT_ONCE,
    IMAGES,
    LARGE_IMAGES,
    LARGE_PICTURE,
    LARGE_UPLOAD,
    ONE_IMAGE,
    PICTURE,
    PICTURES,
    UPLOAD,
    WAITING,
)
from benchmarks.figures import Case, Results
from benchmarks.image_ways import WAYS
from benchmarks.imports import IMPORTS
from benchmarks.missed import heading
from benchmarks.peers import PEERS
from benchmarks.places import LAST_RUN, PLOT, README, REPORT
from benchmarks.plot import plot
from benchmarks.run_record import RunRecord
from benchmarks.tables import markdown, number, ratio_table, spreads, table_in, target_table
from benchmarks.targets import TARGETS

_HOW = """\
One server process, pinned to one CPU core, answers with bytes that were made before. Whoever is measured runs in a
process of its own, pinned to another core, one at a time. In each round everybody has a turn, a different one first.
Everybody sends the same form fields and the same image, reads and parses the whole response, and retries nothing; the
server counts requests and bytes, and a peer that did not do the work ends the run. Figures are medians of the rounds,
with the least and the most in brackets. Proxies, certificates and debug modes of the environment are left out. Linux
only: memory is read from /proc."""

_OURS = """\
"ours" is the client as it comes, with httpx, attrs and h11 alone; ", 1,000 at once" has
`max_concurrency=1000` in place of 100. "over aiohttp" is `image_variations.transports.over_aiohttp()`, "over reqwest"
the function in [examples/transports.py](../examples/transports.py). "stock generator" is what
openapi-python-client's own templates make of the same pin, unchanged, at the time of the run."""

_CALLS = """\
This many tasks each make one call after another, with an image of this size and a small
response. None begins a call after
the time given above; the clock runs from the first call to the last response, and covers opening the connections.
Three calls warm it up."""


_WAITING = """\
1,000 calls at once, all given the same 256 KB `bytes`. The server answers none before it has all of them, or as many as
the client sends at once. Growth of the process above its idle client, at the peak."""

_IMPORTS = """\
A fresh interpreter; modules are compiled already. CPU time is that of the statement alone, memory the peak of the whole
process. aiohttp is hidden from openai where it is not used: it would be imported all the same. Our names are imported
when they are asked for: "ours" is `import image_variations` alone, "ours, names used" what a program pays.
"httpx, asyncio, attrs" is what comes with any client on these, and none of its own code. "one call" is a program that
imports, makes a client, sends a small image and parses the response; it is measured as a whole, on the wire."""

_IMAGES = f"""\
{PICTURES} images of {PICTURE / 1e6} MB in base64, from a call to its files; `python -m benchmarks.images` prints the
same. orjson and pybase64 (the extra `speed`) are installed for everybody here, except where it says "not accelerated".
Memory is growth above the idle client, the stall the longest time for which the event loop did nothing else. Every
file is compared with what the server sent. Decoding and writing in one go, as the ways of the last two rows do, is how
the SDK's and httpx's users write; it is not the libraries' own doing."""


def report(record: RunRecord) -> str:
    """The report, in Markdown."""
    results = record.results
    missed = [target for target in TARGETS if not target.holds(results)]
    lines = ["# Benchmarks", "", "Written by `make bench`. Not edited.", "", "## The run", ""]
    lines += [f"- {name}: {value}" for name, value in record.facts.items()]
    lines += ["", _HOW, "", _OURS, "", "## Ratios", ""]
    lines += [*ratio_table(results), ""]
    lines += ["Medians of the same run, with 256 KB uploads. CPU and memory: less is better; calls/s: more is.", ""]
    lines += ["## Targets", "", f"{len(TARGETS) - len(missed)} of {len(TARGETS)} hold."]
    lines += ["`make bench-check` measures them afresh.", "", *target_table(results, TARGETS), ""]
    lines += _profiles(record)
    lines += ["## Calls", "", _CALLS, "", f"![Calls per second against calls at once]({PLOT.name})", ""]
    for size, name in ((UPLOAD, "256 KB"), (LARGE_UPLOAD, "4 MB")):
        lines += _calls(results, size, name)
    lines += ["What lets calls go at once, with each:", ""]
    lines += [*markdown(["", "limit"], ([name, peer.limit_is] for name, peer in PEERS.items()), texts=2), ""]
    lines += _waiting(results) + _imports(results) + _images(results)
    return "\n".join(lines).rstrip() + "\n"


def _profiles(record: RunRecord) -> list[str]:
    lines: list[str] = []
    for case, text in record.profiles.items():
        lines += [heading(case), "", "```text", text, "```", ""]
    return lines


def _calls(results: Results, size: int, name: str) -> list[str]:
    lines: list[str] = []
    for figure, title in (("per_second", "calls per second"), ("cpu_ms", "CPU time per call, ms")):
        columns = {f"{at_once:,} at once": (figure, Case("calls", "", at_once, size)) for at_once in AT_ONCE}
        lines += [f"### {name}: {title}", "", *spreads(results, PEERS, columns), ""]
    return lines


def _waiting(results: Results) -> list[str]:
    [case] = {evolve(case, subject="") for case in WAITING}
    spread = {"MiB": ("memory_kb", case)}
    each = [number(results.median(evolve(case, subject=peer), "memory_kb") / case.at_once) for peer in PEERS]
    table = [
        f"{row} {cell} |"
        for row, cell in zip(spreads(results, PEERS, spread), ["KiB per call", "--:", *each], strict=True)
    ]
    return ["## Memory of waiting calls", "", _WAITING, "", *table, ""]


def _imports(results: Results) -> list[str]:
    rows = [[name, chosen.shown] for name, chosen in IMPORTS.items()]
    return [
        "## Import",
        "",
        _IMPORTS,
        "",
        *spreads(
            results,
            IMPORTS,
            {"CPU, ms": ("cpu_ms", Case("imports", "")), "peak, MiB": ("memory_kb", Case("imports", ""))},
        ),
        "",
        *markdown(["", "statement"], rows, texts=2),
        "",
    ]


def _images(results: Results) -> list[str]:
    lines = ["## Images to disk", "", _IMAGES, ""]
    for at_once in sorted({case.at_once for case in IMAGES}):
        case = Case("images", "", at_once, PICTURE, PICTURES)
        columns = {
            f"{at_once} at once: CPU per call, ms": ("cpu_ms", case),
            "memory, MiB": ("memory_kb", case),
            "longest stall, ms": ("stall_ms", case),
        }
        lines += [*spreads(results, WAYS, columns), ""]
    one, large = (results.median(case, "memory_kb") / 1024 for case in (ONE_IMAGE, LARGE_IMAGES))
    lines += [
        f"Memory of `{ONE_IMAGE.subject}`: {one:.1f} MiB for one image of {PICTURE / 1e6} MB, {large:.1f} MiB for"
    ]
    lines += [f"ten of {LARGE_PICTURE / 1e6} MB.", ""]
    return lines


def readme_with(readme: str, table: Iterable[str]) -> str:
    """The README with this table of ratios, in place of the one that is there.

    Raises:
        ValueError: None is there.
    """
    old = table_in(readme)
    if not old:
        raise ValueError("README.md has no table of ratios")
    return readme.replace("\n".join(old), "\n".join(table))


def main() -> None:
    """Run from the command line."""
    argparse.ArgumentParser(prog="python -m benchmarks.report", description="Write the report again.").parse_args()
    write(RunRecord.load(LAST_RUN))


def write(record: RunRecord) -> None:
    """Write the report, the plot and the README's table."""
    REPORT.write_text(report(record), encoding="utf-8")
    plot(record.results, PLOT)
    readme = readme_with(README.read_text(encoding="utf-8"), ratio_table(record.results))
    README.write_text(readme, encoding="utf-8")


if __name__ == "__main__":
    main()
